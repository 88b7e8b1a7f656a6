/** What the store says when Redis does not answer: that nothing was changed only where that is known. */
import { expect, test } from 'vitest';
import { createDraft } from '../../src/store/draft.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();

const commit = (name: string) => {
  const draft = createDraft();
  draft.put('customers', 'acme', { name }, undefined);
  return here.world.store.commit(draft);
};

test('a commit that was sent and got no answer may have been made, and says so', async () => {
  // Redis knows the script from now on.
  await commit('First');
  await here.server.kill('SIGSTOP');
  const sent = commit('Sent');
  await expect(sent).rejects.toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 2, message: expect.stringContaining('is not known') });
  await here.server.kill('SIGCONT');
  await expect.poll(() => here.world.store.find('customers', 'acme')).toEqual({ revision: 2, record: { name: 'Sent' } });
});

test('a commit that was never sent changed nothing, and says that', async () => {
  await here.server.kill();
  await expect.poll(() => here.world.redis.status).not.toBe('ready');
  await expect(commit('Never sent')).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('nothing was changed') });
  await here.server.restart();
  await expect.poll(() => here.world.redis.status).toBe('ready');
  expect(await here.world.store.find('customers', 'acme')).toBeUndefined();
});

test('a commit that Redis refused changed nothing either', async () => {
  await here.world.redis.config('SET', 'maxmemory', '1');
  await expect(commit('Refused')).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('nothing was changed') });
  await here.world.redis.config('SET', 'maxmemory', '0');
  expect(await here.world.store.find('customers', 'acme')).toBeUndefined();
  expect(await here.world.redis.dbsize()).toBe(0);
});

/** What the store says when Redis does not answer: that nothing was changed only where that is known. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDraft } from '../../src/store/draft.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, type World } from '../support/world.ts';

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.flush();
  world = await openWorld(server.url);
});
afterEach(() => world.close());

const commit = (name: string) => {
  const draft = createDraft();
  draft.put('customers', 'acme', { name }, undefined);
  return world.store.commit(draft);
};

test('a commit that was sent and got no answer may have been made, and says so', async () => {
  // Redis knows the script from now on.
  await commit('First');
  await server.kill('SIGSTOP');
  const sent = commit('Sent');
  await expect(sent).rejects.toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 2, message: expect.stringContaining('is not known') });
  await server.kill('SIGCONT');
  await expect.poll(() => world.store.find('customers', 'acme')).toEqual({ revision: 2, record: { name: 'Sent' } });
});

test('a commit that was never sent changed nothing, and says that', async () => {
  await server.kill();
  await expect.poll(() => world.redis.status).not.toBe('ready');
  await expect(commit('Never sent')).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('nothing was changed') });
  await server.restart();
  await expect.poll(() => world.redis.status).toBe('ready');
  expect(await world.store.find('customers', 'acme')).toBeUndefined();
});

test('a commit that Redis refused changed nothing either', async () => {
  await world.redis.config('SET', 'maxmemory', '1');
  await expect(commit('Refused')).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('nothing was changed') });
  await world.redis.config('SET', 'maxmemory', '0');
  expect(await world.store.find('customers', 'acme')).toBeUndefined();
  expect(await world.redis.dbsize()).toBe(0);
});

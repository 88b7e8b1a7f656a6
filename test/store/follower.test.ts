import { describe, expect, test } from 'vitest';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { put, putSample } from '../support/world.ts';

const here = eachWorld();

const NUMBER = '+442079460123';

describe('follower', () => {
  test('loads what is there and follows what comes', async () => {
    await putSample(here.world.store);
    const { follower, table } = await here.world.follow();
    expect(table.current.number(NUMBER)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    const revision = await put(here.world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    expect(await follower.reached(revision, 5000)).toBe(true);
    expect(table.current.number(NUMBER)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main' });
  });

  test('goes on after Redis was killed and started again, without loading anew', async () => {
    await putSample(here.world.store);
    const { follower, table } = await here.world.follow();
    const before = table.current;
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
    const revision = await put(here.world.store, 'customers', 'late', { name: 'Late' });
    expect(await follower.reached(revision, 20_000)).toBe(true);
    expect(table.current).toBe(before);
    expect(table.current.customer('late')).toEqual({ name: 'Late' });
  });

  test('loads anew when the stream was trimmed past what it had seen', async () => {
    await putSample(here.world.store);
    const { follower, table } = await here.world.follow();
    const before = table.current;
    // As after a long absence: the commit is there, its change entry is not.
    await here.world.redis.multi().incr(keys.revision).hset(keys.records('customers'), 'unseen', '1:99:{"name":"Unseen"}').exec();
    await here.world.redis.xtrim(keys.changes, 'MAXLEN', 0);
    const revision = await put(here.world.store, 'customers', 'seen', { name: 'Seen' });
    expect(await follower.reached(revision, 20_000)).toBe(true);
    expect(table.current).not.toBe(before);
    expect(table.current.customer('unseen')).toEqual({ name: 'Unseen' });
  });

  test('loads anew when the data set is another one', async () => {
    await putSample(here.world.store);
    const { follower, table } = await here.world.follow();
    await here.server.flush();
    const revision = await put(here.world.store, 'customers', 'other', { name: 'Other' });
    await expect.poll(() => follower.status().revision, { timeout: 20_000 }).toBe(revision);
    await expect.poll(() => table.current.customer('acme'), { timeout: 20_000 }).toBeUndefined();
    expect(table.current.customer('other')).toEqual({ name: 'Other' });
  });

  test('loads anew when others took the place of lost commits, also where the last of both looks the same', async () => {
    const { store, redis } = here.world;
    await putSample(store);
    const { follower, table } = await here.world.follow();
    const make = async (id: string): Promise<number> => {
      const draft = createDraft();
      draft.put('customers', id, { name: id }, undefined);
      await store.commit(draft);
      // This one changes no record.
      const last = await store.commit(createDraft());
      return 'revision' in last ? last.revision : 0;
    };
    const revision = await make('lost');
    expect(await follower.reached(revision, 5000)).toBe(true);
    // What a server that lost the last two does not have.
    await redis.multi().decrby(keys.revision, 2).xdel(keys.changes, `${revision}-0`, `${revision - 1}-0`).hdel(keys.records('customers'), 'lost').zrem(keys.index('customers'), 'lost').call('XSETID', keys.changes, `${revision - 2}-0`).exec();
    expect(await make('kept')).toBe(revision);
    await expect.poll(() => table.current.customer('kept'), { timeout: 20_000 }).toEqual({ name: 'kept' });
    expect(table.current.customer('lost')).toBeUndefined();
  });

  test('sets an unreadable record aside and keeps all others', async () => {
    await putSample(here.world.store);
    await here.world.redis.hset(keys.home('numbers', '+442079460999'), '+442079460999', 'garbage');
    await here.world.redis.hset(keys.records('plans'), 'broken', '1:3:{"destinations":7}');
    const { follower, table } = await here.world.follow();
    expect(table.current.number(NUMBER)?.customer).toBe('acme');
    expect(table.current.plan('broken')).toBeUndefined();
    expect(follower.status().setAside).toBe(2);
    await expect.poll(() => here.world.redis.hgetall(keys.setAside)).toMatchObject({ 'plans/broken': '1:3:{"destinations":7}' });
    const revision = await put(here.world.store, 'plans', 'broken', { destinations: [{ to: 'voicemail' }] });
    await follower.reached(revision, 5000);
    expect(follower.status().setAside).toBe(1);
    expect(table.current.plan('broken')).toBeDefined();
  });

  test('a record that holds line feeds hides none of those beside it', async () => {
    await putSample(here.world.store);
    const shard = keys.home('numbers', NUMBER);
    await here.world.redis.hset(shard, '+442079460998', 'garbage\n+442079460997\n1:1:', '+44207946\n0996', '1:1:\tacme\tpbx\tmain\tdesk\t');
    const { follower, table } = await here.world.follow();
    expect(table.current.number(NUMBER)?.customer).toBe('acme');
    expect([table.current.numberCount, follower.status().setAside]).toEqual([1, 2]);
  });

  test('keeps the last good state of a record that becomes unreadable', async () => {
    await putSample(here.world.store);
    const { follower, table } = await here.world.follow();
    const revision = await here.world.redis.incr(keys.revision);
    await here.world.redis.xadd(keys.changes, `${revision}-0`, 'plans/desk', '={"destinations":[]}');
    expect(await follower.reached(revision, 5000)).toBe(true);
    expect(table.current.plan('desk')?.destinations).toHaveLength(2);
  });
});

/**
 * A follower through whatever may happen to its connection, to Redis and to the stream, while several writers commit: in
 * the end its table is what Redis holds, and between two loads it takes every commit once and in order.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTableHolder } from '../../src/calls/table-holder.ts';
import { createReaderConnection } from '../../src/store/connections.ts';
import { createFollower, type Follower, type TableHolder } from '../../src/store/follower.ts';
import { keys } from '../../src/store/keys.ts';
import type { RoutingTable } from '../../src/calls/routing-table.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, put, type World } from '../support/world.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(() => server.flush());

const PLANS = ['p0', 'p1', 'p2', 'p3'];
const WRITERS = 3;

/** What the table was told: the name of the plan of each change, or that it was replaced. */
type Told = string | undefined;

function watched(told: Told[]): { holder: TableHolder<RoutingTable>; plan(id: string): string | undefined } {
  const inner = createTableHolder();
  const plan = (id: string): string | undefined => inner.current.plan(id)?.name;
  return {
    plan,
    holder: {
      get current() {
        return inner.current;
      },
      fresh: () => inner.fresh(),
      replace(table) {
        told.push(undefined);
        inner.replace(table);
      },
      changed: (_collection, id) => void told.push(plan(id)),
    },
  };
}

/** The commits in their order, from the audit trail: names of plans. */
async function committed(world: World): Promise<string[]> {
  const entries = await world.store.audit({ before: undefined, limit: 1000, customer: undefined });
  return entries.map(({ entry }) => String((entry.changes[0]?.after as { name: string } | undefined)?.name)).toReversed();
}

/** Between two replacements the table was told of commits without gap or double. */
function expectInOrder(told: readonly Told[], commits: readonly string[]): void {
  told.forEach((name, at) => {
    const before = told[at - 1];
    if (name === undefined || before === undefined) return;
    expect(commits.indexOf(name)).toBe(commits.indexOf(before) + 1);
  });
}

async function settled(follower: Follower, world: World): Promise<void> {
  const revision = await world.redis.get(keys.revision);
  await expect.poll(() => ({ revision: follower.status().revision, is: follower.status().is }), { timeout: 20_000, interval: 5 }).toEqual({ revision: Number(revision), is: 'following' });
}

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), writes: fc.array(fc.constantFrom(...PLANS), { minLength: 1, maxLength: 25 }), wait: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ do: 'cut' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('trim' as const), keep: fc.nat({ max: 3 }) }) },
);

describe('a follower', () => {
  test('comes to what Redis holds, without gap or double, whatever happens meanwhile', async () => {
    await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 12 }), async (acts) => {
      await server.flush();
      const world = await openWorld(server.url);
      const writers = await Promise.all(Array.from({ length: WRITERS }, () => openWorld(server.url)));
      const told: Told[] = [];
      const { holder, plan } = watched(told);
      const follower = createFollower({ redis: createReaderConnection({ url: server.url, onError: () => undefined }), table: holder, log: world.log, system: realSystem });
      await follower.start();
      let count = 0;
      const writing: Promise<unknown>[] = [];
      // While Redis is away a write may fail, and may have been made all the same.
      const write = (id: string, writer: World | undefined) => writer && put(writer.store, 'plans', id, { name: `edit ${(count += 1)}`, destinations: [{ to: 'voicemail' }] }).catch(() => undefined);
      try {
        for (const one of acts) {
          if (one.do === 'write') {
            writing.push(...one.writes.map(async (id, at) => write(id, writers[at % WRITERS])));
            if (one.wait) await Promise.all(writing.splice(0));
          } else if (one.do === 'cut') {
            const clients = String(await world.redis.call('CLIENT', 'LIST').catch(() => ''));
            for (const [, id = ''] of clients.matchAll(/^id=(\d+).* name=ringthrough-reader /gm)) await world.redis.call('CLIENT', 'KILL', 'ID', id).catch(() => undefined);
          } else if (one.do === 'kill') await server.restart();
          else await world.redis.xtrim(keys.changes, 'MAXLEN', one.keep).catch(() => undefined);
        }
        await Promise.all(writing);
        await expect.poll(() => world.redis.status).toBe('ready');
        await settled(follower, world);
        const found = await world.store.findMany('plans', PLANS);
        expect(PLANS.map(plan)).toEqual(found.map((one) => (one && 'record' in one ? one.record.name : undefined)));
        expectInOrder(told, await committed(world));
      } finally {
        await follower.stop();
        await Promise.all([world, ...writers].map((one) => one.close()));
      }
    }), { numRuns: 25, endOnFailure: true });
  }, 120_000);

  test('sees that a Redis which lost its last writes has given their numbers to others', async () => {
    const world = await openWorld(server.url);
    const { follower, table } = await world.follow();
    try {
      await put(world.store, 'plans', 'p0', { name: 'kept', destinations: [{ to: 'voicemail' }] });
      const lost = await put(world.store, 'plans', 'p1', { name: 'lost', destinations: [{ to: 'voicemail' }] });
      await follower.reached(lost, 5000);
      // As after a crash of a Redis that was not made to write to disk: one commit fewer, then another of the same number.
      await world.redis.multi().decr(keys.revision).xdel(keys.changes, `${lost}-0`).hdel(keys.records('plans'), 'p1').zrem(keys.index('plans'), 'p1').xdel(keys.audit, `${lost}-0`).call('XSETID', keys.changes, `${lost - 1}-0`).call('XSETID', keys.audit, `${lost - 1}-0`).exec();
      expect(await put(world.store, 'plans', 'p2', { name: 'other', destinations: [{ to: 'voicemail' }] })).toBe(lost);
      await expect.poll(() => [table.current.plan('p1')?.name, table.current.plan('p2')?.name], { timeout: 20_000 }).toEqual([undefined, 'other']);
    } finally {
      await world.close();
    }
  });
});

/** Claims about calls, joined in Redis: the record and all that lists it are the same in whatever order they come. */
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callId, OUTCOME_RANK, type CallClaim } from '../../src/domain/call.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { arrival, at, claim, START } from './claims.ts';

let server: TestRedis;
let one: Redis;
let other: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  [one, other] = await Promise.all([connect(), connect()]);
});
afterAll(async () => {
  one.disconnect();
  other.disconnect();
  await server.stop();
});
beforeEach(() => server.flush());
afterEach(async () => {
  expect(await one.exists(keys.revision)).toBe(0);
});

async function connect(): Promise<Redis> {
  const redis = createFastConnection({ url: server.url, onError: () => undefined });
  await whenReady(redis);
  return redis;
}

/** All that is in Redis. */
async function everything(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const key of (await one.keys('*')).toSorted()) {
    found[key] = (await one.type(key)) === 'hash' ? await one.hgetall(key) : await one.call('ZRANGE', key, '0', '-1', 'WITHSCORES');
  }
  return found;
}

describe('the join of claims', () => {
  test('is the same in any order, with any of them doubled, over two connections at once', async () => {
    const given = fc.array(claim, { minLength: 1, maxLength: 8 }).chain((claims) =>
      fc.record({ claims: fc.constant(claims), again: fc.shuffledSubarray([...claims, ...claims], { minLength: claims.length }), split: fc.array(fc.boolean(), { minLength: claims.length * 2, maxLength: claims.length * 2 }) }));
    await fc.assert(fc.asyncProperty(given, async ({ claims, again, split }) => {
      await server.flush();
      for (const each of claims) expect(await createCallStore(one).record([each])).toEqual([]);
      const straight = await everything();
      await server.flush();
      // Those left out of the shuffle come at the end: every claim comes at least once.
      const rest = claims.filter((each) => !again.includes(each));
      const shuffled = [...again, ...rest];
      const parts = [shuffled.filter((_, index) => split[index]), shuffled.filter((_, index) => !split[index])] as const;
      await Promise.all([createCallStore(one).record(parts[0]), ...parts[1].map((each) => createCallStore(other).record([each]))]);
      expect(await everything()).toEqual(straight);
    }), { numRuns: 150 });
  });

  test('says of each call what its claims say together, and lists it where it belongs', async () => {
    await fc.assert(fc.asyncProperty(fc.array(claim, { minLength: 1, maxLength: 10 }), async (claims) => {
      await server.flush();
      const calls = createCallStore(one);
      await calls.record(claims);
      const ids = [...new Set(claims.map(({ carrier, ref: call }) => callId(carrier, call)))];
      for (const id of ids) {
        const mine = claims.filter((each) => callId(each.carrier, each.ref) === id);
        const call = await calls.find(id);
        expect(call).toMatchObject({ id, startedAt: Math.min(...mine.map((each) => each.at)) });
        const best = Math.max(...mine.map((each) => each.outcome?.rank ?? 0));
        const candidates = mine.filter((each) => each.outcome?.rank === best).map((each) => each.outcome?.is);
        expect(best === 0 ? ['in-progress'] : candidates).toContain(call?.outcome);
        expect(new Set(call?.legs.map(({ position, step }) => `${position} ${step}`))).toEqual(new Set(mine.flatMap((each) => (each.leg ? [`${each.leg.position} ${each.leg.step}`] : []))));
        expect(call?.legs.map(({ position }) => position)).toEqual(call?.legs.map(({ position }) => position).toSorted((left, right) => left - right));
        expect(call?.voicemail !== undefined).toBe(mine.some(({ voicemail }) => voicemail !== undefined));
        expect(call?.endedAt).toBe(mine.some(({ ended }) => ended) ? Math.min(...mine.flatMap((each) => (each.ended ? [each.at] : []))) : undefined);
      }
      const all = await calls.list({ limit: 100 });
      expect(all.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(all.map(({ startedAt }) => startedAt)).toEqual(all.map(({ startedAt }) => startedAt).toSorted((left, right) => right - left));
      for (const owner of ['acme', 'globex', undefined]) {
        const own = all.filter((call) => owner === undefined || call.customer === owner);
        expect(await calls.list({ customer: owner, limit: 100 })).toEqual(own);
        expect(await calls.list({ customer: owner, unanswered: true, limit: 100 })).toEqual(own.filter((call) => call.outcome === 'missed' || call.outcome === 'lost'));
      }
      for (const number of ['+442079460123', '+442079460124']) expect(await calls.list({ number, limit: 100 })).toEqual(all.filter((call) => call.number === number));
      for (const from of ['+447700900123', 'anonymous', 'x']) {
        for (const owner of ['acme', 'globex', undefined]) {
          const reached = all.filter((call) => call.customer === owner && call.from === from && (call.outcome === 'answered' || call.outcome === 'voicemail'));
          expect(await calls.reachedAt([{ from, customer: owner }])).toEqual([reached[0]?.startedAt]);
        }
      }
    }), { numRuns: 100 });
  });

  test('pages give each call once', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ carrier: fc.constant('main'), ref: fc.integer({ min: 1, max: 40 }).map((count) => `CA${count}`), at: fc.integer({ min: START, max: START + 5 }), arrival }), { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), async (claims, limit) => {
      await server.flush();
      const calls = createCallStore(one);
      await calls.record(claims);
      const seen: string[] = [];
      for (let before: { at: number; id: string } | undefined; ; ) {
        const page = await calls.list({ limit, before });
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (page.length < limit || !last) break;
        before = { at: last.startedAt, id: last.id };
      }
      expect(seen).toEqual((await calls.list({ limit: 1000 })).map(({ id }) => id));
      expect(new Set(seen).size).toBe(seen.length);
    }), { numRuns: 60 });
  });
});

describe('a late word', () => {
  const base = { carrier: 'main', ref: 'CA1' };
  const from = '+447700900123';
  const arrived = { ...base, at: START, arrival: { number: '+442079460123', from, customer: 'acme', route: 'plan' as const, protected: true } };
  const closed = { ...base, at: START + 9, ended: { status: 'completed' }, outcome: { is: 'answered' as const, rank: OUTCOME_RANK.closedConnected } };
  const lost = { ...base, at: START + 5, outcome: { is: 'lost' as const, rank: OUTCOME_RANK.nobodyReachable } };

  test('takes back what a vaguer one made believe: who heard an announcement has not been reached', async () => {
    const calls = createCallStore(one);
    await calls.record([arrived, closed]);
    expect(await calls.reachedAt([{ from, customer: 'acme' }])).toEqual([START]);
    await calls.record([lost]);
    expect(await calls.reachedAt([{ from, customer: 'acme' }])).toEqual([undefined]);
    expect(await calls.list({ customer: 'acme', unanswered: true, limit: 10 })).toHaveLength(1);
  });
});

describe('claims that come together', () => {
  const arrived = (call: string, number: string, from = '+447700900123'): CallClaim => ({ carrier: 'main', ref: call, at: START, arrival: { number, from, route: 'plan', protected: true, customer: 'acme' } });

  test('one whose text is no Unicode is recorded like the others', async () => {
    const calls = createCallStore(one);
    const spoilt = arrived('CA1', '+442079460123', 'half \ud83d pair \\ud800');
    expect(await calls.record([spoilt, arrived('CA2', '+442079460123')])).toEqual([]);
    // Read again by the script: what was stored is JSON that it understands.
    expect(await calls.record([{ carrier: 'main', ref: 'CA1', at: START + 1, outcome: { is: 'answered', rank: OUTCOME_RANK.bridged } }])).toEqual([]);
    expect(await calls.find('main:CA1')).toMatchObject({ from: 'half \ufffd pair \\ud800', outcome: 'answered' });
    expect(await calls.list({ number: '+442079460123', limit: 10 })).toHaveLength(2);
  });

  test('one that cannot be listed is refused, once, and keeps none of the others waiting', async () => {
    const calls = createCallStore(one);
    for (const list of ['number:+442079460123', 'customer:acme']) await one.set(keys.callIndex(list), 'not a list');
    const other = { ...arrived('CA2', '+442079460124'), arrival: { number: '+442079460124', from: 'x', route: 'plan' as const, protected: true } };
    const refused = await calls.record([arrived('CA1', '+442079460123'), other]);
    expect(refused.map(String)).toEqual([expect.stringContaining('WRONGTYPE')]);
    expect((await calls.list({ number: '+442079460124', limit: 10 })).map(({ id }) => id)).toEqual(['main:CA2']);
    expect(await calls.list({ limit: 10 })).toHaveLength(2);
  });
});

describe('forgetting', () => {
  test('keeps what is young and within the count, and leaves no trace of the others', async () => {
    await fc.assert(fc.asyncProperty(fc.array(claim, { maxLength: 15 }), at, fc.nat({ max: 8 }), fc.integer({ min: 1, max: 4 }), async (claims, before, keep, batch) => {
      await server.flush();
      const calls = createCallStore(one);
      await calls.record(claims);
      const all = await calls.list({ limit: 100 });
      const young = all.filter((call) => call.startedAt >= before);
      let total = 0;
      for (;;) {
        const forgotten = await calls.forget({ before, keep, batch });
        expect(forgotten).toBeLessThanOrEqual(batch);
        total += forgotten;
        if (forgotten < batch) break;
      }
      const left = await calls.list({ limit: 100 });
      expect(left).toEqual(young.slice(0, keep));
      expect(total).toBe(all.length - left.length);
      // What is left is as if the others had never been.
      const after = await everything();
      await server.flush();
      const ids = new Set(left.map(({ id }) => id));
      await calls.record(claims.filter((each) => ids.has(callId(each.carrier, each.ref))));
      expect(after).toEqual(await everything());
      await calls.forget({ before: Number.MAX_SAFE_INTEGER, keep: 0, batch: 100 });
      expect(await one.scan(0, 'COUNT', 1000)).toEqual(['0', []]);
    }), { numRuns: 100 });
  });

  test('is not stopped by records that cannot be read, and they hide no others', async () => {
    const calls = createCallStore(one);
    const claims = Array.from({ length: 6 }, (_, index) => ({ carrier: 'main', ref: `CA${index}`, at: START + index }));
    await calls.record(claims);
    await one.hset(keys.call('main:CA1'), 'arrival', 'garbage');
    await one.hset(keys.call('main:CA2'), 'voicemail', '{');
    await one.del(keys.call('main:CA3'));
    await one.del(keys.call('main:CA4'));
    await one.set(keys.call('main:CA4'), 'not a hash');
    expect((await calls.list({ limit: 10 })).map(({ ref: call }) => call)).toEqual(['CA5', 'CA0']);
    expect(await calls.find('main:CA2')).toBeUndefined();
    expect(await calls.forget({ before: START + 100, keep: 0, batch: 100 })).toBe(6);
    expect(await one.dbsize()).toBe(0);
  });
});

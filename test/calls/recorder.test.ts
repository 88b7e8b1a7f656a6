/** Claims on their way to Redis: in few rounds, tried again until they are there, and never said to be there before they are. */
import { setImmediate as breathe } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Redis } from 'ioredis';
import { createRecorder, type Recorder } from '../../src/calls/recorder.ts';
import type { CallClaim } from '../../src/domain/call.ts';
import { createCallStore, type CallStore } from '../../src/store/call-store.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem, type Timers } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, type World } from '../support/world.ts';

let server: TestRedis;
let world: World;
let recorder: Recorder;
/** Sizes of the rounds that were tried. */
let rounds: number[];

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  if (server.pid === 0) await server.restart();
  await server.flush();
  world = await openWorld(server.url);
  recorder = open();
});
afterEach(async () => {
  await recorder.close(2000);
  await world.close();
});

function open(timers: Timers = realSystem.timers): Recorder {
  rounds = [];
  const calls = createCallStore(world.redis);
  const counted: CallStore = {
    ...calls,
    record(claims) {
      rounds.push(claims.length);
      return calls.record(claims);
    },
  };
  return createRecorder({ calls: counted, timers, log: world.log });
}

const claimOf = (call: number): CallClaim => ({ carrier: 'main', ref: `CA${call}`, at: 1_700_000_000_000 + call, outcome: { is: 'answered', rank: 90, by: 'primary' } });

async function stored(): Promise<number> {
  return createCallStore(world.redis).list({ limit: 10_000 }).then((calls) => calls.length);
}

describe('the recorder', () => {
  test('what is claimed in one tick goes in one round, and many go in few', async () => {
    for (let call = 0; call < 1200; call += 1) recorder.record(claimOf(call));
    expect(recorder.waiting).toBe(1200);
    await recorder.recordDurably(claimOf(1200));
    expect(rounds).toEqual([500, 500, 201]);
    expect(await stored()).toBe(1201);
    expect(recorder.waiting).toBe(0);
  });

  test('durable is said when another connection can read it, and not before', async () => {
    const other = new Redis(server.url);
    try {
      for (let call = 0; call < 20; call += 1) {
        await recorder.recordDurably(claimOf(call));
        expect(await other.exists(keys.call(`main:CA${call}`))).toBe(1);
      }
      // Held back before Redis: it must not have been said.
      await server.kill('SIGSTOP');
      const durable = recorder.recordDurably(claimOf(20)).then(() => 'said');
      const turns = async () => {
        for (let turn = 0; turn < 100; turn += 1) await breathe();
        return 'not said';
      };
      expect(await Promise.race([durable, turns()])).toBe('not said');
      await server.kill('SIGCONT');
      await durable;
      expect(await other.exists(keys.call('main:CA20'))).toBe(1);
    } finally {
      await server.kill('SIGCONT');
      other.disconnect();
    }
  });

  test('while Redis is away: who waits is told, the claims are kept, and written when it is back', async () => {
    await server.kill();
    for (let call = 0; call < 700; call += 1) recorder.record(claimOf(call));
    // Behind more than one round of others, and yet told.
    await expect(recorder.recordDurably(claimOf(700))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(recorder.waiting).toBe(701);
    await server.restart();
    await expect.poll(() => recorder.waiting, { timeout: 20_000 }).toBe(0);
    expect(await stored()).toBe(701);
    expect(recorder.dropped).toBe(0);
    expect(world.lines.filter((line) => line.includes('cannot be recorded for now'))).toHaveLength(1);
    expect(world.lines.filter((line) => line.includes('can be recorded again'))).toHaveLength(1);
  });

  test('a redis-server that hangs: the same, and nothing twice', async () => {
    await server.kill('SIGSTOP');
    try {
      await expect(recorder.recordDurably(claimOf(1))).rejects.toMatchObject({ code: 'store_unavailable' });
    } finally {
      await server.kill('SIGCONT');
    }
    await expect.poll(() => recorder.waiting, { timeout: 20_000 }).toBe(0);
    expect(await stored()).toBe(1);
  });

  test('killed again and again while claims come in: all of them are there in the end', async () => {
    const kills = fc.array(fc.nat({ max: 30 }), { minLength: 3, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(kills, async (turns) => {
        await server.flush();
        let count = 0;
        for (const wait of turns) {
          for (let more = 0; more < 300; more += 1) recorder.record(claimOf(count++));
          for (let turn = 0; turn < wait; turn += 1) await breathe();
          await server.restart();
        }
        await expect.poll(() => recorder.waiting, { timeout: 20_000 }).toBe(0);
        expect(await stored()).toBe(count);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test('a broken record holds up no other', async () => {
    await world.redis.set(keys.call('main:CA1'), 'not a hash');
    for (let call = 0; call < 5; call += 1) recorder.record(claimOf(call));
    await recorder.recordDurably(claimOf(5));
    expect(await stored()).toBe(5);
    expect(recorder.dropped).toBe(1);
  });

  test('at shutdown it goes on trying for the time it is given', async () => {
    await server.kill();
    recorder.record(claimOf(1));
    await expect(recorder.recordDurably(claimOf(2))).rejects.toMatchObject({ code: 'store_unavailable' });
    const closed = recorder.close(30_000);
    await server.restart();
    await closed;
    expect(recorder.waiting).toBe(0);
    await expect.poll(() => world.redis.status).toBe('ready');
    expect(await stored()).toBe(2);
  });

  test('and says how many are left when it runs out; no timer is left behind', async () => {
    const pending = new Set<object>();
    const timers: Timers = {
      ...realSystem.timers,
      after(ms, task) {
        const mark = {};
        pending.add(mark);
        const cancel = realSystem.timers.after(ms, () => {
          pending.delete(mark);
          task();
        });
        return () => {
          pending.delete(mark);
          cancel();
        };
      },
    };
    const other = open(timers);
    await server.kill();
    other.record(claimOf(1));
    await other.close(50);
    expect(other.waiting).toBe(1);
    expect(world.lines.at(-1)).toContain('calls were left unrecorded at shutdown');
    expect(pending.size).toBe(0);
    // Nobody is kept waiting afterwards either.
    other.record(claimOf(2));
    await other.close(0);
    expect(pending.size).toBe(0);
  });
});

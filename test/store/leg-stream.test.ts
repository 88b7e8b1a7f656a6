/** Legs shared among processes: what one dials counts in all, and what has ended counts in none, whatever happens to Redis meanwhile. */
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createActiveLegs, type ActiveLegs } from '../../src/calls/active-legs.ts';
import { createFastConnection, createReaderConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { createLegStream, type LegStream } from '../../src/store/leg-stream.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { createKeptLog } from '../support/kept-log.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(() => server.flush());

interface Peer {
  legs: ActiveLegs;
  fast: Redis;
  begin(call: string, to: string): void;
  end(call: string): void;
  close(): Promise<void>;
}

const open: Peer[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer.close();
});

async function join(system = realSystem): Promise<Peer> {
  const target = { url: server.url, onError: () => undefined };
  const fast = createFastConnection(target);
  await whenReady(fast);
  const legs = createActiveLegs();
  const stream: LegStream = createLegStream({ fast, reader: createReaderConnection(target), sink: legs, system, log: createKeptLog().log });
  await stream.start();
  const peer: Peer = {
    legs,
    fast,
    begin(call, to) {
      const leg = { call, to, number: '+442079460123', from: '+447700900123', at: system.clock.now() };
      legs.begin(leg);
      stream.began(leg);
    },
    end(call) {
      if (legs.end(call)) stream.ended(call);
    },
    async close() {
      await stream.stop();
      fast.disconnect();
    },
  };
  open.push(peer);
  return peer;
}

const MOBILE = '+447400123456';
const DESK = 'sip:desk@backup.example.net';
const until = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 2 });
const counts = (peer: Peer): number[] => [peer.legs.count(MOBILE), peer.legs.count(DESK), peer.legs.size];

describe('legs of several processes', () => {
  test('count in all of them, also in one that joins later', async () => {
    const [one, other] = [await join(), await join()];
    one.begin('main:CA1', MOBILE);
    other.begin('main:CA2', MOBILE);
    other.begin('main:CA3', DESK);
    await until(() => counts(one)).toEqual([2, 1, 3]);
    await until(() => counts(other)).toEqual([2, 1, 3]);
    const late = await join();
    expect(counts(late)).toEqual([2, 1, 3]);
    // Whoever hears of the end tells it.
    late.end('main:CA1');
    one.begin('main:CA2', DESK);
    await until(() => counts(other)).toEqual([0, 2, 2]);
    await until(() => counts(one)).toEqual([0, 2, 2]);
  });

  test('agree in the end, whatever each did', async () => {
    const act = fc.record({ peer: fc.nat({ max: 1 }), call: fc.constantFrom('a', 'b', 'c', 'd'), to: fc.constantFrom(MOBILE, DESK, undefined) });
    await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      await server.flush();
      const peers = [await join(), await join()];
      const model = new Map<string, string>();
      const of = (to: string) => [...model.values()].filter((other) => other === to).length;
      const agreed = async () => {
        for (const peer of peers) await until(() => counts(peer)).toEqual([of(MOBILE), of(DESK), model.size]);
      };
      for (const { peer, call, to } of acts) {
        const id = `main:${call}`;
        // What changes nothing could not be seen to have arrived.
        if (model.get(id) === to) continue;
        if (to === undefined) peers[peer]?.end(id);
        else peers[peer]?.begin(id, to);
        if (to === undefined) model.delete(id);
        else model.set(id, to);
        // A call is dealt with by one process after the other, never by two at once: each knows what the other did.
        await agreed();
      }
      expect(Object.keys(await peers[0]!.fast.hgetall(keys.activeLegs)).toSorted()).toEqual([...model.keys()].toSorted());
      for (const peer of open.splice(0)) await peer.close();
    }), { numRuns: 20 });
  });

  test('what ended while Redis was away counts nowhere when it is back', async () => {
    const [one, other] = [await join(), await join()];
    for (const call of ['main:CA1', 'main:CA2', 'main:CA3']) one.begin(call, MOBILE);
    await until(() => counts(other)).toEqual([3, 0, 3]);
    await server.kill();
    one.end('main:CA1');
    other.end('main:CA2');
    await server.restart();
    for (const peer of [one, other]) await until(() => counts(peer)).toEqual([1, 0, 1]);
    expect(counts(await join())).toEqual([1, 0, 1]);
  });

  test('what ended while a process could not read, and is in the stream no more, counts there no more either', async () => {
    const [one, other] = [await join(), await join()];
    for (const call of ['main:CA1', 'main:CA2']) one.begin(call, MOBILE);
    await until(() => counts(other)).toEqual([2, 0, 2]);
    // Ended by a process that is gone, and trimmed, before the reader can be there again.
    await one.fast.multi().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').hdel(keys.activeLegs, 'main:CA1').exec();
    await until(() => counts(other)).toEqual([1, 0, 1]);
  });

  test('entries that cannot be read hide no others', async () => {
    const one = await join();
    await one.fast.hset(keys.activeLegs, { 'main:CA1': 'garbage', 'main:CA2': '7', 'main:CA3': '{"to":3}' });
    one.begin('main:CA4', MOBILE);
    const other = await join();
    expect(counts(other)).toEqual([1, 0, 1]);
    await one.fast.xadd(keys.legs, '*', 'p', 'x', 'c', 'main:CA5', 't', '{"garbage');
    await one.fast.xadd(keys.legs, '*', 'nonsense', 'x');
    one.begin('main:CA6', DESK);
    await until(() => counts(other)).toEqual([1, 1, 2]);
    await until(async () => Object.keys(await one.fast.hgetall(keys.activeLegs)).toSorted()).toEqual(['main:CA4', 'main:CA6']);
  });

  test('a leg whose end nobody ever told counts no longer after four hours', async () => {
    let later = 0;
    const system = { ...realSystem, clock: { now: () => realSystem.clock.now() + later } };
    const [one, other] = [await join(system), await join(system)];
    one.begin('main:CA1', MOBILE);
    await until(() => counts(other)).toEqual([1, 0, 1]);
    later = 4 * 60 * 60 * 1000 + 1;
    one.begin('main:CA2', DESK);
    await until(() => counts(other)).toEqual([0, 1, 1]);
    expect(counts(await join(system))).toEqual([0, 1, 1]);
  });
});

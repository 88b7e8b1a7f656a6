/** Claims while Redis fails in every way: acknowledged once they are on a disk, in Redis afterwards, each once. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRecorder, type Recorder } from '../../src/calls/recorder.ts';
import type { CallClaim } from '../../src/domain/call.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { createCallStore, type CallStore } from '../../src/store/call-store.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { flushBetweenTests, startTestRedis, type TestRedis } from '../support/redis.ts';
import { createKeptLog } from '../support/kept-log.ts';

let server: TestRedis;
let dir: string;
let redis: Redis;
const { log, lines } = createKeptLog();
let closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
flushBetweenTests(() => server);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-recorder-'));
  lines.length = 0;
  redis = createFastConnection({ url: server.url, onError: () => undefined });
  await whenReady(redis);
});
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
  redis.disconnect();
  await server.restart();
  await rm(dir, { recursive: true, force: true });
});

/** A process's recorder; `order` has the refs of the claims as they were sent to Redis and taken, `sending` is called before each time. */
async function start(spoolDir = dir, maxBytes = 10_000_000, sending: () => void = () => undefined): Promise<{ recorder: Recorder; spool: Spool; order: string[]; calls: CallStore; close(): Promise<void> }> {
  const store = createCallStore(redis);
  const order: string[] = [];
  const calls: CallStore = {
    ...store,
    async record(claims) {
      sending();
      const refused = await store.record(claims);
      order.push(...claims.map(({ ref }) => ref));
      return refused;
    },
  };
  const spool = createSpool({ dir: spoolDir, maxBytes, log, now: () => 0 });
  await spool.open();
  const recorder = createRecorder({ calls, spool: spool.queue('claims'), timers: realSystem.timers, log });
  recorder.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await recorder.close(500);
    await spool.close();
  };
  closers.push(close);
  return { recorder, spool, order, calls, close };
}

const refs = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => `CA${from + at}`);
const claim = (ref: string): CallClaim => ({ carrier: 'main', ref, at: 1000 + Number(ref.slice(2)), ended: { status: 'completed', seconds: 3 } });
const take = (recorder: Recorder, all: readonly string[]) => Promise.all(all.map((ref) => recorder.recordDurably(claim(ref))));
const listed = async (calls: CallStore): Promise<string[]> => (await calls.list({ limit: 1000 })).map(({ ref }) => ref).toReversed();
const shipped = (spool: Spool) => expect.poll(() => spool.queue('claims').size, { timeout: 20_000 }).toBe(0);

test('while Redis is there, nothing goes to the local disk', async () => {
  const { recorder, spool, calls } = await start();
  await take(recorder, refs(0, 50));
  expect([spool.bytes, await listed(calls)]).toEqual([0, refs(0, 50)]);
});

test('what is claimed in one tick is all there when the last of it is', async () => {
  const { recorder, spool, calls } = await start();
  for (const ref of refs(0, 999)) recorder.record(claim(ref));
  expect(recorder.waiting).toBe(999);
  await recorder.recordDurably(claim('CA999'));
  // A Redis that takes its time is overtaken by the local disk.
  await shipped(spool);
  expect([recorder.waiting, (await listed(calls)).length]).toEqual([0, 1000]);
});

test('a broken record holds up no other', async () => {
  const { recorder, spool, calls } = await start();
  await redis.set(keys.call('main:CA1'), 'not a hash');
  for (const ref of refs(0, 5)) recorder.record(claim(ref));
  await recorder.recordDurably(claim('CA5'));
  await shipped(spool);
  expect(await listed(calls)).toEqual(['CA0', 'CA2', 'CA3', 'CA4', 'CA5']);
  expect(recorder.dropped).toBe(1);
});

test.each([
  ['killed', () => server.kill(), () => server.restart()],
  ['hanging', () => server.kill('SIGSTOP'), () => server.kill('SIGCONT')],
  ['full', async () => void (await redis.config('SET', 'maxmemory', '1')), async () => void (await redis.config('SET', 'maxmemory', '0'))],
  ['a replica that takes no writes', async () => void (await redis.replicaof('127.0.0.1', '1')), async () => void (await redis.call('REPLICAOF', 'NO', 'ONE'))],
])('Redis %s: claims are acknowledged from the local disk and shipped in order, once', async (_how, fail, mend) => {
  const { recorder, spool, calls, order } = await start();
  await take(recorder, refs(0, 10));
  // On a slow machine they may have gone by the disk.
  await shipped(spool);
  await fail();
  await take(recorder, refs(10, 20));
  for (const ref of refs(20, 30)) recorder.record(claim(ref));
  await expect.poll(() => [recorder.waiting, spool.queue('claims').size]).toEqual([0, 20]);
  await mend();
  await take(recorder, refs(30, 40));
  await shipped(spool);
  await take(recorder, refs(40, 50));
  expect(await listed(calls)).toEqual(refs(0, 50));
  // What was sent just before Redis failed may have been taken: then it was sent again, from the disk.
  expect([...new Set(order)].slice(-40)).toEqual(refs(10, 50));
  expect([recorder.dropped, spool.bytes]).toEqual([0, 0]);
});

test('while calls go on coming without a pause, the local disk is empty again all the same', async () => {
  let next = 20;
  let comesIn: () => void = () => undefined;
  const { recorder, spool, calls } = await start(dir, 10_000_000, () => comesIn());
  await server.kill();
  await take(recorder, refs(0, 20));
  comesIn = () => {
    if (spool.queue('claims').size === 0) return;
    recorder.record(claim(`CA${next}`));
    next += 1;
  };
  await server.restart();
  await shipped(spool);
  await expect.poll(() => recorder.waiting).toBe(0);
  expect(await listed(calls)).toEqual(refs(0, next));
});

test('what one process leaves on the local disk, the next ships', async () => {
  const first = await start();
  await server.kill();
  await take(first.recorder, refs(0, 20));
  await first.close();
  await server.restart();
  await expect.poll(() => redis.status).toBe('ready');
  const second = await start();
  await shipped(second.spool);
  expect(await listed(second.calls)).toEqual(refs(0, 20));
});

test('neither Redis nor disk: refused with an alarm, kept in memory, written when Redis is back', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  const { recorder, calls } = await start(join(file, 'spool'));
  await server.kill();
  await expect(take(recorder, refs(0, 5))).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(recorder.waiting).toBe(5);
  expect(lines.filter((line) => line.includes('neither in Redis nor on the local disk'))).toHaveLength(1);
  await server.restart();
  await expect.poll(() => recorder.waiting, { timeout: 20_000 }).toBe(0);
  expect(await listed(calls)).toEqual(refs(0, 5));
});

test('a spool that is as large as it may be: the rest is kept in memory with an alarm, and all comes through', async () => {
  const { recorder, spool, calls, order } = await start(dir, 600);
  await server.kill();
  await take(recorder, refs(0, 5));
  await expect(take(recorder, refs(5, 20))).rejects.toMatchObject({ code: 'store_unavailable' });
  expect([recorder.waiting, spool.queue('claims').size]).toEqual([15, 5]);
  await server.restart();
  await expect.poll(() => [recorder.waiting, spool.queue('claims').size], { timeout: 20_000 }).toEqual([0, 0]);
  expect(await listed(calls)).toEqual(refs(0, 20));
  // What is on the disk goes first.
  expect([...new Set(order)]).toEqual(refs(0, 20));
  expect(recorder.dropped).toBe(0);
});

test('shipping again what Redis had already changes nothing', async () => {
  const { recorder, spool, calls } = await start();
  await take(recorder, refs(0, 5));
  const before = await Promise.all(refs(0, 5).map((ref) => calls.find(`main:${ref}`)));
  // As after a crash between shipping and removing.
  await spool.queue('claims').append(refs(0, 5).map(claim));
  recorder.start();
  await shipped(spool);
  expect(await Promise.all(refs(0, 5).map((ref) => calls.find(`main:${ref}`)))).toEqual(before);
  expect(await listed(calls)).toEqual(refs(0, 5));
});

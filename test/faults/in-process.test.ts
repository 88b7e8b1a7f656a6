/** The whole service started and stopped in one process, again and again: nothing of it stays open. */
import { EventEmitter } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Redis } from 'ioredis';
import { createService } from '../../src/compose.ts';
import { readSettings } from '../../src/config/settings.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ADMIN_KEY, startService } from '../support/service.ts';
import { createKeptLog } from '../support/kept-log.ts';
import { createTcpProxy } from '../support/tcp-proxy.ts';
import { filesOf, read, withoutComments } from '../support/tree.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());

/** What keeps this process alive, by kind, and who listens to it. Timers of the test's own polls are among it, so a poll of `held` never rests on none. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  for (const event of process.eventNames()) counts[`on ${String(event)}`] = EventEmitter.listenerCount(process, event);
  return counts;
}

async function askRedis(...command: [string, ...string[]]): Promise<string> {
  const redis = new Redis(server.url);
  try {
    return String(await redis.call(...command));
  } finally {
    redis.disconnect();
  }
}

/** Connections of ours to Redis. */
async function connections(): Promise<string[]> {
  return [...(await askRedis('CLIENT', 'LIST')).matchAll(/ name=(\S+) /g)].map(([, name = '']) => name);
}

/** How many of them wait there for news: readers of streams, and the workers' at their queues. */
async function blocked(): Promise<{ readers: number; queues: number }> {
  const names = [...(await askRedis('CLIENT', 'LIST')).matchAll(/ name=(\S+) .* flags=\w*b/g)].map(([, name = '']) => name);
  return { readers: names.filter((name) => name === 'ringthrough-reader').length, queues: names.filter((name) => name.startsWith(`${keys.queues}:`)).length };
}

/** How many of the program's parts open a connection that waits, as it is written: one that is added is waited for too. */
const opening = (folder: string, call: RegExp): number => filesOf(folder).flatMap((path) => withoutComments(read(path)).match(call) ?? []).length;
const WAITERS = { readers: opening('src', /(?<!function )createReaderConnection\(/g), queues: opening('workers', /new Worker[<(]/g) };

/** Uses every part: a write, a call for a number that is not there, an import, a list, metrics. */
async function useOnce(): Promise<void> {
  const service = await startService({ redis: server });
  const ask = async (method: string, path: string, type: string, body?: string) => {
    const response = await fetch(service.url + path, { method, headers: { authorization: `Bearer ${ADMIN_KEY}`, connection: 'close', ...(body === undefined ? {} : { 'content-type': type }) }, ...(body === undefined ? {} : { body }) });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await ask('PUT', '/v1/customers/acme', 'application/json', '{"name":"Acme"}')).toBeLessThan(300);
  expect(await ask('POST', '/webhooks/main/voice', 'application/x-www-form-urlencoded', 'CallSid=CA1')).toBe(404);
  expect(await ask('POST', '/v1/imports', 'text/csv', 'number,customer,primary,carrier\n+442079460123,acme,pbx,main\n')).toBe(202);
  expect(await ask('GET', '/v1/calls', '')).toBe(200);
  expect(await ask('GET', '/metrics', '')).toBe(200);
  await service.close();
}

/** What is held more than it was. */
function more(before: Record<string, number>): string[] {
  return Object.entries(held()).filter(([kind, count]) => count > (before[kind] ?? 0)).map(([kind, count]) => `${kind}: ${before[kind] ?? 0} before, now ${count}`);
}

test('three times: no handle, no listener and no connection more than before', async () => {
  const before = held();
  for (let round = 0; round < 3; round += 1) {
    await useOnce();
    await expect.poll(connections).toEqual([]);
    await expect.poll(() => more(before), { timeout: 10_000 }).toEqual([]);
  }
});

test('with Redis gone before it is told to stop: the same', async () => {
  const before = held();
  const service = await startService({ redis: server });
  await server.kill();
  await expect.poll(() => service.follower.status().is).toBe('stale');
  await service.close();
  await expect.poll(() => more(before), { timeout: 10_000 }).toEqual([]);
  await server.restart();
});

test.each(['hanging', 'stalled', 'cut'] as const)('told to stop with Redis %s, and nobody knows it yet: it ends all the same, and the same', async (fault) => {
  const proxy = await createTcpProxy(server.url);
  const before = held();
  const service = await startService({ redis: { url: proxy.url, dir: server.dir } });
  // All that wait for news do so.
  await expect.poll(blocked).toEqual(WAITERS);
  if (fault === 'hanging') await server.kill('SIGSTOP');
  else proxy.set(fault);
  await service.close();
  await server.kill('SIGCONT');
  // What the network has not let through yet is the network's.
  proxy.set('cut');
  await expect.poll(() => more(before), { timeout: 10_000 }).toEqual([]);
  await proxy.close();
});

test.each(['there', 'away'])('told to stop before it has started, and while it starts, with Redis %s: the same', async (redis) => {
  if (redis === 'away') await server.kill();
  const before = held();
  for (const turns of [0, 5, 40]) {
    const service = await createService({ settings: readSettings({ DATA_DIR: server.dir, SECRET_KEY: '5e'.repeat(32), RINGTHROUGH_ADMIN_KEY: ADMIN_KEY }), redisUrl: server.url, publicBaseUrl: 'https://calls.example.net', version: '0.0.0-test', log: createKeptLog().log, system: realSystem });
    // It cannot come to its end any more.
    service.start().catch(() => undefined);
    for (let turn = 0; turn < turns; turn += 1) await breathe();
    await service.close(100);
    await expect.poll(() => more(before), { timeout: 10_000 }).toEqual([]);
  }
  await server.restart();
});

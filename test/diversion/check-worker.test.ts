/** The worker of checks: each carrier has its turn once in a while, and no check is lost with the process that made it. */
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { createCarrierApis, type CarrierApis } from '../../src/carriers/carrier-apis.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { createSecretBox } from '../../src/config/secrets.ts';
import { createCheckStore, type CheckStore } from '../../src/store/check-store.ts';
import { createBackgroundConnection } from '../../src/store/connections.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { createCheckWorker, type CheckWorker } from '../../workers/checks.ts';
import { createTelnyx, type Telnyx } from '../../stand-ins/telnyx/telnyx.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';

const KEY = 'a-key-of-the-test';
const DAY_MS = 86_400_000;
const here = eachWorld();
/** What comes round every few seconds or minutes does every few milliseconds. */
const system: System = { ...realSystem, timers: { ...realSystem.timers, every: (ms, task) => realSystem.timers.every(Math.max(20, ms / 10_000), task) } };
const SOON = { timeout: 10_000 };

let telnyx: Telnyx;
let apis: CarrierApis;
let checks: CheckStore;
const workers: CheckWorker[] = [];
const connections: Redis[] = [];

beforeEach(async () => {
  const { redis, store } = here.world;
  telnyx = await createTelnyx({ apiKey: KEY });
  const secrets = createSecretBox('5e'.repeat(32), realSystem.random);
  await put(store, 'carriers', 'main', { kind: 'telnyx', credentials: { apiKey: secrets.seal(KEY), publicKey: secrets.seal('a-public-key') }, baseUrl: telnyx.url, limits: { writesPerSecond: 500 } });
  apis = createCarrierApis({ secrets, timeoutMs: 300, now: realSystem.clock.now });
  checks = createCheckStore(redis);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  for (const connection of connections.splice(0)) connection.disconnect();
  apis.close();
  await telnyx.close();
});

async function start(everyMs: number): Promise<CheckWorker> {
  const { redis, store, log } = here.world;
  const { follower, table } = await here.world.follow();
  const connection = createBackgroundConnection({ url: here.server.url, onError: () => undefined });
  connections.push(connection);
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  const worker = createCheckWorker({ connection, fast: redis, store, follower, sight: () => ({ table: table.current, judge, baseUrl: 'https://calls.example.net' }), apis, everyMs, log, system, load: { level: 0 } });
  workers.push(worker);
  worker.start();
  return worker;
}

it('checks each carrier once in a while by itself, and forgets those that are gone', async () => {
  const old = { by: 'schedule', credentials: 'accepted', saidLimits: {}, asked: 1, began: 1 } as const;
  await checks.end('gone', { ...old, ended: 1 });
  await start(DAY_MS);
  await expect.poll(async () => (await checks.read('main')).last, SOON).toMatchObject({ by: 'schedule', credentials: 'accepted', findings: { held: 0 } });
  await expect.poll(async () => [...(await checks.outcomes()).keys()], SOON).toEqual(['main']);
  const { last } = await checks.read('main');
  // A day later, a tenth more or less.
  await checks.end('main', { ...old, ended: Date.now() - 0.8 * DAY_MS });
  await expect.poll(() => telnyx.requests.length, SOON).toBe(2);
  await checks.end('main', { ...old, ended: Date.now() - 1.2 * DAY_MS });
  await expect.poll(async () => (await checks.read('main')).last?.ended, SOON).toBeGreaterThanOrEqual(last?.ended ?? Infinity);
  expect(telnyx.requests).toHaveLength(4);
});

it('goes on after the process that made a check has ended', async () => {
  telnyx.faults.next(1000, 'hang');
  await checks.ask('main', 'operator', Date.now());
  const first = await start(0);
  await expect.poll(() => telnyx.requests.length, SOON).toBeGreaterThan(0);
  await first.close();
  expect(await checks.read('main')).toMatchObject({ last: undefined, underWay: { by: 'operator', began: expect.any(Number) } });
  telnyx.faults.clear();
  await start(0);
  await expect.poll(async () => await checks.read('main'), SOON).toMatchObject({ last: { by: 'operator', credentials: 'accepted' }, underWay: undefined });
});

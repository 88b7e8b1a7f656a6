/** The worker and imports that people decide on: judged by itself, found again after a lost job, ended when nobody decides. */
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { applyImport, WAITING_MAX_MS } from '../../src/imports/decide.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createImportQueue } from '../../src/imports/queue.ts';
import { recoverImports } from '../../src/imports/recover.ts';
import { createBackgroundConnection } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { createImportWorker, type ImportWorker } from '../../workers/import.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { DEED, openWorld, type World } from '../support/world.ts';
import { applyAll, csv, csvRows, putPeople, receive } from './support.ts';

let server: TestRedis;
let world: World;
let connection: Redis;
let worker: ImportWorker | undefined;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.flush();
  world = await openWorld(server.url);
  connection = createBackgroundConnection({ url: server.url, onError: () => undefined });
  await putPeople(world.store);
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
  connection.disconnect();
  await world.close();
});

function startWorker(): void {
  const standing = { ...realSystem, clock: { now: () => DEED.at } };
  worker = createImportWorker({ policy: () => shippedPolicy().destinations, connection, store: world.store, log: world.log, system: standing, load: { level: 0 } });
  worker.start();
}

async function recordOf(id: string) {
  const found = await world.store.find('imports', id);
  return found && 'record' in found ? found.record : undefined;
}

const WAIT = { timeout: 30_000 };

test('judges what is to be confirmed without being told, and takes it when a person says so', async () => {
  const id = await receive(world, csv(csvRows(450)), 'csv', { confirm: true, complete: true });
  startWorker();
  await expect.poll(async () => (await recordOf(id))?.state, WAIT).toBe('waiting');
  await expect.poll(() => world.redis.keys(`${keys.queues}:imports:20*`), WAIT).toEqual([]);
  const lists = createImportLists(world.redis);
  await applyImport({ store: world.store, lists }, id, DEED, 1);
  const queue = createImportQueue(world.redis);
  await queue.add(id);
  await expect.poll(async () => (await recordOf(id))?.state, WAIT).toBe('done');
  expect(await recordOf(id)).toMatchObject({ created: 450, removed: 1, judged: { created: 450, removed: 1 } });
  await queue.close();
});

test('what is judged, taken or removed has a job again when it was lost; what waits has none, and expires after a day', async () => {
  const queue = createImportQueue(world.redis);
  const lists = createImportLists(world.redis);
  const deps = { store: world.store, lists, queue };
  const waiting = await receive(world, csv(csvRows(5)), 'csv', { confirm: true });
  await applyAll(world.store, world.redis, waiting);
  const judging = await receive(world, csv(csvRows(5)), 'csv', { dryRun: true });
  await recoverImports(deps, DEED.at + WAITING_MAX_MS);
  const queued = async (): Promise<string[]> => (await world.redis.keys(`${keys.queues}:imports:20*`)).map((key) => key.split(':').at(-1) ?? '');
  expect(await queued()).toEqual([judging]);
  expect((await recordOf(waiting))?.state).toBe('waiting');
  await recoverImports(deps, DEED.at + WAITING_MAX_MS + 1);
  expect(await recordOf(waiting)).toMatchObject({ state: 'expired', endedAt: DEED.at + WAITING_MAX_MS + 1 });
  expect(await world.redis.exists(keys.importRows(waiting))).toBe(0);
  await queue.close();
});

/** The worker and imports that people decide on: judged by itself, found again after a lost job, ended when nobody decides. */
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { applyImport, WAITING_MAX_MS } from '../../src/imports/decide.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createImportQueue } from '../../src/imports/queue.ts';
import { recoverImports } from '../../src/imports/recover.ts';
import { createBackgroundConnection } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { createImportWorker, type ImportWorker } from '../../workers/import.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED } from '../support/world.ts';
import { applyAll, csv, csvRows, FIXED, importOf, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));
let connection: Redis;
let worker: ImportWorker | undefined;
beforeEach(() => {
  connection = createBackgroundConnection({ url: here.server.url, onError: () => undefined });
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
  connection.disconnect();
});

function startWorker(): void {
  worker = createImportWorker({ policy: () => shippedPolicy().destinations, connection, store: here.world.store, log: here.world.log, system: { ...realSystem, clock: FIXED }, load: { level: 0 } });
  worker.start();
}

const WAIT = { timeout: 30_000 };

test('judges what is to be confirmed without being told, and takes it when a person says so', async () => {
  const id = await receive(here.world, csv(csvRows(450)), 'csv', { confirm: true, complete: true });
  startWorker();
  await expect.poll(async () => (await importOf(here.world.store, id)).state, WAIT).toBe('waiting');
  await expect.poll(() => here.world.redis.keys(`${keys.queues}:imports:20*`), WAIT).toEqual([]);
  const lists = createImportLists(here.world.redis);
  await applyImport({ store: here.world.store, lists }, id, DEED, 1);
  const queue = createImportQueue(here.world.redis);
  await queue.add(id);
  await expect.poll(async () => (await importOf(here.world.store, id)).state, WAIT).toBe('done');
  expect(await importOf(here.world.store, id)).toMatchObject({ created: 450, removed: 1, judged: { created: 450, removed: 1 } });
  await queue.close();
});

test('what is judged, taken or removed has a job again when it was lost; what waits has none, and expires after a day', async () => {
  const queue = createImportQueue(here.world.redis);
  const lists = createImportLists(here.world.redis);
  const deps = { store: here.world.store, lists, queue };
  const waiting = await receive(here.world, csv(csvRows(5)), 'csv', { confirm: true });
  await applyAll(here.world.store, here.world.redis, waiting);
  const judging = await receive(here.world, csv(csvRows(5)), 'csv', { dryRun: true });
  await recoverImports(deps, DEED.at + WAITING_MAX_MS);
  const queued = async (): Promise<string[]> => (await here.world.redis.keys(`${keys.queues}:imports:20*`)).map((key) => key.split(':').at(-1) ?? '');
  expect(await queued()).toEqual([judging]);
  expect((await importOf(here.world.store, waiting)).state).toBe('waiting');
  await recoverImports(deps, DEED.at + WAITING_MAX_MS + 1);
  expect(await importOf(here.world.store, waiting)).toMatchObject({ state: 'expired', endedAt: DEED.at + WAITING_MAX_MS + 1 });
  expect(await here.world.redis.exists(keys.importRows(waiting))).toBe(0);
  await queue.close();
});

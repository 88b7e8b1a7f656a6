import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createImportQueue } from '../../src/imports/queue.ts';
import { recoverImports } from '../../src/imports/recover.ts';
import { createBackgroundConnection } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { LEVEL } from '../../src/system/load.ts';
import { realSystem } from '../../src/system/system.ts';
import { createImportWorker, type ImportWorker } from '../../workers/import.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, put, type World } from '../support/world.ts';
import { csv, csvRows, FIXED, importOf, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));
let connection: Redis;
let workers: ImportWorker[];
beforeEach(() => {
  connection = createBackgroundConnection({ url: here.server.url, onError: () => undefined });
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  connection.disconnect();
});

/** The time at which everything here is received: an upload that is a day old counts as left behind. */
const system = { ...realSystem, clock: FIXED };
/** Of the process, which comes later and later to its work. */
const load = { level: 0 };

function startWorker(store = here.world.store, timers = system.timers): ImportWorker {
  const worker = createImportWorker({ policy: () => shippedPolicy().destinations, connection, store, log: here.world.log, system: { ...system, timers }, load });
  workers.push(worker);
  worker.start();
  return worker;
}

const stateOf = async (id: string) => (await importOf(here.world.store, id)).state;

const WAIT = { timeout: 30_000 };

describe('the import worker', () => {
  test('takes what is queued, one after another, and leaves no job behind', async () => {
    startWorker();
    const queue = createImportQueue(here.world.redis);
    const ids = [await receive(here.world, csv(csvRows(450))), await receive(here.world, csv(csvRows(300, 450)))];
    for (const id of ids) await queue.add(id);
    for (const id of ids) await expect.poll(() => stateOf(id), WAIT).toBe('done');
    expect(await here.world.store.page('numbers@acme', undefined, 1000)).toHaveLength(751);
    await expect.poll(() => here.world.redis.keys(`${keys.queues}:imports:20*`)).toEqual([]);
    await queue.close();
  });

  test('finds at its start an import whose job was lost, without being told', async () => {
    const id = await receive(here.world, csv(csvRows(250)));
    startWorker();
    await expect.poll(() => stateOf(id), WAIT).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 250 });
  });

  test('closed in the middle it finishes the chunk in hand, and another goes on at once', async () => {
    const id = await receive(here.world, csv(csvRows(1000)));
    const chunks = { committed: 0 };
    let first: ImportWorker | undefined;
    let closed: Promise<void> | undefined;
    const store = {
      ...here.world.store,
      commit: async (draft: Parameters<World['store']['commit']>[0]) => {
        chunks.committed += 1;
        if (chunks.committed === 2) closed = first?.close();
        return here.world.store.commit(draft);
      },
    };
    first = startWorker(store);
    await expect.poll(() => closed !== undefined, WAIT).toBe(true);
    await closed;
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'applying', chunksDone: 2, created: 400 });
    startWorker();
    await expect.poll(() => stateOf(id), WAIT).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ chunksDone: 5, created: 1000, unchanged: 0 });
  });

  test('waits while calls come first, and goes on by itself', async () => {
    const id = await receive(here.world, csv(csvRows(450)));
    let waits = 0;
    const timers = {
      ...system.timers,
      after(ms: number, task: () => void) {
        waits += 1;
        return realSystem.timers.after(Math.min(ms, 5), task);
      },
    };
    load.level = LEVEL.background;
    try {
      startWorker(here.world.store, timers);
      await expect.poll(() => waits, WAIT).toBeGreaterThan(5);
      expect(await importOf(here.world.store, id)).toMatchObject({ state: 'applying', chunksDone: 0 });
    } finally {
      load.level = LEVEL.nothing;
    }
    await expect.poll(() => stateOf(id), WAIT).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 450 });
  });

  test('waits for Redis to come back and goes on', async () => {
    const id = await receive(here.world, csv(csvRows(1000)));
    let killed = false;
    const store = {
      ...here.world.store,
      commit: async (draft: Parameters<World['store']['commit']>[0]) => {
        if (!killed) {
          killed = true;
          await here.server.kill();
        }
        return here.world.store.commit(draft);
      },
    };
    startWorker(store);
    await expect.poll(() => killed, WAIT).toBe(true);
    await expect.poll(() => here.world.lines.some((line) => line.includes('an import waits for the store')), WAIT).toBe(true);
    await here.server.restart();
    await expect.poll(() => here.world.redis.status, WAIT).toBe('ready');
    await expect.poll(() => stateOf(id), WAIT).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 1000, unchanged: 0, chunksDone: 5 });
  });

  test('closes also while Redis is away', async () => {
    const worker = startWorker();
    await expect.poll(() => connection.status).toBe('ready');
    await here.server.kill();
    await expect.poll(() => connection.status).not.toBe('ready');
    await worker.close();
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
  });
});

describe('looking for imports left behind', () => {
  test('ends an upload whose process died a day ago, and no younger one', async () => {
    const lists = createImportLists(here.world.redis);
    const queue = createImportQueue(here.world.redis);
    const record = { state: 'receiving', format: 'csv', by: { key: 'boss', role: 'admin' }, kind: 'import', startedAt: DEED.at, stateAt: DEED.at, rows: 0, chunks: 0, chunksDone: 0, created: 0, changed: 0, unchanged: 0, rejected: 0, removed: 0, nameless: 0, images: 0 } as const;
    await put(here.world.store, 'imports', 'old', record);
    await put(here.world.store, 'imports', 'young', { ...record, startedAt: DEED.at + 1 });
    await lists.pushChunk('old', [{ line: 2, fault: 'x' }]);
    await recoverImports({ store: here.world.store, lists, queue }, DEED.at + 86_400_001);
    expect(await importOf(here.world.store, 'old')).toMatchObject({ state: 'aborted', endedAt: DEED.at + 86_400_001 });
    expect(await stateOf('young')).toBe('receiving');
    expect(await here.world.redis.exists(keys.importRows('old'))).toBe(0);
    await queue.close();
  });
});

describe('the import queue', () => {
  test('fails at once while Redis is away, and works again after', async () => {
    const queue = createImportQueue(here.world.redis);
    await queue.add('one');
    await here.server.kill();
    await expect.poll(() => here.world.redis.status).not.toBe('ready');
    await expect(queue.add('two')).rejects.toMatchObject({ code: 'store_unavailable' });
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
    await queue.add('two');
    await queue.add('two');
    expect(await here.world.redis.llen(`${keys.queues}:imports:wait`)).toBe(2);
    await queue.close();
  });

  test('made while Redis is away it is not broken for good', async () => {
    await here.server.kill();
    await expect.poll(() => here.world.redis.status).not.toBe('ready');
    const queue = createImportQueue(here.world.redis);
    await expect(queue.add('one')).rejects.toMatchObject({ code: 'store_unavailable' });
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
    await queue.add('one');
    expect(await here.world.redis.llen(`${keys.queues}:imports:wait`)).toBe(1);
    await queue.close();
  });
});

/** Takes imports from the queue and applies them chunk by chunk. The work itself is in src/imports/apply.ts. */
import { WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { DestinationPolicy } from '../src/domain/destination-policy.ts';
import { codeOf } from '../src/domain/errors.ts';
import { applyNextChunk, type Applied } from '../src/imports/apply.ts';
import { createImportLists } from '../src/imports/import-lists.ts';
import { createImportQueue, IMPORT_QUEUE, type ImportJob } from '../src/imports/queue.ts';
import { createRowSource } from '../src/imports/row-source.ts';
import { recoverImports } from '../src/imports/recover.ts';
import { whenReady } from '../src/store/connections.ts';
import { keys } from '../src/store/keys.ts';
import type { Store } from '../src/store/store.ts';
import { LEVEL, type LoadLevel } from '../src/system/load.ts';
import { createPause } from '../src/system/pause.ts';
import type { System } from '../src/system/system.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface ImportWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  /** Finishes the chunk in hand; what is left of its import goes back to the queue. */
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  store: Store;
  policy(): DestinationPolicy;
  log: Logger;
  system: System;
  load: LoadLevel;
}

/** Between two tries while the store does not answer, or calls come first, milliseconds. */
const RETRY_MS = 500;
const RECOVER_EVERY_MS = 10_000;
/** How many of the newest imports are looked at each time; all of them at start. */
const RECOVER_NEWEST = 100;

export function createImportWorker({ connection, store, policy, log, system, load }: Options): ImportWorker {
  const lists = createImportLists(connection);
  const ahead = createRowSource(lists);
  const queue = createImportQueue(connection);
  let worker: Worker<ImportJob> | undefined;
  let closing = false;
  let stopRecovering: () => void = () => undefined;
  const rest = createPause(system.timers, RETRY_MS);

  async function applyOne(id: string): Promise<Applied> {
    try {
      return await applyNextChunk({ store, lists, ahead, policy }, id, system.clock.now());
    } catch (error) {
      if (codeOf(error) !== 'store_unavailable') throw error;
      log.debug({ err: error, import: id }, 'an import waits for the store');
      if (!closing) await rest.pause();
      return 'more';
    }
  }

  async function process(job: Job<ImportJob>, token?: string): Promise<void> {
    const id = job.data.import;
    await lists.keepRows(id);
    for (;;) {
      if (closing) {
        // Without Redis it cannot be given back; then its lock runs out and the next worker finds it.
        if (connection.status === 'ready') await job.moveToWait(token);
        throw new WaitingError();
      }
      if (load.level >= LEVEL.background) {
        await rest.pause();
        continue;
      }
      const applied = await applyOne(id);
      if (applied === 'more') continue;
      log.info({ import: id, is: applied }, 'an import goes no further by itself');
      return;
    }
  }

  async function recover(atMost?: number): Promise<void> {
    try {
      await recoverImports({ store, lists, queue }, system.clock.now(), atMost);
    } catch (error) {
      log.warn({ err: error }, 'could not look for imports that were left behind');
    }
  }

  return {
    start() {
      worker = new Worker<ImportJob>(IMPORT_QUEUE, process, {
        connection,
        prefix: keys.queues,
        skipVersionCheck: true,
        concurrency: 1,
        // Two on one import are harmless: a chunk is taken once.
        ...TAKE_OVER,
      });
      worker.on('error', (error) => log.debug({ err: error }, 'the import worker met an error'));
      worker.on('failed', (job, error) => log.error({ err: error, import: job?.data.import, code: codeOf(error) }, 'an import failed and will be tried again'));
      void whenReady(connection).then(() => recover());
      stopRecovering = system.timers.every(RECOVER_EVERY_MS, () => void recover(RECOVER_NEWEST));
    },
    async close() {
      closing = true;
      rest.end();
      stopRecovering();
      await closeWorker(worker, connection, system.timers);
      await queue.close();
    },
  };
}

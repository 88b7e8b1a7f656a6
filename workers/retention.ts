/** Forgets old calls, imports, approvals, silences and drills, on a schedule that all processes share. The work itself is in src/store/call-store.ts and src/store/prune.ts. */
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { pruneDrills } from '../src/drills/prune-drills.ts';
import { pruneImports } from '../src/imports/prune-imports.ts';
import { pruneApprovals } from '../src/policy/prune-approvals.ts';
import type { CallStore } from '../src/store/call-store.ts';
import { whenReady } from '../src/store/connections.ts';
import { keys } from '../src/store/keys.ts';
import type { Store } from '../src/store/store.ts';
import { LEVEL, type LoadLevel } from '../src/system/load.ts';
import type { System } from '../src/system/system.ts';
import { pruneSilences } from '../src/telling/prune-silences.ts';
import { closeWorker } from './close-worker.ts';

export interface RetentionWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  calls: CallStore;
  store: Store;
  load: LoadLevel;
  log: Logger;
  system: System;
  keepDays: number;
  keepMax: number;
}

const QUEUE = 'retention';
const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** Forgotten in one step of Redis: a few milliseconds. */
const BATCH = 500;

export function createRetentionWorker({ connection, calls, store, load, log, system: { clock, timers }, keepDays, keepMax }: Options): RetentionWorker {
  let queue: Queue | undefined;
  let worker: Worker | undefined;

  async function forgetOld(): Promise<void> {
    let total = 0;
    // What is left is forgotten at the next turn.
    while (load.level < LEVEL.background) {
      const forgotten = await calls.forget({ before: clock.now() - keepDays * DAY_MS, keep: keepMax, batch: BATCH });
      total += forgotten;
      if (forgotten < BATCH) break;
    }
    if (total > 0) log.info({ calls: total }, 'old calls were forgotten');
    if (load.level >= LEVEL.background) return;
    const imports = await pruneImports(store, clock.now());
    const approvals = await pruneApprovals(store, clock.now());
    const silences = await pruneSilences(store, clock.now());
    const drills = await pruneDrills(store, clock.now());
    if (imports + approvals + silences + drills > 0) log.info({ imports, approvals, silences, drills }, 'old imports, approvals, silences and drills were forgotten');
  }

  return {
    start() {
      const options = { connection, prefix: keys.queues, skipVersionCheck: true };
      queue = new Queue(QUEUE, options);
      queue.on('error', () => undefined);
      worker = new Worker(QUEUE, forgetOld, { ...options, concurrency: 1, removeOnComplete: { count: 0 }, removeOnFail: { count: 10 } });
      worker.on('error', (error) => log.debug({ err: error }, 'the retention worker met an error'));
      worker.on('failed', (_job, error) => log.warn({ err: error }, 'old calls could not be forgotten this time'));
      const schedule = queue;
      void whenReady(connection)
        .then(() => schedule.upsertJobScheduler('forget-calls', { every: EVERY_MS }))
        .catch((error: unknown) => log.warn({ err: error }, 'the retention of calls could not be scheduled'));
    },
    async close() {
      await closeWorker(worker, connection, timers);
      await queue?.close();
    },
  };
}

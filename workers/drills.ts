/** Makes the calls of drills: one job for all that are open, looked at once a second, in one process at a time. The work itself is in src/drills/look.ts. */
import { Worker, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { codeOf } from '../src/domain/errors.ts';
import { askToLook, DRILL_QUEUE, openDrillQueue } from '../src/drills/drill-queue.ts';
import { createLook, type LookOptions } from '../src/drills/look.ts';
import { createSchedule } from '../src/drills/schedule.ts';
import { createDrillStore } from '../src/store/drill-store.ts';
import type { Follower } from '../src/store/follower.ts';
import { keys } from '../src/store/keys.ts';
import { OPEN_DRILLS } from '../src/store/relations.ts';
import { oneAtATime } from '../src/system/one-at-a-time.ts';
import { createPause } from '../src/system/pause.ts';
import type { System } from '../src/system/system.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface DrillWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  /** Ends after the look in hand; calls that are under way go on, and another process watches them. */
  close(): Promise<void>;
}

interface Options extends Omit<LookOptions, 'drills' | 'clock'> {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  fast: Redis;
  follower: Pick<Follower, 'status' | 'reached'>;
  system: System;
  log: Logger;
}

/** From one look to the next while a drill is open, milliseconds; and how often it is seen whether one is. */
const LOOK_MS = 1000;
/** How often it is seen whether one is due by itself. */
const SCHEDULE_MS = 60_000;
/** How long a table may take to hold what the store does. */
const REACH_MS = 2000;

export function createDrillWorker({ connection, fast, follower, system, log, store, ...rest }: Options): DrillWorker {
  const { clock, timers } = system;
  const drills = createDrillStore(fast);
  const look = createLook({ store, ...rest, drills, clock, log });
  const schedule = createSchedule({ store, ...rest, drills, system });
  const between = createPause(timers, LOOK_MS);
  let queue: Queue | undefined;
  let worker: Worker | undefined;
  let stops: (() => void)[] = [];
  let closing = false;
  /** Another may have the job: this process was too slow to say that it still has it. */
  let lost = false;

  async function process(): Promise<void> {
    lost = false;
    while (!closing && !lost) {
      // Who is diverted must be known before anybody is called.
      const isInStep = follower.status().is === 'following' && (await follower.reached(await store.position(), REACH_MS));
      if (isInStep && !(await look())) return;
      if (!closing) await between.pause();
    }
  }

  async function seek(): Promise<void> {
    try {
      if (queue && (await store.page(OPEN_DRILLS, undefined, 1)).length > 0) await askToLook(queue);
    } catch (error) {
      log.debug({ err: error }, 'whether a drill is open could not be seen this time');
    }
  }

  async function begin(): Promise<void> {
    try {
      if (follower.status().is !== 'following') return;
      const drill = await schedule();
      if (drill !== undefined) log.info({ drill }, 'a drill has begun by itself');
    } catch (error) {
      log.debug({ err: error }, 'whether a drill is due could not be seen this time');
    }
  }

  const seeking = oneAtATime(seek);
  const beginning = oneAtATime(begin);

  return {
    start() {
      queue = openDrillQueue(fast);
      worker = new Worker(DRILL_QUEUE, process, { connection, prefix: keys.queues, skipVersionCheck: true, concurrency: 1, ...TAKE_OVER });
      worker.on('lockRenewalFailed', () => {
        lost = true;
      });
      worker.on('error', (error) => log.debug({ err: error }, 'the drill worker met an error'));
      worker.on('failed', (_job, error) => log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error, code: codeOf(error) }, 'a look at the drills broke off and is begun anew'));
      const tick = timers.every(LOOK_MS, () => {
        between.end();
        seeking.begin();
      });
      stops = [tick, timers.every(SCHEDULE_MS, beginning.begin)];
    },
    async close() {
      closing = true;
      for (const stop of stops) stop();
      between.end();
      await Promise.all([seeking.underWay, beginning.underWay]);
      await closeWorker(worker, connection, timers);
      await queue?.close();
    },
  };
}

/** Checks carriers' numbers, each once in a while and when somebody asks: one BullMQ job a carrier. The work itself is in src/diversion/check-carrier.ts. */
import { Worker, type Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { CarrierApis } from '../src/carriers/carrier-apis.ts';
import { createHealthStore } from '../src/diversion/carrier-health.ts';
import { addCheck, CHECK_QUEUE, openCheckQueue, type CheckJob } from '../src/diversion/check-queue.ts';
import { BrokenOff, makeCheck, tellCheck } from '../src/diversion/make-check.ts';
import type { Sight } from '../src/diversion/unit-facts.ts';
import { codeOf, Failure } from '../src/domain/errors.ts';
import { fnv1a } from '../src/domain/hash.ts';
import { createCheckStore } from '../src/store/check-store.ts';
import { createDueRoutes } from '../src/store/due-routes.ts';
import { keys } from '../src/store/keys.ts';
import { createRouteStore } from '../src/store/route-store.ts';
import type { Follower } from '../src/store/follower.ts';
import { createWiringStore } from '../src/store/wiring-store.ts';
import type { Store } from '../src/store/store.ts';
import type { LoadLevel } from '../src/system/load.ts';
import { oneAtATime } from '../src/system/one-at-a-time.ts';
import type { System } from '../src/system/system.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface CheckWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  /** Breaks off: another process begins the check anew. */
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  fast: Redis;
  store: Store;
  follower: Pick<Follower, 'status' | 'reached'>;
  sight(): Sight;
  apis: CarrierApis;
  /** Between two checks of a carrier, milliseconds, a tenth more or less; 0: only when asked. */
  everyMs: number;
  log: Logger;
  system: System;
  load: LoadLevel;
}

/** What waits is found again in this time, should its job be lost; milliseconds. */
const LOOK_MS = 5000;
/** How often it is seen whose turn it is: nobody waits for it. */
const SCHEDULE_MS = 600_000;
const CARRIERS_AT_ONCE = 4;
/** How long a table may take to hold what the store does. */
const REACH_MS = 2000;

export function createCheckWorker({ connection, fast, store, follower, sight, apis, everyMs, log, system, load }: Options): CheckWorker {
  const { clock, timers } = system;
  const checks = createCheckStore(fast);
  const routes = createRouteStore(fast);
  const wirings = createWiringStore(fast);
  const due = createDueRoutes(fast);
  const health = createHealthStore(fast);
  let queue: Queue<CheckJob> | undefined;
  let worker: Worker<CheckJob> | undefined;
  let stops: (() => void)[] = [];
  let closing = false;
  /** Jobs that another may have taken over: this process was too slow to say that it still has them. */
  const lost = new Set<string>();

  async function drop(carrier: string): Promise<void> {
    await wirings.drop(carrier);
    await checks.drop(carrier);
  }

  async function process({ id = '', data: { carrier: name } }: Job<CheckJob>): Promise<void> {
    lost.delete(id);
    const { underWay: asked } = await checks.read(name);
    if (!asked) return;
    const found = await store.find('carriers', name);
    if (!found) return drop(name);
    if (!('record' in found)) throw new Failure('record_unreadable', 'The record of the carrier cannot be read');
    if (!(await follower.reached(await store.position(), REACH_MS))) throw new Failure('store_unavailable', 'The routing table of this process is behind');
    const underWay = { ...asked, began: clock.now(), seen: 0 };
    await checks.note(name, underWay);
    const goOn = (): void => {
      if (closing || lost.has(id)) throw new BrokenOff();
    };
    try {
      const check = await makeCheck({ store, wirings, routes, sight, apis, checks, due, health, log, load, system }, { id: name, carrier: found.record, underWay, goOn });
      await checks.end(name, check);
      tellCheck(log, name, check);
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
    }
  }

  /** Jobs are found again by what is put down: BullMQ takes one that it has already for the same. */
  async function look(): Promise<void> {
    try {
      if (queue) for (const carrier of await checks.open()) await addCheck(queue, carrier);
    } catch (error) {
      log.debug({ err: error }, 'the checks of carriers that wait could not be looked for this time');
    }
  }

  async function schedule(): Promise<void> {
    if (follower.status().is !== 'following') return;
    try {
      // First: one that ends meanwhile has its turn behind it.
      const open = new Set(await checks.open());
      const outcomes = await checks.outcomes();
      const carriers = new Set(sight().table.ids('carriers'));
      for (const carrier of outcomes.keys()) if (!carriers.has(carrier)) await drop(carrier);
      for (const carrier of carriers) {
        // So that not all have their turn together.
        const spread = everyMs * (0.9 + (fnv1a(carrier) % 1000) / 5000);
        if (!open.has(carrier) && (outcomes.get(carrier)?.ended ?? 0) + spread <= clock.now()) await checks.ask(carrier, 'schedule', clock.now());
      }
    } catch (error) {
      log.debug({ err: error }, 'which carriers are to be checked could not be looked for this time');
    }
  }

  const looking = oneAtATime(look);
  const scheduling = oneAtATime(schedule);

  return {
    start() {
      queue = openCheckQueue(fast);
      worker = new Worker<CheckJob>(CHECK_QUEUE, process, { connection, prefix: keys.queues, skipVersionCheck: true, concurrency: CARRIERS_AT_ONCE, ...TAKE_OVER });
      worker.on('lockRenewalFailed', (ids) => {
        for (const id of ids) lost.add(id);
      });
      worker.on('error', (error) => log.debug({ err: error }, 'the check worker met an error'));
      worker.on('failed', (job, error) => log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error, carrier: job?.data.carrier, code: codeOf(error) }, 'the check of a carrier broke off and is begun anew'));
      stops = [timers.every(LOOK_MS, looking.begin), ...(everyMs > 0 ? [timers.every(SCHEDULE_MS, scheduling.begin)] : [])];
    },
    async close() {
      closing = true;
      for (const stop of stops) stop();
      await Promise.all([looking.underWay, scheduling.underWay]);
      await closeWorker(worker, connection, timers);
      await queue?.close();
    },
  };
}

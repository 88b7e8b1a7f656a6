/** Works off the backlogs of subscribers: one BullMQ job a subscriber, which drains it. The work itself is in src/backlog/drain.ts. */
import { Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createBudgets, type Budgets } from '../src/backlog/budgets.ts';
import { createDeliverer } from '../src/backlog/deliver.ts';
import { beginDrain, type Drain } from '../src/backlog/drain.ts';
import { subscriberFacts, targetOf } from '../src/backlog/facts.ts';
import type { RoutingTableHolder } from '../src/calls/table-holder.ts';
import { codeOf } from '../src/domain/errors.ts';
import { CUSTOMER_NAMESPACE } from '../src/domain/schema.ts';
import type { PrimaryState } from '../src/domain/primary.ts';
import type { BacklogStore } from '../src/store/backlog-store.ts';
import type { Collection } from '../src/store/keys.ts';
import { keys } from '../src/store/keys.ts';
import { oneAtATime } from '../src/system/one-at-a-time.ts';
import type { System } from '../src/system/system.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface ReplayWorker {
  /** How many subscribers' backlogs are worked off here. */
  readonly drains: number;
  readonly budgets: Pick<Budgets, 'primaries' | 'posts'>;
  /** Begins; does not wait for Redis. */
  start(): void;
  /** Posts nothing any more, and writes what came of those in hand. */
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  fast: Redis;
  backlog: BacklogStore;
  tables: Pick<RoutingTableHolder, 'current' | 'events'>;
  secrets: { open(stored: string): string };
  settings: { REPLAY_MAX_IN_FLIGHT: number; RECEIVERS_MAY_BE_PRIVATE: 'no' | 'yes' };
  /** Address of this service, the source of events. */
  source: string;
  log: Logger;
  system: System;
}

/** A job carries a subscriber's id and nothing else. */
interface ReplayJob {
  subscriber: string;
}

const QUEUE = 'replay';
const TICK_MS = 20;
/** A drain of which nothing was heard for so long has ended, milliseconds. */
const HEARD_MS = 5000;
const DUE_AT_ONCE = 500;
/** A drain that was asked for and has not begun is asked for again after so long, milliseconds: jobs that wait are many when all come back at once. */
const ASK_AGAIN_MS = 1000;
/** When many may go at once, they are begun so long after one another, milliseconds: a drain costs most when it begins, and what just happens must not wait for a thousand of them. */
const APART_MS = 4;
/** Each is a subscriber for whom something is under way, or was a second ago. */
const DRAINS_AT_ONCE = 2000;
/** Of what waits, all drains together hold about so many bytes here, and while they begin a few times that. */
const HELD_BYTES = 16 * 1024 * 1024;

/** The one job of a subscriber. BullMQ takes no colon, as stands in what customers make; no id of a subscriber has a plus. */
const jobOf = (subscriber: string): string => `subscriber-${subscriber.replace(CUSTOMER_NAMESPACE, '+')}`;

export function createReplayWorker({ connection, fast, backlog, tables, secrets, settings, source, log, system }: Options): ReplayWorker {
  const { clock, timers, random } = system;
  const budgets = createBudgets({ redis: fast, maxInFlight: settings.REPLAY_MAX_IN_FLIGHT, system, log });
  const deliverer = createDeliverer({ source, mayBePrivate: settings.RECEIVERS_MAY_BE_PRIVATE === 'yes', system });
  /** Those that run here, by their tokens, which are those of their jobs. */
  const drains = new Map<string, { subscriber: string; drain: Drain }>();
  /** When a drain was asked for that has not begun here, on the steady clock, milliseconds. */
  const asked = new Map<string, number>();
  /** How each primary was when its subscribers were looked at. */
  const flows = new Map<string, PrimaryState['is']>();
  let queue: Queue<ReplayJob> | undefined;
  let worker: Worker<ReplayJob> | undefined;
  let stopTicking: () => void = () => undefined;
  let closing = false;

  async function process({ data: { subscriber } }: Job<ReplayJob>): Promise<void> {
    asked.delete(subscriber);
    if (closing) return;
    const token = random.uuid();
    const drain = await beginDrain(subscriber, token, {
      store: backlog, budgets, deliverer, log, system,
      mayHold: () => HELD_BYTES / Math.max(1, drains.size),
      facts: () => subscriberFacts(tables.current, subscriber),
      target: (record) => targetOf(record, secrets.open),
    });
    drains.set(token, { subscriber, drain });
    if (closing) drain.stop();
    await drain.done;
    drains.delete(token);
    asked.delete(subscriber);
  }

  async function tick(): Promise<void> {
    try {
      const missing: string[] = [];
      const now = system.steady();
      for (const [subscriber, at] of asked) if (now - at >= ASK_AGAIN_MS) asked.delete(subscriber);
      for (const { subscriber, drain: token } of await backlog.due(clock.now(), HEARD_MS, DUE_AT_ONCE)) {
        if (token === undefined) {
          if (!asked.has(subscriber)) missing.push(subscriber);
        } else drains.get(token)?.drain.look();
      }
      const jobs = missing.map((subscriber) => ({ name: 'drain', data: { subscriber }, opts: { jobId: jobOf(subscriber), removeOnComplete: true, removeOnFail: true } }));
      for (const subscriber of missing) asked.set(subscriber, now);
      if (jobs.length > 0) await queue?.addBulk(jobs);
    } catch (error) {
      log[codeOf(error) === 'internal' ? 'warn' : 'debug']({ err: error }, 'which backlogs are to be worked off could not be looked for this time');
    }
  }

  function lookAt(concerns: (subscriber: string) => boolean): void {
    for (const { subscriber, drain } of drains.values()) if (concerns(subscriber)) drain.look();
    const concerned = [...tables.current.ids('subscribers')].filter(concerns);
    if (concerned.length > 0) backlog.wake(concerned, clock.now(), APART_MS).catch((error: unknown) => log.debug({ err: error, subscribers: concerned.length }, 'backlogs could not be asked for'));
  }

  /** What is held back because of its primary, or was set up another way, is looked at at once. */
  function changed(collection: Collection, id: string): void {
    if (collection === 'subscribers') return lookAt((subscriber) => subscriber === id);
    if (collection !== 'states') return;
    // A state is written for many reasons.
    const { is } = tables.current.state(id);
    if (flows.get(id) === is) return;
    flows.set(id, is);
    lookAt((subscriber) => tables.current.subscriber(subscriber)?.primary === id);
  }

  function replaced(): void {
    flows.clear();
    lookAt(() => true);
  }

  const ticking = oneAtATime(tick);

  return {
    get drains() {
      return drains.size;
    },
    budgets,
    start() {
      const options = { connection, prefix: keys.queues, skipVersionCheck: true };
      queue = new Queue<ReplayJob>(QUEUE, { ...options, connection: fast, skipWaitingForReady: true });
      queue.on('error', () => undefined);
      worker = new Worker<ReplayJob>(QUEUE, process, { ...options, concurrency: DRAINS_AT_ONCE, ...TAKE_OVER });
      worker.on('error', (error) => log.debug({ err: error }, 'the replay worker met an error'));
      worker.on('failed', (job, error) => log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error, subscriber: job?.data.subscriber, code: codeOf(error) }, 'a backlog could not be worked off and is tried again'));
      budgets.start();
      tables.events.on('change', changed);
      tables.events.on('replaced', replaced);
      stopTicking = timers.every(TICK_MS, ticking.begin);
    },
    async close() {
      closing = true;
      stopTicking();
      tables.events.off('change', changed);
      tables.events.off('replaced', replaced);
      for (const { drain } of drains.values()) drain.stop();
      await ticking.underWay;
      await budgets.close();
      await closeWorker(worker, connection, timers);
      deliverer.close();
      await queue?.close();
    },
  };
}

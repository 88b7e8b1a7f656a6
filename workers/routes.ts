/** Sets routings at carriers: one BullMQ job a carrier, which drains what is due there. The work itself is in src/diversion/. */
import { Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RoutingTable } from '../src/calls/routing-table.ts';
import type { Send } from '../src/carriers/api.ts';
import type { CarrierApis } from '../src/carriers/carrier-apis.ts';
import { CARRIER_PARTS, routingOf } from '../src/carriers/kinds.ts';
import { createAtOnce, type AtOnce } from '../src/diversion/at-once.ts';
import { createHealthStore } from '../src/diversion/carrier-health.ts';
import { createDrain } from '../src/diversion/drain.ts';
import { createDueFeed } from '../src/diversion/due-feed.ts';
import { createRouteTally } from '../src/diversion/route-tally.ts';
import { createLook } from '../src/diversion/look.ts';
import { keptRank } from '../src/diversion/kept-fallback.ts';
import type { Reconciled, Turn } from '../src/diversion/reconcile.ts';
import { createLookup, isRouted, type Sight } from '../src/diversion/unit-facts.ts';
import type { Carrier } from '../src/domain/carrier.ts';
import { codeOf, Failure } from '../src/domain/errors.ts';
import { createDueRoutes } from '../src/store/due-routes.ts';
import type { Follower } from '../src/store/follower.ts';
import { keys } from '../src/store/keys.ts';
import { createMemberLists } from '../src/store/member-lists.ts';
import type { Confirmed } from '../src/store/replica-wait.ts';
import { createRouteStore, groupIn } from '../src/store/route-store.ts';
import type { Store } from '../src/store/store.ts';
import type { LoadLevel } from '../src/system/load.ts';
import { oneAtATime } from '../src/system/one-at-a-time.ts';
import type { System } from '../src/system/system.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface RouteWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  /** All routings are looked at: a policy is in force of which no commit tells. */
  lookAtAll(): void;
  /** Finishes the requests in hand. */
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  fast: Redis;
  /** Of the fast connection. */
  confirmed: Confirmed;
  store: Store;
  follower: Pick<Follower, 'status' | 'reached'>;
  sight(): Sight;
  apis: CarrierApis;
  log: Logger;
  system: System;
  load: LoadLevel;
  /** Between two looks at a routing that nobody asked for, milliseconds; a quarter more or less. */
  sweepMs?: number;
}

/** A job carries a carrier's id and nothing else. */
interface RouteJob {
  carrier: string;
}

const QUEUE = 'routes';
const TICK_MS = 250;
/** Carriers at the same time: each waits for its own API most of the time. */
const CARRIERS_AT_ONCE = 100;
const SWEEP_MS = 3_600_000;
/** A fallback is looked at once in so many sweeps. */
const FALLBACK_SWEEPS = 24;

export function createRouteWorker({ connection, fast, confirmed, store, follower, sight, apis, log, system, load, sweepMs = SWEEP_MS }: Options): RouteWorker {
  const { clock, timers, steady } = system;
  const routes = createRouteStore(fast, confirmed);
  const due = createDueRoutes(fast);
  const health = createHealthStore(fast);
  const tally = createRouteTally({ redis: fast, clock, timers });
  const table = (): RoutingTable => sight().table;
  const feed = createDueFeed({ redis: fast, table, status: follower.status, due, routes, clock });
  const look = createLook({ routes, due, lists: createMemberLists(fast), lookup: createLookup({ store, reached: follower.reached, sight }), refOf, clock, steady });
  let queue: Queue<RouteJob> | undefined;
  let worker: Worker<RouteJob> | undefined;
  let stopTicking: () => void = () => undefined;
  let closing = false;
  let all = false;
  /** Jobs that another may have taken over: this process was too slow to say that it still has them. */
  const lost = new Set<string>();

  async function refOf(number: string): Promise<string | undefined> {
    const found = await store.find('numbers', number);
    if (found && 'unreadable' in found) throw new Failure('record_unreadable', 'The record of the number cannot be read');
    return found?.record.carrierRef;
  }

  function carrierOf(id: string): Carrier {
    const carrier = table().carrier(id);
    if (!carrier) throw new Failure('record_unreadable', 'The record of the carrier is missing or cannot be read');
    return carrier;
  }

  function reconcile(id: string, unit: string, turn: () => Promise<Turn>, send: Send, atOnce: AtOnce): Promise<Reconciled> {
    const carrier = carrierOf(id);
    const routing = routingOf(carrier);
    // A secret that cannot be read hinders all of the carrier's units like an API that is down.
    return apis.use(id, carrier, (api) => look.at({ carrier: id, unit }, { api: tally.counted(id, atOnce(api)), routing, turn, send })).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'carrier_secret_missing') throw error;
      return { is: 'hindered', failure: error, forGood: false, attempts: 1, writes: 0 } as const;
    });
  }

  function drainOf(id: string) {
    let carrier = carrierOf(id);
    function limits() {
      // Without its record what is under way goes on as it did.
      carrier = table().carrier(id) ?? carrier;
      return { ...CARRIER_PARTS[carrier.kind].limits, ...carrier.limits };
    }
    const atOnce = createAtOnce(() => limits().atOnce);
    return createDrain(id, {
      due,
      health,
      limits,
      reconcile: (unit, turn, send) => reconcile(id, unit, turn, send, atOnce),
      rankOf(unit) {
        if (groupIn({ unit }) !== undefined) return look.rankOf({ carrier: id, unit });
        const rule = table().number(unit);
        return rule?.carrier === id ? keptRank(table(), rule) : undefined;
      },
      // Of a number that asks us nothing but the fallback is kept: its carrier is not asked for each of them every hour.
      sweepMs: (unit) => (groupIn({ unit }) === undefined && !isRouted(table().number(unit) ?? {}) ? FALLBACK_SWEEPS * sweepMs : sweepMs),
      load,
      log,
      system,
    });
  }

  async function process({ id, data: { carrier } }: Job<RouteJob>): Promise<void> {
    lost.delete(id ?? '');
    await drainOf(carrier).run(() => closing || lost.has(id ?? ''));
  }

  async function tick(): Promise<void> {
    try {
      if (all && follower.status().is === 'following') {
        all = false;
        await feed.all();
      }
      await feed.feed();
      const now = clock.now();
      for (const carrier of table().ids('carriers')) {
        if ((await due.next(carrier, now, 1)).length === 0 || (await health.read(carrier)).pausedUntil > now) continue;
        await queue?.add('drain', { carrier }, { jobId: `carrier-${carrier}`, removeOnComplete: true, removeOnFail: true });
      }
    } catch (error) {
      log[codeOf(error) === 'internal' ? 'warn' : 'debug']({ err: error }, 'what is due at the carriers could not be looked for this time');
    }
  }

  const ticking = oneAtATime(tick);

  return {
    start() {
      const options = { connection, prefix: keys.queues, skipVersionCheck: true };
      queue = new Queue<RouteJob>(QUEUE, { ...options, connection: fast, skipWaitingForReady: true });
      queue.on('error', () => undefined);
      worker = new Worker<RouteJob>(QUEUE, process, { ...options, concurrency: CARRIERS_AT_ONCE, ...TAKE_OVER });
      worker.on('lockRenewalFailed', (ids) => {
        for (const id of ids) lost.add(id);
      });
      worker.on('error', (error) => log.debug({ err: error }, 'the route worker met an error'));
      worker.on('failed', (job, error) => log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error, carrier: job?.data.carrier, code: codeOf(error) }, 'what is due at a carrier could not be worked off and is tried again'));
      stopTicking = timers.every(TICK_MS, ticking.begin);
      tally.start();
    },
    lookAtAll() {
      all = true;
    },
    async close() {
      closing = true;
      stopTicking();
      await ticking.underWay;
      await closeWorker(worker, connection, timers);
      await tally.close();
      await queue?.close();
    },
  };
}

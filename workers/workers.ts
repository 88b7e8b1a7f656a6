/** All background workers together, for the service that runs them itself and for the process that runs nothing else. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createFeeder, type OwedEnd } from '../src/backlog/feeder.ts';
import { createUpkeep } from '../src/backlog/upkeep.ts';
import type { RoutingTableHolder } from '../src/calls/table-holder.ts';
import type { CarrierApis } from '../src/carriers/carrier-apis.ts';
import type { PolicyFile } from '../src/config/policy-file.ts';
import type { Settings } from '../src/config/settings.ts';
import type { DestinationPolicy } from '../src/domain/destination-policy.ts';
import type { Sight } from '../src/diversion/unit-facts.ts';
import type { DrillPolicy, TestResult } from '../src/domain/drill.ts';
import { createGobag, gobagDir, type GobagStatus } from '../src/gobag/keep-bag.ts';
import { createBacklogStore } from '../src/store/backlog-in-redis.ts';
import { createCallStore } from '../src/store/call-store.ts';
import type { Follower } from '../src/store/follower.ts';
import type { Confirmed } from '../src/store/replica-wait.ts';
import { createRouteStore } from '../src/store/route-store.ts';
import { createWiringStore } from '../src/store/wiring-store.ts';
import { createStore } from '../src/store/store.ts';
import type { LoadLevel } from '../src/system/load.ts';
import type { System } from '../src/system/system.ts';
import type { Senders } from '../src/telling/senders.ts';
import { createCheckWorker } from './checks.ts';
import { createDrillWorker } from './drills.ts';
import { createImportWorker } from './import.ts';
import { createMessageWorker } from './messages.ts';
import { createReplayWorker, type ReplayWorker } from './replay.ts';
import { createRetentionWorker } from './retention.ts';
import { createRouteWorker } from './routes.ts';

export interface Workers {
  gobag: GobagStatus;
  replay: Pick<ReplayWorker, 'drains' | 'budgets'>;
  start(): void;
  close(): Promise<void>;
}

interface Options {
  fast: Redis;
  background: Redis;
  /** Of the fast connection. */
  confirmed: Confirmed;
  settings: Settings;
  policy(): DestinationPolicy;
  drillPolicy(): DrillPolicy;
  policyEvents: PolicyFile['events'];
  /** Keeps the table in step by which routings are judged. */
  follower: Pick<Follower, 'status' | 'reached'>;
  sight(): Sight;
  tables: Pick<RoutingTableHolder, 'current' | 'events'>;
  secrets: { open(stored: string): string };
  /** Address of this service. */
  publicBaseUrl: string;
  apis: CarrierApis;
  senders: Senders;
  /** Counts what became of a message. */
  countMessage(kind: string, result: 'sent' | 'failed' | 'given-up'): void;
  /** Counts what became of what was owed to subscribers. */
  countOwed(end: OwedEnd, entries: number): void;
  /** Counts what a test call came to. */
  countTest(result: TestResult): void;
  log: Logger;
  system: System;
  /** Of the process that also answers calls; work waits while it is loaded. */
  load: LoadLevel;
}

const HOUR_MS = 3_600_000;

/** The connections remain their owner's. */
export function createWorkers({ fast, background, confirmed, settings, policy, drillPolicy, policyEvents, follower, sight, tables, secrets, publicBaseUrl, apis, senders, countMessage, countTest, countOwed, log, system, load }: Options): Workers {
  const store = createStore(fast, { auditKept: settings.AUDIT_KEEP_MAX, auditKeptBytes: settings.AUDIT_KEEP_MB * 1_048_576, confirmed });
  const calls = createCallStore(fast);
  const backlog = createBacklogStore(fast, confirmed);
  const routes = createRouteWorker({ connection: background, fast, confirmed, store, follower, sight, apis, log, system, load });
  const gobag = createGobag({ dir: gobagDir(settings.DATA_DIR), everyMs: settings.GOBAG_SECONDS * 1000, sight, status: follower.status, routes: createRouteStore(fast), wirings: createWiringStore(fast), apis, load, log, system });
  const lookAgain = (): void => {
    routes.lookAtAll();
    gobag.changed();
  };
  const replay = createReplayWorker({ connection: background, fast, backlog, tables, secrets, settings, source: publicBaseUrl, log, system });
  const workers = [
    routes,
    createCheckWorker({ connection: background, fast, store, follower, sight, apis, everyMs: settings.CARRIER_CHECK_HOURS * HOUR_MS, log, system, load }),
    gobag,
    createImportWorker({ connection: background, store, policy, log, system, load }),
    createMessageWorker({ connection: background, fast, store, follower, table: () => sight().table, senders, count: countMessage, log, system }),
    createFeeder({ backlog, calls, store, follower, table: () => sight().table, maxBytes: settings.BACKLOG_MAX_MB * 1_048_576, count: countOwed, clock: system.clock, timers: system.timers, log }),
    createUpkeep({ backlog, load, clock: system.clock, timers: system.timers, log }),
    createDrillWorker({ connection: background, fast, store, follower, sight, apis, policy: drillPolicy, count: countTest, log, system }),
    replay,
    createRetentionWorker({ connection: background, calls, store, load, log, system, keepDays: settings.CALLS_KEEP_DAYS, keepMax: settings.CALLS_KEEP_MAX }),
  ];
  return {
    gobag: gobag.status,
    replay,
    start() {
      for (const worker of workers) worker.start();
      policyEvents.on('changed', lookAgain);
    },
    async close() {
      policyEvents.off('changed', lookAgain);
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

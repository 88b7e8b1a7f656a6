/** Wires everything: the only place that knows all parts. Nothing begins before `start`. */
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createWorkers, type Workers } from '../workers/workers.ts';
import { createBacklogs } from './backlog/backlogs.ts';
import { createKeyRing } from './access/key-ring.ts';
import { installFirstKey } from './access/bootstrap.ts';
import { installGivenKey } from './access/given-key.ts';
import { createGuessGuard } from './access/guess-guard.ts';
import { createKeyUse } from './access/key-use.ts';
import { resealSecrets } from './access/reseal-secrets.ts';
import { createActiveLegs, type ActiveLegs } from './calls/active-legs.ts';
import { createCallDesk } from './calls/call-desk.ts';
import { newsTo } from './calls/call-news.ts';
import { createCarrierDesk } from './calls/carrier-desk.ts';
import { createDestinationJudge } from './calls/destination-judge.ts';
import { countNumbers } from './calls/number-facts.ts';
import { createRecorder, type Recorder } from './calls/recorder.ts';
import { createReplayGuard, type ReplayGuard } from './calls/replay-guard.ts';
import { createTableHolder, type RoutingTableHolder } from './calls/table-holder.ts';
import { createSnapshots, type Snapshots } from './calls/snapshots.ts';
import { countReferences } from './calls/table-references.ts';
import { createWebhookDesk } from './calls/webhook-desk.ts';
import { createCarrierApis } from './carriers/carrier-apis.ts';
import { openPolicyFile, type PolicyFile } from './config/policy-file.ts';
import { createSecretBox, installationKey } from './config/secrets.ts';
import type { Settings } from './config/settings.ts';
import { Failure } from './domain/errors.ts';
import { isDiverted } from './domain/primary.ts';
import { createDrills } from './drills/drills.ts';
import type { App } from './http/app-type.ts';
import { gobagDir, type GobagStatus } from './gobag/keep-bag.ts';
import { allRoutes } from './http/all-routes.ts';
import { createApp } from './http/app.ts';
import { standingHeaders } from './http/headers.ts';
import { createHealth, type Health } from './health/health.ts';
import type { ConnectionGate } from './http/connection-gate.ts';
import { createFront } from './http/front.ts';
import { createWebhookLane } from './http/webhook-lane.ts';
import { createImportQueue } from './imports/queue.ts';
import { watchBacklogs } from './operations/backlog-metrics.ts';
import { createMetrics, type Metrics } from './operations/metrics.ts';
import { watchShared } from './operations/route-metrics.ts';
import { createChangeAlarm } from './policy/change-alarm.ts';
import { createEntryCheck } from './policy/entry-check.ts';
import { waitingApprovals } from './policy/waiting-approvals.ts';
import { createReadiness } from './readiness/readiness.ts';
import { publishAuditHead } from './store/audit-chain.ts';
import { keepReferencesRight } from './store/repair-references.ts';
import type { Order } from './diversion/order.ts';
import { sightOf } from './diversion/unit-facts.ts';
import { createOrderDesk } from './diversion/order-desk.ts';
import { createSharedReadings } from './diversion/shared-readings.ts';
import { createSnapshotFile } from './spool/snapshot-file.ts';
import { createSpool, spooled, type Spool } from './spool/spool.ts';
import { createCallStore } from './store/call-store.ts';
import { createBackgroundConnection, createFastConnection, createReaderConnection } from './store/connections.ts';
import { createFollower, type Follower } from './store/follower.ts';
import { createKeyNotes } from './store/key-notes.ts';
import { createLegStream } from './store/leg-stream.ts';
import { replicasWanted } from './store/redis-place.ts';
import { createConfirmed, type Confirmed } from './store/replica-wait.ts';
import { createStartUp } from './store/start-up.ts';
import { createStore } from './store/store.ts';
import { warnOfLaxRedis } from './store/durability.ts';
import { createWebhookStream } from './store/webhook-stream.ts';
import { createLoad, type Load, type Shedding } from './system/load.ts';
import type { System } from './system/system.ts';
import { createTelling } from './telling/telling.ts';

export interface Service {
  app: App;
  follower: Follower;
  /**
   * Loads the table and begins all that runs by itself; without Redis, from the snapshot on disk, and the rest when Redis
   * comes. `showFirstKey` gets the first admin key when one was made: at
   * once, since nobody can read it later, and much can still fail before the service listens.
   */
  start(showFirstKey?: (key: string) => void): Promise<void>;
  /** Finishes what is in flight, within `ms`. */
  close(ms: number): Promise<void>;
}

export interface ServiceOptions {
  settings: Settings;
  redisUrl: string;
  /** Origin at which carriers reach us. */
  publicBaseUrl: string;
  version: string;
  log: Logger;
  system: System;
}

interface Connections {
  fast: Redis;
  background: Redis;
  followerReader: Redis;
  legReader: Redis;
}

/** `wait`: by how many replicas a write must be held before it is acknowledged, if the settings say. */
function connect(url: string, wait: number | undefined, log: Logger): { connections: Connections; replicas: number; confirmed: Confirmed } {
  const target = { url, onError: (error: Error) => log.debug({ err: error }, 'a Redis connection met an error') };
  const connections = { fast: createFastConnection(target), background: createBackgroundConnection(target), followerReader: createReaderConnection(target), legReader: createReaderConnection(target) };
  const replicas = wait ?? replicasWanted(url);
  return { connections, replicas, confirmed: createConfirmed(connections.fast, replicas) };
}

/** Without a table nobody can be known and no call answered: carriers ask their fallback, and others come again. */
function loaded(follower: Follower): true {
  if (follower.status().is === 'loading') throw new Failure('store_unavailable', 'The routing table is not loaded yet', { retryAfterSeconds: 2 });
  return true;
}

async function answerWithoutRedis({ follower, snapshots, clock, log }: { follower: Follower; snapshots: Snapshots; clock: System['clock']; log: Logger }): Promise<void> {
  const found = follower.status().is === 'loading' ? await snapshots.load() : undefined;
  if (!found) {
    log.error('Redis does not answer and there is no snapshot to answer calls from; carriers are sent to their fallback until it does');
    return;
  }
  follower.fromSnapshot(found);
  log.warn({ revision: found.revision, ageSeconds: Math.round((clock.now() - found.inStepAt) / 1000) }, 'Redis does not answer; calls are answered from the snapshot on disk');
}

function siteOf(baseUrl: string, { FALLBACK_BASE_URL: fallbackBaseUrl }: Settings) {
  return { site: { baseUrl, fallbackBaseUrl }, origins: [baseUrl, ...(fallbackBaseUrl === undefined ? [] : [fallbackBaseUrl])] };
}

function loadOf({ OVERLOAD_LAG_MS }: Settings, { steady, timers }: System, log: Logger): Load {
  const changed = (shedding: Shedding, lagMs: number): void => log[shedding === 'nothing' ? 'info' : 'warn']({ shedding, lagMs: Math.round(lagMs) }, 'what is refused because of overload has changed');
  return createLoad({ steady, timers, adminMs: OVERLOAD_LAG_MS, changed });
}

function watch(metrics: Metrics, parts: { tables: RoutingTableHolder; follower: Follower; recorder: Recorder; spool: Spool; legs: ActiveLegs; guard: ReplayGuard; policyFile: PolicyFile; gate: ConnectionGate; load: Load; health: Health; gobag: GobagStatus | undefined; system: System }): void {
  const { tables, follower, recorder, spool, legs, guard, policyFile, gate, load, health, gobag, system } = parts;
  metrics.watch({
    numbers: () => tables.current.numberCount,
    unprotectedNumbers: () => countNumbers(tables.current).unprotected,
    tableRevision: () => follower.status().revision,
    tableInStep: () => follower.status().is === 'following',
    tableAgeSeconds: () => {
      const { inStepAt } = follower.status();
      return inStepAt === 0 ? 0 : (system.clock.now() - inStepAt) / 1000;
    },
    recordsSetAside: () => follower.status().setAside,
    activeLegs: () => legs.size,
    webhooksRemembered: () => guard.size,
    claimsWaiting: () => recorder.waiting,
    claimsDropped: () => recorder.dropped,
    spoolEntries: () => spooled(spool),
    spoolBytes: () => spool.bytes,
    ordersPending: () => spool.queue('orders').size,
    primariesDiverted: () => [...tables.current.ids('primaries')].filter((id) => isDiverted(tables.current.state(id))).length,
    sourcesQuiet: () => health.intake.quiet.length,
    policyFileGood: () => policyFile.fileIsGood,
    connections: () => gate.open,
    overloadLevel: () => load.level,
    overloadLagSeconds: () => load.lagMs / 1000,
    probes: () => health.probes.targets,
    referencesSilent: () => health.probes.referencesSilent,
    gobagWrittenSeconds: () => (gobag?.writtenAt ?? 0) / 1000,
    gobagFailures: () => gobag?.failures ?? 0,
    gobagCannot: () => gobag?.cannot ?? 0,
  });
}

export async function createService({ settings, redisUrl, publicBaseUrl, version, log, system }: ServiceOptions): Promise<Service> {
  const { clock, timers, random } = system;
  const metrics = createMetrics();
  const load = loadOf(settings, system, log);
  // Before anything is opened: they may refuse to start.
  const front = createFront(settings, { metrics, clock, timers, log });
  const policyFile = openPolicyFile({ file: settings.POLICY_FILE, dataDir: settings.DATA_DIR, log, timers, onRead: (result) => metrics.policyReads.inc({ result }) });
  const policy = () => policyFile.current.destinations;
  const drillPolicy = () => policyFile.current.drills;
  const { connections, replicas, confirmed } = connect(redisUrl, settings.REDIS_WAIT_REPLICAS, log);
  const { fast } = connections;
  const store = createStore(fast, { auditKept: settings.AUDIT_KEEP_MAX, auditKeptBytes: settings.AUDIT_KEEP_MB * 1_048_576, confirmed });
  const calls = createCallStore(fast, confirmed);
  const tables = createTableHolder();
  const follower = createFollower({ redis: connections.followerReader, table: tables, log, system });
  const secrets = createSecretBox(installationKey(settings.SECRET_KEY, settings.DATA_DIR, random), random, { otherHex: settings.SECRET_KEY_OTHER, dataDir: settings.DATA_DIR });
  const judge = createDestinationJudge(policy);
  policyFile.events.on('changed', judge.forget);
  const entry = createEntryCheck({ store, policy });
  const spool = createSpool({ dir: join(settings.DATA_DIR, 'spool'), maxBytes: settings.SPOOL_MAX_MB * 1_048_576, log, now: clock.now });
  const startUp = createStartUp({ redis: fast, follower, timers, log });
  const snapshots = createSnapshots({ file: createSnapshotFile(join(settings.DATA_DIR, 'snapshot')), tables, status: follower.status, everyMs: settings.SNAPSHOT_SECONDS * 1000, load, clock, timers, log });
  const words = { exists: (id: string) => tables.current.primary(id) !== undefined, state: (id: string) => tables.current.state(id), say: tables.say, unsay: tables.unsay };
  const alarm = createChangeAlarm({ store, table: () => tables.current, policy, count: (changes) => metrics.destinationsChangedBeforeDiversion.inc(changes) });
  const shipped = (order: Order): void => void (order.says === 'divert' && alarm.diverted(order.primary, order.at, log));
  const orders = createOrderDesk({ store, spool: spool.queue('orders'), words, reachable: () => follower.status().is === 'following', reached: follower.reached, shipped, clock, timers, random, log });
  const recorder = createRecorder({ calls, spool: spool.queue('claims'), timers, log });
  const legs = createActiveLegs();
  const stream = createLegStream({ fast, reader: connections.legReader, sink: legs, system, log });
  const { site, origins } = siteOf(publicBaseUrl, settings);
  const carriers = createCarrierDesk({ tables, secrets, origins, log });
  const apis = createCarrierApis({ secrets, now: clock.now });
  const guesses = createGuessGuard({ clock, burst: settings.AUTHENTICATION_BURST });
  const telling = createTelling({ redis: fast, apis, tables, follower, secrets, settings, system, log });
  const backlogs = createBacklogs({ redis: fast, confirmed, spool, tables, follower, settings, system, log });
  const health = createHealth({ redis: fast, confirmed, sawSource: telling.sources.saw, store, tables, follower, orders, alarm, secrets, guesses, policyFile, metrics, settings, system, log });
  const desk = createCallDesk({ tables, legs, judge, news: newsTo({ recorder, legs, stream, metrics, primaries: health.calls }), clock, loopWindowMs: settings.LOOP_WINDOW_SECONDS * 1000 });
  const guard = createReplayGuard(settings.REPLAY_WINDOW_SECONDS * 1000);
  const seen = createWebhookStream({ redis: fast, guard, system, log });
  const ring = createKeyRing(tables, clock);
  const sight = sightOf(tables, judge, site);
  const readiness = createReadiness({ redis: fast, tables, sight, legs, metrics, alarmAt: () => policyFile.current.readiness.alarm, load, provenDays: () => drillPolicy().provenDays, system, log });
  const drills = createDrills({ redis: fast, store, sight, tables, policies: () => policyFile.current, system, log });
  const webhooks = createWebhookDesk({ carriers: { find: (id) => loaded(follower) && carriers.find(id) }, desk, tests: drills.calls, recorder, passOn: backlogs.passOn, guard, metrics, clock, log, load });
  const queue = createImportQueue(fast);
  const workers: Workers | undefined = settings.WORKERS === 'on' ? createWorkers({ ...connections, confirmed, settings, policy, drillPolicy, policyEvents: policyFile.events, follower, sight, tables, secrets, publicBaseUrl, apis, senders: telling.senders, countMessage: (kind, result) => metrics.messages.inc({ kind, result }), countTest: (result) => metrics.drillTests.inc({ result }), countOwed: (result, entries) => metrics.owed.inc({ result }, entries), log, system, load }) : undefined;
  const ends: (() => void)[] = [policyFile.close];
  watch(metrics, { tables, follower, recorder, spool, legs, guard, policyFile, gate: front.gate, load, health, gobag: workers?.gobag, system });
  watchShared(metrics.registry, createSharedReadings({ redis: fast, approvals: () => waitingApprovals(store, clock.now()), carriers: () => tables.current.ids('carriers'), clock }));
  watchBacklogs(metrics.registry, { totals: backlogs.store.totals, replay: workers?.replay });

  const standing = standingHeaders(publicBaseUrl.startsWith('https:'));
  const notes = createKeyNotes(fast);
  const keyUse = createKeyUse({ tables, notes, log, system });

  const app = await createApp({
    log,
    keyRing: { identify: (presented) => loaded(follower) && ring.identify(presented) },
    keyUse,
    guard: guesses,
    metrics,
    random,
    version,
    bodyLimitBytes: settings.BODY_LIMIT_BYTES,
    standing,
    webhooks: createWebhookLane({ desk: webhooks, metrics, random, log, load, front, standing, elsewhere: settings.FALLBACK_BASE_URL !== undefined }),
    timers,
    load,
    front,
    routes(routed) {
      allRoutes(routed, { redis: fast, confirmed, store, follower, clock, calls, tables, judge, entry, policy, policyFile, secrets, notes, orders, alarm, health, telling, backlogs, apis, sight, site, readiness, drills: drills.desk, queue, gobagDir: gobagDir(settings.DATA_DIR), gobag: workers?.gobag, spooled: () => spooled(spool), metrics, load, timers, random, log });
    },
  });

  return {
    app,
    follower,
    async start(showFirstKey) {
      await spool.open();
      await startUp.stillWanted();
      recorder.start();
      backlogs.intake.start();
      const arrived = await startUp.begin(async () => {
        await warnOfLaxRedis(fast, replicas, log);
        const firstKey = await startUp.insist(() => installFirstKey(store, settings.RINGTHROUGH_ADMIN_KEY, system));
        if (firstKey !== undefined) showFirstKey?.(firstKey);
        await startUp.insist(() => installGivenKey({ store, notes, clock, log }, settings.RINGTHROUGH_ADMIN_KEY));
        if (settings.SECRET_KEY_OTHER !== undefined) await startUp.insist(() => resealSecrets({ store, secrets, clock, log }));
        await Promise.all([follower.start(), stream.start(), seen.start()]);
        keyUse.start();
        ends.push(publishAuditHead({ redis: fast, log, timers }), keepReferencesRight({ redis: fast, store, follower, counts: () => countReferences(tables.current), clock, timers, log }), backlogs.watch());
        workers?.start();
      });
      if (!arrived) await answerWithoutRedis({ follower, snapshots, clock, log });
      await Promise.all([orders.start(), health.start()]);
      telling.start();
      snapshots.start();
      readiness.start();
      load.start();
    },
    async close(ms) {
      // First no more calls come in, then what they left is written, then the connections go.
      startUp.stop();
      load.close();
      // Who does not read the answer must not hold up the others.
      const cancel = timers.after(ms, () => app.server.closeAllConnections());
      await app.close();
      cancel();
      for (const end of ends) end();
      await readiness.stop();
      await workers?.close();
      telling.stop();
      apis.close();
      await queue.close();
      await Promise.all([recorder.close(ms), backlogs.intake.close(ms)]);
      await orders.stop();
      await spool.close();
      await snapshots.close();
      await keyUse.close();
      await Promise.all([follower.stop(), stream.stop(), seen.stop(), health.stop()]);
      // The readers have ended theirs; once more would leave a timer of the library for two seconds.
      for (const connection of [connections.fast, connections.background]) connection.disconnect();
    },
  };
}

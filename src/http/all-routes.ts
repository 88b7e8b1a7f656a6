/** Every route of the API, with what each needs of the parts that src/compose.ts has made. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Backlogs } from '../backlog/backlogs.ts';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { DestinationJudge } from '../calls/destination-judge.ts';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import type { PolicyFile } from '../config/policy-file.ts';
import type { SecretBox } from '../config/secrets.ts';
import type { OrderDesk } from '../diversion/order-desk.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { GobagStatus } from '../gobag/keep-bag.ts';
import type { Health } from '../health/health.ts';
import { createImportLists } from '../imports/import-lists.ts';
import type { ImportQueue } from '../imports/queue.ts';
import { createIdempotencyKeys } from '../store/idempotency-keys.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { ChangeAlarm } from '../policy/change-alarm.ts';
import type { DecideApprovalDeps } from '../policy/decide-approval.ts';
import type { EntryCheck } from '../policy/entry-check.ts';
import type { Readiness } from '../readiness/readiness.ts';
import type { CallStore } from '../store/call-store.ts';
import type { KeyNotes } from '../store/key-notes.ts';
import type { Confirmed } from '../store/replica-wait.ts';
import { readVeilKey } from '../store/veil-key.ts';
import type { Load } from '../system/load.ts';
import type { Random } from '../system/system.ts';
import type { App } from './app-type.ts';
import type { ResourceDeps } from './resource.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { automationRoutes } from './routes/automation.ts';
import { auditRoutes } from './routes/audit.ts';
import { auditVerifyRoute } from './routes/audit-verify.ts';
import { callRoutes } from './routes/calls.ts';
import { carrierCheckRoutes } from './routes/carrier-checks.ts';
import { exportRoutes } from './routes/exports.ts';
import { gobagRoutes } from './routes/gobag.ts';
import { importDecisions, importRoutes } from './routes/imports.ts';
import { keyRoutes } from './routes/keys.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { numberRoutes } from './routes/numbers.ts';
import { operationRoutes } from './routes/operations.ts';
import { primaryRoutes } from './routes/primaries.ts';
import { providerRoutes } from './routes/provider.ts';
import { readinessRoutes } from './routes/readiness.ts';
import { reportRoutes } from './routes/reports.ts';
import { recordRoutes } from './routes/records.ts';
import { receiverRoutes } from './routes/receivers.ts';
import { routingRoutes } from './routes/routings.ts';
import { sourceRoutes } from './routes/sources.ts';
import { subscriberRoutes } from './routes/subscribers.ts';
import { wiringRoutes } from './routes/wiring.ts';
import type { Telling } from '../telling/telling.ts';
import { createVeil } from './veil.ts';

export interface RouteParts extends ResourceDeps {
  redis: Redis;
  confirmed: Confirmed;
  calls: CallStore;
  tables: RoutingTableHolder;
  judge: DestinationJudge;
  entry: EntryCheck;
  policy: () => DestinationPolicy;
  policyFile: Pick<PolicyFile, 'current'>;
  secrets: SecretBox;
  notes: KeyNotes;
  orders: OrderDesk;
  alarm: ChangeAlarm;
  health: Health;
  telling: Telling;
  backlogs: Backlogs;
  apis: CarrierApis;
  sight: () => Sight;
  /** Origins at which carriers and others reach us. */
  site: { baseUrl: string; fallbackBaseUrl: string | undefined };
  readiness: Readiness;
  queue: ImportQueue;
  /** Where the go-bag is. */
  gobagDir: string;
  /** Undefined where none is written. */
  gobag: GobagStatus | undefined;
  /** How many records wait on the local disk for Redis. */
  spooled(): number;
  metrics: Metrics;
  load: Load;
  random: Random;
  log: Logger;
}

export function allRoutes(app: App, parts: RouteParts): void {
  const { store, tables, follower, policy, redis, health, random } = parts;
  const imports = { ...parts, lists: createImportLists(redis, parts.confirmed), uploadKeys: createIdempotencyKeys(redis, 'upload') };
  const approvals: DecideApprovalDeps = { store, table: () => tables.current, reached: follower.reached, policy, make: {}, imports: importDecisions(imports) };
  operationRoutes(app, parts);
  recordRoutes(app, { ...parts, approvals });
  sourceRoutes(app, { ...parts, intake: health.intake, baseUrl: parts.site.baseUrl });
  receiverRoutes(app, parts);
  subscriberRoutes(app, { ...parts, backlog: parts.backlogs.store });
  notificationRoutes(app, { ...parts, desk: parts.backlogs.desk });
  keyRoutes(app, parts);
  providerRoutes(app, { ...parts, approvals });
  primaryRoutes(app, { ...parts, evidence: health.board, automation: health.automation });
  automationRoutes(app, parts);
  wiringRoutes(app, parts);
  carrierCheckRoutes(app, parts);
  numberRoutes(app, { ...parts, approvals });
  routingRoutes(app, parts);
  reportRoutes(app, parts);
  gobagRoutes(app, parts);
  approvalRoutes(app, { ...parts, ...approvals });
  callRoutes(app, parts);
  readinessRoutes(app, parts);
  importRoutes(app, imports);
  exportRoutes(app, parts);
  auditRoutes(app, { store, veil: createVeil(() => readVeilKey(redis, random)) });
  auditVerifyRoute(app, parts);
}

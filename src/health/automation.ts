/** The keeper with all that it needs of the service: where it counts what it did, and who else is told. */
import type { Logger } from 'pino';
import { causesOf, type Cause } from '../../rules/causes.ts';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { PolicyFile } from '../config/policy-file.ts';
import type { OrderDesk } from '../diversion/order-desk.ts';
import { thresholdsOf, type HealthThresholds } from '../domain/health-policy.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { ChangeAlarm } from '../policy/change-alarm.ts';
import type { Follower } from '../store/follower.ts';
import type { Store } from '../store/store.ts';
import type { System } from '../system/system.ts';
import type { EvidenceBoard } from './evidence-board.ts';
import type { Looker } from './health-facts.ts';
import { createKeeper, type Keeper } from './keeper.ts';

export interface Automation extends Keeper {
  /** By which a primary is judged now. */
  thresholds(primary: string): HealthThresholds;
  /** What a failing primary fails by: itself, or what several depend on; undefined of one that does not fail. */
  causeOf(primary: string): Cause | undefined;
}

export interface AutomationOptions {
  store: Store;
  tables: RoutingTableHolder;
  follower: Follower;
  orders: Pick<OrderDesk, 'isPending'>;
  alarm: ChangeAlarm;
  policyFile: Pick<PolicyFile, 'current'>;
  metrics: Metrics;
  system: System;
  log: Logger;
}

export function createAutomation({ store, tables, follower, orders, alarm, policyFile, metrics, system, log }: AutomationOptions, board: EvidenceBoard, looker: Looker): Automation {
  const policy = () => policyFile.current.health;
  const keeper = createKeeper({
    store, board, looker, policy, follower, system, log,
    table: () => tables.current,
    words: tables,
    isPending: orders.isPending,
    told(primary, { transition, blocked }) {
      if (blocked) metrics.heldBack.inc({ brake: blocked.brake });
      if (!transition) return;
      metrics.automation.inc({ action: transition.action });
      if (transition.action === 'divert') void alarm.diverted(primary, transition.at, log);
    },
  });
  return {
    ...keeper,
    thresholds: (primary) => thresholdsOf(policy(), primary),
    causeOf(primary) {
      const table = tables.current;
      const all = [...table.ids('primaries')].flatMap((id) => {
        const judged = keeper.about(id);
        return judged ? [{ primary: id, dependsOn: table.primary(id)?.dependsOn ?? [], is: judged.finding.is }] : [];
      });
      return causesOf(all).find(({ primaries }) => primaries.includes(primary));
    },
  };
}

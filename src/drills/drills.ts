/** Drills, for whoever asks for them and for the webhooks of their calls. */
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { TestCalls } from '../calls/webhook-desk.ts';
import { createDrillStore } from '../store/drill-store.ts';
import type { System } from '../system/system.ts';
import { createDrillDesk, type DrillDesk, type DrillDeskOptions } from './drill-desk.ts';
import { createTestCalls } from './test-calls.ts';

export interface Drills {
  desk: DrillDesk;
  calls: TestCalls;
}

export function createDrills({ redis, store, sight, tables, policies, system, log }: Omit<DrillDeskOptions, 'system'> & { tables: { readonly current: RoutingTable }; system: System; log: Logger }): Drills {
  const drills = createDrillStore(redis);
  return {
    desk: createDrillDesk({ redis, store, sight, policies, system }),
    calls: createTestCalls({ store, drills, table: () => tables.current, clock: system.clock, log }),
  };
}

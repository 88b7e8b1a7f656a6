/** Drills, for whoever asks for them and for the webhooks of their calls. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { TestCalls } from '../calls/webhook-desk.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { DrillPolicy } from '../domain/drill.ts';
import { createDrillStore } from '../store/drill-store.ts';
import type { Store } from '../store/store.ts';
import type { System } from '../system/system.ts';
import { createDrillDesk, type DrillDesk } from './drill-desk.ts';
import { createTestCalls } from './test-calls.ts';

export interface Drills {
  desk: DrillDesk;
  calls: TestCalls;
}

export function createDrills({ redis, store, sight, tables, policy, system, log }: { redis: Redis; store: Store; sight(): Sight; tables: { readonly current: RoutingTable }; policy(): DrillPolicy; system: System; log: Logger }): Drills {
  const drills = createDrillStore(redis);
  return {
    desk: createDrillDesk({ redis, store, sight, policy, system }),
    calls: createTestCalls({ store, drills, table: () => tables.current, clock: system.clock, log }),
  };
}

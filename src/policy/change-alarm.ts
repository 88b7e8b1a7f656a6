/** Raises the alarm when destinations were changed shortly before a diversion. It never holds a diversion up. */
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { Store } from '../store/store.ts';
import { recentChanges, type RecentChange } from './recent-changes.ts';

export interface ChangeAlarm {
  /** What was changed before the diversion of the primary at `at`, milliseconds since 1970; told and counted. Empty when the trail cannot be read, which is told too. */
  diverted(primary: string, at: number, log: Pick<Logger, 'warn'>): Promise<RecentChange[]>;
}

interface Options {
  store: Pick<Store, 'audit'>;
  table(): RoutingTable;
  policy(): DestinationPolicy;
  /** Counts changes that were found. */
  count(changes: number): void;
}

const HOUR_MS = 3_600_000;

export function createChangeAlarm({ store, table, policy, count }: Options): ChangeAlarm {
  return {
    async diverted(primary, at, log) {
      const hours = policy().alarmOnChangesWithinHours;
      if (hours === 0) return [];
      try {
        const { changes, complete } = await recentChanges(store, table(), primary, at - hours * HOUR_MS);
        if (changes.length > 0) {
          count(changes.length);
          log.warn({ primary, changes, complete, withinHours: hours }, 'destinations were changed shortly before this diversion');
        }
        return changes;
      } catch (error) {
        log.warn({ err: error, primary }, 'the audit trail could not be read for changes before this diversion');
        return [];
      }
    },
  };
}

/**
 * Which destinations of a primary's numbers were changed shortly before, and by whom, as the audit trail has it: who wants to
 * steal calls changes a backup and then brings the primary down.
 */
import { planFor } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { AuditChange, AuditEntry } from '../domain/audit.ts';
import type { Store } from '../store/store.ts';

export interface RecentChange {
  /** ISO 8601. */
  at: string;
  by: { key: string; role: string };
  action: string;
  /** `plans/…`, `customers/…`, `provider/provider`, or `numbers` for all numbers that one act gave another plan. */
  subject: string;
  /** Numbers that were given another plan. */
  count?: number;
}

export interface RecentChanges {
  changes: RecentChange[];
  /** False when the trail was too long to be read to its end: there may be more. */
  complete: boolean;
}

/** Entries looked at, the newest first: what an outage can wait for. */
const ENTRIES_MAX = 5000;
const PAGE = 500;
/** Changes that are told. */
const TOLD_MAX = 50;

type Shape = Readonly<Record<string, unknown>> | null;

const field = (record: unknown, name: string): string => JSON.stringify((record as Shape)?.[name] ?? null);
const differs = ({ before, after }: AuditChange, name: string): boolean => field(before, name) !== field(after, name);

function placesOf(table: RoutingTable, primary: string): { plans: Set<string>; customers: Set<string>; provider: boolean } {
  const places = { plans: new Set<string>(), customers: new Set<string>(), provider: false };
  table.eachRule((rule) => {
    if (rule.primary !== primary) return;
    const { chosen } = planFor(table, rule);
    if (!chosen) return;
    places.plans.add(chosen.id);
    if (chosen.from === 'customer') places.customers.add(rule.customer);
    if (chosen.from === 'provider') places.provider = true;
  });
  return places;
}

/** What an entry changed of the destinations of this primary's numbers. */
function changesIn(entry: AuditEntry, primary: string, places: ReturnType<typeof placesOf>): RecentChange[] {
  const who = { at: new Date(entry.at).toISOString(), by: { key: entry.by.key, role: entry.by.role }, action: entry.action };
  const found: RecentChange[] = [];
  let numbers = 0;
  for (const change of entry.changes) {
    const slash = change.subject.indexOf('/');
    const [collection, id] = [change.subject.slice(0, slash), change.subject.slice(slash + 1)];
    if (collection === 'plans' && places.plans.has(id) && differs(change, 'destinations')) found.push({ ...who, subject: change.subject });
    if (collection === 'customers' && places.customers.has(id) && differs(change, 'defaultPlan')) found.push({ ...who, subject: change.subject });
    if (collection === 'provider' && places.provider && differs(change, 'defaultPlan')) found.push({ ...who, subject: change.subject });
    if (collection === 'numbers' && field(change.after, 'primary') === JSON.stringify(primary) && differs(change, 'plan')) numbers += 1;
  }
  return numbers > 0 ? [...found, { ...who, subject: 'numbers', count: numbers }] : found;
}

/** @param since milliseconds since 1970 */
export async function recentChanges(store: Pick<Store, 'audit'>, table: RoutingTable, primary: string, since: number): Promise<RecentChanges> {
  const places = placesOf(table, primary);
  const changes: RecentChange[] = [];
  let before: string | undefined;
  for (let looked = 0; looked < ENTRIES_MAX && changes.length < TOLD_MAX; ) {
    const page = await store.audit({ before, limit: PAGE, customer: undefined });
    for (const { entry } of page) {
      if (entry.at > 0 && entry.at < since) return { changes, complete: true };
      changes.push(...changesIn(entry, primary, places));
    }
    looked += page.length;
    before = page.at(-1)?.id;
    if (page.length < PAGE) return { changes, complete: true };
  }
  return { changes: changes.slice(0, TOLD_MAX), complete: false };
}

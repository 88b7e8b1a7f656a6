/**
 * Drills that begin by themselves: one plan after the other, those with a destination that was not tried for the longest time first; no plan
 * twice in a day. They are drills like any other, and keep to the same hours and limits.
 */
import { isOpen, knownHours } from '../../rules/hours.ts';
import { planFor } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { Drill, DrillPolicy } from '../domain/drill.ts';
import { SYSTEM } from '../domain/key.ts';
import { destinationKind } from '../domain/plan.ts';
import { proofKey, type DrillStore, type Proof } from '../store/drill-store.ts';
import { edit } from '../store/edit.ts';
import { indexName, OPEN_DRILLS } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import { timedId } from '../system/timed-id.ts';
import type { System } from '../system/system.ts';
import { drawUp } from './draw-up.ts';
import { auditOf } from './drill-desk.ts';

export interface ScheduleOptions {
  store: Store;
  drills: Pick<DrillStore, 'allProofs' | 'claimPlan'>;
  sight(): Sight;
  policy(): DrillPolicy;
  system: Pick<System, 'clock' | 'random'>;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Plans that are tried for one that can be drilled, at a time. */
const TRIED = 20;
const CALLERS = 200;

/** The plans that numbers have, and by which clock; those open at this moment. */
function plansOf(table: RoutingTable, { hours }: DrillPolicy, at: number): Set<string> {
  const plans = new Set<string>();
  const known = knownHours(hours);
  table.eachRule((rule, count) => {
    const { chosen, timeZone } = planFor(table, rule);
    if (count > 0 && chosen && known && isOpen(known, at, timeZone)) plans.add(chosen.id);
  });
  return plans;
}

/** Begins one, or finds that none is due; its id. Throws `store_unavailable`. */
export function createSchedule({ store, drills, sight, policy, system: { clock, random } }: ScheduleOptions): () => Promise<string | undefined> {
  return async () => {
    const limits = policy();
    if (limits.scheduleDays === 0 || (await store.page(OPEN_DRILLS, undefined, 1)).length > 0) return undefined;
    const seen = sight();
    const now = clock.now();
    const proofs = await drills.allProofs();
    const isDue = (proof: Proof | undefined): boolean => now - (proof?.provenAt ?? 0) >= limits.scheduleDays * DAY_MS && now - (proof?.triedAt ?? 0) >= DAY_MS;
    const due: { plan: string; since: number }[] = [];
    for (const plan of plansOf(seen.table, limits, now)) {
      const tos = (seen.table.plan(plan)?.destinations ?? []).filter(({ to }) => ['phone', 'sip'].includes(destinationKind(to))).map(({ to }) => proofs.get(proofKey(plan, to)));
      const tried = tos.filter(isDue).map((proof) => proof?.triedAt ?? 0);
      if (tried.length > 0) due.push({ plan, since: Math.min(...tried) });
    }
    for (const { plan } of due.toSorted((one, other) => one.since - other.since).slice(0, TRIED)) {
      if (!(await drills.claimPlan(plan))) continue;
      const all = await drawUp({ sight: seen, scope: { plan }, owner: undefined, wanted: (id, to) => isDue(proofs.get(proofKey(id, to))), numbersOf: (customer) => store.page(indexName('numbers', customer), undefined, CALLERS) });
      const tests = all.filter(({ skip }) => skip === undefined).slice(0, limits.mostCalls);
      if (tests.length === 0) continue;
      const customer = seen.table.plan(plan)?.customer;
      const id = timedId(now, random);
      const drill: Drill = { state: 'open', by: { key: SYSTEM.key, role: SYSTEM.role }, scope: { plan }, scheduled: true, at: now, until: now + limits.mostHours * HOUR_MS, tests, ...(customer === undefined ? {} : { customer }) };
      const reason = `Not proven for ${limits.scheduleDays} days`;
      await edit(store, { collection: 'drills', id, action: 'drills.begin', ifMatch: 'absent', change: () => ({ ...drill, reason }), customerOf: () => customer, shown: auditOf }, { at: now, by: SYSTEM, reason });
      return id;
    }
    return undefined;
  };
}

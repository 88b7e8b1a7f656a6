/** Which numbers of a chunk get other destinations; and those that a second admin has not approved are left out. */
import { sameDestinations } from '../../rules/approval.ts';
import { effectivePlan } from '../../rules/effective-plan.ts';
import type { RejectedRow } from '../domain/import.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Plan } from '../domain/plan.ts';
import type { Store } from '../store/store.ts';
import { lookUp } from './references.ts';
import type { NumberChange, Verdict } from './verdict.ts';

const readable = <R>(found: { record: R } | { unreadable: true } | undefined): R | undefined => (found && 'record' in found ? found.record : undefined);

/** A number that is new has no calls that could be led elsewhere; one that is removed, or could not be read before, counts. */
export async function redirectedBy(store: Store, changes: readonly NumberChange[]): Promise<ReadonlySet<string>> {
  const known = changes.filter(({ found }) => found !== undefined);
  const records = known.flatMap(({ before, after }) => [before, after]).filter((record) => record !== undefined);
  const [customers, [provider]] = await Promise.all([lookUp(store, 'customers', records.map(({ customer }) => customer)), store.findMany('provider', ['provider'])]);
  const own = readable(provider);
  const plans = await lookUp(store, 'plans', [...records.map(({ plan }) => plan), ...[...customers.values()].map((found) => readable(found)?.defaultPlan), own?.defaultPlan]);

  const planOf = (number: NumberRecord): Plan | undefined =>
    effectivePlan({ number, customer: readable(customers.get(number.customer)), provider: own, planOf: (id) => readable(plans.get(id)) }).chosen?.plan;
  return new Set(known.filter(({ before, after }) => !before || !after || !sameDestinations(planOf(before), planOf(after))).map(({ number }) => number));
}

const leftOut = (number: string): RejectedRow => ({ line: 0, number, code: 'approval_required', detail: 'more numbers would be led elsewhere than when it was judged; import it again' });

/** The verdict without the changes that lead more than `atMost` of these numbers elsewhere. */
export function limitRedirected(verdict: Verdict, redirected: ReadonlySet<string>, atMost: number): Verdict {
  if (redirected.size <= atMost) return { ...verdict, redirected: redirected.size };
  const out = new Set([...redirected].slice(atMost));
  const dropped = verdict.changes.filter(({ number }) => out.has(number));
  const removed = dropped.filter(({ after }) => after === undefined).length;
  const { changed, rejected, removed: removals } = verdict.counts;
  return {
    ...verdict,
    changes: verdict.changes.filter(({ number }) => !out.has(number)),
    samples: Object.fromEntries(Object.entries(verdict.samples).map(([kind, samples]) => [kind, samples.filter(({ number }) => !out.has(number))])),
    rejected: [...verdict.rejected, ...dropped.map(({ number }) => leftOut(number))],
    counts: { ...verdict.counts, changed: changed - (dropped.length - removed), removed: removals - removed, rejected: rejected + dropped.length },
    redirected: atMost,
  };
}

/** The destination policy for the rows of an import: the plans that a chunk names are looked at once, and then each row by itself. */
import type { PlanOfNumber } from '../../rules/plan-loop.ts';
import type { Customer } from '../domain/customer.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { Plan } from '../domain/plan.ts';
import type { Store } from '../store/store.ts';
import { allowedFor } from './entry-check.ts';
import { gatherPlans } from './plan-graph.ts';
import { loopingDestinations, refusedDestinations, unusable } from './plan-refusals.ts';

export interface NamedRow {
  number: string;
  /** The plan that the row names. */
  plan: string;
  customer: Customer | undefined;
}

/** In a sentence, why the row's plan is not one for its number; undefined when nothing speaks against it. */
export type RowCheck = (row: NamedRow) => string | undefined;

/** @param rows those of the chunk that name a plan: it may be they that close a loop */
export async function checkRowsByPolicy(store: Pick<Store, 'findMany'>, policy: DestinationPolicy, plans: ReadonlyMap<string, Plan>, rows: readonly Pick<NamedRow, 'number' | 'plan'>[]): Promise<RowCheck> {
  const stored = await gatherPlans(store, plans.values(), policy.loops.followAtMost);
  const given = new Map(rows.map(({ number, plan }) => [number, plan]));
  const planOfNumber: PlanOfNumber = (number) => {
    const id = given.get(number);
    const plan = id === undefined ? undefined : plans.get(id);
    return id !== undefined && plan ? { id, plan } : stored(number);
  };
  const verdicts = new Map<string, string | undefined>();

  return ({ number, plan: id, customer }) => {
    const plan = plans.get(id);
    if (!plan) return undefined;
    const allowed = allowedFor(number, customer);
    const key = `${id} ${allowed.join(' ')}`;
    if (verdicts.has(key)) return verdicts.get(key);
    const [first] = [...unusable(plan, refusedDestinations(plan, [allowed], policy)), ...loopingDestinations(plan, id, planOfNumber, policy)];
    const verdict = first && `plan: destination ${first.index + 1} of ${id} (${first.rule}): ${first.reason}`;
    verdicts.set(key, verdict);
    return verdict;
  };
}

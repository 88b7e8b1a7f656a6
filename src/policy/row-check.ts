/** The destination policy for the rows of an import: the plans that a chunk names are looked at once, and then each row by itself. */
import { numbersAhead, type PlanOfNumber } from '../../rules/plan-loop.ts';
import type { Customer } from '../domain/customer.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { Plan } from '../domain/plan.ts';
import type { Store } from '../store/store.ts';
import { allowedFor } from './entry-check.ts';
import { gatherPlans } from './plan-graph.ts';
import { loopingDestinations, refusedDestinations, unusable } from './plan-refusals.ts';

export interface NamedRow {
  number: string;
  /** The plan that the row names, or that holds for it where it names none. */
  plan: string;
  /** It names none: of a default only a loop is refused, and only to the number that closes it. */
  byDefault: boolean;
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
  const ahead = new Map<string, ReadonlySet<string>>();

  function aheadOf(id: string, plan: Plan): ReadonlySet<string> {
    const numbers = ahead.get(id) ?? numbersAhead(plan, planOfNumber, policy.loops.followAtMost);
    ahead.set(id, numbers);
    return numbers;
  }

  return ({ number, plan: id, byDefault, customer }) => {
    const plan = plans.get(id);
    if (!plan) return undefined;
    if (byDefault) return aheadOf(id, plan).has(number) ? `plan: by default it is ${id}, which leads to this number` : undefined;
    const allowed = allowedFor(number, customer);
    const key = `${id} ${allowed.join(' ')}`;
    if (verdicts.has(key)) return verdicts.get(key);
    const [first] = [...unusable(plan, refusedDestinations(plan, [allowed], policy)), ...loopingDestinations(plan, id, planOfNumber, policy)];
    const verdict = first && `plan: destination ${first.index + 1} of ${id} (${first.rule}): ${first.reason}`;
    verdicts.set(key, verdict);
    return verdict;
  };
}

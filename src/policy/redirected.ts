/** How many numbers get other destinations by a change of one record, as the routing table has them. */
import { sameDestinations } from '../../rules/approval.ts';
import { effectivePlan } from '../../rules/effective-plan.ts';
import { planFor } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Customer, Provider } from '../domain/customer.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Plan } from '../domain/plan.ts';

/** The record as it shall be; undefined when it is deleted. */
export type Redirection =
  | { collection: 'plans'; id: string; after: Plan | undefined }
  | { collection: 'customers'; id: string; after: Customer | undefined }
  | { collection: 'provider'; id: string; after: Provider | undefined }
  | { collection: 'numbers'; id: string; after: NumberRecord | undefined };

type Rule = Pick<NumberRecord, 'customer' | 'plan'>;

function planAfter(table: RoutingTable, change: Redirection, rule: Rule): Plan | undefined {
  const { chosen } = effectivePlan({
    number: rule,
    customer: change.collection === 'customers' && change.id === rule.customer ? change.after : table.customer(rule.customer),
    provider: change.collection === 'provider' ? (change.after ?? {}) : table.provider(),
    planOf: (id) => (change.collection === 'plans' && change.id === id ? change.after : table.plan(id)),
  });
  return chosen?.plan;
}

/** Whether the change can be of any meaning to numbers of this rule; where there are a million rules most are passed over. */
function concerns(table: RoutingTable, change: Redirection, rule: Rule): boolean {
  if (change.collection === 'customers') return change.id === rule.customer;
  return change.collection !== 'plans' || [rule.plan, table.customer(rule.customer)?.defaultPlan, table.provider().defaultPlan].includes(change.id);
}

/** A number that is new has no calls that could be led elsewhere; one that is deleted has none left, and counts. */
export function countRedirected(table: RoutingTable, change: Redirection): number {
  if (change.collection === 'numbers') {
    const before = table.number(change.id);
    if (!before) return 0;
    return change.after && sameDestinations(planFor(table, before).chosen?.plan, planAfter(table, change, change.after)) ? 0 : 1;
  }
  let sum = 0;
  table.eachRule((rule, numbers) => {
    if (concerns(table, change, rule) && !sameDestinations(planFor(table, rule).chosen?.plan, planAfter(table, change, rule))) sum += numbers;
  });
  return sum;
}

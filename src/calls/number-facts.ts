/** Answers from the routing table that both calls and the API ask for. */
import { effectivePlan, type PlanChoice } from '../../rules/effective-plan.ts';
import type { PlanOfNumber } from '../../rules/plan-loop.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { RoutingTable } from './routing-table.ts';

/** The plan that holds for a number of this rule, and in which time zone. */
export function planFor(table: RoutingTable, rule: Pick<NumberRecord, 'customer' | 'plan'>): PlanChoice {
  return effectivePlan({ number: rule, customer: table.customer(rule.customer), provider: table.provider(), planOf: (id) => table.plan(id) });
}

/** The plans of our numbers, for the rules that follow calls from number to number. */
export function planOfNumber(table: RoutingTable): PlanOfNumber {
  return (number) => {
    const rule = table.number(number);
    return rule && planFor(table, rule).chosen;
  };
}

export interface NumberCounts {
  numbers: number;
  /** Those of them that have no plan. */
  unprotected: number;
}

/** Counts of all numbers, or of one primary's. */
export function countNumbers(table: RoutingTable, primary?: string): NumberCounts {
  const counts = { numbers: 0, unprotected: 0 };
  table.eachRule((rule, numbers) => {
    if (primary !== undefined && rule.primary !== primary) return;
    counts.numbers += numbers;
    if (!planFor(table, rule).chosen) counts.unprotected += numbers;
  });
  return counts;
}

/** What the policy says of the destinations of one number's plan, with the loops that only the table can show. */
import { leadsBack } from '../../rules/plan-loop.ts';
import type { NumberFacts } from '../../rules/unusable.ts';
import type { DestinationJudge } from './destination-judge.ts';
import { planOfNumber } from './number-facts.ts';
import type { RoutingTable } from './routing-table.ts';

export function policyFor(table: RoutingTable, judge: DestinationJudge, { number, customer, plan }: { number: string; customer: string; plan: string }): Pick<NumberFacts, 'refusedBy' | 'primaryOf'> {
  const allowed = judge.allowedFor(number, table.customer(customer));
  const ours = (to: string) => {
    const { number: other } = judge.verdict(to, allowed);
    return other === undefined ? undefined : table.number(other);
  };
  return {
    refusedBy(to) {
      const { refusal } = judge.verdict(to, allowed);
      if (refusal) return refusal.rule;
      return ours(to) && leadsBack(to, plan, planOfNumber(table), judge.policy.loops.followAtMost) ? 'loop' : undefined;
    },
    primaryOf: (to) => ours(to)?.primary,
  };
}

/** What the policy has against a plan's destinations, for the numbers that would use it. */
import { judgeDestination, type Allowed } from '../../rules/destination-policy.ts';
import { leadsBack, type PlanOfNumber } from '../../rules/plan-loop.ts';
import { POLICY_RULES, type DestinationPolicy, type Refusal } from '../domain/destination-policy.ts';
import type { FieldIssue } from '../domain/errors.ts';
import { destinationKind, type Plan } from '../domain/plan.ts';

export interface RefusedDestination extends Refusal {
  /** Place in the plan, from 0. */
  index: number;
  /** Only because of the country of the number that calls: another number may call it. */
  byCountry: boolean;
}

/** Faults of spelling are told by the laws of the plan (plan_invalid), in better words. */
const LAWS_TELL = new Set(['not-a-number', 'sip-address']);

/**
 * The destinations that none of these may call. `scopes` are the sets of countries of the numbers that would use the plan;
 * none are known: what no number may call.
 */
export function refusedDestinations(plan: Pick<Plan, 'destinations'>, scopes: readonly Allowed[], policy: DestinationPolicy): RefusedDestination[] {
  const all = scopes.length === 0 ? [undefined] : scopes;
  return plan.destinations.flatMap(({ to }, index): RefusedDestination[] => {
    const refusals = all.map((allowed) => judgeDestination(to, allowed, policy));
    const [first] = refusals;
    if (first === undefined || refusals.includes(undefined)) return [];
    const hard = refusals.find((refusal) => refusal?.rule !== 'country') ?? judgeDestination(to, undefined, policy);
    return [{ ...(hard ?? first), index, byCountry: hard === undefined }];
  });
}

/** The destinations over which a call can come back to this plan. */
export function loopingDestinations(plan: Pick<Plan, 'destinations'>, id: string, planOfNumber: PlanOfNumber, policy: DestinationPolicy): RefusedDestination[] {
  return plan.destinations.flatMap(({ to }, index): RefusedDestination[] =>
    leadsBack(to, id, planOfNumber, policy.loops.followAtMost) ? [{ rule: 'loop', reason: `${POLICY_RULES.loop}: a number of yours whose own plan leads to this plan`, index, byCountry: false }] : [],
  );
}

/** As the answer to who writes the plan. */
export function issuesOfPlan(refused: readonly RefusedDestination[]): FieldIssue[] {
  return refused.filter(({ rule }) => !LAWS_TELL.has(rule)).map(({ index, rule, reason }) => ({ at: `/destinations/${index}/to`, rule, detail: reason }));
}

/**
 * What keeps a plan from being given to a number: whatever nobody may call, and countries only when they leave no
 * phone at all. A plan that numbers of several countries share may have a destination for each.
 */
export function unusable(plan: Pick<Plan, 'destinations'>, refused: readonly RefusedDestination[]): readonly RefusedDestination[] {
  const hard = refused.filter(({ byCountry }) => !byCountry);
  if (hard.length > 0) return hard;
  const phones = plan.destinations.filter(({ to }) => destinationKind(to) === 'phone' || destinationKind(to) === 'sip');
  return refused.length > 0 && refused.length === phones.length ? refused : [];
}

/** As the answer to who names the plan: `at` is where it is named. */
export function issuesOfNamed(id: string, at: string, refused: readonly RefusedDestination[]): FieldIssue[] {
  return refused.map(({ index, rule, reason }) => ({ at, rule, detail: `destination ${index + 1} of plan ${id}: ${reason}` }));
}

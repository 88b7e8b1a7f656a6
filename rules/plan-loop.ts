/** Does a destination lead back? Over numbers that we manage, whose plans lead to other numbers, to any length. */
import type { Plan } from '../src/domain/plan.ts';
import { numberOf } from './dialled-number.ts';

/** The plan that a number of ours has; undefined for a number that is not ours, or has none. */
export type PlanOfNumber = (number: string) => { id: string; plan: Pick<Plan, 'destinations'> } | undefined;

/**
 * Whether a call that goes to this destination can come to the plan `home` again. More than `followAtMost` numbers on the
 * way count as if it could: nobody needs such a chain.
 */
export function leadsBack(to: string, home: string, planOfNumber: PlanOfNumber, followAtMost: number): boolean {
  const seen = new Set<string>();
  const next = [to];
  for (let at = 0; at < next.length; at += 1) {
    const number = numberOf(next[at] ?? '');
    if (number === undefined || seen.has(number)) continue;
    const found = planOfNumber(number);
    if (found === undefined) continue;
    if (found.id === home || seen.size >= followAtMost) return true;
    seen.add(number);
    for (const destination of found.plan.destinations) next.push(destination.to);
  }
  return false;
}

/** The numbers that a call of this plan may come to, ours or not, over at most `followAtMost` of ours. */
export function numbersAhead({ destinations }: Pick<Plan, 'destinations'>, planOfNumber: PlanOfNumber, followAtMost: number): Set<string> {
  const ahead = new Set<string>();
  const next = destinations.map(({ to }) => to);
  let followed = 0;
  for (let at = 0; at < next.length; at += 1) {
    const number = numberOf(next[at] ?? '');
    if (number === undefined || ahead.has(number)) continue;
    ahead.add(number);
    const found = followed < followAtMost ? planOfNumber(number) : undefined;
    if (found === undefined) continue;
    followed += 1;
    for (const destination of found.plan.destinations) next.push(destination.to);
  }
  return ahead;
}

/** Does a change of destinations need a second admin? */
import type { Plan } from '../src/domain/plan.ts';

export interface ApprovalFacts {
  /** Numbers whose calls this change would send elsewhere. */
  numbers: number;
  /** Numbers whose destinations the same key has changed within the window before. */
  recent: number;
  /** From how many on; 0: never. */
  threshold: number;
}

/** What was changed shortly before counts too: who may not change many at once may not do it in small pieces either. */
export function needsApproval({ numbers, recent, threshold }: ApprovalFacts): boolean {
  return threshold > 0 && numbers > 0 && numbers + recent >= threshold;
}

type Destinations = Pick<Plan, 'destinations'> | undefined;

/** Whether calls go to the same places in the same order, at the same hours. To have no plan is a place too. */
export function sameDestinations(one: Destinations, other: Destinations): boolean {
  return one === other || JSON.stringify(one?.destinations) === JSON.stringify(other?.destinations);
}

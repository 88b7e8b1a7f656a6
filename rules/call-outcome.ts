/** What a call came to when its steps end in an announcement: missed if somebody had been rung, lost if nobody could be. */
import { OUTCOME_RANK, type Outcome } from '../src/domain/call.ts';
import type { LegEnd } from '../src/domain/leg.ts';

export interface EndedLeg {
  /** Key of the step. */
  step: string;
  end: LegEnd;
}

/** Every end but `failed` means that a phone rang or was in use: somebody could have taken the call. */
export function outcomeAtEnd(legs: readonly EndedLeg[]): { is: Outcome; rank: number } {
  const rung = legs.some(({ end }) => end !== 'failed');
  return rung ? { is: 'missed', rank: OUTCOME_RANK.nobodyAnswered } : { is: 'lost', rank: OUTCOME_RANK.nobodyReachable };
}

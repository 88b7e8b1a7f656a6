/**
 * After a leg has ended: what next? Whoever was connected, or has hung up, is never dialled on; busy and no answer
 * at the primary are its people's business unless the plan says otherwise; anything else goes down the list.
 *
 * Always ends: no step is given twice, and after an announcement or a voicemail nobody is dialled.
 */
import type { LegEnd, LegResult } from '../src/domain/leg.ts';
import type { Step } from '../src/domain/step.ts';
import { announcement } from './announcements.ts';
import type { CallDecision } from './call-facts.ts';
import { isAnnouncementKey, isVoicemailKey, PRIMARY_KEY } from './step-key.ts';

/** No call has more steps than this: a primary, ten destinations and a last word. Beyond it, plans are being edited under the call. */
export const MAX_TRIED = 20;

export type NextMove = { do: 'hang-up'; because: string } | { do: 'step'; step: Step; because: string };

export interface LastLeg {
  /** Key of the step that has just ended. */
  step: string;
  result: LegResult;
}

/** What the primary's own people did, if they did: declined is busy to the caller. */
function peoplesDoing(end: LegEnd): 'busy' | 'no-answer' | undefined {
  if (end === 'busy' || end === 'declined') return 'busy';
  return end === 'no-answer' ? 'no-answer' : undefined;
}

function staysWithPrimary(decision: Pick<CallDecision, 'followOn' | 'skipped'>, last: LastLeg | undefined): 'busy' | 'no-answer' | undefined {
  if (last?.step !== PRIMARY_KEY) return undefined;
  const doing = peoplesDoing(last.result.end);
  if (doing === undefined || decision.followOn.includes(doing)) return undefined;
  // Diverted while it rang: its silence is no longer its people's word.
  return decision.skipped.some(({ to, why }) => to === PRIMARY_KEY && why === 'primary-down') ? undefined : doing;
}

const hangUp = (because: string): NextMove => ({ do: 'hang-up', because });
const give = (step: Step, because: string): NextMove => ({ do: 'step', step, because });

/**
 * @param decision what callSteps says now, which may differ from what it said when the call came in
 * @param tried keys of the steps tried so far, with or without the last
 * @param last the leg that has just ended; absent at the start of a call
 */
export function nextStep(decision: Pick<CallDecision, 'steps' | 'followOn' | 'skipped'>, tried: readonly string[], last?: LastLeg): NextMove {
  if (last?.result.end === 'answered') return hangUp('The call was answered and is over.');
  if (last?.result.end === 'cancelled') return hangUp('The caller has hung up.');
  const done = new Set(last === undefined ? tried : [...tried, last.step]);
  const keys = [...done];
  if (keys.some(isAnnouncementKey)) return hangUp('The caller has heard the last word.');
  if (keys.some(isVoicemailKey)) return give(announcement('nothing-left'), 'The voicemail took no message and nothing comes after it.');
  const stays = staysWithPrimary(decision, last);
  if (stays !== undefined) return give(announcement(stays), `The primary gave ${stays}, and the plan takes over after failures only.`);
  if (done.size >= MAX_TRIED) return give(announcement('nothing-left'), `${MAX_TRIED} steps were tried, more than any plan has.`);
  const next = decision.steps.find((step) => !done.has(step.key));
  if (next === undefined) return give(announcement('nothing-left'), 'Every step was tried.');
  return give(next, last === undefined ? 'The first step not yet tried.' : `Step \`${last.step}\` ended as ${last.result.end}; this is the next not yet tried.`);
}

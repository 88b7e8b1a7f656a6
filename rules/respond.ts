/** From diagnosis to action: one table, and for what takes its time, whether it is due. Whether it may be done is the brakes' to say. */
import type { Action, Diagnosis } from '../src/domain/diagnosis.ts';
import type { PRIMARY_STATES } from '../src/domain/primary-states.ts';
import type { View } from './diagnose/view.ts';
import { isLastStep, isStood } from './probation.ts';

type State = (typeof PRIMARY_STATES)[number];

const nothing = { up: 'none', degraded: 'none', down: 'none', recovering: 'none' } as const;

/** What each diagnosis leads to in each state of the primary. */
export const RESPONSES: Readonly<Record<Diagnosis, Readonly<Record<State, Action>>>> = {
  healthy: { up: 'none', degraded: 'mark-up', down: 'begin-probation', recovering: 'advance' },
  degraded: { up: 'mark-degraded', degraded: 'none', down: 'none', recovering: 'none' },
  overloaded: { up: 'mark-degraded', degraded: 'none', down: 'none', recovering: 'fall-back' },
  suspected: { up: 'none', degraded: 'none', down: 'none', recovering: 'fall-back' },
  'primary-unreachable': { up: 'divert', degraded: 'divert', down: 'widen', recovering: 'fall-back' },
  'calls-failing': { up: 'divert', degraded: 'divert', down: 'widen', recovering: 'fall-back' },
  // It would begin its probation but for the brake that keeps it: so that is told, and by which.
  flapping: { up: 'none', degraded: 'none', down: 'begin-probation', recovering: 'none' },
  'traffic-missing': nothing,
  'we-are-cut-off': nothing,
  inconclusive: nothing,
  'nothing-known': nothing,
};

/** Numbers whose carrier must be told are moved only when the failure lasts: a blip moves none of them. Not in the look that diverts. */
function widenIsDue({ record, now, thresholds: { atCarriers } }: View): boolean {
  return !record.atCarriers && now > record.since && record.condition === 'failing' && now - record.conditionSince >= atCarriers.afterSeconds * 1000;
}

/** What is to be done now; `none` also where the table's action is not due yet. `lasting`: for how long this has been the diagnosis, milliseconds. */
export function respond(diagnosis: Diagnosis, view: View, lasting: number): Action {
  const action = RESPONSES[diagnosis][view.record.state];
  if (action === 'mark-up' && lasting < view.thresholds.evidence.wellForSeconds * 1000) return 'none';
  if (action === 'widen' && !widenIsDue(view)) return 'none';
  if (action === 'begin-probation' && view.record.condition !== 'well') return 'none';
  if (action !== 'advance') return action;
  if (!isStood(view)) return 'none';
  return isLastStep(view.record, view.thresholds) ? 'restore' : action;
}

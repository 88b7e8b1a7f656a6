/**
 * May this test call be made now? It never takes a place that a real call may need, wakes nobody, and never reaches anybody but who
 * stands in a plan.
 */
import type { DrillPolicy, HeldBack } from '../src/domain/drill.ts';
import type { PrimaryState } from '../src/domain/primary.ts';
import { isOpen, knownHours } from './hours.ts';

export interface DrillDueFacts {
  /** Milliseconds since 1970. */
  at: number;
  policy: DrillPolicy;
  /** Where the destination is. */
  timeZone: string;
  /** The destination's own; undefined: always open. */
  hours: string | undefined;
  /** Who asked for the drill said that any hour will do. */
  anyHour: boolean;
  /** It still stands in one of its plans. */
  inPlan: boolean;
  /** What the destination policy has against it, now. */
  refused: boolean;
  /** The states of the primaries whose numbers have its plans. */
  primaries: readonly Pick<PrimaryState, 'is'>[];
  /** Calls at the destination, of drills and others. */
  activeCalls: number;
  /** Test calls under way, of all drills. */
  underWay: number;
  /** When the last test call was begun, and when the last to this destination was; of all drills. */
  lastCall: number | undefined;
  calledAt: number | undefined;
  callsToday: number;
}

export type DrillDue = { do: 'call' } | { do: 'wait' | 'skip'; why: HeldBack };

const wait = (why: HeldBack): DrillDue => ({ do: 'wait', why });
const skip = (why: HeldBack): DrillDue => ({ do: 'skip', why });

function openAt(hours: string | undefined, at: number, timeZone: string): boolean {
  const known = hours === undefined ? undefined : knownHours(hours);
  return hours === undefined || (known !== undefined && isOpen(known, at, timeZone));
}

export function drillDue(facts: DrillDueFacts): DrillDue {
  const { at, policy, timeZone, calledAt, lastCall } = facts;
  if (!facts.inPlan) return skip('gone');
  if (facts.refused) return skip('policy');
  if (calledAt !== undefined && at - calledAt < policy.againMinutes * 60_000) return skip('called-lately');
  if (facts.callsToday >= policy.mostCallsADay) return skip('budget');
  if (facts.primaries.some(({ is }) => is === 'down' || is === 'recovering')) return wait('diverted');
  if (!facts.anyHour && !openAt(policy.hours, at, timeZone)) return wait('hours');
  if (!openAt(facts.hours, at, timeZone)) return wait('closed');
  if (facts.activeCalls > 0) return wait('in-use');
  if (facts.underWay >= policy.atOnce) return wait('places');
  if (lastCall !== undefined && at - lastCall < policy.everySeconds * 1000) return wait('pace');
  return { do: 'call' };
}

/** What a judgement makes of a primary's state. Pure. */
import { shareOf } from '../../rules/probation.ts';
import type { Judgement } from '../../rules/judge.ts';
import type { HealthThresholds } from '../domain/health-policy.ts';
import { UNJUDGED, type HealthRecord } from '../domain/health-record.ts';
import type { PrimaryState } from '../domain/primary.ts';

/** What is kept of a primary that was judged before, or of one that only people have turned so far. */
export function recordOf({ health, is, since }: PrimaryState): HealthRecord {
  return health ?? { ...UNJUDGED, state: is, since };
}

/** @param diversion what it is called if one begins */
export function turnedState(before: PrimaryState, { record, transition }: Judgement, thresholds: HealthThresholds, diversion: string): PrimaryState {
  const { share: _, answer, diversion: open, ...kept } = before;
  const elsewhere = record.state === 'down' || record.state === 'recovering';
  return {
    ...kept,
    is: record.state,
    since: record.state === before.is ? before.since : record.since,
    ...(elsewhere ? { diversion: open ?? diversion } : {}),
    ...(record.state === 'recovering' ? { share: shareOf(record, thresholds) } : {}),
    // What was answered was done.
    ...(answer && !transition ? { answer } : {}),
    health: record,
  };
}

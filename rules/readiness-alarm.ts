/**
 * Has readiness dropped so that somebody should be told? A drop is told once, and again when it goes on; what goes up and down a little is not told.
 *
 * Holds for every course: between two tellings of a drop the share fell by the drop; a share that stays is never told twice.
 */
import type { ReadinessAlarm } from '../src/domain/readiness-policy.ts';

/** What a share is compared with. */
export interface Mark {
  share: number;
  /** A drop was told, and it has not risen to where it was. */
  droppedFrom?: number | undefined;
}

export interface Told {
  mark: Mark;
  tell: 'dropped' | 'recovered' | undefined;
}

/** Floating point must not hide a drop of exactly so much. */
const NEARLY = 1e-9;

/** What is wrong with the thresholds, as the section `readiness` has them; a rise is less than a drop, so that after a drop that was put right the next one is told. */
export function alarmFaults({ drop, rise }: ReadinessAlarm): { path: readonly string[]; detail: string }[] {
  return rise < drop ? [] : [{ path: ['readiness', 'alarm', 'rise'], detail: 'must be below drop' }];
}

/** @param share from 0 to 1; @param mark of the time before, undefined the first time, when nothing is told */
export function afterShare(mark: Mark | undefined, share: number, { drop, rise }: ReadinessAlarm): Told {
  if (!mark) return { mark: { share }, tell: undefined };
  const { share: before, droppedFrom } = mark;
  if (share <= before - drop + NEARLY) return { mark: { share, droppedFrom: droppedFrom ?? before }, tell: 'dropped' };
  if (share < before + rise - NEARLY && !(share > before && share >= 1)) return { mark, tell: undefined };
  const recovered = droppedFrom !== undefined && share >= droppedFrom - rise + NEARLY;
  return { mark: { share, ...(recovered || droppedFrom === undefined ? {} : { droppedFrom }) }, tell: recovered ? 'recovered' : undefined };
}

/** A primary on probation: which calls are offered to it first, when it may have more of them, and when it is trusted again. */
import { fnv1a } from '../src/domain/hash.ts';
import type { HealthThresholds } from '../src/domain/health-policy.ts';
import type { HealthRecord } from '../src/domain/health-record.ts';
import { answering } from './diagnose/answering.ts';
import type { View } from './diagnose/view.ts';

/** The share of calls that a primary is offered first, 0 to 1; the plan stands behind each of them. */
export function shareOf({ state, step }: Pick<HealthRecord, 'state' | 'step'>, { probation }: Pick<HealthThresholds, 'probation'>): number {
  if (state === 'down') return 0;
  return state === 'recovering' ? (probation.steps[step]?.share ?? 1) : 1;
}

/** The same for every webhook of a call in every process, and a call that is offered to it at one share is at every larger one. */
export function isOffered(share: number, call: string): boolean {
  if (share >= 1) return true;
  // Ids differ in their last characters, and FNV's upper bits hardly by those: they are folded in.
  const hash = Math.imul(fnv1a(call) ^ (fnv1a(call) >>> 15), 0x2c1b3c6d) >>> 0;
  return hash / 4_294_967_296 < share;
}

/** The present step has been stood: long enough, with calls that got through, or twice as long and something else proves that it answers. */
export function isStood(view: View): boolean {
  const { record, now, tried, thresholds: { probation } } = view;
  const lasted = now - record.stepSince;
  const needed = (probation.steps[record.step]?.seconds ?? 0) * 1000;
  if (lasted < needed || !answering(view)) return false;
  return tried.through >= probation.calls || lasted >= 2 * needed;
}

export function isLastStep({ step }: Pick<HealthRecord, 'step'>, { probation }: Pick<HealthThresholds, 'probation'>): boolean {
  return step >= probation.steps.length - 1;
}

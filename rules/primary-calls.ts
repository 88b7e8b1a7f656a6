/**
 * What one process's calls say of one primary: how they end, against what is usual at this hour, and whether any come at all. For production and
 * simulator alike.
 */
import { createCallHabits, type UsualWeek } from './call-habits.ts';
import { createCallHealth, type CallSaying } from './call-health.ts';
import type { EvidenceGroup } from '../src/domain/evidence.ts';
import type { HealthThresholds } from '../src/domain/health-policy.ts';
import type { LegResult } from '../src/domain/leg.ts';

export interface PrimaryCalls {
  /** A call came in for the primary, wherever it went then. Moments in milliseconds since 1970. */
  came(at: number): void;
  offered(at: number): void;
  /** @param offeredAt when it was offered; returns whether it failed, and not for what people did */
  ended(now: number, offeredAt: number, number: string, result: LegResult): boolean;
  /** By group of evidence; undefined: nothing is said of it, and what was said before holds no more. */
  says(now: number, limits: HealthThresholds['calls']): Record<Extract<EvidenceGroup, 'calls' | 'traffic'>, CallSaying | undefined>;
  /** What is usual, as it was learnt. */
  readonly usual: UsualWeek;
}

/** What calls say counts so long after it was told, milliseconds; it is told anew each second. */
export const CALLS_COUNT_MS = 10_000;

/** `known`: what was learnt before of what is usual. */
export function createPrimaryCalls(known?: UsualWeek): PrimaryCalls {
  const [calls, habits] = [createCallHealth(), createCallHabits(known)];
  return {
    came: habits.came,
    offered: calls.offered,
    ended(now, offeredAt, number, result) {
      const failed = result.end === 'failed' && result.cause !== 'user';
      calls.ended(offeredAt, number, result);
      if (failed) habits.failed(now);
      return failed;
    },
    says(now, limits) {
      const missing = habits.missing(now, limits);
      return { calls: calls.says(now, limits, habits.usualFailures(now)), traffic: missing === undefined ? undefined : { claim: 'down', weight: 1, at: now, because: missing } };
    },
    usual: habits.usual,
  };
}

/**
 * For how long after a failure are a primary's calls kept away, though it is well again? Longer with each failure before, of which half
 * are forgotten with time; and across a period once one is recognised. Damps restores only: nothing here delays a diversion.
 *
 * Holds for all: one failure more never makes it end sooner, and none holds for longer than the policy's longest.
 */
import type { HealthThresholds } from '../src/domain/health-policy.ts';
import type { HealthRecord } from '../src/domain/health-record.ts';
import { periodOf } from './period.ts';

export interface HoldDown {
  /** Milliseconds since 1970. */
  until: number;
  because: string;
}

type Thresholds = Pick<HealthThresholds, 'holdDown' | 'period'>;

const MINUTE = 60_000;

/** How much failures weigh at a moment: a fresh one 1, one that is a half-life old one half. */
function weightOf(failures: readonly number[], at: number, halfLifeMinutes: number): number {
  return failures.reduce((sum, failure) => sum + 2 ** (-Math.max(0, at - failure) / (halfLifeMinutes * MINUTE)), 0);
}

/** How long, milliseconds, by the failures known at a moment. */
export function holdDownMs(failures: readonly number[], at: number, { holdDown }: Pick<Thresholds, 'holdDown'>): number {
  const before = Math.max(0, weightOf(failures, at, holdDown.halfLifeMinutes) - 1);
  return Math.min(holdDown.longestMinutes * MINUTE, holdDown.seconds * 1000 * holdDown.growth ** before);
}

export function ordinal(count: number): string {
  const words = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];
  return words[count - 1] ?? `${count}th`;
}

/** By the failures up to one of them, which was over at `to`. */
function holdAfter(froms: readonly number[], to: number, thresholds: Thresholds): HoldDown {
  const grown = to + holdDownMs(froms, to, thresholds);
  const period = periodOf(froms, thresholds.period);
  const many = `it is the ${ordinal(froms.length)} failure`;
  if (period === undefined) return { until: grown, because: many };
  const last = froms.at(-1) ?? to;
  const across = last + Math.min((thresholds.period.missed + 0.5) * period.every, thresholds.holdDown.longestMinutes * MINUTE);
  const apart = `${many}, ${period.text} apart`;
  return across <= grown ? { until: grown, because: apart } : { until: across, because: `${apart}: held until ${thresholds.period.missed} more would have come` };
}

/** What an earlier failure has earned is not forgiven for a later one. */
export function holdDown({ failures }: Pick<HealthRecord, 'failures'>, thresholds: Thresholds): HoldDown {
  let longest: HoldDown = { until: Number.NEGATIVE_INFINITY, because: 'it has not failed' };
  const froms: number[] = [];
  for (const { from, to } of failures) {
    froms.push(from);
    const hold = to === undefined ? longest : holdAfter(froms, to, thresholds);
    if (hold.until >= longest.until) longest = hold;
  }
  return longest;
}

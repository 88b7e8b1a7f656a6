/**
 * What is usual for a primary at each hour of the week (in UTC): how many calls come, and which share of them fails. So that a quiet Sunday is
 * no outage, and a Monday morning without calls is one: no failure code ever tells that a carrier has stopped sending.
 *
 * Learnt hour by hour, and carried over from process to process; of an hour that was never seen nothing is claimed, nor of a time in which nobody counted.
 */
import type { HealthThresholds } from '../src/domain/health-policy.ts';

/** Of one hour of the week, as is usual: its calls, the share of them that failed, 0 to 1, and of how many weeks that was learnt. */
export interface UsualHour {
  calls: number;
  failing: number;
  weeks: number;
}

/** By hour of the week, from Thursday 00:00 UTC on, as 1970 began. */
export type UsualWeek = readonly (UsualHour | undefined)[];

export interface CallHabits {
  /** A call came in for the primary, wherever it went then. */
  came(at: number): void;
  failed(at: number): void;
  /** The share of its calls that usually fails at this hour, 0 to 1. */
  usualFailures(now: number): number;
  /** Why calls are missing now; undefined: they are not, or nobody knows what is usual. */
  missing(now: number, thresholds: HealthThresholds['calls']): string | undefined;
  /** What was learnt. */
  readonly usual: UsualWeek;
}

const HOUR_MS = 3_600_000;
export const HOURS_OF_WEEK = 168;
/** How much of what is known the newest week replaces. */
const NEWEST = 0.3;
/** What fails where nothing goes wrong, before anything is learnt: people misdial, radio links break. */
const FIRST_GUESS = 0.02;
/** Calls after which an hour's share of failures is worth learning. */
const ENOUGH_TO_LEARN = 20;
const STRETCH_MS = 300_000;
/** Two hours are looked back on at most: a place that is called less often than that is not missed by this. */
const STRETCHES = 24;

/** `known`: what was learnt before. */
export function createCallHabits(known: UsualWeek = []): CallHabits {
  const usual: (UsualHour | undefined)[] = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => known[hour]);
  /** Calls are counted since then. */
  let countsFrom: number | undefined;
  const lately = Array.from({ length: STRETCHES }, () => ({ stretch: Number.NEGATIVE_INFINITY, calls: 0 }));
  let current = { hour: Number.NEGATIVE_INFINITY, calls: 0, failed: 0 };
  /** The first hour is not whole: it began before anybody counted. */
  let whole = false;

  function learn(): void {
    const { hour, calls, failed } = current;
    if (!whole || !Number.isFinite(hour)) return;
    const place = ((hour % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK;
    const before = usual[place];
    const failing = calls >= ENOUGH_TO_LEARN ? failed / calls : (before?.failing ?? FIRST_GUESS);
    usual[place] = before ? { calls: before.calls + (calls - before.calls) * NEWEST, failing: before.failing + (failing - before.failing) * NEWEST, weeks: before.weeks + 1 } : { calls, failing, weeks: 1 };
  }

  function turnTo(at: number): void {
    countsFrom ??= at;
    const hour = Math.floor(at / HOUR_MS);
    if (hour === current.hour) return;
    learn();
    // After a gap, or when the clock was put back, the hours between are not known and this one is not whole.
    whole = hour === current.hour + 1;
    current = { hour, calls: 0, failed: 0 };
  }

  function expectedIn(from: number, to: number): number | undefined {
    let sum = 0;
    for (let hour = Math.floor(from / HOUR_MS); hour * HOUR_MS < to; hour += 1) {
      const there = usual[((hour % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK];
      if (there === undefined) return undefined;
      sum += (there.calls * (Math.min(to, (hour + 1) * HOUR_MS) - Math.max(from, hour * HOUR_MS))) / HOUR_MS;
    }
    return sum;
  }

  return {
    came(at) {
      turnTo(at);
      current.calls += 1;
      const stretch = Math.floor(at / STRETCH_MS);
      const place = ((stretch % STRETCHES) + STRETCHES) % STRETCHES;
      const there = lately[place];
      lately[place] = { stretch, calls: (there?.stretch === stretch ? there.calls : 0) + 1 };
    },
    failed(at) {
      turnTo(at);
      current.failed += 1;
    },
    usualFailures(now) {
      return usual[((Math.floor(now / HOUR_MS) % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK]?.failing ?? FIRST_GUESS;
    },
    missing(now, { expectedCalls, missingBelowShare }) {
      turnTo(now);
      const last = Math.floor(now / STRETCH_MS);
      let came = 0;
      for (let back = 0; back < STRETCHES; back += 1) {
        const stretch = last - back;
        const there = lately[((stretch % STRETCHES) + STRETCHES) % STRETCHES];
        came += there?.stretch === stretch ? there.calls : 0;
        const from = Math.max(stretch * STRETCH_MS, countsFrom ?? now);
        const expected = expectedIn(from, now);
        if (expected === undefined) return undefined;
        if (expected < expectedCalls) {
          if (from > stretch * STRETCH_MS) return undefined;
          continue;
        }
        return came < expected * missingBelowShare ? `${came} calls in ${Math.round((now - from) / 60_000)} min, where ${Math.round(expected)} are usual` : undefined;
      }
      return undefined;
    },
    usual,
  };
}

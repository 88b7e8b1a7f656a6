/** Whether a subscriber as a whole fails or asks for less, learned from what comes back from it: then it is left alone, tried one at a time, and no notification is to blame. */
import { FAILING_AFTER_KEYS, failingWaitMs, throttledWaitMs } from '../../rules/replay-waits.ts';
import type { Standing } from '../store/backlog-store.ts';
import type { Line } from './lines.ts';

/** How a post failed: `line` is to blame, or not. */
export type Verdict = 'line' | 'excused';

export interface Failure {
  /** When it was sent, milliseconds since 1970. */
  sentAt: number;
  /** There was no answer at all; otherwise it was refused. */
  isUnanswered: boolean;
  /** Others are on their way still. */
  isAlone: boolean;
  why: string;
}

export interface SubscriberHealth {
  /** How many may be on their way: none, one, or any number. */
  room(now: number): number;
  /** For how long it failed, when it did, and since when. */
  succeeded(line: Line, now: number): { since: number; forMs: number } | undefined;
  failed(line: Line, failure: Failure, now: number): Verdict;
  throttled(line: Line, asked: { sentAt: number; why: string; retryAfterMs: number | undefined }, now: number): Verdict;
  /** It cannot be posted to at all. */
  unfit(why: string, now: number): void;
  /** Nothing is sent before this; 0: at once. */
  readonly until: number;
  /** As it is stored. */
  readonly standing: Pick<Standing, 'failingSince' | 'failingUntil' | 'failure'>;
  /** Another number with each change of how it stands, but for a short pause. */
  readonly version: number;
}

/** Who is asked to come later so often while others are taken is to blame for it. */
const MOST_THROTTLES = 5;

/** `lastTakenAt`: when it took something last, milliseconds since 1970, as far as that is known. */
export function createSubscriberHealth(begin: Standing, chance: () => number, lastTakenAt = 0): SubscriberHealth {
  /** Lines that are to blame: refused, while others were taken after that. */
  const bad = new WeakSet<Line>();
  let takenAt = lastTakenAt;
  /** Lines that have failed since the last was taken, and when the first did. */
  const failing = new Set<Line>();
  let firstAt = 0;
  let since = begin.failingSince;
  let until = begin.failingUntil ?? 0;
  let why = begin.failure;
  let throttles = 0;
  let taken = 0;
  /** What was sent before this was on its way when it was left alone. */
  let pausedAt = 0;
  let version = 0;

  /** Others have been taken since it was excused: the fault is its own. */
  function excuse(line: Line, most: number): Verdict {
    const times = (line.excused?.times ?? 0) + (line.excused !== undefined && taken > line.excused.taken ? 1 : 0);
    line.excused = { times, taken };
    return times >= most ? 'line' : 'excused';
  }

  function fail(now: number, because: string): void {
    since ??= firstAt === 0 ? now : firstAt;
    until = now + failingWaitMs(now - since, chance());
    pausedAt = now;
    why = because;
    version += 1;
  }

  return {
    room: (now) => (until > now ? 0 : since === undefined ? Number.POSITIVE_INFINITY : 1),
    succeeded(line, now) {
      taken += 1;
      takenAt = now;
      bad.delete(line);
      throttles = 0;
      if (failing.size > 0) failing.clear();
      firstAt = 0;
      if (since === undefined) return undefined;
      const was = { since, forMs: now - since };
      since = undefined;
      until = 0;
      why = undefined;
      version += 1;
      return was;
    },
    failed(line, { sentAt, isUnanswered, isAlone, why: because }, now) {
      // When nothing is left but what it refuses, that says no more of it than before.
      if (!isUnanswered && (bad.has(line) || takenAt > (line.tried?.since ?? Number.POSITIVE_INFINITY))) {
        bad.add(line);
        return 'line';
      }
      if (since !== undefined) {
        if (sentAt >= pausedAt) fail(now, because);
        return excuse(line, 1);
      }
      if (failing.size === 0) firstAt = sentAt;
      failing.add(line);
      if (!(isUnanswered && isAlone) && failing.size < FAILING_AFTER_KEYS) return 'line';
      const verdict = excuse(line, 1);
      // One that fails while others are taken says nothing of them.
      if (verdict === 'excused' || failing.size >= FAILING_AFTER_KEYS) fail(now, because);
      return verdict;
    },
    throttled(line, { sentAt, why: because, retryAfterMs }, now) {
      if (sentAt >= pausedAt) throttles += 1;
      const waitMs = retryAfterMs ?? (sentAt >= pausedAt ? throttledWaitMs(throttles, chance()) : 0);
      if (waitMs > 0 && now + waitMs > until) {
        until = now + waitMs;
        pausedAt = now;
        why = because;
      }
      return excuse(line, MOST_THROTTLES);
    },
    unfit: (because, now) => fail(now, because),
    get until() {
      return until;
    },
    get standing() {
      return { ...(since === undefined ? {} : { failingSince: since }), ...(until === 0 ? {} : { failingUntil: until }), ...(why === undefined ? {} : { failure: why }) };
    },
    get version() {
      return version;
    },
  };
}

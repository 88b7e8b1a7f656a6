/** Gathers what comes back while one limit holds: from when on it says something of that limit, and how long something waited for its turn. */
import { EMPTY_WINDOW, type BudgetWindow } from '../../rules/replay-budget.ts';

export interface PostResult {
  /** Milliseconds; and how much of that may be this process's own (default nothing). */
  ms: number;
  ownMs?: number;
  well: boolean;
  /** 429, 502, 503, 504. */
  throttled: boolean;
  retryAfterMs?: number;
}

export interface WindowGatherer extends Readonly<Pick<BudgetWindow, 'ms' | 'well'>> {
  /** A new window begins, in so many milliseconds. */
  open(inMs: number): void;
  /** Of what was sent since the limit holds. What comes back fast comes back first: good ones count from when the window begins. */
  add(result: PostResult): void;
  /** Longer than this is as long as this, milliseconds: a few that hang must not speak for all. */
  setLongest(ms: number): void;
  /** Something waits from now on, or nothing any more. */
  waits(some: boolean): void;
  /** What came since the window began, or since it was taken; `ms` since it began in any case. */
  read(): BudgetWindow;
  /** What was read is counted elsewhere from now on. */
  taken(): void;
}

export function createWindowGatherer(steady: () => number): WindowGatherer {
  let window: BudgetWindow = { ...EMPTY_WINDOW };
  let opensAt = steady();
  /** Since when something waits; before the window, or what was taken of it, nothing counts. */
  let waitingSince: number | undefined;
  let countsFrom = opensAt;

  let longest = Number.POSITIVE_INFINITY;

  const lengthAt = (now: number): number => Math.max(0, now - opensAt);
  const waitedUntil = (now: number): number => (waitingSince === undefined ? 0 : Math.max(0, now - Math.max(waitingSince, countsFrom)));

  return {
    open(inMs) {
      window = { ...EMPTY_WINDOW };
      opensAt = steady() + inMs;
      countsFrom = opensAt;
    },
    add({ ms, ownMs = 0, well, throttled, retryAfterMs = 0 }) {
      if (!well) {
        window[throttled ? 'throttled' : 'failed'] += 1;
        window.retryAfterMs = Math.max(window.retryAfterMs, retryAfterMs);
      } else if (steady() >= opensAt) {
        const took = Math.min(ms, longest);
        window.well += 1;
        window.sum += took;
        window.own += Math.min(ownMs, took);
        window.squares += took * took;
      }
    },
    setLongest(ms) {
      longest = ms;
    },
    waits(some) {
      const now = steady();
      window.waitedMs += waitedUntil(now);
      waitingSince = some ? now : undefined;
    },
    read() {
      const now = steady();
      return { ...window, ms: lengthAt(now), waitedMs: window.waitedMs + waitedUntil(now) };
    },
    get ms() {
      return lengthAt(steady());
    },
    get well() {
      return window.well;
    },
    taken() {
      window = { ...EMPTY_WINDOW };
      countsFrom = Math.max(opensAt, steady());
    },
  };
}

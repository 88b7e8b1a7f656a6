/**
 * How many posts may be on their way to a receiver, or to all on one primary, at once? More as long as nothing gets slower by it; as many as it takes without
 * slowing down once it does; fewer as soon as it refuses. Of the latencies alone the receiver's knee is told: beyond it they rise as the posts in flight do, so
 * `posts x best latency / latency` is what it takes (as in TCP Vegas, and Gradient2 of https://github.com/Netflix/concurrency-limits).
 */

/** Of a number of posts: how long they took, milliseconds, and how much that varied. */
export interface Latency {
  ms: number;
  variance: number;
  count: number;
}

/** All that is carried from window to window; plain data, which processes share as JSON. */
export interface ReplayBudget {
  /** Posts in flight at most; `limitOf` has it as a whole number. */
  limit: number;
  /** When nothing of ours waits for anything of ours; undefined: not known yet. */
  best?: Latency;
  /** By this share of itself the limit grows when all is well: twice as much each time. */
  step: number;
  /** It has been met: the limit at which the receiver gets slower, or refuses. */
  isMet: boolean;
  /** The last limit at which all was well, and that was used. */
  good: number;
  /** Nothing is tried for so long, milliseconds. */
  holdMs: number;
  /** After so much holding the best latency is measured anew, milliseconds. */
  dipMs: number;
  /** While it is: the limit to which it goes back. */
  dipFrom?: number;
  /** The latency at which the limit was cut last, and how many cuts in a row changed nothing of it. */
  cutAt?: number;
  vain: number;
  /** Good answers lately: a single refusal among many is not the receiver's. */
  recent: number;
  /** Answers to what was sent before the limit changed say nothing of the new one: after a change so long none is counted, milliseconds. */
  settleMs: number;
  /** Nothing is sent for so long after the change, milliseconds: it was asked for. */
  pauseMs: number;
}

/** What came back while one limit held. */
export interface BudgetWindow {
  /** How long it is, milliseconds; and for how long of it something waited for its turn. */
  ms: number;
  waitedMs: number;
  /** Answers that were good: how many, the sum of how long they took, milliseconds, and the sum of the squares of that. */
  well: number;
  sum: number;
  squares: number;
  /** 429, 502, 503, 504. */
  throttled: number;
  /** All other failures. */
  failed: number;
  /** The longest `Retry-After`, milliseconds. */
  retryAfterMs: number;
}

export const EMPTY_WINDOW: BudgetWindow = { ms: 0, waitedMs: 0, well: 0, sum: 0, squares: 0, throttled: 0, failed: 0, retryAfterMs: 0 };

/** What is not used for so long is forgotten, milliseconds: it begins with one post again. */
export const BUDGET_KEPT_MS = 60_000;

/** Shorter windows say nothing unless posts are refused, milliseconds. */
const SHORTEST_MS = 90;
/** After so long a doubt is settled by what is more likely, milliseconds. */
const PATIENCE_MS = 1000;
/** So much slower than the best is not slower yet. */
const TOLERANCE = 0.04;
/** Standard errors that it must be beyond that: at first, and when patience is over. */
const SURE = 3;
const LIKELY = 1.5;
/** Few samples do not tell how much they vary: as if so many more had varied by this share of their mean. */
const PRIOR_COUNT = 3;
const PRIOR_VARIATION = 0.3;
/** The best latency is an average of the last so many posts that were measured for it. */
const BEST_COUNT = 1000;
/** Of what the receiver takes by the latencies, so much is used. */
const USED_SHARE = 0.96;
/** A cut leaves at least so much. */
const DEEPEST_CUT = 0.3;
/** What is left when posts are refused and no limit is known at which they were not. */
const REFUSED_CUT = 0.7;
/** Refused by the receiver, not by one subscriber or for one notification: from this share on. */
const THROTTLED_SHARE = 0.05;
const FAILED_SHARE = 0.2;
/** Good answers that are remembered for that. */
const RECENT = 200;
/** A limit that was found holds for so long before more is tried, milliseconds. */
const HOLD_MS = 3000;
/** The first step beyond. */
const FIRST_STEP = 0.02;
const DIP_EVERY_MS = 12_000;
const DIP_SHARE = 0.7;
/** Latency that does not fall by more than this when the limit is cut is not of our making; it must not fall so often in a row. */
const VAIN_SHARE = 0.95;
const VAIN_CUTS = 2;
/** An unused limit is half as much after so long, milliseconds, down to what is used and as much again. */
const HALF_LIFE_MS = 30_000;
/** `Retry-After` beyond this is a subscriber's own matter, milliseconds. */
const LONGEST_PAUSE_MS = 30_000;

export const NEW_BUDGET: ReplayBudget = { limit: 1, step: 1, isMet: false, good: 1, holdMs: 0, dipMs: DIP_EVERY_MS, vain: 0, recent: 0, settleMs: 0, pauseMs: 0 };

/** Posts in flight at most. */
export function limitOf({ limit }: ReplayBudget, ceiling: number): number {
  return Math.max(1, Math.min(ceiling, Math.round(limit)));
}

/** So much of a limit, and at least one, is left free by the backlog, for what just happens. */
export const RESERVE_SHARE = 0.1;

export function reserveOf(limit: number): number {
  return limit > 1 ? Math.max(1, Math.floor(limit * RESERVE_SHARE)) : 0;
}

function latencyOf({ well, sum, squares }: BudgetWindow): Latency {
  const ms = sum / well;
  const spread = Math.max(0, squares - well * ms * ms);
  return { ms, variance: (spread + PRIOR_COUNT * (PRIOR_VARIATION * ms) ** 2) / (well + PRIOR_COUNT), count: well };
}

/** The average of both, of which the newer counts more once there are many. */
function pooled(best: Latency | undefined, seen: Latency): Latency {
  if (best === undefined) return seen;
  const count = best.count + seen.count;
  const average = (of: 'ms' | 'variance'): number => (best[of] * best.count + seen[of] * seen.count) / count;
  return { ms: average('ms'), variance: average('variance'), count: Math.min(count, BEST_COUNT) };
}

/** Standard error of the difference, milliseconds. */
const errorOf = (one: Latency, other: Latency): number => Math.sqrt(one.variance / one.count + other.variance / other.count);

/** Does the receiver refuse, and not one subscriber, or one notification? Then nobody waits for the end of the window. */
export function isRefused({ recent }: Pick<ReplayBudget, 'recent'>, { well, throttled, failed }: BudgetWindow): boolean {
  const all = recent + well + throttled + failed;
  return throttled > THROTTLED_SHARE * all || (failed > FAILED_SHARE * all && failed > 2);
}

/** The limit is another, or what holds for it: what was begun before is not counted for it. */
function changed(budget: ReplayBudget, change: Partial<ReplayBudget>, ms: number | undefined): ReplayBudget {
  return { ...budget, pauseMs: 0, ...change, settleMs: 1.25 * (ms ?? 0) };
}

function afterRefusal(budget: ReplayBudget, { retryAfterMs }: BudgetWindow, limit: number): ReplayBudget {
  const lower = Math.max(1, limit > budget.good ? budget.good : limit * REFUSED_CUT);
  const { dipFrom: _dip, cutAt: _cut, ...rest } = budget;
  return changed(rest, { limit: lower, good: lower, step: FIRST_STEP, isMet: true, holdMs: HOLD_MS, vain: 0, recent: 0, pauseMs: Math.min(retryAfterMs, LONGEST_PAUSE_MS) }, budget.best?.ms);
}

function afterSlower(budget: ReplayBudget, seen: Latency, best: Latency, limit: number): ReplayBudget {
  const { dipFrom: _dip, cutAt, ...rest } = budget;
  const vain = cutAt !== undefined && seen.ms >= VAIN_SHARE * cutAt ? budget.vain + 1 : 0;
  // With one post at a time nothing of ours waits for ours; nor does it when fewer change nothing: it is slower by itself.
  if (limit === 1 || vain >= VAIN_CUTS) return changed(rest, { best: seen, step: FIRST_STEP * 8, isMet: false, vain: 0, holdMs: 0 }, seen.ms);
  const lower = Math.max(1, limit * USED_SHARE * Math.max(DEEPEST_CUT, best.ms / seen.ms));
  return changed(rest, { limit: lower, good: Math.min(budget.good, lower), step: FIRST_STEP, isMet: true, holdMs: HOLD_MS, cutAt: seen.ms, vain }, seen.ms);
}

/** All is well, and the limit is what limits. */
function afterGood(budget: ReplayBudget, { ms }: BudgetWindow, limit: number, ceiling: number, seen: Latency): ReplayBudget {
  const { dipFrom, cutAt: _cut, ...rest } = budget;
  if (dipFrom !== undefined) return changed(rest, { limit: dipFrom, vain: 0 }, seen.ms);
  const holdMs = Math.max(0, budget.holdMs - ms);
  if (holdMs > 0) {
    const dipMs = budget.dipMs - ms;
    const held = { ...rest, good: limit, vain: 0, holdMs, pauseMs: 0, settleMs: 0 };
    if (dipMs > 0 || Math.round(limit * DIP_SHARE) === limit) return { ...held, dipMs };
    return changed(held, { limit: limit * DIP_SHARE, dipFrom: budget.limit, dipMs: DIP_EVERY_MS }, seen.ms);
  }
  const limitNow = Math.min(ceiling, budget.limit * (1 + budget.step));
  const grown = { good: limit, vain: 0, holdMs, limit: limitNow, step: Math.min(1, 2 * budget.step) };
  return Math.round(limitNow) === limit ? { ...rest, ...grown, pauseMs: 0, settleMs: 0 } : changed(rest, grown, seen.ms);
}

function afterUnused(budget: ReplayBudget, { ms, sum }: BudgetWindow): ReplayBudget {
  const inUse = sum / ms;
  const lower = Math.max(Math.min(budget.limit, 2 * inUse + 1), budget.limit * 0.5 ** (ms / HALF_LIFE_MS));
  const { dipFrom, cutAt: _cut, ...rest } = budget;
  return { ...rest, limit: dipFrom ?? lower, vain: 0, holdMs: Math.max(0, budget.holdMs - ms), pauseMs: 0, settleMs: 0 };
}

/**
 * The next budget, and a new window begins; undefined when more must be seen. Asked every 100 ms, and at once at a refusal.
 * `ceiling`: never more than so many in flight.
 */
export function nextBudget(budget: ReplayBudget, window: BudgetWindow, ceiling: number): ReplayBudget | undefined {
  const limit = limitOf(budget, ceiling);
  if (isRefused(budget, window)) return afterRefusal(budget, window, limit);
  if (window.ms < SHORTEST_MS || (window.well === 0 && window.ms < PATIENCE_MS)) return undefined;
  const recent = Math.min(RECENT, Math.round(budget.recent / 2) + window.well);
  if (window.well === 0) return window.throttled + window.failed > 0 || window.waitedMs > 0 ? undefined : afterUnused({ ...budget, recent }, window);
  const seen = latencyOf(window);
  const best = budget.best ?? seen;
  const error = (window.ms < PATIENCE_MS ? SURE : LIKELY) * errorOf(seen, best);
  const isSlower = seen.ms > best.ms * (1 + TOLERANCE);
  if (isSlower && seen.ms - error > best.ms * (1 + TOLERANCE)) return afterSlower({ ...budget, recent }, seen, best, limit);
  // Perhaps it is, perhaps it is chance: more will tell.
  if (window.ms < PATIENCE_MS && (isSlower || error > best.ms)) return undefined;
  const isFaster = seen.ms + error < best.ms * (1 - TOLERANCE);
  const isClean = limit === 1 || !budget.isMet || budget.dipFrom !== undefined;
  const known = { ...budget, recent, best: isFaster ? seen : isClean ? pooled(budget.best, seen) : best };
  if (window.waitedMs < window.ms / 2) return afterUnused(known, window);
  return afterGood(known, window, limit, ceiling, seen);
}

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
  /** By this share of itself the limit grows when all is well: by more each time. */
  step: number;
  /** It has been met: the limit at which the receiver gets slower, or refuses. */
  isMet: boolean;
  /** The last limit at which all was well, and that was used. */
  good: number;
  /** Nothing is tried for so long, milliseconds. */
  holdMs: number;
  /** For so long it was not used, milliseconds. */
  unusedMs: number;
  /** After so much holding the best latency is measured anew, milliseconds. */
  dipMs: number;
  /** While it is: the limit to which it goes back. */
  dipFrom?: number;
  /** The latency at which the limit was cut last, and how many cuts in a row changed nothing of it. */
  cutAt?: number;
  vain: number;
  /** It was slower once: the next window tells whether that was chance. */
  isDoubted?: true;
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
  /** How much of that sum may be the time of those who post, milliseconds: they were busy when the answer came, or were not connected yet. */
  own: number;
  /** 429, 502, 503, 504. */
  throttled: number;
  /** All other failures. */
  failed: number;
  /** The longest `Retry-After`, milliseconds. */
  retryAfterMs: number;
}

export const EMPTY_WINDOW: BudgetWindow = { ms: 0, waitedMs: 0, well: 0, sum: 0, squares: 0, own: 0, throttled: 0, failed: 0, retryAfterMs: 0 };

/** What is not used for so long is forgotten, milliseconds: it begins with one post again. */
export const BUDGET_KEPT_MS = 60_000;

/** Shorter windows say nothing unless posts are refused, milliseconds. */
const SHORTEST_MS = 90;
/**
 * Shorter ones say enough for the next step of a limit at which nothing was ever slower, once there are so many answers, and so many for each post in flight, after at least so long, milliseconds,
 * if they leave the latency uncertain by no more than this share of the best.
 */
const ROUND = { answers: 4, perPost: 2, ms: 30, error: 0.4 };
/** No post takes less, milliseconds: there is something to compare with. */
const SHORTEST_POST_MS = 0.001;
/** After so long a doubt is settled by what is more likely, milliseconds. */
const PATIENCE_MS = 700;
const PATIENCE_ROUNDS = 4;
/** So much slower than the best is not slower yet. */
const TOLERANCE = 0.04;
/** So many times the best latency is counted as no more than that. */
const OUTLIER = 3;
/** When a post hangs, milliseconds, and in times of the best latency. */
const HANGS_MS = { unknown: 5000, atLeast: 2000 };
const HANGS_TIMES = 10;
/** Standard errors that it must be beyond that: at first, and when patience is over. */
const SURE = 3;
const LIKELY = 2;
const DOUBT = 1.5;
/** Slower by less than this must be so twice in a row, but for what is tried beyond a limit that was met: what stands still for a moment, there or here, makes all of a window slower. */
const PLAINLY_SLOWER = 1.5;
/** Few samples do not tell how much they vary: as if so many more had varied as those of the best did, or by this share of their mean. */
const PRIOR_COUNT = 5;
const PRIOR_VARIATION = 0.3;
/** The best latency is an average of about the last so many posts that were measured for it. */
const BEST_COUNT = 300;
/** Before it is an average of so many, all that was measured at a limit that is held counts. */
const WELL_KNOWN = 200;
/** Where more than this share of a latency may be our own time, it says little of the best one. */
const OWN_SHARE = 0.1;
/** Fewer do not prove that it is better than was thought. */
const FEW = 10;
/** Of what the receiver takes by the latencies, so much is left alone. */
const SPARE_SHARE = 0.04;
/** A cut leaves at least so much. */
const DEEPEST_CUT = 0.3;
/** What is left when posts are refused and no limit is known at which they were not. */
const REFUSED_CUT = 0.85;
/** Refused by the receiver, not by one subscriber or for one notification: from this share on. */
const THROTTLED_SHARE = 0.05;
const FAILED_SHARE = 0.2;
/** Good answers that are remembered for that. */
const RECENT = 200;
/** A limit that was found holds for so long before more is tried, milliseconds. */
const HOLD_MS = 3000;
const DOUBT_MS = 1000;
/** From so many in flight on it grows by no more than this share of itself: a knee shows only beyond it, and twice as many would be far beyond. */
const MANY = { limit: 16, step: 0.5 };
/** From so many in flight on, slower by this share, give or take a standard error, may be the knee: twice as many would be far beyond it, so the next step is no more than this. */
const NEAR = { limit: 8, share: 0.02, step: 0.25 };
/** The first step beyond, and how much larger the next one is. */
const STEP_GROWTH = 1.5;
const FIRST_STEP = 0.02;
const DIP_EVERY_MS = 12_000;
const DIP_SHARE = 0.7;
/** Latency that does not fall by more than this when the limit is cut is not of our making; it must not fall so often in a row. */
const VAIN_SHARE = 0.95;
const VAIN_CUTS = 2;
/** An unused limit is half as much after so long, milliseconds, down to what is used and as much again. */
const HALF_LIFE_MS = 30_000;
/** What was met is forgotten when a limit was not used for so long, milliseconds; then it grows by this share of itself at first. */
const FORGOTTEN_MS = 10_000;
const STEP_AGAIN = 0.25;
/** A ceiling of which so much is in use is used up. */
const FULL_SHARE = 0.9;
/** `Retry-After` beyond this is a subscriber's own matter, milliseconds. */
const LONGEST_PAUSE_MS = 30_000;

export const NEW_BUDGET: ReplayBudget = { limit: 1, step: 1, isMet: false, good: 1, holdMs: 0, unusedMs: 0, dipMs: DIP_EVERY_MS, vain: 0, recent: 0, settleMs: 0, pauseMs: 0 };

/** Posts in flight at most. */
export function limitOf({ limit }: ReplayBudget, ceiling: number): number {
  return Math.max(1, Math.min(ceiling, Math.round(limit)));
}

/** So much of a limit, and at least one, is left free by the backlog, for what just happens. */
export const RESERVE_SHARE = 0.1;

export function reserveOf(limit: number): number {
  return limit > 1 ? Math.max(1, Math.floor(limit * RESERVE_SHARE)) : 0;
}

/** A latency beyond this counts as this, milliseconds. */
export function longestOf({ best }: Pick<ReplayBudget, 'best'>): number {
  return best === undefined ? Number.POSITIVE_INFINITY : OUTLIER * best.ms;
}

/** A post that takes longer than this hangs, milliseconds: it counts as failed, and others need not wait for it. */
export function hangsAfterMs({ best }: Pick<ReplayBudget, 'best'>): number {
  return best === undefined ? HANGS_MS.unknown : Math.max(HANGS_MS.atLeast, HANGS_TIMES * best.ms);
}

function latencyOf({ well, sum, squares }: BudgetWindow, best: Latency | undefined): Latency {
  const ms = Math.max(SHORTEST_POST_MS, sum / well);
  const spread = Math.max(0, squares - well * ms * ms);
  const variation = best ? best.variance / best.ms ** 2 : PRIOR_VARIATION ** 2;
  return { ms, variance: (spread + PRIOR_COUNT * variation * ms ** 2) / (well + PRIOR_COUNT), count: well };
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

/** Nothing was slower at any limit so far, and so many answers have come that it may grow again: nobody waits for the end of the window. */
export function isRoundOver({ limit, step, isMet }: Pick<ReplayBudget, 'limit' | 'step' | 'isMet'>, window: Pick<BudgetWindow, 'ms' | 'well'>, ceiling: number): boolean {
  return step === 1 && !isMet && limit < ceiling && window.well >= Math.max(ROUND.answers, ROUND.perPost * limit) && window.ms >= ROUND.ms;
}

/** The limit is another, or what holds for it: what was begun before is not counted for it. */
function changed(budget: ReplayBudget, change: Partial<ReplayBudget>, ms: number | undefined): ReplayBudget {
  return { ...budget, pauseMs: 0, ...change, settleMs: 1.25 * (ms ?? 0) };
}

/** A little less than is taken; of a few, each counts. */
const sparing = (taken: number): number => Math.max(1, taken - Math.floor(taken * SPARE_SHARE));

function afterRefusal(budget: ReplayBudget, { retryAfterMs }: BudgetWindow, limit: number): ReplayBudget {
  const lower = Math.max(1, limit > Math.round(budget.good) ? budget.good : limit * REFUSED_CUT);
  const { dipFrom: _dip, cutAt: _cut, ...rest } = budget;
  return changed(rest, { limit: lower, good: lower, step: FIRST_STEP, isMet: true, holdMs: HOLD_MS, vain: 0, recent: 0, pauseMs: Math.min(retryAfterMs, LONGEST_PAUSE_MS) }, budget.best?.ms);
}

function afterSlower(budget: ReplayBudget, seen: Latency, best: Latency, limit: number): ReplayBudget {
  const { dipFrom: _dip, cutAt, ...rest } = budget;
  const vain = cutAt !== undefined && seen.ms >= VAIN_SHARE * cutAt ? budget.vain + 1 : 0;
  // With one post at a time nothing of ours waits for ours; nor does it when fewer change nothing: it is slower by itself.
  if (limit === 1 || vain >= VAIN_CUTS) return changed(rest, { best: seen, step: Math.max(budget.step, FIRST_STEP * 8), isMet: false, vain: 0, holdMs: 0 }, seen.ms);
  const lower = sparing(limit * Math.max(DEEPEST_CUT, best.ms / seen.ms));
  return changed(rest, { limit: lower, good: Math.min(budget.good, lower), step: FIRST_STEP, isMet: true, holdMs: HOLD_MS, cutAt: seen.ms, vain }, seen.ms);
}

/** All is well, and the limit is what limits; `isNear`: but it may be the knee. */
function afterGood(budget: ReplayBudget, { ms }: BudgetWindow, limit: number, ceiling: number, seen: Latency, isNear: boolean): ReplayBudget {
  const { dipFrom, cutAt: _cut, ...rest } = budget;
  if (dipFrom !== undefined) return changed(rest, { limit: dipFrom, vain: 0 }, seen.ms);
  const holdMs = Math.max(0, budget.holdMs - ms);
  if (holdMs > 0) {
    const dipMs = budget.dipMs - ms;
    const held = { ...rest, good: limit, vain: 0, holdMs, pauseMs: 0, settleMs: 0 };
    if (dipMs > 0 || Math.round(limit * DIP_SHARE) === limit) return { ...held, dipMs };
    return changed(held, { limit: limit * DIP_SHARE, dipFrom: budget.limit, dipMs: DIP_EVERY_MS }, seen.ms);
  }
  const step = isNear ? Math.min(NEAR.step, budget.step) : budget.step;
  // The step that is kept is the whole one: short windows are enough as long as nothing was ever slower (isRoundOver).
  const limitNow = Math.min(ceiling, budget.limit * (1 + (limit < MANY.limit ? step : Math.min(MANY.step, step))));
  const grown = { good: limit, vain: 0, holdMs, limit: limitNow, step: Math.min(1, STEP_GROWTH * step) };
  return Math.round(limitNow) === limit ? { ...rest, ...grown, pauseMs: 0, settleMs: 0 } : changed(rest, grown, seen.ms);
}

/** Nearly all of the ceiling is in use: whether anything waits for its turn says no more then. */
const isFull = ({ ms, sum }: BudgetWindow, ceiling: number): boolean => sum / ms > FULL_SHARE * ceiling;

function afterUnused(budget: ReplayBudget, { ms, sum }: BudgetWindow): ReplayBudget {
  const inUse = sum / ms;
  const lower = Math.max(Math.min(budget.limit, 2 * inUse + 1), budget.limit * 0.5 ** (ms / HALF_LIFE_MS));
  const { dipFrom, cutAt: _cut, ...rest } = budget;
  const unusedMs = budget.unusedMs + ms;
  const forgotten = unusedMs < FORGOTTEN_MS ? {} : { isMet: false, step: Math.max(budget.step, STEP_AGAIN) };
  return { ...rest, ...forgotten, unusedMs, limit: dipFrom ?? lower, vain: 0, holdMs: Math.max(0, budget.holdMs - ms), pauseMs: 0, settleMs: 0 };
}

/**
 * The next budget, and a new window begins; undefined when more must be seen. Asked every 100 ms, and at once at a refusal or when a round is over.
 * `ceiling`: never more than so many in flight.
 */
export function nextBudget(before: ReplayBudget, window: BudgetWindow, ceiling: number): ReplayBudget | undefined {
  const { isDoubted = false, ...budget } = before;
  const limit = limitOf(budget, ceiling);
  if (isRefused(budget, window)) return afterRefusal(budget, window, limit);
  if ((window.ms < SHORTEST_MS && !isRoundOver(budget, window, ceiling)) || (window.well === 0 && window.ms < PATIENCE_MS)) return undefined;
  const recent = Math.min(RECENT, Math.round(budget.recent / 2) + window.well);
  if (window.well === 0) return window.throttled + window.failed > 0 || window.waitedMs > 0 ? undefined : afterUnused({ ...budget, recent }, window);
  const seen = latencyOf(window, budget.best);
  const best = budget.best ?? seen;
  const error = errorOf(seen, best);
  if (window.ms < SHORTEST_MS && SURE * error > ROUND.error * best.ms) return undefined;
  const own = window.own / window.well;
  /** What the receiver took at least: it is not to blame for more. */
  const its = seen.ms - own;
  const most = best.ms * (1 + TOLERANCE);
  const isPatient = window.ms < Math.max(PATIENCE_MS, PATIENCE_ROUNDS * best.ms);
  /** By so many standard errors it is slower than is tolerated. */
  const sure = (its - most) / error;
  const isSlower = sure > (isPatient ? SURE : LIKELY);
  if (isSlower && isPatient && !isDoubted && (limit <= budget.good || !budget.isMet) && its < PLAINLY_SLOWER * best.ms) return { ...budget, recent, isDoubted: true, settleMs: 0, pauseMs: 0 };
  if (isSlower) return afterSlower({ ...budget, recent }, { ...seen, ms: Math.max(most, its - error) }, best, limit);
  if (sure > DOUBT && budget.isMet) {
    // Who tries more than what was well does not stay there until it is certain.
    if (budget.holdMs === 0 && limit > budget.good) return changed({ ...budget, recent }, { limit: sparing(budget.good), step: Math.max(FIRST_STEP, budget.step / 4), holdMs: DOUBT_MS }, seen.ms);
    if (isPatient) return undefined;
  }
  // What is held is looked at closely; what is tried need not be known to the percent.
  if (isPatient && SURE * error > best.ms * (budget.holdMs > 0 ? 2 * TOLERANCE : 1)) return undefined;
  const isFaster = seen.count >= FEW && seen.ms + SURE * error < best.ms * (1 - TOLERANCE);
  const isTelling = own <= OWN_SHARE * seen.ms || best.count < FEW;
  const isClean = isTelling && sure < DOUBT && (limit === 1 || !budget.isMet || budget.dipFrom !== undefined || (budget.holdMs > 0 && best.count < WELL_KNOWN));
  const known = { ...budget, recent, best: isFaster ? seen : isClean ? pooled(budget.best, seen) : best };
  if (window.waitedMs < window.ms / 2 && !(limit === ceiling && isFull(window, ceiling))) return afterUnused(known, window);
  const isNear = limit >= NEAR.limit && its - error > best.ms * (1 + NEAR.share);
  return afterGood({ ...known, unusedMs: 0 }, window, limit, ceiling, seen, isNear);
}

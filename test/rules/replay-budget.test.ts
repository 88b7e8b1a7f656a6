/** How many posts may be on their way at once. What becomes of receivers by it is in test/backlog/budget-plants.test.ts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_WINDOW, isRoundOver, limitOf, NEW_BUDGET, nextBudget, reserveOf, type BudgetWindow, type ReplayBudget } from '../../rules/replay-budget.ts';

/** All answers took the same. */
const answers = (well: number, each: number, more: Partial<BudgetWindow> = {}): BudgetWindow => ({ ...EMPTY_WINDOW, ms: 100, waitedMs: 100, well, sum: well * each, squares: well * each * each, ...more });
const KNOWN: ReplayBudget = { ...NEW_BUDGET, limit: 100, good: 100, isMet: true, step: 0.02, holdMs: 2000, recent: 200, best: { ms: 20, variance: 0.1, count: 300 } };
const next = (budget: ReplayBudget, window: BudgetWindow, ceiling = 200): ReplayBudget => nextBudget(budget, window, ceiling) ?? budget;

describe('a budget grows', () => {
  it('from one post, twice as many each time, and by half from 16 on, as long as nothing gets slower and the limit is what limits', () => {
    const limits: number[] = [];
    for (let budget = NEW_BUDGET; limits.length < 12; budget = next(budget, answers(50, 20))) limits.push(limitOf(budget, 200));
    expect(limits).toEqual([1, 2, 4, 8, 16, 24, 36, 54, 81, 122, 182, 200]);
  });

  it('without waiting for the end of a window once two answers for each post are alike, unless something was met or it is as high as it may be', () => {
    const doubling: ReplayBudget = { ...NEW_BUDGET, limit: 8, good: 4, best: { ms: 10, variance: 1, count: 20 } };
    const round = answers(16, 10, { ms: 30, waitedMs: 30 });
    expect(isRoundOver(doubling, round, 200)).toBe(true);
    expect(nextBudget(doubling, round, 200)?.limit).toBe(16);
    for (const fewer of [answers(15, 10, { ms: 30, waitedMs: 30 }), answers(16, 10, { ms: 29, waitedMs: 29 }), answers(16, 10, { ms: 30, waitedMs: 30, squares: 16 * 10 * 10 * 2 })]) expect(nextBudget(doubling, fewer, 200)).toBeUndefined();
    for (const other of [{ isMet: true }, { step: 0.25 }, { limit: 200 }]) expect(nextBudget({ ...doubling, ...other }, answers(400, 10, { ms: 30, waitedMs: 30 }), 200)).toBeUndefined();
    // What gets slower is seen as fast.
    expect(limitOf(next(doubling, answers(16, 20, { ms: 30, waitedMs: 30 })), 200)).toBe(4);
  });

  it('by a quarter where it is a little slower than at its best, which may be the knee, unless that is chance or the time of who posts', () => {
    const doubling: ReplayBudget = { ...NEW_BUDGET, limit: 60, good: 30, best: { ms: 50, variance: 1, count: 200 } };
    expect(next(doubling, answers(100, 51.5))).toMatchObject({ limit: 75, isMet: false });
    expect(next({ ...doubling, limit: 7 }, answers(100, 51.5)).limit).toBe(14);
    for (const well of [answers(100, 50.9), answers(100, 51.5, { squares: 100 * 51.5 * 51.5 * 1.1 }), answers(100, 51.5, { own: 100 })]) expect(next(doubling, well).limit).toBe(90);
  });

  it('not while nothing waits for its turn: then it falls, to what is used and as much again', () => {
    let budget: ReplayBudget = { ...KNOWN, holdMs: 0 };
    for (let at = 0; at < 3000; at += 1) budget = next(budget, answers(10, 20, { waitedMs: 10 }));
    // Ten of 20 ms in 100 ms: two at once.
    expect(limitOf(budget, 200)).toBe(5);
  });

  it('counts as used when nothing waits for its turn because all of the ceiling is in use', () => {
    const held: ReplayBudget = { ...KNOWN, limit: 50, good: 50 };
    expect(next(held, answers(250, 20, { waitedMs: 0 }), 50)).toMatchObject({ limit: 50, unusedMs: 0 });
    expect(next(held, answers(200, 20, { waitedMs: 0 }), 50)).toMatchObject({ unusedMs: 100 });
    expect(next(held, answers(250, 20, { waitedMs: 0 }), 51)).toMatchObject({ unusedMs: 100 });
  });

  it('by small steps, and larger ones, beyond what it was cut to, once that was held for a while', () => {
    const limits: number[] = [];
    for (let budget = { ...KNOWN, holdMs: 150 }; limits.length < 7; budget = next(budget, answers(500, 20))) limits.push(limitOf(budget, 200));
    expect(limits).toEqual([100, 100, 102, 105, 110, 117, 129]);
  });
});

describe('a budget that was not used for a while', () => {
  it('grows by larger steps when it is used again: what it met may be gone', () => {
    let budget: ReplayBudget = { ...KNOWN, limit: 8, good: 8, holdMs: 0 };
    for (let at = 0; at < 99; at += 1) budget = next(budget, answers(20, 20, { waitedMs: 10 }));
    expect(next(budget, answers(30, 20)).limit).toBeLessThan(8.2);
    budget = next(budget, answers(20, 20, { waitedMs: 10 }));
    const limits: number[] = [];
    for (; limits.length < 6; budget = next(budget, answers(200, 20))) limits.push(limitOf(budget, 200));
    expect(limits).toEqual([8, 10, 14, 21, 32, 48]);
  });
});

describe('a budget is cut', () => {
  it('to what is taken without waiting when latency rises, a little less', () => {
    expect(limitOf(next(KNOWN, answers(500, 40)), 200)).toBe(48);
  });

  it('not by what chance explains', () => {
    const window = { ...answers(20, 22), squares: 20 * 22 * 22 * 2 };
    expect(nextBudget({ ...KNOWN, best: { ms: 20, variance: 400, count: 300 } }, window, 200)).toBeUndefined();
  });

  it('not by what is the time of who posts, nor is that the best latency of the receiver', () => {
    const busy = answers(500, 40, { own: 500 * 20 });
    expect(next(KNOWN, busy)).toMatchObject({ limit: 100, best: KNOWN.best });
    expect(limitOf(next({ ...KNOWN, holdMs: 0 }, busy), 200)).toBe(102);
    expect(next({ ...KNOWN, isMet: false }, busy).best).toEqual(KNOWN.best);
    // What is more than that is the receiver's.
    expect(limitOf(next(KNOWN, answers(500, 60, { own: 500 * 20 })), 200)).toBe(48);
  });

  it('not by one slower window at a limit at which all was well, if it is little slower: by the second in a row', () => {
    const [slower, well] = [answers(500, 25), answers(500, 20)];
    expect(limitOf(next(KNOWN, slower), 200)).toBe(100);
    expect(limitOf(next(next(KNOWN, slower), slower), 200)).toBe(77);
    expect(limitOf(next(next(next(KNOWN, slower), well), slower), 200)).toBe(100);
    // Nor by one while it only grew: what is new, here or there, is slower at first.
    expect(limitOf(next({ ...KNOWN, good: 50, isMet: false }, slower), 200)).toBe(100);
    expect(limitOf(next(next({ ...KNOWN, good: 50, isMet: false }, slower), slower), 200)).toBe(77);
    // Beyond it, it is what was to be found out.
    expect(limitOf(next({ ...KNOWN, good: 98 }, slower), 200)).toBe(77);
  });

  it('to the last limit at which all was well when more is refused, and by a share below that', () => {
    const tried = { ...KNOWN, limit: 110, good: 96 };
    const refused = answers(100, 20, { throttled: 40, ms: 5 });
    expect(limitOf(next(tried, refused), 200)).toBe(96);
    expect(limitOf(next(next(tried, refused), refused), 200)).toBe(82);
  });

  it('by no single refusal, nor single failures, among many answers', () => {
    expect(limitOf(next(KNOWN, answers(100, 20, { throttled: 5, failed: 20 })), 200)).toBe(100);
    expect(limitOf(next(KNOWN, answers(10, 20, { failed: 80 })), 200)).toBeLessThan(100);
  });

  it('and pauses as long as was asked for, at most half a minute', () => {
    expect(next(KNOWN, answers(0, 0, { throttled: 40, retryAfterMs: 2500 })).pauseMs).toBe(2500);
    expect(next(KNOWN, answers(0, 0, { throttled: 40, retryAfterMs: 3_600_000 })).pauseMs).toBe(30_000);
  });
});

describe('the best latency', () => {
  it('is another when cuts change nothing: the receiver has become slower by itself', () => {
    let budget = KNOWN;
    for (let at = 0; at < 3; at += 1) budget = next(budget, answers(500, 40));
    expect(budget.best?.ms).toBeCloseTo(40, 0);
    expect(budget.isMet).toBe(false);
  });

  it('is that of one post at a time', () => {
    expect(next({ ...KNOWN, limit: 1, good: 1 }, answers(50, 70)).best?.ms).toBeCloseTo(70, 0);
  });

  it('is looked at now and then with fewer posts, for one window', () => {
    const dip = next({ ...KNOWN, dipMs: 50 }, answers(500, 20));
    expect(limitOf(dip, 200)).toBe(70);
    expect(limitOf(next(dip, answers(350, 18)), 200)).toBe(100);
    expect(next(dip, answers(350, 18)).best?.ms).toBe(18);
  });
});

describe('the backlog', () => {
  it('leaves a tenth of the limit free for what just happens, at least one of two', () => {
    expect([1, 2, 9, 10, 20, 105].map(reserveOf)).toEqual([0, 1, 1, 1, 2, 10]);
  });
});

const anyWindow = fc.record({ ms: fc.double({ min: 0, max: 20_000, noNaN: true }), waits: fc.boolean(), well: fc.nat(3000), each: fc.double({ min: 0, max: 30_000, noNaN: true }), spread: fc.double({ min: 1, max: 20, noNaN: true }), own: fc.double({ min: 0, max: 1, noNaN: true }), throttled: fc.nat(50), failed: fc.nat(50), retryAfterMs: fc.nat(100_000) });

describe('whatever comes back', () => {
  it('the limit is between one and the ceiling, is not raised by refusals, and all of the budget survives being written down', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { maxLength: 60 }), fc.integer({ min: 1, max: 500 }), (windows, ceiling) => {
        let budget = NEW_BUDGET;
        for (const { ms, waits, well, each, spread, own, throttled, failed, retryAfterMs } of windows) {
          const seen = { ms, waitedMs: waits ? ms : 0, well, sum: well * each, squares: well * each * each * spread, own: well * each * own, throttled, failed, retryAfterMs };
          const following = next(budget, seen, ceiling);
          expect(Number.isFinite(following.limit)).toBe(true);
          expect(limitOf(following, ceiling)).toBeGreaterThanOrEqual(1);
          expect(limitOf(following, ceiling)).toBeLessThanOrEqual(ceiling);
          if (throttled > well + failed + budget.recent) expect(limitOf(following, ceiling)).toBeLessThanOrEqual(limitOf(budget, ceiling));
          if (!waits && budget.dipFrom === undefined) expect(limitOf(following, ceiling)).toBeLessThanOrEqual(limitOf(budget, ceiling));
          expect(JSON.parse(JSON.stringify(following))).toEqual(following);
          budget = following;
        }
      }),
      { numRuns: 100 },
    );
  });
});

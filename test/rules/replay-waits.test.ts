/** What flows to a subscriber, and how long it is left alone. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { replayFlow } from '../../rules/replay-flow.ts';
import { failingWaitMs, isGivenUp, PAUSE_AFTER_THROTTLED, retryWaitMs, throttledWaitMs } from '../../rules/replay-waits.ts';

test('everything flows to what is up or part of nothing, what happens now to what has trouble, nothing to what is down', () => {
  expect([undefined, 'up', 'degraded', 'recovering', 'down'].map((is) => replayFlow(is === undefined ? undefined : { is: is as 'up' }))).toEqual(['all', 'all', 'live', 'live', 'none']);
});

test('a wait begins at a second or half of it, doubles, and is at most five minutes for a notification and one for a subscriber', () => {
  expect([1, 2, 3].map((tries) => [retryWaitMs(tries, 0), retryWaitMs(tries, 1)])).toEqual([[500, 1000], [1000, 2000], [2000, 4000]]);
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, chance) => {
    for (const [wait, longest] of [[retryWaitMs, 300_000], [failingWaitMs, 60_000]] as const) {
      expect(wait(tries, chance)).toBeGreaterThanOrEqual(500);
      expect(wait(tries, chance)).toBeLessThanOrEqual(longest);
      expect(wait(tries + 1, chance)).toBeGreaterThanOrEqual(wait(tries, chance));
    }
  }), { numRuns: 200 });
});

test('who asks for less again and again is left alone, longer and longer', () => {
  expect(throttledWaitMs(PAUSE_AFTER_THROTTLED - 1, 1)).toBe(0);
  expect([0, 1, 2].map((more) => throttledWaitMs(PAUSE_AFTER_THROTTLED + more, 1))).toEqual([100, 200, 400]);
  expect(throttledWaitMs(1000, 1)).toBe(60_000);
});

test('what is refused is given up when it has been tried for as long as is set', () => {
  expect(isGivenUp(1_000_000, 1_059_999, 60)).toBe(false);
  expect(isGivenUp(1_000_000, 1_060_000, 60)).toBe(true);
});

/** When probes are due, whether we are cut off, and where a probe may not go. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { proofSince } from '../../rules/own-network.ts';
import { afterClaim, claimHoldsMs, isDoubtful, NEW_PACE, placeInInterval, untilNextTurn } from '../../rules/probe-pace.ts';

test('it is in doubt until so many claims in a row were the same', () => {
  let pace = NEW_PACE;
  const doubts = (['up', 'up', 'up', 'up', 'down', 'up', 'up', 'up'] as const).map((claim) => {
    pace = afterClaim(pace, claim);
    return isDoubtful(pace, 3);
  });
  expect(doubts).toEqual([true, true, false, false, true, true, true, false]);
});

test('places are spread evenly, however many there are and wherever they start', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (count, start) => {
      const places = Array.from({ length: count }, (_, nth) => placeInInterval(nth, start)).sort((one, other) => one - other);
      for (const [at, place] of places.entries()) {
        expect(place >= 0 && place < 1).toBe(true);
        // No gap of three times the share: golden multiples leave three lengths of gaps, the longest below 2.62 times the shortest.
        if (at > 0) expect(place - (places[at - 1] ?? 0)).toBeLessThan(3 / count);
      }
    }),
    { numRuns: 50 },
  );
});

test('turns come once an interval, near their place, and never twice for being early', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 3_600_000 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.double({ min: 0, max: 1e9, noNaN: true }), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 20 }), (everyMs, place, start, chances) => {
      let now = start;
      const turns = chances.map((chance) => (now += untilNextTurn({ now, everyMs, place, chance })));
      turns.forEach((turn, at) => {
        const off = (turn / everyMs - place) % 1;
        expect(Math.min(Math.abs(off), 1 - Math.abs(off))).toBeLessThan(0.0501);
        if (at > 0) expect(Math.abs(turn - (turns[at - 1] ?? 0) - everyMs)).toBeLessThanOrEqual(0.1001 * everyMs);
      });
    }),
  );
});

test('a claim outlives two turns that tell nothing', () => {
  expect(claimHoldsMs(2000, 1000)).toBe(9000);
});

test.each([
  [[], 5, 'unproven'],
  [[5], 5, 'proven'],
  [[4], 5, 'cut-off'],
  [[undefined], 0, 'cut-off'],
  [[undefined, 6], 5, 'proven'],
  [[4, 4, 6], 5, 'cut-off'],
  [[4, 6, 6], 5, 'proven'],
] as const)('references that answered what was asked at %j, needed since %d: %s', (answered, since, proof) => {
  expect(proofSince(answered.map((answeredAskedAt) => ({ answeredAskedAt })), since)).toBe(proof);
});

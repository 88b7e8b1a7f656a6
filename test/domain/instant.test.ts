/** Moments as texts: as the platform gives them, whichever came before. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { iso } from '../../src/domain/instant.ts';

test('a moment is given as the platform gives it', () => {
  const moment = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 200_000_000 }), fc.double({ min: -1e12, max: 2e12, noNaN: true }));
  fc.assert(fc.property(fc.array(moment, { minLength: 1, maxLength: 5 }), (moments) => {
    for (const ms of moments) expect(iso(ms)).toBe(new Date(ms).toISOString());
  }), { numRuns: 300 });
  for (const none of [Number.NaN, 8.64e15 + 1, Number.POSITIVE_INFINITY]) expect(() => iso(none)).toThrow(RangeError);
});

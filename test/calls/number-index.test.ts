/** The number index against a Map: whatever is set, deleted and set again. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNumberIndex } from '../../src/calls/number-index.ts';

/** E.164 of 7 to 15 digits; half of them neighbours, as the numbers of one business are. */
const number = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{6,14}$/)).map(([first, rest]) => `+${first}${rest}`),
  fc.integer({ min: 0, max: 400 }).map((extension) => `+4420794${60_000 + extension}`),
  fc.constantFrom('+1000000', '+9999999', '+999999999999999', '+100000000000000', '+4294967296', '+4294967295', '+2147483648'),
);
const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(2 ** 31, 2 ** 32 - 2));
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), number, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('get' as const), number }) },
);

describe('the number index', () => {
  it('answers as a Map does', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 3000, size: 'max' }), fc.nat({ max: 5000 }), (acts, expected) => {
      const index = createNumberIndex(expected);
      const model = new Map<string, number>();
      for (const one of acts) {
        const before = model.get(one.number);
        if (one.do === 'set') {
          expect(index.set(one.number, one.value)).toBe(before);
          model.set(one.number, one.value);
        } else if (one.do === 'delete') {
          expect(index.delete(one.number)).toBe(before);
          model.delete(one.number);
        } else expect(index.get(one.number)).toBe(before);
        expect(index.size).toBe(model.size);
      }
      for (const [known, held] of model) expect(index.get(known)).toBe(held);
    }), { numRuns: 40 });
  });

  it('grows to many, and forgets them all again', () => {
    const index = createNumberIndex();
    const count = 50_000;
    const at = (extension: number): string => `+44${String(2_000_000_000 + extension * 3)}`;
    const all = Array.from({ length: count }, (_, extension) => extension);
    expect(all.filter((extension) => index.set(at(extension), extension) !== undefined)).toEqual([]);
    expect(index.size).toBe(count);
    expect(all.filter((extension) => index.get(at(extension)) !== extension)).toEqual([]);
    expect(all.filter((extension) => index.delete(at(extension)) !== extension)).toEqual([]);
    expect(index.size).toBe(0);
    expect(index.get(at(1))).toBeUndefined();
  });

  it('stays quick where numbers come and go: what was deleted makes room', () => {
    const index = createNumberIndex();
    let wrong = 0;
    // Many times what fits: with slots that never came free again, a search would find no end.
    for (let turn = 0; turn < 200_000; turn += 1) {
      index.set(`+44${2_000_000_000 + turn}`, 1);
      if (turn >= 100 && index.delete(`+44${2_000_000_000 + turn - 100}`) !== 1) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(index.size).toBe(100);
    expect(index.get('+447000000000')).toBeUndefined();
  });
});

/** A table of moments against a plain map: nothing of the newest is forgotten, nothing is told of what never came. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSeenTable } from '../../src/calls/seen-table.ts';

it('knows at least the newest, each at its earliest moment, whatever their marks', () => {
  // Few places, so that marks meet, wrap round the end and fill a generation.
  const mark = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 48, 2 ** 52, 2 ** 52 - 16));
  fc.assert(fc.property(fc.array(fc.record({ mark, at: fc.integer({ min: 0, max: 1000 }) }), { maxLength: 80 }), (entries) => {
    const kept = 7;
    const table = createSeenTable(kept);
    const earliest = new Map<number, number>();
    const order: number[] = [];
    for (const { mark: one, at } of entries) {
      // What was forgotten meanwhile begins anew.
      const before = table.get(one) === undefined ? undefined : earliest.get(one);
      const moment = Math.min(before ?? at, at);
      table.set(one, at);
      earliest.set(one, moment);
      order.push(one);
      expect(table.get(one)).toBe(moment);
      const newest = [...new Set(order.toReversed())].slice(0, kept);
      for (const known of newest) expect(table.get(known)).toBe(earliest.get(known));
      expect(table.size).toBeLessThan(3 * kept);
    }
    for (const never of [41, 99, 2 ** 51]) expect(table.get(never)).toBeUndefined();
  }));
});

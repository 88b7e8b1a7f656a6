/** When a drop of readiness is told: examples, then what holds for every course. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterShare, alarmFaults, type Mark } from '../../rules/readiness-alarm.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';

const { alarm } = shippedPolicy().readiness;

function course(shares: readonly number[]): (string | undefined)[] {
  let mark: Mark | undefined;
  return shares.map((share) => {
    const told = afterShare(mark, share, alarm);
    mark = told.mark;
    return told.tell;
  });
}

it.each([
  ['the first time nothing is told', [0.5], [undefined]],
  ['a drop is told once', [1, 0.98, 0.98, 0.98], [undefined, 'dropped', undefined, undefined]],
  ['and again when it goes on', [1, 0.9, 0.89, 0.87], [undefined, 'dropped', undefined, 'dropped']],
  ['slowly counts, too', [1, 0.99, 0.985, 0.98], [undefined, undefined, undefined, 'dropped']],
  ['up and down a little is not told', [0.95, 0.94, 0.955, 0.94, 0.955], [undefined, undefined, undefined, undefined, undefined]],
  ['what was put right is told, and the next drop, too', [1, 0.9, 0.95, 1, 0.9], [undefined, 'dropped', undefined, 'recovered', 'dropped']],
  ['what was put right but for a little', [1, 0.985, 0.9, 0.995], [undefined, undefined, 'dropped', 'recovered']],
])('%s', (_name, shares, told) => {
  expect(course(shares)).toEqual(told);
});

it('between two tellings of a drop it fell by that much, and what stays is not told', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 1000 }).map((share) => share / 1000), { minLength: 1, maxLength: 40 }), (shares) => {
    const told = course(shares);
    let highest = shares[0] ?? 0;
    shares.forEach((share, at) => {
      highest = Math.max(highest, share);
      if (told[at] !== 'dropped') return;
      expect(highest - share).toBeGreaterThan(alarm.drop - 1e-6);
      highest = share;
    });
    expect(course([...shares, ...shares.slice(-1)]).at(-1)).toBeUndefined();
  }), { numRuns: 200 });
});

it('a rise that is not below the drop is refused', () => {
  expect(alarmFaults(alarm)).toEqual([]);
  expect(alarmFaults({ drop: 0.02, rise: 0.02 })).toEqual([{ path: ['readiness', 'alarm', 'rise'], detail: 'must be below drop' }]);
});

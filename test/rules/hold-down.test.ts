/** How long a primary's calls stay away after it is well again, in an operator's examples, and the laws that hold for every history of failures. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdDown, holdDownMs } from '../../rules/hold-down.ts';
import { periodOf } from '../../rules/period.ts';
import type { Failing } from '../../src/domain/health-record.ts';
import { POLICY, START } from './health-facts.ts';

const minutes = (...at: number[]): number[] => at.map((minute) => START + minute * 60_000);
/** Each was over a minute after it began, the last at a moment of its own. */
const history = (froms: number[], wellSince: number): Failing[] => froms.map((from, index) => ({ from: START + from * 60_000, to: START + (index === froms.length - 1 ? wellSince : from + 1) * 60_000 }));
const hold = (froms: number[], wellSince: number) => holdDown({ failures: history(froms, wellSince) }, POLICY);
/** Minutes after the beginning until which it is held, when it is well since a minute. */
const until = (froms: number[], wellSince: number): number => Math.round((hold(froms, wellSince).until - START) / 6000) / 10;

describe('the hold-down', () => {
  it.each<[string, number[], number, number]>([
    ['one failure: five minutes', [0], 13, 18],
    ['a second shortly after: nearly twice as long', [0, 20], 26, 34],
    ['a second a day later: as the first', [0, 1440], 1446, 1451],
    ['every ten minutes: held across two more', [0, 10, 20], 21, 45],
    ['uneven: as long as they weigh', [0, 30, 37], 40, 54],
    ['never longer than six hours', Array.from({ length: 20 }, (_, index) => index * 3 + (index % 3)), 60, 420],
  ])('%s', (_name, failures, wellSince, expected) => {
    expect(until(failures, wellSince)).toBe(expected);
  });

  it('says why', () => {
    const because = (froms: number[], wellSince: number) => hold(froms, wellSince).because;
    expect([because([], 0), because([0], 1), because([0, 20], 21), because([0, 10, 20, 30], 60)]).toEqual(['it has not failed', 'it is the first failure', 'it is the second failure', 'it is the fourth failure, 10 min apart']);
    expect(because([0, 10, 20], 21)).toBe('it is the third failure, 10 min apart: held until 2 more would have come');
  });

  it('a failure that goes on has earned nothing yet, and takes nothing away', () => {
    const before = history([0, 10, 20], 21);
    expect(holdDown({ failures: [...before, { from: START + 1_500_000 }] }, POLICY)).toEqual(holdDown({ failures: before }, POLICY));
  });

  const moments = fc.array(fc.integer({ min: 0, max: 48 * 3_600_000 }), { minLength: 1, maxLength: 20 }).map((found) => [...new Set(found)].toSorted((one, other) => one - other));
  /** Distances and durations in seconds. */
  const failures = fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 5000 })), { minLength: 2, maxLength: 12 }).map((found) => {
    let at = START;
    return found.map(([distance, duration]): Failing => {
      const from = at + distance * 1000;
      at = from + duration * 1000;
      return { from, to: at };
    });
  });

  it('one failure more never makes it end sooner', () => {
    fc.assert(fc.property(failures, (all) => {
      expect(holdDown({ failures: all }, POLICY).until).toBeGreaterThanOrEqual(holdDown({ failures: all.slice(0, -1) }, POLICY).until);
    }), { numRuns: 300 });
  });

  it('one failure more never makes it shorter, whenever it was', () => {
    fc.assert(fc.property(moments, fc.integer({ min: 0, max: 48 * 3_600_000 }), (failures, more) => {
      const at = Math.max(...failures, more);
      expect(holdDownMs([...failures, more], at, POLICY)).toBeGreaterThanOrEqual(holdDownMs(failures, at, POLICY));
    }), { numRuns: 300 });
  });

  it('decays with time, to no less than the first and no more than the longest', () => {
    fc.assert(fc.property(moments, fc.nat(86_400_000), fc.nat(86_400_000), (failures, sooner, later) => {
      const last = failures.at(-1) ?? 0;
      const [one, other] = [holdDownMs(failures, last + sooner, POLICY), holdDownMs(failures, last + sooner + later, POLICY)];
      expect(other).toBeLessThanOrEqual(one);
      expect(other).toBeGreaterThanOrEqual(300_000);
      expect(one).toBeLessThanOrEqual(360 * 60_000);
    }), { numRuns: 300 });
  });
});

describe('a period', () => {
  const every = (...at: number[]) => periodOf(minutes(...at), POLICY.period)?.text;

  it.each<[string, number[], string | undefined]>([
    ['twice is none', [0, 10], undefined],
    ['three times, ten minutes apart', [0, 10, 20], '10 min'],
    ['give or take a fifth', [0, 9, 20], '10 min'],
    ['not even', [0, 10, 30], undefined],
    ['by the last ones', [0, 37, 47, 57], '10 min'],
    ['one failure that is seen to begin several times is none', [0, 0.2, 0.4], undefined],
  ])('%s', (_name, failures, expected) => {
    expect(every(...failures)).toBe(expected);
  });
});

/** Does a change need a second admin? */
import { describe, expect, it, test } from 'vitest';
import { needsApproval, sameDestinations } from '../../rules/approval.ts';

describe('a change needs a second admin', () => {
  it.each([
    [{ numbers: 100, recent: 0, threshold: 100 }, true],
    [{ numbers: 99, recent: 0, threshold: 100 }, false],
    [{ numbers: 1, recent: 99, threshold: 100 }, true],
    [{ numbers: 0, recent: 500, threshold: 100 }, false],
    [{ numbers: 5000, recent: 0, threshold: 0 }, false],
    [{ numbers: 1, recent: 0, threshold: 1 }, true],
  ])('%j: %s', (facts, needed) => {
    expect(needsApproval(facts)).toBe(needed);
  });
});

test('destinations are the same in the same order at the same hours; none is a place too', () => {
  const plan = (...destinations: { to: string; hours?: string }[]) => ({ destinations });
  expect(sameDestinations(plan({ to: 'a' }, { to: 'b' }), plan({ to: 'a' }, { to: 'b' }))).toBe(true);
  expect(sameDestinations(plan({ to: 'a' }, { to: 'b' }), plan({ to: 'b' }, { to: 'a' }))).toBe(false);
  expect(sameDestinations(plan({ to: 'a' }), plan({ to: 'a', hours: 'off' }))).toBe(false);
  expect(sameDestinations(undefined, undefined)).toBe(true);
  expect(sameDestinations(undefined, plan({ to: 'a' }))).toBe(false);
});

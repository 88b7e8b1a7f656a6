import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drillDue, type DrillDueFacts } from '../../rules/drill-due.ts';
import { drillFaults } from '../../rules/drill-laws.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { PRIMARY_STATES } from '../../src/domain/primary-states.ts';

const policy = shippedPolicy().drills;
/** A Wednesday, 10:00 in London. */
const MORNING = Date.UTC(2026, 10, 18, 10);
const facts: DrillDueFacts = {
  at: MORNING, policy, timeZone: 'Europe/London', hours: undefined, anyHour: false, inPlan: true, refused: false, primaries: [{ is: 'up' }], activeCalls: 0, underWay: 0, lastCall: undefined, calledAt: undefined, callsToday: 0,
};

describe('may this test call be made now', () => {
  it.each<[string, Partial<DrillDueFacts>, string]>([
    ['yes', {}, 'call'],
    ['at night', { at: MORNING - 6 * 3_600_000 }, 'wait hours'],
    ['in the morning, and it is night there', { timeZone: 'America/Los_Angeles' }, 'wait hours'],
    ['at night, and any hour will do', { at: MORNING - 6 * 3_600_000, anyHour: true }, 'call'],
    ['the destination is closed, whatever hour will do', { hours: 'Mo-Fr 12:00-13:00', anyHour: true }, 'wait closed'],
    ['hours that nobody can read', { hours: 'whenever' }, 'wait closed'],
    ['the primary is degraded, and takes its calls', { primaries: [{ is: 'degraded' }] }, 'call'],
    ['the primary is down', { primaries: [{ is: 'up' }, { is: 'down' }], anyHour: true }, 'wait diverted'],
    ['the primary is given its calls back', { primaries: [{ is: 'recovering' }] }, 'wait diverted'],
    ['somebody talks there', { activeCalls: 1 }, 'wait in-use'],
    ['three are under way', { underWay: 3 }, 'wait places'],
    ['the last was begun 4.9 s ago', { lastCall: MORNING - 4900 }, 'wait pace'],
    ['... 5 s ago', { lastCall: MORNING - 5000 }, 'call'],
    ['it was called 9 minutes ago', { calledAt: MORNING - 9 * 60_000 }, 'skip called-lately'],
    ['... 10 minutes ago', { calledAt: MORNING - 10 * 60_000 }, 'call'],
    ['200 calls were made today', { callsToday: 200 }, 'skip budget'],
    ['the policy refuses it now', { refused: true }, 'skip policy'],
    ['it has left the plan', { inPlan: false }, 'skip gone'],
  ])('%s', (_name, more, expected) => {
    const due = drillDue({ ...facts, ...more });
    expect(due.do === 'call' ? 'call' : `${due.do} ${due.why}`).toBe(expected);
  });

  it('never where a diversion may need it, nor beyond any limit, nor to anybody outside a plan', () => {
    const any = fc.record({
      at: fc.integer({ min: MORNING, max: MORNING + 7 * 86_400_000 }), anyHour: fc.boolean(), inPlan: fc.boolean(), refused: fc.boolean(), primaries: fc.array(fc.record({ is: fc.constantFrom(...PRIMARY_STATES) }), { maxLength: 3 }),
      activeCalls: fc.nat(2), underWay: fc.nat(5), callsToday: fc.nat(400),
    });
    fc.assert(fc.property(any, (more) => {
      if (drillDue({ ...facts, ...more }).do !== 'call') return;
      expect(more).toMatchObject({ inPlan: true, refused: false, activeCalls: 0 });
      expect(more.primaries.every(({ is }) => is === 'up' || is === 'degraded')).toBe(true);
      expect(more.underWay < policy.atOnce && more.callsToday < policy.mostCallsADay).toBe(true);
    }), { numRuns: 300 });
  });
});

it('limits that do not fit each other, or cannot be read, are faults', () => {
  expect(drillFaults(policy)).toEqual([]);
  expect(drillFaults({ ...policy, hours: 'whenever', provenDays: 30, scheduleDays: 60 }).map(({ path }) => path.join('.'))).toEqual(['drills.hours', 'drills.scheduleDays']);
});

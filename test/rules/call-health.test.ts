/** What calls say of a primary, by the examples of a switch room, and what they must never say. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallHabits } from '../../rules/call-habits.ts';
import { createCallHealth } from '../../rules/call-health.ts';
import { CAUSE_CLASSES, LEG_ENDS, type LegResult } from '../../src/domain/leg.ts';
import { POLICY, START } from './health-facts.ts';

const { calls: THRESHOLDS } = POLICY;
const ANSWERED: LegResult = { end: 'answered', cause: 'user' };
const UNREACHABLE: LegResult = { end: 'failed', cause: 'down' };
const REFUSED: LegResult = { end: 'failed', cause: 'overloaded' };
const ODD: LegResult = { end: 'failed', cause: 'ambiguous' };
const BUSY: LegResult = { end: 'busy', cause: 'user' };
const NO_ANSWER: LegResult = { end: 'no-answer', cause: 'user' };
const GONE: LegResult = { end: 'cancelled', cause: 'user' };

interface Stretch {
  /** Seconds, and calls in each. */
  seconds: number;
  perSecond?: number;
  result: (index: number) => LegResult | undefined;
  numbers?: number;
  endsAfter?: number;
}

/** What the calls say at the end of the stretches, one after another. */
function said(...stretches: Stretch[]): string {
  const health = createCallHealth();
  const ends: { at: number; end: () => void }[] = [];
  let now = START;
  let index = 0;
  for (const { seconds, perSecond = 1, result, numbers = 1000, endsAfter = 1 } of stretches) {
    for (let call = 0; call < seconds * perSecond; call += 1, index += 1, now += 1000 / perSecond) {
      for (const due of ends.splice(0, ends.findIndex(({ at }) => at > now) === -1 ? ends.length : ends.findIndex(({ at }) => at > now))) due.end();
      const [offeredAt, outcome, number] = [now, result(index), `+4420${index % numbers}`];
      health.offered(offeredAt);
      if (outcome) ends.push({ at: now + endsAfter * 1000, end: () => health.ended(offeredAt, number, outcome) });
      ends.sort((one, other) => one.at - other.at);
    }
  }
  for (const { at, end } of ends) if (at <= now) end();
  return health.says(now, THRESHOLDS, 0.02)?.claim ?? 'nothing';
}

const all = (result: LegResult | undefined) => () => result;
const some = (each: number, result: LegResult) => (index: number) => (index % each === 0 ? result : ANSWERED);

describe('what the calls say', () => {
  it.each<[string, Stretch[], string]>([
    ['no call came', [], 'nothing'],
    ['calls are answered', [{ seconds: 60, result: all(ANSWERED) }], 'up'],
    ['busy and declined: somebody is there', [{ seconds: 60, result: all(BUSY) }], 'up'],
    ['one in a hundred fails', [{ seconds: 100, perSecond: 4, result: some(100, UNREACHABLE) }], 'up'],
    ['one in five fails', [{ seconds: 100, perSecond: 4, result: some(5, UNREACHABLE) }], 'degraded'],
    ['one in five is refused for having too much to do', [{ seconds: 100, perSecond: 4, result: some(5, REFUSED) }], 'overloaded'],
    ['two in three fail', [{ seconds: 30, perSecond: 4, result: (index) => (index % 3 === 0 ? ANSWERED : UNREACHABLE) }], 'down'],
    ['nine in ten are refused: for the caller it is down', [{ seconds: 30, perSecond: 4, result: (index) => (index % 10 === 0 ? ANSWERED : REFUSED) }], 'down'],
    ['all fail, after all were well: within seconds', [{ seconds: 120, perSecond: 4, result: all(ANSWERED) }, { seconds: 3, perSecond: 4, result: all(UNREACHABLE) }], 'down'],
    ['all fail, one call every 20 seconds', [{ seconds: 90, perSecond: 0.05, result: all(UNREACHABLE) }], 'down'],
    ['one number fails again and again: its own trouble', [{ seconds: 60, numbers: 1, result: all(UNREACHABLE) }], 'nothing'],
    ['two numbers', [{ seconds: 60, numbers: 2, result: all(UNREACHABLE) }], 'nothing'],
    ['480 at one telephone', [{ seconds: 60, numbers: 1, result: all(ODD) }], 'nothing'],
    ['480 at all telephones: they have lost their registration', [{ seconds: 20, result: all(ODD) }], 'down'],
    ['nobody picks up: says nothing', [{ seconds: 60, result: all(NO_ANSWER) }], 'nothing'],
    ['callers hang up: says nothing', [{ seconds: 60, result: all(GONE) }], 'nothing'],
    ['talks go on, nothing has ended', [{ seconds: 60, perSecond: 4, result: all(undefined) }], 'nothing'],
    ['talks of before the failure end now: they say nothing of now', [{ seconds: 130, perSecond: 1, result: all(ANSWERED), endsAfter: 135 }, { seconds: 10, perSecond: 1, result: all(UNREACHABLE) }], 'down'],
    ['well again', [{ seconds: 60, perSecond: 2, result: all(UNREACHABLE) }, { seconds: 121, perSecond: 2, result: all(ANSWERED) }], 'up'],
  ])('%s', (_name, stretches, expected) => {
    expect(said(...stretches)).toBe(expected);
  });

  it('says it in figures, without a number', () => {
    const health = createCallHealth();
    for (let index = 0; index < 20; index += 1) {
      health.offered(START + index);
      health.ended(START + index, `+4420${index}`, index % 4 === 0 ? ANSWERED : UNREACHABLE);
    }
    expect(health.says(START + 1000, THRESHOLDS, 0.02)).toEqual({ claim: 'down', weight: 1, at: START + 1000, because: '15 of 20 calls of 10 s failed (75 %), to 15 numbers' });
  });

  it('what people do is never held against it, in whatever order', () => {
    const people = fc.constantFrom(ANSWERED, BUSY, NO_ANSWER, GONE, { end: 'declined', cause: 'user' } as const, { end: 'failed', cause: 'user' } as const);
    fc.assert(fc.property(fc.array(fc.tuple(people, fc.nat(3000), fc.nat(50))), (events) => {
      const health = createCallHealth();
      let now = START;
      for (const [result, gap, number] of events) {
        now += gap;
        health.offered(now);
        health.ended(now, String(number), result);
        expect(health.says(now, THRESHOLDS, 0.02)?.claim ?? 'up').toBe('up');
      }
    }), { numRuns: 100 });
  });

  it('takes any order, any clock and any number of calls in bounded memory', () => {
    const result = fc.record({ end: fc.constantFrom(...LEG_ENDS), cause: fc.constantFrom(...CAUSE_CLASSES) });
    fc.assert(fc.property(fc.array(fc.tuple(result, fc.integer({ min: -600_000, max: 600_000 }), fc.nat(5))), (events) => {
      const health = createCallHealth();
      for (const [one, at, number] of events) {
        health.ended(START + at, String(number), one);
        const says = health.says(START + at, THRESHOLDS, 0.02);
        if (says) expect(says.weight > 0 && says.weight <= 1 && Number.isFinite(says.at)).toBe(true);
      }
    }), { numRuns: 100 });
  });
});

describe('missing calls', () => {
  const HOUR = 3_600_000;

  /** Weeks with a call a minute by day, none by night. */
  function habits(weeks: number) {
    const known = createCallHabits();
    for (let minute = 0; minute < weeks * 7 * 24 * 60; minute += 1) {
      const at = START + minute * 60_000;
      known.missing(at, THRESHOLDS);
      if (Math.floor(minute / 60) % 24 >= 8) known.came(at);
    }
    return { known, end: START + weeks * 7 * 24 * HOUR };
  }

  /** Minutes of a Monday after which calls are missed, with calls until `silentFrom`; undefined: never by midnight. */
  function missedAt(weeks: number, silentFrom: number): number | undefined {
    const { known, end } = habits(weeks);
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      if (known.missing(end + minute * 60_000, THRESHOLDS) !== undefined) return minute;
      if (minute >= 8 * 60 && minute < silentFrom) known.came(end + minute * 60_000);
    }
    return undefined;
  }

  it('are missed once twenty should have come, by day and not by night', () => {
    expect(missedAt(2, 10 * 60)).toBe(10 * 60 + 20);
    expect(missedAt(2, 24 * 60)).toBeUndefined();
  });

  it('of hours that nobody has seen nothing is claimed', () => {
    expect(missedAt(0, 0)).toBeUndefined();
    const fresh = createCallHabits();
    expect(fresh.usualFailures(START)).toBe(0.02);
  });

  it('says it in figures', () => {
    const { known, end } = habits(2);
    expect(known.missing(end + 9 * HOUR, THRESHOLDS)).toBe('0 calls in 20 min, where 20 are usual');
  });

  it('of a process that knows what was learnt before it are missed from its own start on, not for the time before', () => {
    const { known, end } = habits(2);
    const next = createCallHabits(known.usual);
    const started = end + 10 * HOUR;
    const missed = Array.from({ length: 60 }, (_, minute) => minute).find((minute) => next.missing(started + minute * 60_000, THRESHOLDS) !== undefined);
    expect(missed).toBe(20);
    expect(createCallHabits(known.usual).usualFailures(end + 9 * HOUR)).toBe(known.usualFailures(end + 9 * HOUR));
  });

  it('what usually fails at an hour is learnt with it', () => {
    const known = createCallHabits();
    for (let hour = 0; hour < 3 * 168; hour += 1) {
      for (let call = 0; call < 40; call += 1) {
        known.came(START + hour * HOUR + call * 1000);
        if (call % 4 === 0) known.failed(START + hour * HOUR + call * 1000);
      }
    }
    expect(known.usualFailures(START)).toBeCloseTo(0.25, 1);
  });
});

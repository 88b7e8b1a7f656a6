/** When people are told, and of what together. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { announceWhen, newsDue, type Pace, type Subject, type Waiting } from '../../rules/announce-when.ts';
import { SEVERITIES } from '../../src/domain/announcement.ts';

const PACE: Pace = { waitMs: 10_000, intervalMs: 300_000, repeatMs: 14_400_000 };
const NOW = 1_700_000_000_000;
const waits = (agoMs: number, more: Partial<Waiting> = {}): Waiting => ({ at: NOW - agoMs, severity: 'critical', isSilenced: false, ...more });
const told = (agoMs: number, more: Partial<NonNullable<Subject['told']>> = {}) => ({ at: NOW - agoMs, severity: 'critical' as const, isSilenced: false, ...more });
const open = (waiting: readonly Waiting[], last?: Subject['told']): Subject => ({ waiting, told: last, isOpen: true });

describe('what is new', () => {
  test('waits for what begins with it, and is told together with that', () => {
    expect(announceWhen([open([waits(9999)])], PACE, NOW).news).toEqual([]);
    expect(announceWhen([open([waits(10_000)]), open([waits(1)])], PACE, NOW).news).toEqual([{ subject: 0, waiting: [0] }, { subject: 1, waiting: [0] }]);
  });
  test('of something that was told lately waits for its turn, and nothing that is due takes it along', () => {
    expect(announceWhen([open([waits(200_000)], told(299_999)), open([waits(10_000)])], PACE, NOW).news).toEqual([{ subject: 1, waiting: [0] }]);
    expect(announceWhen([open([waits(200_000)], told(300_000))], PACE, NOW).news).toEqual([{ subject: 0, waiting: [0] }]);
  });
  test('and worse than what was told waits no longer than anything new', () => {
    expect(announceWhen([open([waits(10_000)], told(20_000, { severity: 'warning' }))], PACE, NOW).news).toHaveLength(1);
    expect(announceWhen([open([waits(10_000, { severity: 'info' })], told(20_000))], PACE, NOW).news).toEqual([]);
  });
  test('is not held up by a clock that was set back', () => {
    const later = NOW - 3_600_000;
    expect(newsDue(open([waits(0)], told(0)), PACE, later)?.at).toBeLessThanOrEqual(later + PACE.waitMs);
  });
});

describe('what is silenced', () => {
  test('waits while it is so, and is told when the silence ends', () => {
    expect(announceWhen([open([waits(60_000, { isSilenced: true })])], PACE, NOW)).toEqual({ news: [], repeats: [], dropped: [] });
    expect(announceWhen([open([waits(60_000)])], PACE, NOW).news).toHaveLength(1);
  });
  test('is dropped when it is over, and what is not silenced is told', () => {
    expect(announceWhen([{ waiting: [waits(60_000, { isSilenced: true }), waits(60_000)], isOpen: false }], PACE, NOW)).toEqual({ news: [{ subject: 0, waiting: [1] }], repeats: [], dropped: [0] });
  });
  test('is not repeated', () => {
    expect(announceWhen([open([], told(PACE.repeatMs))], PACE, NOW).repeats).toEqual([0]);
    expect(announceWhen([open([], told(PACE.repeatMs, { isSilenced: true }))], PACE, NOW).repeats).toEqual([]);
    expect(announceWhen([{ ...open([], told(PACE.repeatMs)), isOpen: false }], PACE, NOW).repeats).toEqual([]);
  });
});

test('whatever comes: everything that is not silenced is told once, none sooner than it may be, and repeats keep their distance', () => {
  const event = fc.record({ afterMs: fc.integer({ min: 0, max: 400_000 }), subject: fc.integer({ min: 0, max: 2 }), severity: fc.constantFrom(...SEVERITIES) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1000, max: 600_000 }), (events, waitMs, intervalMs) => {
      const pace = { waitMs, intervalMs, repeatMs: 2_000_000 };
      let now = NOW;
      const subjects: { waiting: (Waiting & { id: number })[]; told: Subject['told']; isOpen: boolean }[] = [0, 1, 2].map(() => ({ waiting: [], told: undefined, isOpen: true }));
      const tellings: { id: number; at: number; since: number; subject: number; isWorse: boolean }[] = [];
      const lastTold = [0, 0, 0];
      const step = (): void => {
        const { news, repeats } = announceWhen(subjects, pace, now);
        for (const { subject, waiting } of news) {
          const one = subjects[subject]!;
          const before = one.told;
          for (const at of waiting) {
            const { id, at: since, severity } = one.waiting[at]!;
            tellings.push({ id, at: now, since, subject, isWorse: before !== undefined && SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before.severity) });
          }
          const isWorse = before !== undefined && one.waiting.some(({ severity }) => SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before.severity));
          if (before && !isWorse) expect(now - before.at).toBeGreaterThanOrEqual(intervalMs);
          one.told = { at: now, severity: one.waiting.at(-1)!.severity, isSilenced: false };
          lastTold[subject] = now;
          one.waiting = [];
        }
        for (const subject of repeats) {
          expect(now - lastTold[subject]!).toBeGreaterThanOrEqual(pace.repeatMs);
          lastTold[subject] = now;
          subjects[subject]!.told = { ...subjects[subject]!.told!, at: now };
        }
      };
      for (const [id, { afterMs, subject, severity }] of events.entries()) {
        for (let left = afterMs; left > 0; left -= 5000) {
          now += Math.min(left, 5000);
          step();
        }
        subjects[subject]!.waiting.push({ id, at: now, severity, isSilenced: false });
      }
      for (let turns = 0; turns < 140; turns += 1) {
        now += 5000;
        step();
      }
      expect(tellings.map(({ id }) => id).toSorted((one, other) => one - other)).toEqual(events.map((_, id) => id));
      // Five seconds are the distance of the looks here.
      for (const { at, since } of tellings) expect(at - since).toBeLessThanOrEqual(waitMs + intervalMs + 5000);
    }),
    { numRuns: 60 },
  );
});

/** Opening hours against a naive reference: it paints the minutes of each day from the rules as data, and reads the clock another way. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, parseHours } from '../../rules/hours.ts';

const WEEKDAYS = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham', 'America/St_Johns'];

interface Range { from: number; to: number }
type When = { kind: 'all' } | { kind: 'weekdays'; from: number; to: number } | { kind: 'yearly'; month: number; day: number } | { kind: 'date'; year: number; month: number; day: number };
interface Rule { when: When; ranges: Range[] }

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

function write({ when, ranges }: Rule): string {
  const times = ranges.length === 0 ? 'off' : ranges.map(({ from, to }) => `${clock(from)}-${clock(to)}`).join(',');
  switch (when.kind) {
    case 'all': return times;
    case 'weekdays': return `${WEEKDAYS[when.from]}-${WEEKDAYS[when.to]} ${times}`;
    case 'yearly': return `${MONTHS[when.month - 1]} ${when.day} ${times}`;
    case 'date': return `${when.year}-${two(when.month)}-${two(when.day)} ${times}`;
  }
}

function matches(when: When, day: Date): boolean {
  switch (when.kind) {
    case 'all': return true;
    case 'weekdays': {
      for (let weekday = when.from; ; weekday = (weekday + 1) % 7) {
        if (weekday === day.getUTCDay()) return true;
        if (weekday === when.to) return false;
      }
    }
    case 'yearly': return day.getUTCMonth() + 1 === when.month && day.getUTCDate() === when.day;
    case 'date': return day.getUTCFullYear() === when.year && day.getUTCMonth() + 1 === when.month && day.getUTCDate() === when.day;
  }
}

/** Which of the 2880 minutes of this day and the next are open by the rule that holds on this day. */
function paint(rules: readonly Rule[], day: Date): { minutes: boolean[]; off: boolean } {
  const byWeek = rules.filter((rule) => (rule.when.kind === 'all' || rule.when.kind === 'weekdays') && matches(rule.when, day));
  const byDate = rules.filter((rule) => (rule.when.kind === 'yearly' || rule.when.kind === 'date') && matches(rule.when, day));
  const holds = [...byWeek, ...byDate].at(-1);
  const minutes = Array.from({ length: 2880 }, () => false);
  for (const { from, to } of holds?.ranges ?? []) minutes.fill(true, from, to <= from ? to + 1440 : to);
  return { minutes, off: holds?.ranges.length === 0 };
}

function reference(rules: readonly Rule[], at: number, zone: string): boolean {
  const text = new Date(at).toLocaleString('sv-SE', { timeZone: zone });
  const [, date, hour, minute] = /^(\S+) (\d+):(\d+)/.exec(text) ?? [];
  const today = new Date(`${date}T00:00:00Z`);
  const now = Number(hour) * 60 + Number(minute);
  const painted = paint(rules, today);
  if (painted.off) return false;
  return painted.minutes[now] === true || paint(rules, new Date(today.getTime() - 86_400_000)).minutes[now + 1440] === true;
}

const range = fc.record({ from: fc.nat(1439), to: fc.nat(1440) }).filter(({ from, to }) => from !== to);
/** Half the days lie in one fortnight, so that rules and instants meet. */
const day = fc.oneof(fc.record({ month: fc.constant(12), day: fc.integer({ min: 18, max: 31 }) }), fc.record({ month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 28 }) }));
const when: fc.Arbitrary<When> = fc.oneof(
  fc.constant({ kind: 'all' } as const),
  fc.record({ kind: fc.constant('weekdays' as const), from: fc.nat(6), to: fc.nat(6) }),
  day.map((date) => ({ kind: 'yearly' as const, ...date })),
  fc.tuple(fc.constantFrom(2025, 2026), day).map(([year, date]) => ({ kind: 'date' as const, year, ...date })),
);
const rules = fc.array(fc.record({ when, ranges: fc.array(range, { maxLength: 3 }) }), { minLength: 1, maxLength: 6 });
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 11, 18), max: Date.UTC(2027, 0, 1) }),
  fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2035, 0, 1) }),
  // The hours around the switches of London and New York.
  fc.constantFrom(Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 10, 1, 6)).chain((at) => fc.integer({ min: at - 7_200_000, max: at + 7_200_000 })),
);

describe('opening hours', () => {
  it('agree with the naive reference, over random rules, instants and zones', () => {
    fc.assert(fc.property(rules, instant, fc.constantFrom(...ZONES), (written, at, zone) => {
      const parsed = parseHours(written.map(write).join('; '));
      if ('error' in parsed) throw new Error(parsed.error);
      expect(isOpen(parsed.hours, at, zone)).toBe(reference(written, at, zone));
    }), { numRuns: 3000 });
  });

  it('are never crashed by a text, and a mistake lies within it', () => {
    const scraps = fc.array(fc.constantFrom('Mo', 'Tu-', '-', ',', ';', ' ', '09:00', '24:00', 'off', 'Dec', '25', '2026-04-03', '24/7', '"', 'é'), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 60 }), scraps), (text) => {
      const parsed = parseHours(text);
      if ('error' in parsed) expect(parsed.at).toBeLessThanOrEqual(text.length);
      else expect(typeof isOpen(parsed.hours, 0, 'UTC')).toBe('boolean');
    }), { numRuns: 2000 });
  });
});

/** Opening hours by example: what may be written, what it means, what is refused, and the days on which the clocks change. */
import { describe, expect, it } from 'vitest';
import { isAlwaysOpen, isOpen, isTimeZone, knownHours, parseHours, type Hours } from '../../rules/hours.ts';
import { localTime } from '../../rules/zone.ts';

function hoursOf(text: string): Hours {
  const parsed = parseHours(text);
  if ('error' in parsed) throw new Error(`${text}: ${parsed.error} at ${parsed.at}`);
  return parsed.hours;
}

const at = (iso: string): number => Date.parse(iso);

describe('what is open when (UTC; 2026-11-16 is a Monday)', () => {
  it.each([
    ['24/7', '2026-11-22T03:00:00Z', true],
    ['09:00-17:30', '2026-11-22T09:00:00Z', true],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-16T08:59:59Z', false],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-16T09:00:00Z', true],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-16T17:29:59Z', true],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-16T17:30:00Z', false],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-21T09:30:00Z', false],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-21T13:59:00Z', true],
    ['Mo-Fr 09:00-17:30; Sa 10:00-14:00; Su off', '2026-11-22T12:00:00Z', false],
    ['Mo-Fr 09:00-12:00,13:00-17:00', '2026-11-16T12:30:00Z', false],
    ['Mo-Fr 09:00-12:00,13:00-17:00', '2026-11-16T13:00:00Z', true],
    ['Mo-Fr 09:00-17:00', '2026-11-21T12:00:00Z', false],
    ['22:00-06:00', '2026-11-16T23:00:00Z', true],
    ['22:00-06:00', '2026-11-16T05:59:00Z', true],
    ['22:00-06:00', '2026-11-16T06:00:00Z', false],
    ['Fr 22:00-06:00', '2026-11-21T05:00:00Z', true],
    ['Fr 22:00-06:00', '2026-11-20T05:00:00Z', false],
    // The night of Friday holds although Saturday has hours of its own …
    ['Fr 22:00-06:00; Sa 10:00-14:00', '2026-11-21T05:00:00Z', true],
    // … but `off` closes the calendar day.
    ['Fr 22:00-06:00; Sa off', '2026-11-21T05:00:00Z', false],
    ['Sa-Mo 10:00-12:00', '2026-11-22T11:00:00Z', true],
    ['Sa-Mo 10:00-12:00', '2026-11-16T11:00:00Z', true],
    ['Sa-Mo 10:00-12:00', '2026-11-17T11:00:00Z', false],
    ['Mo,We,Fr 10:00-12:00', '2026-11-18T11:00:00Z', true],
    ['Mo,We,Fr 10:00-12:00', '2026-11-17T11:00:00Z', false],
    // The later rule overrides the earlier for the whole day, not for some of its hours.
    ['Mo-Fr 09:00-17:00; We 10:00-11:00', '2026-11-18T09:30:00Z', false],
    ['Mo-Fr 09:00-17:00; We 10:00-11:00', '2026-11-18T10:30:00Z', true],
    ['24/7; Dec 25 off', '2026-12-25T12:00:00Z', false],
    ['24/7; Dec 25 off', '2027-12-25T12:00:00Z', false],
    ['24/7; Dec 25 off', '2026-12-26T00:00:00Z', true],
    // A rule by date counts wherever it stands.
    ['Dec 25 off; Mo-Fr 09:00-17:00', '2026-12-25T12:00:00Z', false],
    ['24/7; 2026-04-03 off', '2026-04-03T12:00:00Z', false],
    ['24/7; 2026-04-03 off', '2027-04-03T12:00:00Z', true],
    ['Mo-Fr 09:00-17:00; Dec 24 09:00-12:00', '2026-12-24T11:00:00Z', true],
    ['Mo-Fr 09:00-17:00; Dec 24 09:00-12:00', '2026-12-24T13:00:00Z', false],
    ['Dec 25 off; 2026-12-25 10:00-11:00', '2026-12-25T10:30:00Z', true],
    ['2026-12-25 10:00-11:00; Dec 25 off', '2026-12-25T10:30:00Z', false],
    ['24/7; Dec 24-Jan 1 off', '2026-12-31T12:00:00Z', false],
    ['24/7; Dec 24-Jan 1 off', '2027-01-01T12:00:00Z', false],
    ['24/7; Dec 24-Jan 1 off', '2027-01-02T12:00:00Z', true],
    ['24/7; Dec 24-26,Jan 1 off', '2026-12-26T12:00:00Z', false],
    ['22:00-06:00; Dec 25 off', '2026-12-25T03:00:00Z', false],
    ['22:00-06:00; Dec 25 off', '2026-12-26T03:00:00Z', false],
    ['22:00-00:00', '2026-11-17T00:00:00Z', false],
    ['00:00-24:00', '2026-11-17T00:00:00Z', true],
    ['  mo - fr  9:00 - 17:00 ;sa closed; ', '2026-11-16T09:00:00Z', true],
  ])('%s at %s: %s', (text, instant, open) => {
    expect(isOpen(hoursOf(text), at(instant), 'UTC')).toBe(open);
  });
});

describe('what is refused, and where the mistake is', () => {
  it.each([
    ['', 0, 'a time was expected'],
    ['Mo-Fr', 5, 'a time was expected'],
    ['Monday 09:00-17:00', 0, 'not understood'],
    ['Mo-Fri 09:00-17:00', 3, 'a weekday was expected after the dash'],
    ['Mo,Xx 09:00-17:00', 3, 'a weekday was expected'],
    ['Mo 09:00', 8, 'a dash and the closing time'],
    ['Mo 09:00-', 9, 'a time was expected'],
    ['Mo 9-17', 3, 'a time was expected'],
    ['Mo 25:00-26:00', 3, 'not a time of day'],
    ['Mo 09:00-24:01', 9, 'not a time of day'],
    ['Mo 24:00-06:00', 3, 'not a time of day'],
    ['Mo 09:60-10:00', 3, 'not a time of day'],
    ['Mo 09:00-09:00', 3, 'opens and closes at the same time'],
    ['Mo 09:00-17:00 Tu 09:00-17:00', 15, 'separated by `;`'],
    ['Mo 09:00-17:00;; Tu off', 15, 'a time was expected'],
    ['24/7; Dec 25', 12, 'a time was expected'],
    ['Dec 09:00-12:00', 4, 'a month needs a day'],
    ['24/7; Feb 30 off', 10, 'no such day'],
    ['24/7; 2026-02-29 off', 6, 'no such date'],
    ['24/7; Dec 26-24 off', 13, 'before the first'],
    ['Dec 25,Tu off', 7, 'a date was expected'],
    ['PH off', 0, 'not understood'],
    ['Mo 09:00-17:00 off', 15, 'separated by `;`'],
    ['Mo off 09:00-17:00', 7, 'separated by `;`'],
    ['sunrise-sunset', 0, 'not understood'],
    ['Mo 09:00-17:00 || "by arrangement"', 15, 'separated by `;`'],
  ])('%s', (text, position, words) => {
    const parsed = parseHours(text);
    expect(parsed).toMatchObject({ at: position, error: expect.stringContaining(words) as string });
    expect(knownHours(text)).toBeUndefined();
  });
});

describe('the days on which the clocks change', () => {
  it.each([
    // London, 29 March 2026: 01:00 becomes 02:00.
    ['Europe/London', '09:00-17:00', '2026-03-28T09:00:00Z', true],
    ['Europe/London', '09:00-17:00', '2026-03-29T08:00:00Z', true],
    ['Europe/London', '09:00-17:00', '2026-03-29T07:59:00Z', false],
    ['Europe/London', '09:00-17:00', '2026-03-29T16:00:00Z', false],
    ['Europe/London', '01:15-01:45', '2026-03-29T01:30:00Z', false],
    ['Europe/London', '01:30-02:30', '2026-03-29T01:00:00Z', true],
    // London, 25 October 2026: 02:00 becomes 01:00, so that 01:30 comes twice.
    ['Europe/London', '01:15-01:45', '2026-10-25T00:30:00Z', true],
    ['Europe/London', '01:15-01:45', '2026-10-25T01:00:00Z', false],
    ['Europe/London', '01:15-01:45', '2026-10-25T01:30:00Z', true],
    ['Europe/London', '09:00-17:00', '2026-10-25T08:30:00Z', false],
    ['Europe/London', '09:00-17:00', '2026-10-25T09:00:00Z', true],
    // New York, 8 March 2026: 02:00 becomes 03:00; 1 November 2026: 02:00 becomes 01:00.
    ['America/New_York', 'Su 09:00-17:00', '2026-03-08T13:00:00Z', true],
    ['America/New_York', 'Su 09:00-17:00', '2026-03-08T12:59:00Z', false],
    ['America/New_York', 'Sa 22:00-03:30', '2026-03-08T07:00:00Z', true],
    ['America/New_York', 'Sa 22:00-03:30', '2026-03-08T07:30:00Z', false],
    ['America/New_York', 'Su 09:00-17:00', '2026-11-01T13:59:00Z', false],
    ['America/New_York', 'Su 09:00-17:00', '2026-11-01T14:00:00Z', true],
    ['America/New_York', '01:00-02:00', '2026-11-01T05:00:00Z', true],
    ['America/New_York', '01:00-02:00', '2026-11-01T06:59:00Z', true],
    ['America/New_York', '01:00-02:00', '2026-11-01T07:00:00Z', false],
    // Kathmandu is 5 h 45 min ahead.
    ['Asia/Kathmandu', 'Mo 09:00-17:00', '2026-11-16T03:15:00Z', true],
    ['Asia/Kathmandu', 'Mo 09:00-17:00', '2026-11-16T03:14:00Z', false],
    ['Asia/Kathmandu', 'Mo 00:00-24:00', '2026-11-15T18:15:00Z', true],
    ['Asia/Kathmandu', 'Mo 00:00-24:00', '2026-11-15T18:14:00Z', false],
    // Far west and far east of the date line, at one instant.
    ['Pacific/Kiritimati', 'Tu 00:00-24:00', '2026-11-16T10:30:00Z', true],
    ['Pacific/Pago_Pago', 'Su 00:00-24:00', '2026-11-16T10:30:00Z', true],
  ])('%s, %s at %s: %s', (zone, text, instant, open) => {
    expect(isOpen(hoursOf(text), at(instant), zone)).toBe(open);
  });
});

describe('time zones', () => {
  it('knows the IANA names and nothing else', () => {
    expect(['UTC', 'Europe/London', 'Asia/Kathmandu', 'America/Argentina/Ushuaia'].filter((name) => !isTimeZone(name))).toEqual([]);
    expect(['', 'Europe/Londres', 'GMT+25', '+01:00', '../etc/passwd', '__proto__'].filter((name) => isTimeZone(name))).toEqual([]);
  });

  it('reads an unknown zone as UTC, so that a call in progress never fails on it', () => {
    expect(localTime(at('2026-11-16T12:34:00Z'), 'Nowhere/Land')).toEqual(localTime(at('2026-11-16T12:34:00Z'), 'UTC'));
  });

  it('gives yesterday across a year', () => {
    expect(localTime(at('2027-01-01T00:10:00Z'), 'UTC')).toEqual({
      minute: 10,
      today: { year: 2027, month: 1, day: 1, weekday: 5 },
      yesterday: { year: 2026, month: 12, day: 31, weekday: 4 },
    });
  });
});

describe('always open', () => {
  it.each([
    ['24/7', true], ['00:00-24:00', true], ['Mo-Fr 00:00-24:00; Sa,Su 00:00-24:00', true],
    ['24/7; Dec 25 off', false], ['Mo-Fr 00:00-24:00', false], ['00:00-23:59', false], ['24/7; Su off', false],
  ])('%s: %s', (text, always) => {
    expect(isAlwaysOpen(hoursOf(text))).toBe(always);
  });
});

/**
 * Is a destination open? By the clock on its wall, so 09:00 stays 09:00 when summer time begins or ends.
 *
 * - A rule by date overrides rules by weekday; among equals the later one overrides the earlier, for the whole day.
 * - `22:00-06:00` belongs to the day it begins on: its hours after midnight hold even where the next day has hours
 *   of its own (OpenStreetMap would want a comma for that).
 * - `off` closes the whole calendar day, from midnight to midnight, hours left over from the evening before included.
 * - A day that no rule speaks of is closed, apart from such left-over hours.
 */
import { parseHours, isMistake, type DateSpan, type Hours, type TimeRange } from './parse-hours.ts';
import { localTime, type Day } from './zone.ts';

export { parseHours, type Hours } from './parse-hours.ts';
export { isTimeZone } from './zone.ts';

function covers(span: DateSpan, day: Day): boolean {
  if (span.year !== undefined && span.year !== day.year) return false;
  const date = day.month * 100 + day.day;
  return span.from <= span.to ? span.from <= date && date <= span.to : date >= span.from || date <= span.to;
}

function rangesOn(hours: Hours, day: Day): readonly TimeRange[] | undefined {
  for (const rule of hours.dated) {
    if (rule.spans.some((span) => covers(span, day))) return rule.ranges;
  }
  return hours.week[day.weekday];
}

const overnight = (range: TimeRange): boolean => range.to <= range.from;

/** Whether it is open at an instant, milliseconds since 1970. */
export function isOpen(hours: Hours, at: number, timeZone: string): boolean {
  const { minute, today, yesterday } = localTime(at, timeZone);
  const ranges = rangesOn(hours, today);
  if (ranges?.length === 0) return false;
  if (ranges?.some((range) => minute >= range.from && (overnight(range) || minute < range.to))) return true;
  return rangesOn(hours, yesterday)?.some((range) => overnight(range) && minute < range.to) ?? false;
}

const wholeDay = (ranges: readonly TimeRange[] | undefined): boolean => ranges?.some((range) => range.from === 0 && range.to === 1440) ?? false;

/** True when it plainly never closes: every weekday and every rule by date is open from 00:00 to 24:00. */
export function isAlwaysOpen(hours: Hours): boolean {
  return hours.week.every(wholeDay) && hours.dated.every((rule) => wholeDay(rule.ranges));
}

/** True when it plainly never opens: no weekday and no rule by date has any hours. */
export function isNeverOpen(hours: Hours): boolean {
  return hours.week.every((ranges) => (ranges ?? []).length === 0) && hours.dated.every((rule) => rule.ranges.length === 0);
}

/** Distinct texts remembered; beyond that all are forgotten and read again. */
const MAX_KNOWN = 5000;
const known = new Map<string, Hours | undefined>();

/** The hours of a text that was read before, without reading it again; undefined when it cannot be read. */
export function knownHours(text: string): Hours | undefined {
  if (known.has(text)) return known.get(text);
  if (known.size >= MAX_KNOWN) known.clear();
  const parsed = parseHours(text);
  const hours = isMistake(parsed) ? undefined : parsed.hours;
  known.set(text, hours);
  return hours;
}

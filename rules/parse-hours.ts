/**
 * Reads opening hours: a small subset of the OpenStreetMap `opening_hours` grammar
 * (https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification). rules/hours.ts says whether they are open.
 *
 *     hours    = rule { ";" rule } [ ";" ]
 *     rule     = "24/7" | [ days ] ( times | "off" | "closed" )
 *     days     = weekdays | dates
 *     weekdays = wd [ "-" wd ] { "," wd [ "-" wd ] }           Mo-Fr   Mo,We,Fr   Sa-Mo goes over the weekend
 *     dates    = date { "," date }
 *     date     = month day [ "-" [ month ] day ]                Dec 25   Dec 24-26   Dec 24-Jan 1   every year
 *              | yyyy-mm-dd                                     2026-04-03, that day alone
 *     times    = hh:mm "-" hh:mm { "," hh:mm "-" hh:mm }        22:00-06:00 goes past midnight
 *
 * Not taken, and said so by an error: months without a day, weeks, public holidays, sunrise, comments, `||`.
 */

/** From and to in minutes since local midnight; `to` not after `from` means that it ends on the following day. */
export interface TimeRange {
  from: number;
  to: number;
}

/** Days of a rule by date: month and day as month * 100 + day, every year, or in one year alone. */
export interface DateSpan {
  year?: number;
  from: number;
  to: number;
}

export interface Hours {
  /** By weekday, Sunday first: `undefined` where nothing is said, empty where it is `off`. */
  week: readonly (readonly TimeRange[] | undefined)[];
  /** Rules by date, the last written first: the first that covers a day is the one that holds. */
  dated: readonly { spans: readonly DateSpan[]; ranges: readonly TimeRange[] }[];
}

export interface Mistake {
  error: string;
  /** Where in the text, counted from 0. */
  at: number;
}

type Days = { weekdays: readonly number[] } | { spans: readonly DateSpan[] };
interface Scanner {
  /** The groups of the expression if it matches here; then stands behind it and any space. */
  take(expression: RegExp): RegExpExecArray | undefined;
  at(): number;
  done(): boolean;
}

const WEEKDAYS = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const EVERY_DAY: Days = { weekdays: [0, 1, 2, 3, 4, 5, 6] };
const WHOLE_DAY: TimeRange = { from: 0, to: 1440 };

const ALWAYS = /24\/7/y;
const OFF = /(?:off|closed)(?![a-z])/iy;
const WEEKDAY = /(su|mo|tu|we|th|fr|sa)(?![a-z])/iy;
const MONTH = /(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?![a-z])/iy;
const DAY = /(\d{1,2})(?![\d:])/y;
const ISO_DATE = /(\d{4})-(\d{2})-(\d{2})(?!\d)/y;
const TIME = /(\d{1,2}):(\d{2})(?!\d)/y;
const DASH = /-/y;
const COMMA = /,/y;
const SEMICOLON = /;/y;
const DATE_AHEAD = /(?=\d{4}-|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?![a-z]))/iy;
const WEEKDAY_AHEAD = /(?=(?:su|mo|tu|we|th|fr|sa)(?![a-z]))/iy;
const OTHER_WORD = /(?!(?:off|closed)(?![a-z]))[a-z]/iy;

function createScanner(text: string): Scanner {
  let position = 0;
  const skipSpace = () => {
    while (text[position] === ' ' || text[position] === '\t') position += 1;
  };
  skipSpace();
  return {
    take(expression) {
      expression.lastIndex = position;
      const found = expression.exec(text);
      if (found === null) return undefined;
      position += found[0].length;
      skipSpace();
      return found;
    },
    at: () => position,
    done: () => position >= text.length,
  };
}

const mistake = (at: number, error: string): Mistake => ({ error, at });
export const isMistake = (value: object): value is Mistake => 'error' in value;

/** One or more of what `one` reads, with commas between. */
function list<T>(scan: Scanner, one: (scan: Scanner) => T | Mistake): T[] | Mistake {
  const found: T[] = [];
  do {
    const next = one(scan);
    if (typeof next === 'object' && next !== null && isMistake(next)) return next;
    found.push(next);
  } while (scan.take(COMMA));
  return found;
}

function weekdayRange(scan: Scanner): number[] | Mistake {
  const at = scan.at();
  const first = scan.take(WEEKDAY);
  if (!first) return mistake(at, 'a weekday was expected: Mo, Tu, We, Th, Fr, Sa or Su');
  const from = WEEKDAYS.indexOf((first[1] ?? '').toLowerCase());
  if (!scan.take(DASH)) return [from];
  const atLast = scan.at();
  const last = scan.take(WEEKDAY);
  if (!last) return mistake(atLast, 'a weekday was expected after the dash: Mo, Tu, We, Th, Fr, Sa or Su');
  const to = WEEKDAYS.indexOf((last[1] ?? '').toLowerCase());
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, index) => (from + index) % 7);
}

function dayInMonth(scan: Scanner, month: number): number | Mistake {
  const at = scan.at();
  const found = scan.take(DAY);
  if (!found) return mistake(at, 'a month needs a day, e.g. `Dec 25`');
  const day = Number(found[1]);
  if (day < 1 || day > (DAYS_IN_MONTH[month - 1] ?? 0)) return mistake(at, 'that month has no such day');
  return month * 100 + day;
}

function isoDate(found: RegExpExecArray, at: number): DateSpan | Mistake {
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return mistake(at, 'there is no such date');
  return { year, from: month * 100 + day, to: month * 100 + day };
}

function dateSpan(scan: Scanner): DateSpan | Mistake {
  const at = scan.at();
  const iso = scan.take(ISO_DATE);
  if (iso) return isoDate(iso, at);
  const month = scan.take(MONTH);
  if (!month) return mistake(at, 'a date was expected, e.g. `Dec 25` or `2026-04-03`');
  const firstMonth = MONTHS.indexOf((month[1] ?? '').toLowerCase()) + 1;
  const from = dayInMonth(scan, firstMonth);
  if (typeof from === 'object' || !scan.take(DASH)) return typeof from === 'object' ? from : { from, to: from };
  const other = scan.take(MONTH);
  const atTo = scan.at();
  const to = dayInMonth(scan, other ? MONTHS.indexOf((other[1] ?? '').toLowerCase()) + 1 : firstMonth);
  if (typeof to === 'object') return to;
  if (!other && to < from) return mistake(atTo, 'the last day comes before the first');
  return { from, to };
}

function days(scan: Scanner): Days | Mistake {
  const at = scan.at();
  if (scan.take(DATE_AHEAD)) {
    const spans = list(scan, dateSpan);
    return 'error' in spans ? spans : { spans };
  }
  if (!scan.take(WEEKDAY_AHEAD)) {
    return scan.take(OTHER_WORD) ? mistake(at, 'not understood: write weekdays as Mo, Tu, We, Th, Fr, Sa, Su and dates as `Dec 25` or `2026-04-03`') : EVERY_DAY;
  }
  const weekdays = list(scan, weekdayRange);
  return 'error' in weekdays ? weekdays : { weekdays: weekdays.flat() };
}

function clockTime(scan: Scanner, latest: number): number | Mistake {
  const at = scan.at();
  const found = scan.take(TIME);
  if (!found) return mistake(at, 'a time was expected, e.g. `09:00-17:30`, or `off`');
  const [hour, minute] = [Number(found[1]), Number(found[2])];
  if (minute > 59 || hour * 60 + minute > latest) return mistake(at, `not a time of day: ${found[0].trim()}`);
  return hour * 60 + minute;
}

function timeRange(scan: Scanner): TimeRange | Mistake {
  const at = scan.at();
  const from = clockTime(scan, 1439);
  if (typeof from === 'object') return from;
  const atDash = scan.at();
  if (!scan.take(DASH)) return mistake(atDash, 'a dash and the closing time were expected, e.g. `09:00-17:30`');
  const to = clockTime(scan, 1440);
  if (typeof to === 'object') return to;
  return from === to ? mistake(at, 'opens and closes at the same time; for the whole day write `00:00-24:00`') : { from, to };
}

function rule(scan: Scanner): { days: Days; ranges: readonly TimeRange[] } | Mistake {
  if (scan.take(ALWAYS)) return { days: EVERY_DAY, ranges: [WHOLE_DAY] };
  const on = days(scan);
  if (isMistake(on)) return on;
  if (scan.take(OFF)) return { days: on, ranges: [] };
  const ranges = list(scan, timeRange);
  return 'error' in ranges ? ranges : { days: on, ranges };
}

/** The hours that a text describes, or what is wrong with it and where. */
export function parseHours(text: string): { hours: Hours } | Mistake {
  const scan = createScanner(text);
  const week: (readonly TimeRange[] | undefined)[] = Array.from({ length: 7 }, () => undefined);
  const dated: { spans: readonly DateSpan[]; ranges: readonly TimeRange[] }[] = [];
  do {
    const next = rule(scan);
    if (isMistake(next)) return next;
    if ('spans' in next.days) dated.unshift({ spans: next.days.spans, ranges: next.ranges });
    else for (const weekday of next.days.weekdays) week[weekday] = next.ranges;
    if (!scan.done() && !scan.take(SEMICOLON)) return mistake(scan.at(), 'not understood from here; rules are separated by `;`');
  } while (!scan.done());
  return { hours: { week, dated } };
}

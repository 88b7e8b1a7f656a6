/** A moment as answers and messages give it. */

const DAY_MS = 86_400_000;
/** Of `hh:mm:ss.mmmZ`. */
const TIME_CHARACTERS = 13;
const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
let day = Number.NaN;
let date = '';

/** ISO 8601 in UTC, with milliseconds; `ms` counts from 1970. Throws a RangeError for what no calendar has. */
export function iso(ms: number): string {
  const whole = Math.trunc(ms);
  const of = Math.floor(whole / DAY_MS);
  // What is told of a day is told often, and to reckon the day costs much more than the rest.
  if (of !== day) {
    date = new Date(ms).toISOString().slice(0, -TIME_CHARACTERS);
    day = of;
  }
  const rest = whole - of * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  return `${date}${TWO[Math.floor(seconds / 3600)]}:${TWO[Math.floor(seconds / 60) % 60]}:${TWO[seconds % 60]}.${String(rest % 1000).padStart(3, '0')}Z`;
}

/** The same in whole seconds, for sentences. */
export const isoSeconds = (ms: number): string => `${iso(ms).slice(0, 19)}Z`;

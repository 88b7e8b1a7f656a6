/** How long an answer asks to be left alone. */

/** Longer is not believed, milliseconds. */
const LONGEST_MS = 3_600_000;

/** Milliseconds from `now` that a `Retry-After` names (RFC 9110, 10.2.3), as seconds or as a date, at most an hour; undefined for what is none. */
export function retryAfterMs(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS);
  // Dates have names of days and months in them; `Date.parse` takes numbers of all kinds for dates.
  const at = /^[A-Z][a-z]{2,8},? .*\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), LONGEST_MS);
}

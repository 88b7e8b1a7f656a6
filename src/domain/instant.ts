/** A moment as answers and messages give it. */

/** ISO 8601 in UTC, with milliseconds; `ms` counts from 1970. Throws a RangeError for what no calendar has. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** The same in whole seconds, for sentences. */
export const isoSeconds = (ms: number): string => `${iso(ms).slice(0, 19)}Z`;

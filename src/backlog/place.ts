/** The places of notifications in the order of arrival, `MOMENT-NUMBER`, as a Redis stream has them; `0` is before all. */

export const BEGINNING = '0';

/** The first place of a moment, milliseconds since 1970. */
export const placeAt = (moment: number): string => `${moment}-0`;

/** Numbers of the same length are in the order of their texts. */
export function isAfter(one: string, other: string): boolean {
  const dash = one.indexOf('-');
  const otherDash = other.indexOf('-');
  if (dash !== otherDash) return dash > otherDash;
  if (one.length === other.length) return one > other;
  const order = one.slice(0, dash).localeCompare(other.slice(0, dash));
  return order === 0 ? one.length > other.length : order > 0;
}

/** A place of which nothing lies between it and this one. */
export function placeBefore(place: string): string {
  const [moment = '0', number = '0'] = place.split('-');
  return number === '0' ? `${Number(moment) - 1}-${Number.MAX_SAFE_INTEGER}` : `${moment}-${Number(number) - 1}`;
}

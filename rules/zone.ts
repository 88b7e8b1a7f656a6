/** Wall-clock time in an IANA time zone, through the platform's own zone data. */

/** A calendar day; `weekday` is 0 on Sunday, as in JavaScript. */
export interface Day {
  year: number;
  month: number;
  day: number;
  weekday: number;
}

export interface LocalTime {
  /** Minutes since local midnight by the clock on the wall, 0 to 1439. */
  minute: number;
  today: Day;
  yesterday: Day;
}

interface Zone {
  format: Intl.DateTimeFormat;
  /** The minute since 1970 that `local` is of: calls come in time order, so one is enough. */
  cachedMinute: number;
  local: LocalTime | undefined;
}

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** There are some 600 IANA names; the cap only guards against endless spellings in other letter cases. */
const MAX_ZONES = 1000;

const zones = new Map<string, Zone | undefined>();

function createZone(name: string): Zone | undefined {
  // Newer engines also take offsets such as `+01:00`; those know no summer time and are not IANA names.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: name, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
    });
    return { format, cachedMinute: Number.NaN, local: undefined };
  } catch {
    return undefined;
  }
}

function zoneOf(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  if (zones.size >= MAX_ZONES) zones.clear();
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

function dayOf(utcMidnight: number): Day {
  const date = new Date(utcMidnight);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() };
}

function read(format: Intl.DateTimeFormat, at: number): LocalTime {
  const field: Record<string, number> = {};
  for (const part of format.formatToParts(at)) field[part.type] = Number(part.value);
  const midnight = Date.UTC(field['year'] ?? 0, (field['month'] ?? 1) - 1, field['day'] ?? 1);
  return { minute: (field['hour'] ?? 0) * 60 + (field['minute'] ?? 0), today: dayOf(midnight), yesterday: dayOf(midnight - MS_PER_DAY) };
}

/** True for a time zone that this machine knows by that name. */
export function isTimeZone(name: string): boolean {
  return zoneOf(name) !== undefined;
}

/** The local time at an instant (milliseconds since 1970); a zone that is not known counts as UTC, so that a call is never lost on it. */
export function localTime(at: number, timeZone: string): LocalTime {
  const zone = zoneOf(timeZone) ?? zoneOf('UTC');
  if (zone === undefined) throw new Error('the platform has no UTC');
  const minute = Math.floor(at / MS_PER_MINUTE);
  if (zone.local === undefined || zone.cachedMinute !== minute) {
    zone.local = read(zone.format, at);
    zone.cachedMinute = minute;
  }
  return zone.local;
}

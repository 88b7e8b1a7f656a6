/**
 * Does a dial string reach emergency services, whoever dials it and however it is disguised: with a country code in front, an
 * international prefix, a trunk or outside-line digit, a service code? Where in doubt, yes; but not every extension that
 * ends in the digits of somebody's fire brigade.
 */
import type { DestinationPolicy } from '../src/domain/destination-policy.ts';
import { countriesByCallingCode } from '../src/domain/phone-number.ts';
import { withoutServiceCode } from './dialled-number.ts';
import { EMERGENCY_NUMBERS } from './emergency-table.ts';

/** Taken for emergency in so many networks that any of them may be behind a SIP host. */
const WORLDWIDE: ReadonlySet<string> = new Set(['112', '911', '999']);
/** Digits that a network may want before a national number. */
const TRUNK = ['0', '1', '8', '9'] as const;

const countriesOf = countriesByCallingCode();
const numbersOf = new Map(Object.entries(EMERGENCY_NUMBERS).map(([country, numbers]) => [country, new Set(numbers.split(' '))]));

const isOf = (digits: string, countries: readonly string[]): boolean => countries.some((country) => numbersOf.get(country)?.has(digits) === true);

function splitCallingCode(digits: string): { code: string; national: string } | undefined {
  for (let length = 1; length <= 3; length += 1) {
    const code = digits.slice(0, length);
    if (countriesOf.has(code)) return { code, national: digits.slice(length) };
  }
  return undefined;
}

type Lists = Pick<DestinationPolicy, 'emergency' | 'internationalPrefixes'>;

/** Digits that begin with a country code. */
function inInternational(digits: string, { emergency }: Lists): boolean {
  const split = splitCallingCode(digits);
  if (split === undefined) return emergency.everywhere.includes(digits);
  const { code, national } = split;
  const countries = countriesOf.get(code) ?? [];
  const reaches = (rest: string): boolean => isOf(rest, countries) || WORLDWIDE.has(rest) || emergency.everywhere.includes(rest);
  if (reaches(national) || TRUNK.some((digit) => national.startsWith(digit) && reaches(national.slice(1)))) return true;
  // Within +1 an area code may stand between.
  return code === '1' && national.length === 6 && reaches(national.slice(3));
}

/** Digits dialled as they are, in a network of one of these countries or of none that we know. */
function inNational(digits: string, countries: readonly string[], lists: Lists): boolean {
  const { everywhere, outsideLine } = lists.emergency;
  if (everywhere.includes(digits) || WORLDWIDE.has(digits) || isOf(digits, countries)) return true;
  for (const line of outsideLine) {
    const rest = digits.startsWith(line) ? digits.slice(line.length) : '';
    if (WORLDWIDE.has(rest) || (rest.length >= 3 && isOf(rest, countries))) return true;
  }
  const split = splitCallingCode(digits);
  if (split === undefined || split.national.length < 3) return false;
  // Of four digits, as many extensions have, only what North America dials: 1911.
  return split.code === '1' ? split.national === '911' : WORLDWIDE.has(split.national) || isOf(split.national, countriesOf.get(split.code) ?? []);
}

/** Longest emergency number that may be followed by more digits and be reached all the same. */
const CONNECTING = 3;

/** Many networks connect as soon as they have heard the emergency number, whatever follows. */
function connectsEarly(digits: string, countries: readonly string[]): boolean {
  const beginning = digits.slice(0, CONNECTING);
  return digits.length >= 7 && WORLDWIDE.has(beginning) && isOf(beginning, countries);
}

/**
 * @param dial digits, perhaps with a leading `+`, `*` or `#`
 * @param countries where it may be dialled, besides anywhere
 */
export function reachesEmergency(dial: string, countries: readonly string[], lists: Lists): boolean {
  const readings = [dial, ...withoutServiceCode(dial)].map((text) => text.replace(/[*#]/g, ''));
  return readings.some((reading) => {
    const digits = reading.replace(/^\+/, '');
    if (reading.startsWith('+') && inInternational(digits, lists)) return true;
    if (inNational(digits, countries, lists)) return true;
    if (!reading.startsWith('+') && connectsEarly(digits, countries)) return true;
    const dialledOut = [digits, ...lists.emergency.outsideLine.filter((line) => digits.startsWith(line)).map((line) => digits.slice(line.length))];
    return dialledOut.some((rest) =>
      lists.internationalPrefixes.some((prefix) => rest.startsWith(prefix) && (WORLDWIDE.has(rest.slice(prefix.length)) || inInternational(rest.slice(prefix.length), lists))),
    );
  });
}

/** Telephone numbers: one canonical spelling (E.164), and the masked form that may be logged. */
import { getCountries, getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString, type NumberType } from 'libphonenumber-js/max';

/** A number in E.164: `+` and 7 to 15 digits, the first not 0 (ITU-T E.164, 6.2.1). */
export const E164_PATTERN = '^\\+[1-9][0-9]{6,14}$';
const e164 = new RegExp(E164_PATTERN);

/** Cheap spelling check for the hot path; says nothing about whether the number is in use. */
export function isE164(text: string): boolean {
  return e164.test(text);
}

/**
 * The canonical E.164 of a number that is valid in its country's numbering plan, else undefined.
 * `+` is required: without it "2 07 946 0123" means different numbers in different countries.
 */
export function canonicalNumber(text: string): string | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('+')) return undefined;
  // Without `extract: false` it would find a number in any text that begins with one.
  const parsed = parsePhoneNumberFromString(trimmed, { extract: false });
  return parsed?.isValid() && parsed.ext === undefined ? parsed.number : undefined;
}

/** The ISO 3166 country of an E.164 number, undefined for the non-geographic ones (+800, +882 …). */
export function countryOf(number: string): string | undefined {
  return parsePhoneNumberFromString(number)?.country;
}

/** Kinds of numbers as libphonenumber tells them apart, in our spelling. */
export const NUMBER_KINDS = ['premium-rate', 'shared-cost', 'personal', 'pager', 'uan', 'voicemail', 'voip', 'toll-free', 'fixed-line', 'mobile', 'fixed-line-or-mobile', 'unknown'] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

const KINDS: Readonly<Record<NonNullable<NumberType>, NumberKind>> = {
  PREMIUM_RATE: 'premium-rate', SHARED_COST: 'shared-cost', PERSONAL_NUMBER: 'personal', PAGER: 'pager', UAN: 'uan', VOICEMAIL: 'voicemail', VOIP: 'voip', TOLL_FREE: 'toll-free',
  FIXED_LINE: 'fixed-line', MOBILE: 'mobile', FIXED_LINE_OR_MOBILE: 'fixed-line-or-mobile',
};

/** What the numbering plans say of a number. */
export interface NumberFacts {
  /** E.164. */
  number: string;
  /** ISO 3166; undefined for the non-geographic ones. */
  country: string | undefined;
  kind: NumberKind;
}

/** What the numbering plans say of digits, read as dialled in a country or, with `+`, anywhere; undefined when they are no valid number. */
export function numberFacts(digits: string, country?: string): NumberFacts | undefined {
  const from = country !== undefined && isSupportedCountry(country) ? { defaultCountry: country } : {};
  const parsed = parsePhoneNumberFromString(digits, { ...from, extract: false });
  if (!parsed?.isValid() || parsed.ext !== undefined) return undefined;
  const type = parsed.getType();
  return { number: parsed.number, country: parsed.country, kind: type === undefined ? 'unknown' : KINDS[type] };
}

/** Countries by calling code, those that share one together. */
export function countriesByCallingCode(): Map<string, string[]> {
  const countries = new Map<string, string[]>();
  for (const country of getCountries()) {
    const code = getCountryCallingCode(country);
    countries.set(code, [...(countries.get(code) ?? []), country]);
  }
  return countries;
}

/** The calling code of an ISO 3166 country; undefined for one that has no numbers. */
export function callingCodeOf(country: string): string | undefined {
  return isSupportedCountry(country) ? getCountryCallingCode(country) : undefined;
}

/** `+447400123456` as `+447*****456`: enough to find it with the customer's help, too little to call it. */
export function maskNumber(text: string): string {
  const digits = text.replace(/[^0-9]/g, '');
  if (digits.length < 7) return '***';
  return `+${digits.slice(0, 3)}${'*'.repeat(digits.length - 6)}${digits.slice(-3)}`;
}

const LONG_DIGITS = /\+?\d{7,}/g;

/** Masks every run of seven digits or more in a text: for error texts of foreign origin. */
export function maskNumbersIn(text: string): string {
  return text.replace(LONG_DIGITS, maskNumber);
}

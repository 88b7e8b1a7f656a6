/** Telephone numbers: one canonical spelling (E.164), and the masked form that may be logged. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

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

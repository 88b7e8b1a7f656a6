/**
 * Writes rules/emergency-table.ts: the emergency numbers of every country, from the short-number metadata of Google's
 * libphonenumber (package google-libphonenumber, Apache-2.0), every pattern written out as the numbers that it matches.
 * Usage: node scripts/emergency-table.mjs > rules/emergency-table.ts
 */
import { createRequire } from 'node:module';

const { shortnumbermetadata } = createRequire(import.meta.url)('google-libphonenumber');

/** Fields of PhoneMetadata and PhoneNumberDesc in libphonenumber's phonemetadata.proto. */
const GENERAL = 1;
const EMERGENCY = 27;
const PATTERN = 2;
const LENGTHS = 9;
const WIDTH = 150;

/** Every number of these lengths that a pattern matches whole. */
function numbersOf(pattern, lengths) {
  const whole = new RegExp(`^(?:${pattern})$`);
  const numbers = [];
  for (const length of lengths) {
    for (let value = 0; value < 10 ** length; value += 1) {
      const digits = String(value).padStart(length, '0');
      if (whole.test(digits)) numbers.push(digits);
    }
  }
  return numbers;
}

const expanded = new Map();
const entries = Object.entries(shortnumbermetadata.countryToMetadata).flatMap(([country, metadata]) => {
  const { [PATTERN]: pattern, [LENGTHS]: given } = metadata[EMERGENCY] ?? [];
  if (!pattern) return [];
  // Without lengths of its own it has those of all the country's short numbers.
  const lengths = given ?? metadata[GENERAL][LENGTHS];
  const key = `${pattern} ${lengths.join(' ')}`;
  if (!expanded.has(key)) expanded.set(key, numbersOf(pattern, lengths.filter((length) => length > 0)));
  return expanded.get(key).length === 0 ? [] : [`${country}: '${expanded.get(key).join(' ')}'`];
});

const lines = [''];
for (const entry of entries.toSorted()) {
  const last = lines.length - 1;
  if (lines[last] !== '' && lines[last].length + entry.length > WIDTH) lines.push('');
  lines[lines.length - 1] += `${lines.at(-1) === '' ? ' ' : ''} ${entry},`;
}

process.stdout.write(`/**
 * The emergency numbers of every country, by ISO 3166 code. Made by scripts/emergency-table.mjs from the short-number metadata of
 * Google's libphonenumber (Apache License 2.0); a test compares the two. Do not edit.
 */
export const EMERGENCY_NUMBERS: Readonly<Record<string, string>> = {
${lines.join('\n')}
};
`);

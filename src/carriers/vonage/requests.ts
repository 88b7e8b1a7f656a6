/** Vonage's writes of a number as plain requests (https://developer.vonage.com/api/numbers). */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused } from '../http.ts';
import { formRequest, type PlainApi, type PlainWrite } from '../plain-api.ts';
import { NUMBER_FIELDS, SMS } from './fields.ts';

export const CARRIER = 'Vonage';
const NUMBERS = 'https://rest.nexmo.com';
/** Country and number, as one write needs them both, e.g. `GB-442079460123`. */
const REF = /^([A-Z]{2})-([1-9][0-9]{6,14})$/;
/** The most that a page holds. */
export const MOST_MATCHES = 100;

/** Undefined for what is no ref of a number. */
export function partsOf(ref: string): { country: string; msisdn: string } | undefined {
  const [, country, msisdn] = REF.exec(ref) ?? [];
  return country === undefined || msisdn === undefined ? undefined : { country, msisdn };
}

export function numbersPath(query: Readonly<Record<string, string>>): string {
  return `/account/numbers?${new URLSearchParams({ ...query, size: String(MOST_MATCHES) }).toString()}`;
}

/** Those that have these digits in them. */
export const searchFor = (msisdn: string): Record<string, string> => ({ pattern: msisdn, search_pattern: '1' });

/** `voiceStatusCallback`: sent each time, for Vonage does not show what a number has. */
export function updateRequest(ref: string, fields: Routing, before: Routing, voiceStatusCallback: string | undefined): PlainWrite {
  const parts = partsOf(ref);
  if (!parts) throw refused(CARRIER, 'no such number', 'carrier_number_unknown');
  const wanted: Routing = { ...before, ...fields };
  // What is empty and was empty need not be cleared.
  const set = Object.fromEntries(NUMBER_FIELDS.filter((field) => (wanted[field] ?? '') !== '' || (before[field] ?? '') !== '').map((field) => [field, wanted[field] ?? '']));
  const form: Record<string, string> = { ...parts, ...set, ...(voiceStatusCallback === undefined ? {} : { voiceStatusCallback }) };
  const { [SMS]: sms = '', ...without } = form;
  const request = (given: Record<string, string>) => formRequest('POST', '/number/update', given);
  // Vonage takes it only while it answers, and in an outage it may not: calls come first, and who reads back sees what is missing.
  return { ...request(form), ...(sms === '' ? {} : { otherwise: request(without) }) };
}

export function plainVonage({ credentials: { apiKey = '', voiceStatusCallback }, baseUrl = NUMBERS }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'basic', user: apiKey, secret: 'apiSecret' },
    write: (ref, fields, before) => [updateRequest(ref, fields, before, voiceStatusCallback)],
    read: (ref) => ({ method: 'GET', path: numbersPath(searchFor(partsOf(ref)?.msisdn ?? '')) }),
    done: '"error-code":"200"',
  };
}

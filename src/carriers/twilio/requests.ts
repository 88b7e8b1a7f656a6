/** Twilio's writes as plain requests (https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, /docs/usage/api/applications). */
import type { CarrierAccount, Routing } from '../api.ts';
import { formRequest, type PlainApi } from '../plain-api.ts';

/** The fields that decide where calls go; diverting and restoring need no others. */
export const APPLICATION_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'statusCallback', 'statusCallbackMethod'] as const;
export const NUMBER_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'voiceApplicationSid', 'trunkSid', 'statusCallback', 'statusCallbackMethod'] as const;

export const ORIGIN = 'https://api.twilio.com';

function pathOf(accountSid: string, ref: string): string {
  return `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/${ref.startsWith('AP') ? 'Applications' : 'IncomingPhoneNumbers'}/${encodeURIComponent(ref)}.json`;
}

/** Of a number or an application: where a write goes, and its form. `voiceUrl` is `VoiceUrl` there. */
export function writeOf(accountSid: string, ref: string, fields: Routing): { path: string; form: Record<string, string> } {
  const names = ref.startsWith('AP') ? APPLICATION_FIELDS : NUMBER_FIELDS;
  const form = Object.fromEntries(names.flatMap((field) => (fields[field] === undefined ? [] : [[field.charAt(0).toUpperCase() + field.slice(1), fields[field]]])));
  return { path: pathOf(accountSid, ref), form };
}

export function plainTwilio({ credentials, baseUrl = ORIGIN }: CarrierAccount): PlainApi {
  const { accountSid = '' } = credentials;
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'basic', user: accountSid, secret: 'authToken' },
    write(ref, fields) {
      const { path, form } = writeOf(accountSid, ref, fields);
      return [formRequest('POST', path, form)];
    },
    read: (ref) => ({ method: 'GET', path: pathOf(accountSid, ref) }),
  };
}

/** Twilio's writes as plain requests (https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, /docs/usage/api/applications). */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, Routing } from '../api.ts';
import { formRequest, type PlainApi } from '../plain-api.ts';

/** The fields that decide where calls go; diverting and restoring need no others. */
export const APPLICATION_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'statusCallback', 'statusCallbackMethod'] as const;
export const NUMBER_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'voiceApplicationSid', 'trunkSid', 'statusCallback', 'statusCallbackMethod'] as const;

export const ORIGIN = 'https://api.twilio.com';
/** In front of each origination URL's fields. */
export const ORIGINATION = 'originationUrls.';
/** Its name at Twilio, and in the place of a SID. */
export const OURS = 'ringthrough';
export const TRUNKING_ORIGIN = 'https://trunking.twilio.com';

export interface Posted {
  /** Below the origin. */
  path: string;
  form: Record<string, string>;
}

const formOf = (fields: Routing, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((field) => (fields[field] === undefined ? [] : [[field.charAt(0).toUpperCase() + field.slice(1), fields[field]]])));

function pathOf(accountSid: string, ref: string): string {
  return `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/${ref.startsWith('AP') ? 'Applications' : 'IncomingPhoneNumbers'}/${encodeURIComponent(ref)}.json`;
}

/** Of a number or an application: where a write goes, and its form. `voiceUrl` is `VoiceUrl` there. */
export function writeOf(accountSid: string, ref: string, fields: Routing): Posted {
  return { path: pathOf(accountSid, ref), form: formOf(fields, ref.startsWith('AP') ? APPLICATION_FIELDS : NUMBER_FIELDS) };
}

/** The fields of each origination URL, by its SID: of `originationUrls.OU….enabled` it is `enabled`. */
export function byUrl(fields: Routing): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const [field, value] of Object.entries(fields)) {
    if (!field.startsWith(ORIGINATION)) continue;
    const [sid = '', name = ''] = field.slice(ORIGINATION.length).split('.');
    found.set(sid, { ...found.get(sid), [name]: value });
  }
  return found;
}

/** For the trunk itself and for each origination URL but ours, in the order of the fields (https://www.twilio.com/docs/sip-trunking/api). */
export function trunkWrites(ref: string, fields: Routing): Posted[] {
  const path = `/v1/Trunks/${encodeURIComponent(ref)}`;
  const own = formOf(fields, ['disasterRecoveryUrl', 'disasterRecoveryMethod']);
  const urls = [...byUrl(fields)].filter(([sid]) => sid !== OURS);
  return [
    ...(Object.keys(own).length > 0 ? [{ path, form: own }] : []),
    ...urls.map(([sid, set]) => ({ path: `${path}/OriginationUrls/${encodeURIComponent(sid)}`, form: formOf(set, ['sipUrl', 'enabled', 'priority', 'weight']) })),
  ];
}

/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
export function textOf(accountSid: string, { from, to, text }: { from: string; to: string; text: string }): Posted {
  return { path: `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`, form: { From: from, To: to, Body: text } };
}

export function plainTwilio({ credentials, baseUrl }: CarrierAccount): PlainApi {
  const { accountSid = '' } = credentials;
  const trunking = baseUrl === undefined ? TRUNKING_ORIGIN : '';
  return {
    baseUrl: baseUrl ?? ORIGIN,
    headers: { accept: 'application/json' },
    auth: { by: 'basic', user: accountSid, secret: 'authToken' },
    write(ref, fields) {
      if (ref.startsWith('TK')) {
        // It is known by its name alone, and would have to be looked for.
        if (byUrl(fields).has(OURS)) throw new Failure('carrier_refused', 'Twilio: our own origination URL is not set by a plain request');
        return trunkWrites(ref, fields).map(({ path, form }) => formRequest('POST', trunking + path, form));
      }
      const { path, form } = writeOf(accountSid, ref, fields);
      return [formRequest('POST', path, form)];
    },
    read: (ref) => ({ method: 'GET', path: ref.startsWith('TK') ? `${trunking}/v1/Trunks/${encodeURIComponent(ref)}/OriginationUrls` : pathOf(accountSid, ref) }),
  };
}

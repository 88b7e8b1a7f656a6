/** Telnyx' writes of a number as plain requests (https://developers.telnyx.com/api-reference/phone-number-configurations). */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { jsonRequest, type PlainApi } from '../plain-api.ts';
import { documentMethod } from '../document-method.ts';
import { CONNECTION, ENABLED, FORWARDING_FIELDS, FORWARDS_TO, isForwarding, picked, TO, TYPE } from './fields.ts';

export const CARRIER = 'Telnyx';
const BASE_URL = 'https://api.telnyx.com';
export const ID = /^[0-9]{1,24}$/;
/** Names of those that are made here: for numbers that are wired to us, and for diversions. */
export const WIRED_NAME = 'Ringthrough';
export const DIVERTED_NAME = 'Ringthrough-diverted';

export const voicePath = (ref: string): string => `/v2/phone_numbers/${ref}/voice`;

/** All that an application of ours for this address has set; nobody else's is taken for one. */
export function applicationTo(url: string): Routing {
  return { voice_url: url, voice_method: documentMethod(url).toLowerCase(), voice_fallback_url: '', status_callback: '', status_callback_method: 'post' };
}

/** `profile`: its outbound voice profile; empty for none. */
export function makeRequest(name: string, wanted: Routing, profile: string): CarrierRequest {
  // An address that is left out is not set; one that is empty might be refused.
  const set = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''));
  return jsonRequest('POST', '/v2/texml_applications', { friendly_name: name, ...set, ...(profile === '' ? {} : { outbound: { outbound_voice_profile_id: profile } }) });
}

/** True when what these fields set depends on whether calls are forwarded now. */
export function needsForwarding(fields: Routing): boolean {
  return fields[ENABLED] === undefined && FORWARDING_FIELDS.some((field) => field in fields);
}

function forwardingRequest(ref: string, fields: Routing, before: Routing): CarrierRequest {
  // Left out, it would be turned on.
  const enabled = fields[ENABLED] ?? before[ENABLED];
  const { [TYPE]: type = '', [FORWARDS_TO]: to } = fields;
  return jsonRequest('PATCH', voicePath(ref), {
    call_forwarding: { call_forwarding_enabled: enabled === 'true', ...(type === '' ? {} : { forwarding_type: type }), ...(to === undefined ? {} : { forwards_to: to }) },
  });
}

/** Of a number: its connection by id, and its forwarding. */
export function numberWrites(ref: string, fields: Routing, before: Routing): CarrierRequest[] {
  if (!ID.test(ref)) throw refused(CARRIER, 'no such number', 'carrier_number_unknown');
  const requests = fields[CONNECTION] === undefined ? [] : [jsonRequest('PATCH', `/v2/phone_numbers/${ref}`, { connection_id: fields[CONNECTION] })];
  const forwarding = picked(fields, FORWARDING_FIELDS);
  // As in routing.ts: forwarding stands only on SIP connections.
  if (Object.keys(forwarding).length > 0) requests[isForwarding(forwarding) ? 'push' : 'unshift'](forwardingRequest(ref, forwarding, before));
  return requests;
}

export function plainTelnyx({ credentials: { outboundVoiceProfileId = '' }, baseUrl = BASE_URL }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'bearer', secret: 'apiKey' },
    objects: {
      neededFor: ({ [CONNECTION]: to = '' }) => (to.startsWith(TO) ? [to] : []),
      make: (needed) => makeRequest(DIVERTED_NAME, applicationTo(needed.slice(TO.length)), outboundVoiceProfileId),
      id: () => 'id',
    },
    write(ref, fields, before, idOf) {
      const to = fields[CONNECTION] ?? '';
      return numberWrites(ref, to.startsWith(TO) ? { ...fields, [CONNECTION]: idOf(to) } : fields, before);
    },
    read: (ref) => ({ method: 'GET', path: voicePath(ref) }),
  };
}

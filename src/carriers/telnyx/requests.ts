/** Telnyx' writes of a number as plain requests (https://developers.telnyx.com/api-reference/phone-number-configurations). */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { jsonRequest, type PlainApi } from '../plain-api.ts';
import { CONNECTION, ENABLED, FORWARDING_FIELDS, FORWARDS_TO, isForwarding, picked, TYPE } from './fields.ts';

export const CARRIER = 'Telnyx';
const BASE_URL = 'https://api.telnyx.com';
export const ID = /^[0-9]{1,24}$/;

export const voicePath = (ref: string): string => `/v2/phone_numbers/${ref}/voice`;

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

export function plainTelnyx({ baseUrl = BASE_URL }: Pick<CarrierAccount, 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'bearer', secret: 'apiKey' },
    write: numberWrites,
    read: (ref) => ({ method: 'GET', path: voicePath(ref) }),
  };
}

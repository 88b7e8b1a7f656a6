/** SignalWire's writes as plain requests: of its Twilio-compatible API, and of its native one where something else than an address has the calls. */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { formRequest, jsonRequest, type PlainApi } from '../plain-api.ts';
import { UUID } from '../uuid.ts';
import { APPLICATION_REF, HANDLED_BY, HANDLER, HANDLER_FIELDS, inForms, NUMBER_FIELDS, VOICE_FIELDS } from './fields.ts';

export const CARRIER = 'SignalWire';

export const accountPath = (projectId: string): string => `/api/laml/2010-04-01/Accounts/${encodeURIComponent(projectId)}`;
export const NATIVE_NUMBERS = '/api/relay/rest/phone_numbers';
export const nativePath = (id: string): string => `${NATIVE_NUMBERS}/${id}`;

export function checkedId(id: string): string {
  if (!UUID.test(id)) throw refused(CARRIER, 'no such id', 'carrier_number_unknown');
  return id;
}

export const isApplication = (ref: string): boolean => ref.startsWith(APPLICATION_REF);

/** Of a number, or of an application by `applications/` and its id. */
export function resourcePath(projectId: string, ref: string): string {
  return isApplication(ref) ? `${accountPath(projectId)}/Applications/${checkedId(ref.slice(APPLICATION_REF.length))}` : `${accountPath(projectId)}/IncomingPhoneNumbers/${checkedId(ref)}`;
}

/** Undefined when there is nothing to set by it. */
export function addressesRequest(projectId: string, ref: string, fields: Routing): CarrierRequest | undefined {
  const names = isApplication(ref) ? VOICE_FIELDS : NUMBER_FIELDS;
  const form = Object.fromEntries(names.flatMap((field) => (fields[field] === undefined ? [] : [[inForms(field), fields[field]]])));
  return Object.keys(form).length === 0 ? undefined : formRequest('POST', resourcePath(projectId, ref), form);
}

export const setsHandler = (fields: Routing): boolean => fields[HANDLER] !== undefined || fields[HANDLED_BY] !== undefined;

/** True when the handler is to be the address that the number has then. */
export const leadsToAddress = (fields: Routing): boolean => (fields[HANDLER] ?? '') === '';

/** To the address that the number has, which is in `has`, or to what had it before. */
export function handlerRequest(id: string, fields: Routing, has: Routing): CarrierRequest {
  const handler = fields[HANDLER] ?? '';
  const companion = HANDLER_FIELDS[handler];
  const body = leadsToAddress(fields)
    ? { call_handler: 'laml_webhooks', call_request_url: has['voiceUrl'] ?? '', call_request_method: has['voiceMethod'] || 'POST' }
    : { call_handler: handler, ...(companion === undefined ? {} : { [companion]: fields[HANDLED_BY] ?? '' }) };
  return jsonRequest('PUT', nativePath(checkedId(id)), body);
}

export function plainSignalwire({ credentials: { space = '', projectId = '' }, baseUrl }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl: baseUrl ?? `https://${space}.signalwire.com`,
    headers: { accept: 'application/json' },
    auth: { by: 'basic', user: projectId, secret: 'apiToken' },
    write(ref, fields, before) {
      const addresses = addressesRequest(projectId, ref, fields);
      const has = { ...before, ...fields };
      return [...(addresses ? [addresses] : []), ...(setsHandler(fields) && !isApplication(ref) ? [handlerRequest(ref, fields, has)] : [])];
    },
    read: (ref) => ({ method: 'GET', path: resourcePath(projectId, ref) }),
  };
}

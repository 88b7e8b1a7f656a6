/** Plivo's writes of a number as plain requests (https://www.plivo.com/docs/numbers/api/account-phone-number), and of an application that is made for a diversion. */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { jsonRequest, type PlainApi } from '../plain-api.ts';
import { APPLICATION, APPLICATION_FIELDS, APPLICATION_REF, ID, named, TO } from './fields.ts';

export const CARRIER = 'Plivo';
const BASE_URL = 'https://api.plivo.com';
/** Names of those that are made here: for numbers that are wired to us, and for diversions. */
export const WIRED_NAME = 'Ringthrough';
export const DIVERTED_NAME = 'Ringthrough-diverted';

export const accountPath = (authId: string): string => `/v1/Account/${encodeURIComponent(authId)}`;

/** All that an application of ours for this address has set; nobody else's is taken for one. */
export function divertedTo(url: string): Routing {
  return { answer_url: url, answer_method: 'GET', fallback_answer_url: '', hangup_url: '' };
}

export function numberPath(authId: string, ref: string): string {
  if (!ID.test(ref)) throw refused(CARRIER, 'no such number', 'carrier_number_unknown');
  return `${accountPath(authId)}/Number/${ref}/`;
}

/** `id` of its application; empty for none. */
export function numberRequest(authId: string, ref: string, id: string): CarrierRequest {
  return jsonRequest('POST', numberPath(authId, ref), { app_id: id === '' ? null : id });
}

export const applicationPath = (authId: string, id: string): string => `${accountPath(authId)}/Application/${id}/`;

/** Sets these settings of an application that many numbers may share. */
export function applicationRequest(authId: string, id: string, fields: Routing): CarrierRequest {
  if (!ID.test(id)) throw refused(CARRIER, 'no such application', 'carrier_number_unknown');
  return jsonRequest('POST', applicationPath(authId, id), named(fields, APPLICATION_FIELDS));
}

export function makeRequest(authId: string, name: string, wanted: Routing): CarrierRequest {
  // An address that is left out is not set; one that is empty might be refused.
  const set = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''));
  return jsonRequest('POST', `${accountPath(authId)}/Application/`, { app_name: name, ...set });
}

export function plainPlivo({ credentials: { authId = '' }, baseUrl = BASE_URL }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'basic', user: authId, secret: 'authToken' },
    objects: {
      neededFor: ({ [APPLICATION]: to = '' }) => (to.startsWith(TO) ? [to] : []),
      make: (needed) => makeRequest(authId, DIVERTED_NAME, divertedTo(needed.slice(TO.length))),
      id: () => 'app_id',
    },
    write(ref, fields, _before, idOf) {
      if (ref.startsWith(APPLICATION_REF)) return [applicationRequest(authId, ref.slice(APPLICATION_REF.length), fields)];
      const to = fields[APPLICATION];
      if (to === undefined) throw refused(CARRIER, 'which application it is to be is not said');
      return [numberRequest(authId, ref, to.startsWith(TO) ? idOf(to) : to)];
    },
    read: (ref) => ({ method: 'GET', path: ref.startsWith(APPLICATION_REF) ? applicationPath(authId, ref.slice(APPLICATION_REF.length)) : numberPath(authId, ref) }),
  };
}

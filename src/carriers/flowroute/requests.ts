/** Flowroute's writes as plain requests: the two routes of a number, and a route that is made for a target (https://developer.flowroute.com/api/numbers/v2.0/). */
import { createHash } from 'node:crypto';
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { jsonRequest, type PlainApi } from '../plain-api.ts';
import { ROUTE_FIELDS } from './routing.ts';

export const CARRIER = 'Flowroute';
const BASE = 'https://api.flowroute.com';
const JSON_API = 'application/vnd.api+json';
/** A number's id is its 11 digits. */
export const NUMBER_ID = /^1[0-9]{10}$/;

export const OURS = 'ringthrough-';
/** A route of somebody else's by its id and what it means: two may mean the same and differ in other respects. */
const FOREIGN = /^([^=:]+)=/;

export const foreignId = (field: string): string | undefined => FOREIGN.exec(field)?.[1];

/** Aliases are unique in an account and of unpublished length, so ours is short and follows from what the route means. */
export function aliasFor(meaning: string): string {
  return `${OURS}${createHash('sha256').update(meaning).digest('hex').slice(0, 16)}`;
}

/** The type goes with every request, those without a body too (https://developer.flowroute.com/api/numbers/v2.0/remove-voice-route/). */
export function documentRequest(method: 'POST' | 'PATCH' | 'DELETE', path: string, document?: object): CarrierRequest {
  return document === undefined ? { method, path, headers: { 'content-type': JSON_API } } : jsonRequest(method, path, document, JSON_API);
}

export function numberPath(ref: string): string {
  if (!NUMBER_ID.test(ref)) throw refused(CARRIER, 'no such number', 'carrier_number_unknown');
  return `/v2/numbers/${ref}`;
}

/** `id` of the route; empty for none. */
export function routeRequest(ref: string, field: string, id: string): CarrierRequest {
  const path = `${numberPath(ref)}/relationships/${field}`;
  return id === '' ? documentRequest('DELETE', path) : documentRequest('PATCH', path, { data: { type: 'route', id } });
}

/** Makes the route with this meaning, or brings the one with this id back to it. */
export function makeRequest(meaning: string, known?: string): CarrierRequest {
  const [, type = '', value = ''] = /^(number|host|uri):(.+)$/.exec(meaning) ?? [];
  if (type === '') throw new Failure('carrier_refused', 'Flowroute: no route of this kind can be made');
  const document = { data: { type: 'route', attributes: { route_type: type, value, alias: aliasFor(meaning) } } };
  return known === undefined ? documentRequest('POST', '/v2/routes', document) : documentRequest('PATCH', `/v2/routes/${encodeURIComponent(known)}`, document);
}

export function plainFlowroute({ credentials: { accessKey = '' }, baseUrl = BASE }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: JSON_API },
    auth: { by: 'basic', user: accessKey, secret: 'secretKey' },
    objects: {
      neededFor: (fields) => ROUTE_FIELDS.flatMap((field) => (fields[field] === undefined || fields[field] === '' || foreignId(fields[field]) !== undefined ? [] : [fields[field]])),
      make: (meaning) => makeRequest(meaning),
      id: () => 'id',
    },
    write: (ref, fields, _before, idOf) => ROUTE_FIELDS.flatMap((field) => {
      const value = fields[field];
      return value === undefined ? [] : [routeRequest(ref, field, value === '' ? '' : (foreignId(value) ?? idOf(value)))];
    }),
    read: (ref) => ({ method: 'GET', path: numberPath(ref) }),
  };
}

/** The writes of a described carrier as plain requests, from its description. */
import type { HttpApi, HttpCondition, HttpRequest } from '../../domain/http-api.ts';
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import type { PlainApi, PlainAuth } from '../plain-api.ts';
import { CARRIER } from './fields.ts';
import { fieldsIn, requestOf } from './request.ts';

/** What a number's record can keep. */
export const REF = /^[A-Za-z0-9_-]{1,64}$/;

export function checkedRef(ref: string): string {
  if (!REF.test(ref)) throw refused(CARRIER, 'has no such number', 'carrier_number_unknown');
  return ref;
}

/** With what stands in the body to prove who asks, where the description says so. */
export function describedRequest(api: HttpApi, described: HttpRequest, values: Iterable<readonly [string, string]>, { user = '', secret = '' }: CarrierAccount['credentials']): CarrierRequest {
  return requestOf(api, described, new Map([...values, ...(api.auth.by === 'body' ? Object.entries({ user, secret }) : [])]));
}

/** The requests that set one of these fields, in their order. */
export function touchedBy(api: HttpApi, fields: Routing): HttpRequest[] {
  return api.write.filter((request) => fieldsIn(api, request).some((name) => fields[name] !== undefined));
}

function authOf({ auth }: HttpApi, { user = '' }: CarrierAccount['credentials']): PlainAuth {
  const secret = 'secret';
  switch (auth.by) {
    case 'basic':
      return { by: 'basic', user, secret };
    case 'header':
      return { by: 'header', header: auth.header ?? '', secret };
    case 'hmac':
      return { by: 'hmac', user, secret, how: auth };
    case 'bearer':
    case 'body':
      return { by: auth.by, secret };
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** By the name of the member that the pointer ends in: as much of it as can be told without reading JSON. Undefined when a status is all that counts. */
function doneWhen(conditions: readonly HttpCondition[] | undefined): string | undefined {
  if (!conditions?.every(({ at, is }) => at !== undefined && is !== undefined)) return undefined;
  return conditions.map(({ at = '', is = [] }) => `"${escaped(at.slice(at.lastIndexOf('/') + 1))}":"?(${is.map((one) => escaped(one.replace(/\s/g, ''))).join('|')})"?[],}]`).join('|');
}

export function plainHttp({ api, baseUrl = '', credentials }: CarrierAccount): PlainApi {
  if (!api) throw new Error('a carrier of this kind is described in its record');
  const done = doneWhen(api.answers?.success);
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: authOf(api, credentials),
    write: (ref, fields, before) => touchedBy(api, fields).map((request) => describedRequest(api, request, Object.entries({ ...before, ...fields, ref: checkedRef(ref) }), credentials)),
    read: (ref) => describedRequest(api, api.read, [['ref', checkedRef(ref)]], credentials),
    ...(done === undefined ? {} : { done }),
  };
}

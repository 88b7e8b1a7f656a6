/** VoIP.ms' methods as plain requests: all at one address, with the credentials in the form, never in the query, which others log. */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, Routing } from '../api.ts';
import { formRequest, type PlainApi } from '../plain-api.ts';
import type { CarrierRequest } from '../http.ts';
import { entryIn, makeParams } from './entry-kinds.ts';
import { ROUTING_FIELDS } from './routing.ts';

const BASE = 'https://voip.ms';
const PATH = '/api/v1/rest.php';
export const NOWHERE = 'none:';

export type Asker = (method: string, params: Readonly<Record<string, string>>) => CarrierRequest;

export function askerFor({ username = '', apiPassword = '' }: Readonly<Record<string, string | undefined>>): Asker {
  return (method, params) => formRequest('POST', PATH, { api_username: username, api_password: apiPassword, method, ...params });
}

/** The fields with what names an entry of ours by its id, as they are written. */
export function givenFields(fields: Routing, idOf: (needed: string) => string): Record<string, string> {
  return Object.fromEntries(ROUTING_FIELDS.flatMap((field) => {
    const value = fields[field];
    if (value === undefined) return [];
    const entry = entryIn(value);
    return [[field, entry ? `${entry.header}:${idOf(value)}` : value || NOWHERE]];
  }));
}

/** Undefined when more than the routing is to be set: that needs all else of the number, as it is then. */
export function routingParams(did: string, given: Readonly<Record<string, string>>): Record<string, string> | undefined {
  return Object.keys(given).join() === 'routing' ? { did, ...given } : undefined;
}

function entryOf(needed: string) {
  const entry = entryIn(needed);
  if (!entry) throw new Error('this names no entry of ours');
  return entry;
}

export function plainVoipms({ credentials, baseUrl = BASE }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  const ask = askerFor(credentials);
  return {
    baseUrl,
    headers: { accept: 'application/json' },
    auth: { by: 'body', secret: 'apiPassword' },
    objects: {
      neededFor: (fields) => [...new Set(ROUTING_FIELDS.flatMap((field) => fields[field] ?? []))].filter((value) => entryIn(value)),
      make: (needed) => ask(...makeParams(entryOf(needed))),
      id: (needed) => entryOf(needed).kind.id,
    },
    write(ref, fields, _before, idOf) {
      const params = routingParams(ref, givenFields(fields, idOf));
      if (!params) throw new Failure('carrier_refused', 'VoIP.ms: a failover cannot be set without all else of the number');
      return [ask('setDIDRouting', params)];
    },
    read: (ref) => ask('getDIDsInfo', { did: ref }),
    done: '"status":"success"',
  };
}

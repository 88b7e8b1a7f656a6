/** The credentials of a described carrier: in a header, or as a signature made of the request. Those in a body are in its template. */
import { createHash, createHmac } from 'node:crypto';
import type { HttpAuth } from '../../domain/http-api.ts';
import { basicAuth } from '../basic-auth.ts';
import type { CarrierRequest } from '../http.ts';
import { render } from './template.ts';

export interface Credentials {
  user: string;
  secret: string;
}

const raw = (value: string): string => value;

function timestampOf({ timestamp = 'seconds' }: HttpAuth, now: number): string {
  if (timestamp === 'iso') return new Date(now).toISOString();
  return String(timestamp === 'seconds' ? Math.floor(now / 1000) : now);
}

function signed(auth: HttpAuth, { user, secret }: Credentials, { method, path, body = '' }: CarrierRequest, now: number): Record<string, string> {
  const { header = '', sign = '', value = '{signature}', hash = 'sha256', encoding = 'hex', timestampHeader } = auth;
  const timestamp = timestampOf(auth, now);
  const [address = '', query = ''] = path.split('?');
  const parts = new Map(Object.entries({ method, path: address, query, target: path, timestamp, body, user, 'body-sha256': createHash('sha256').update(body, 'utf8').digest('hex') }));
  const signature = createHmac(hash, secret).update(render(sign, parts, raw), 'utf8').digest(encoding);
  return { [header]: render(value, new Map([['signature', signature], ['user', user], ['timestamp', timestamp]]), raw), ...(timestampHeader === undefined ? {} : { [timestampHeader]: timestamp }) };
}

/** `now`: milliseconds since 1970, for signatures with a time in them. `path` with its query, as it is sent. */
export function authHeaders(auth: HttpAuth, credentials: Credentials, request: CarrierRequest, now: () => number): Record<string, string> {
  const { user, secret } = credentials;
  switch (auth.by) {
    case 'basic':
      return { authorization: basicAuth(user, secret) };
    case 'bearer':
      return { authorization: `Bearer ${secret}` };
    case 'header':
      return { [auth.header ?? '']: secret };
    case 'hmac':
      return signed(auth, credentials, request, now());
    case 'body':
      return {};
  }
}

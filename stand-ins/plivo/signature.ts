/** Plivo's signature of a posted form, version 3: base64(HMAC-SHA256(auth token, address, its query and its parameters, each sorted, and a nonce)). */
import { createHmac } from 'node:crypto';

const byName = (pairs: Iterable<[string, string]>): [string, string][] => [...pairs].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));

export function signV3(authToken: string, url: string, params: Readonly<Record<string, string>>, nonce: string): string {
  const { origin, pathname, searchParams } = new URL(url);
  const query = byName(searchParams).map(([name, value]) => `${name}=${value}`).join('&');
  const form = byName(Object.entries(params)).map(([name, value]) => name + value).join('');
  const parts = query === '' && form === '' ? '' : `?${query}${query !== '' && form !== '' ? '.' : ''}${form}`;
  return createHmac('sha256', authToken).update(`${origin}${pathname}${parts}.${nonce}`).digest('base64');
}

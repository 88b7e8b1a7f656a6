/** Whether a carrier, out on the Internet, can ask an address at all. */
import { isIP } from 'node:net';
import type { Carrier } from '../domain/carrier.ts';

/** Loopback, unspecified and link-local (RFC 6890); private networks are left alone, for a carrier may be inside one. */
const HERE = /^(127\.|0\.|169\.254\.)/;
const HERE_V6 = /^(::1?|fe[89ab].*|::ffff:(7f|0:|a9fe).*)$/i;

export function isReachableByCarriers(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 4) return !HERE.test(host);
  if (isIP(host) === 6) return !HERE_V6.test(host);
  return host !== 'localhost' && !host.endsWith('.localhost');
}

/** Whether this carrier can ask us at our own address; one that is itself on this machine, a stand-in, can ask any. */
export function canBeAsked(origin: string, { baseUrl }: Pick<Carrier, 'baseUrl'>): boolean {
  return isReachableByCarriers(origin) || (baseUrl !== undefined && !isReachableByCarriers(baseUrl));
}

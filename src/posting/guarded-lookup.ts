/**
 * Addresses that nothing is posted to: link-local and multicast ones never, private ones unless that is allowed. What a name leads to is judged when
 * the connection is made, so that it cannot be another address by then.
 */
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isForbiddenAddress } from '../../rules/probe-laws.ts';
import { isPrivateAddress } from './private-address.ts';

/** Code of the error of a connection that was not made for that. */
export const ADDRESS_REFUSED = 'ERR_ADDRESS_REFUSED';

const isRefused = (address: string, mayBePrivate: boolean): boolean => isForbiddenAddress(address) || (!mayBePrivate && isPrivateAddress(address));

/** Whether the host of an address is itself one of those: a literal address is never looked up. */
export function isRefusedHost({ hostname }: URL, mayBePrivate: boolean): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isRefused(host, mayBePrivate);
}

/** As `dns.lookup`, without the addresses that nothing is sent to. */
export function guardedLookup(mayBePrivate: boolean): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '');
      const usable = found.filter(({ address }) => !isRefused(address, mayBePrivate));
      const [first] = usable;
      if (!first) return done(Object.assign(new Error('address refused'), { code: ADDRESS_REFUSED }), '');
      return options.all ? done(null, usable) : done(null, first.address, first.family);
    });
  };
}

/** The code of what kept a post from being answered. Nothing else of it: its text may hold the address, which may be a secret. */
export function connectionError(error: unknown): string {
  const { code, name, cause } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown; cause?: unknown };
  const text = typeof code === 'string' ? code : typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : name;
  return typeof text === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(text) ? text : 'unknown error';
}

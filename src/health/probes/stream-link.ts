/** A connection over TCP or TLS, with what its certificate is worth. */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Endpoint } from './name-lookup.ts';

export interface StreamOptions {
  at: Endpoint;
  /** As in the target, for SNI and for the certificate. */
  host: string;
  secure: boolean;
}

/** The name to ask for, and to find in the certificate; none for an address. */
export function serverNameOf(host: string): string {
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? host : '';
}

/** A name that was looked up already. */
export function pinnedTo({ address }: Endpoint): LookupFunction {
  const family = isIP(address);
  return (_name, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family));
}

/** Begins to connect. `ready` when octets can be sent. A bad certificate ends nothing: it is told afterwards. */
export function openStream({ at, host, secure }: StreamOptions, ready: () => void): Socket {
  if (!secure) return connectTcp({ host: at.address, port: at.port, noDelay: true }, ready);
  const bare = host.replace(/^\[|\]$/g, '');
  // The name that is checked is that of the target, also where it is an address.
  return connectTls({ host: bare, port: at.port, servername: serverNameOf(host), rejectUnauthorized: false, lookup: pinnedTo(at) }, ready);
}

/** Why the certificate of a TLS connection is not valid; undefined when it is, or where there is none. */
export function certificateFault(socket: Socket | undefined): string | undefined {
  const { authorized, authorizationError } = (socket ?? {}) as Partial<TLSSocket>;
  if (authorized !== false) return undefined;
  const error: unknown = authorizationError;
  const text = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
  return /^[A-Z0-9_]{1,60}$/.test(text) ? text : 'NOT_VALID';
}

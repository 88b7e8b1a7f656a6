/**
 * The certificate that the service shows when it speaks TLS itself. It is read again when it was renewed, without a connection being
 * closed; one that is no good stops a start, and later leaves the one before in force.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import type { Logger } from 'pino';
import type { Clock, Timers } from '../system/system.ts';

/** For `https.createServer` and `setSecureContext`. */
export interface TlsContext {
  cert: string;
  key: string;
  /** The versions before are broken or given up (RFC 8996). */
  minVersion: 'TLSv1.2';
}

export interface Tls {
  readonly context: TlsContext;
  /** Shows renewed certificates at this server from now on; returns what ends that. */
  keepFresh(server: Pick<Server, 'setSecureContext'>): () => void;
}

interface Files {
  certFile: string;
  keyFile: string;
}

interface Options extends Files {
  clock: Clock;
  timers: Timers;
  log: Logger;
}

/** How often the files are looked at. */
export const LOOK_MS = 10_000;
const DAY_MS = 86_400_000;
/** By then those that renew by themselves have. */
const WARN_DAYS = 14;

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${setting} ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause: error });
  }
}

function certificateIn(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error(`TLS_CERT_FILE ${path} does not begin with a certificate in PEM`, { cause: error });
  }
}

function keyIn(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(`TLS_KEY_FILE ${path} holds no private key in PEM that can be read without a password`, { cause: error });
  }
}

interface Pair {
  context: TlsContext;
  /** Milliseconds since 1970. */
  until: number;
}

/** Throws an error whose message says what is wrong, and with which file. */
function readPair({ certFile, keyFile }: Files, now: number): Pair {
  const [cert, key] = [read('TLS_CERT_FILE', certFile), read('TLS_KEY_FILE', keyFile)];
  const certificate = certificateIn(certFile, cert);
  if (!certificate.checkPrivateKey(keyIn(keyFile, key))) throw new Error(`TLS_CERT_FILE ${certFile} and TLS_KEY_FILE ${keyFile} do not belong together`);
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now > until) throw new Error(`The certificate in TLS_CERT_FILE ${certFile} expired on ${new Date(until).toISOString()}`);
  if (now < from) throw new Error(`The certificate in TLS_CERT_FILE ${certFile} is not valid before ${new Date(from).toISOString()}`);
  return { context: { cert, key, minVersion: 'TLSv1.2' }, until };
}

function isSame(one: TlsContext, other: TlsContext): boolean {
  return one.cert === other.cert && one.key === other.key;
}

/** Throws when the files are no good pair. */
function openTls({ certFile, keyFile, clock, timers, log }: Options): Tls {
  let pair = readPair({ certFile, keyFile }, clock.now());
  let refused = '';
  let warnedOn = 0;

  function warnOfEnd(): void {
    const today = Math.floor(clock.now() / DAY_MS);
    const days = Math.floor((pair.until - clock.now()) / DAY_MS);
    if (days >= WARN_DAYS || today === warnedOn) return;
    warnedOn = today;
    log.warn({ days, until: new Date(pair.until).toISOString() }, 'the TLS certificate ends soon and was not renewed');
  }

  function look(server: Pick<Server, 'setSecureContext'>): void {
    try {
      const found = readPair({ certFile, keyFile }, clock.now());
      refused = '';
      if (isSame(found.context, pair.context)) return;
      server.setSecureContext(found.context);
      pair = found;
      log.info({ until: new Date(pair.until).toISOString() }, 'the renewed TLS certificate is in force');
    } catch (error) {
      // Between the writing of two files they do not fit; said once for each reason.
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== refused) log.error({ err: error }, 'the TLS certificate on disk is refused; the one before stays in force');
      refused = reason;
    }
  }

  return {
    get context() {
      return pair.context;
    },
    keepFresh(server) {
      warnOfEnd();
      return timers.every(LOOK_MS, () => {
        look(server);
        warnOfEnd();
      });
    },
  };
}

/** Undefined when the service speaks plain HTTP. Throws an error that says what is wrong with the settings or their files. */
export function tlsFrom(settings: { TLS_CERT_FILE: string | undefined; TLS_KEY_FILE: string | undefined }, parts: Omit<Options, keyof Files>): Tls | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = settings;
  if (certFile === undefined || keyFile === undefined) return undefined;
  return openTls({ certFile, keyFile, ...parts });
}

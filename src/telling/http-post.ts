/**
 * Posts to addresses that people gave: one try, one time-out for the whole, no redirects, and never to a private address unless that is allowed. What
 * a name leads to is judged when the connection is made, so that it cannot be another address by then.
 */
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request as send } from 'undici';
import { isForbiddenAddress } from '../../rules/probe-laws.ts';
import { Failure } from '../domain/errors.ts';
import { safeText } from '../operations/safe-text.ts';
import { isPrivateAddress } from './private-address.ts';

export interface HttpPost {
  /** The text of a 2xx answer, its beginning. Throws `receiver_refused`, `receiver_unavailable` (with the wait that it names) or `receiver_address_refused`. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string>;
  close(): void;
}

interface Options {
  /** Whether private networks and this machine may be posted to; link-local and multicast addresses never. */
  mayBePrivate: boolean;
  timeoutMs: number;
}

const MAX_ANSWER_BYTES = 65_536;
const SHOWN = 200;
const REFUSED = 'ERR_ADDRESS_REFUSED';
/** Retry-After beyond this is not waited for, seconds. */
const MAX_WAIT_SECONDS = 3600;

const isRefused = (address: string, mayBePrivate: boolean): boolean => isForbiddenAddress(address) || (!mayBePrivate && isPrivateAddress(address));

/** As `dns.lookup`, without the addresses that nothing is sent to. */
function guardedLookup(mayBePrivate: boolean): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '');
      const usable = found.filter(({ address }) => !isRefused(address, mayBePrivate));
      const [first] = usable;
      if (!first) return done(Object.assign(new Error('address refused'), { code: REFUSED }), '');
      return options.all ? done(null, usable) : done(null, first.address, first.family);
    });
  };
}

function codeOf(error: unknown): string {
  const { code, name, cause } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown; cause?: unknown };
  const text = typeof code === 'string' ? code : typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : name;
  return typeof text === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(text) ? text : 'unknown error';
}

const addressRefused = (): Failure => new Failure('receiver_address_refused', 'The address leads into a private network, and those are not allowed (RECEIVERS_MAY_BE_PRIVATE), or to where nothing is ever sent');

/** Seconds of a `Retry-After` given as a number (RFC 9110, 10.2.3). */
function waitOf(value: unknown): { retryAfterSeconds?: number } {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? { retryAfterSeconds: Math.min(Number(value), MAX_WAIT_SECONDS) } : {};
}

export function createHttpPost({ mayBePrivate, timeoutMs }: Options): HttpPost {
  const agent = new Agent({ connections: 4, connect: { timeout: timeoutMs, lookup: guardedLookup(mayBePrivate) }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES, keepAliveTimeout: 1000 });

  return {
    async post(url, headers, body) {
      // A literal address is never looked up.
      const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && isRefused(host, mayBePrivate)) throw addressRefused();
      let status: number;
      let text: string;
      let wait: unknown;
      try {
        const answer = await send(url, { method: 'POST', headers: { 'content-type': 'application/json', 'user-agent': 'Ringthrough', ...headers }, body, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
        status = answer.statusCode;
        wait = answer.headers['retry-after'];
        text = (await answer.body.text()).slice(0, SHOWN);
      } catch (error) {
        // What was thrown may hold the address, which may be a secret: it goes no further.
        const code = codeOf(error);
        throw code === REFUSED ? addressRefused() : new Failure('receiver_unavailable', `no answer (${code})`);
      }
      if (status >= 200 && status < 300) return text;
      const said = text === '' ? '' : `: ${safeText(text)}`;
      if (status === 408 || status === 425 || status === 429 || status >= 500) throw new Failure('receiver_unavailable', `answered ${status}${said}`, waitOf(wait));
      throw new Failure('receiver_refused', status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}${said}`);
    },
    close() {
      void agent.destroy();
    },
  };
}

/** Posts to addresses that people gave: one try, one time-out for the whole, no redirects, and never to an address that nothing is sent to. */
import { Agent, request as send } from 'undici';
import { Failure } from '../domain/errors.ts';
import { safeText } from '../operations/safe-text.ts';
import { ADDRESS_REFUSED, connectionError, guardedLookup, isRefusedHost } from '../posting/guarded-lookup.ts';
import { retryAfterMs } from '../posting/retry-after.ts';

export interface HttpPost {
  /** The text of a 2xx answer, its beginning. Throws `receiver_refused`, `receiver_unavailable` (with the wait that it names) or `receiver_address_refused`. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<string>;
  close(): void;
}

interface Options {
  /** Whether private networks and this machine may be posted to; link-local and multicast addresses never. */
  mayBePrivate: boolean;
  timeoutMs: number;
  /** Milliseconds since 1970. */
  now(): number;
}

const MAX_ANSWER_BYTES = 65_536;
const SHOWN = 200;

const addressRefused = (): Failure => new Failure('receiver_address_refused', 'The address leads into a private network, and those are not allowed (RECEIVERS_MAY_BE_PRIVATE), or to where nothing is ever sent');

export function createHttpPost({ mayBePrivate, timeoutMs, now }: Options): HttpPost {
  const agent = new Agent({ connections: 4, connect: { timeout: timeoutMs, lookup: guardedLookup(mayBePrivate) }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES, keepAliveTimeout: 1000 });

  return {
    async post(url, headers, body) {
      if (isRefusedHost(new URL(url), mayBePrivate)) throw addressRefused();
      let status: number;
      let text: string;
      let wait: unknown;
      try {
        const answer = await send(url, { method: 'POST', headers: { 'content-type': 'application/json', 'user-agent': 'Ringthrough', ...headers }, body, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
        status = answer.statusCode;
        wait = answer.headers['retry-after'];
        text = (await answer.body.text()).slice(0, SHOWN);
      } catch (error) {
        const code = connectionError(error);
        throw code === ADDRESS_REFUSED ? addressRefused() : new Failure('receiver_unavailable', `no answer (${code})`);
      }
      if (status >= 200 && status < 300) return text;
      const said = text === '' ? '' : `: ${safeText(text)}`;
      const waitMs = retryAfterMs(wait, now());
      if (status === 408 || status === 425 || status === 429 || status >= 500) throw new Failure('receiver_unavailable', `answered ${status}${said}`, waitMs === undefined ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1000) });
      throw new Failure('receiver_refused', status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}${said}`);
    },
    close() {
      void agent.destroy();
    },
  };
}

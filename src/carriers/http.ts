/**
 * Requests to a carrier's API where its SDK gives nothing that helps: one try, one time-out for the whole, no redirects, an answer of
 * bounded size; whatever happens is a failure of the catalogue that says whether anything may have been done.
 */
import { Agent, request as send } from 'undici';
import { Failure } from '../domain/errors.ts';
import { maskNumbersIn } from '../domain/phone-number.ts';

export interface CarrierRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base address, with its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** It changes nothing, whatever its method: its outcome cannot be in doubt. Default for GET. */
  reads?: boolean;
}

export interface CarrierAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

export interface CarrierHttp {
  /** Any final answer but 429; throws `carrier_throttled`, `carrier_unavailable` or, of a write, `carrier_outcome_unknown`. */
  ask(request: CarrierRequest): Promise<CarrierAnswer>;
  /** What the last answers said of the carrier's limits, header by header. */
  saidLimits(): Readonly<Record<string, string>>;
  close(): void;
}

interface Options {
  /** The carrier's name as people know it, for messages. */
  carrier: string;
  baseUrl: string;
  timeoutMs: number;
  /** With every request: credentials, versions. */
  headers?: Readonly<Record<string, string>>;
  /** The largest answer that is taken; default 2 MB. */
  maxAnswerBytes?: number;
  /** Where a 429 without `Retry-After` says the seconds to wait. */
  waitHeader?: string;
}

const MAX_ANSWER_BYTES = 2_000_000;
const MAX_CONNECTIONS = 20;
/** Retry-After beyond a day is not believed. */
const MAX_RETRY_AFTER_SECONDS = 86_400;
/** `RateLimit-Limit`, `X-RateLimit-Remaining` and the like. */
const LIMIT_HEADER = /^(?:x-)?rate-?limit/;
const MAX_LIMIT_CHARACTERS = 200;
/** Codes of connections that never came about, so that nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']);

/** Seconds of a `Retry-After` (RFC 9110, 10.2.3), which carriers give as a number; undefined for anything else. */
export function retryAfterSeconds(value: unknown): number | undefined {
  return typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Math.min(Number(value), MAX_RETRY_AFTER_SECONDS) : undefined;
}

/** The carrier asks for a pause: what was asked was not done. */
export function throttled(carrier: string, seconds: number | undefined): Failure {
  return new Failure('carrier_throttled', `${carrier}: too many requests`, seconds === undefined ? {} : { retryAfterSeconds: seconds });
}

/** The carrier's own words for a refusal, without the numbers in them. */
export function refused(carrier: string, said: string, code: 'carrier_refused' | 'carrier_number_unknown' = 'carrier_refused'): Failure {
  return new Failure(code, maskNumbersIn(`${carrier}: ${said}`).slice(0, 300));
}

/** A gateway's page, a redirect or a fault of the carrier's own: of a write it is not known whether it was done. */
export function unusable(carrier: string, what: string, write: boolean): Failure {
  return write
    ? new Failure('carrier_outcome_unknown', `${carrier} ${what}; whether it was carried out is not known`)
    : new Failure('carrier_unavailable', `${carrier} ${what}`);
}

function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown };
  const text = typeof code === 'string' ? code : name;
  return typeof text === 'string' && /^[A-Za-z_]{1,40}$/.test(text) ? text : 'unknown error';
}

export function createCarrierHttp({ carrier, baseUrl, timeoutMs, headers: always = {}, waitHeader, maxAnswerBytes = MAX_ANSWER_BYTES }: Options): CarrierHttp {
  const agent = new Agent({ connections: MAX_CONNECTIONS, connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: maxAnswerBytes, keepAliveTimeout: 30_000 });
  const origin = baseUrl.replace(/\/+$/, '');
  let said: Readonly<Record<string, string>> = {};

  return {
    async ask({ method, path, headers = {}, body, reads = method === 'GET' }) {
      const write = !reads;
      let answer: CarrierAnswer;
      try {
        // One limit for the whole: the agent's own begin anew with each byte.
        const response = await send(origin + path, { method, headers: { ...always, ...headers }, ...(body === undefined ? {} : { body }), dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
        answer = { status: response.statusCode, headers: response.headers, text: await response.body.text() };
      } catch (error) {
        const code = codeOf(error);
        // What was thrown holds the request, with its credentials: it goes no further.
        if (NOT_CONNECTED.has(code)) throw new Failure('carrier_unavailable', `${carrier} cannot be reached (${code}); nothing was sent`);
        throw unusable(carrier, `gave no answer (${code})`, write);
      }
      const limits = Object.entries(answer.headers).flatMap(([name, value]) => (LIMIT_HEADER.test(name) && typeof value === 'string' ? [[name, value.slice(0, MAX_LIMIT_CHARACTERS)] as const] : []));
      if (limits.length > 0) said = Object.fromEntries(limits);
      if (answer.status === 429) throw throttled(carrier, retryAfterSeconds(answer.headers['retry-after'] ?? (waitHeader === undefined ? undefined : answer.headers[waitHeader])));
      if (answer.status === 408 || answer.status >= 500 || (answer.status >= 300 && answer.status < 400) || answer.status < 200) throw unusable(carrier, `answered ${answer.status}`, write);
      return answer;
    },
    saidLimits: () => said,
    close() {
      void agent.destroy();
    },
  };
}

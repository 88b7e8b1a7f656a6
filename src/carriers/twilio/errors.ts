/** Puts what Twilio's SDK throws into our catalogue. Never keeps the original: it holds the request's credentials. */
import { Failure } from '../../domain/errors.ts';
import { maskNumbersIn } from '../../domain/phone-number.ts';
import { retryAfterSeconds } from '../http.ts';

/** Node's codes of connections that never came about, so that nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT']);

export interface Translated {
  failure: Failure;
  /** The request may have been carried out all the same: read back before anything else. */
  unknown: boolean;
}

export function throttled(retryAfter: unknown): Failure {
  const seconds = retryAfterSeconds(retryAfter);
  return new Failure('carrier_throttled', 'Twilio 20429: too many requests at once', seconds === undefined ? {} : { retryAfterSeconds: seconds });
}

function refusal(status: number, code: unknown, message: unknown): string {
  const number = typeof code === 'number' ? `Twilio ${code}` : `Twilio answered ${status}`;
  return typeof message === 'string' && message !== '' ? `${number}: ${maskNumbersIn(message).slice(0, 300)}` : number;
}

export function translate(error: unknown): Translated {
  if (error instanceof Failure) return { failure: error, unknown: false };
  const { status, code, message } = (typeof error === 'object' && error !== null ? error : {}) as { status?: unknown; code?: unknown; message?: unknown };
  if (typeof status === 'number') {
    if (status === 404) return { failure: new Failure('carrier_number_unknown', refusal(status, code, message)), unknown: false };
    if (status >= 400 && status < 500) return { failure: new Failure('carrier_refused', refusal(status, code, message)), unknown: false };
    return { failure: new Failure('carrier_unavailable', `Twilio answered ${status}`), unknown: status >= 500 };
  }
  if (typeof code === 'string' && NOT_CONNECTED.has(code)) {
    return { failure: new Failure('carrier_unavailable', `Twilio cannot be reached (${code}); nothing was sent`), unknown: false };
  }
  const how = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'unreadable answer';
  return { failure: new Failure('carrier_unavailable', `Twilio gave no usable answer (${how}); whether the request was carried out is unknown`), unknown: true };
}

/** One request to Plivo's API: its answer, or a failure in the catalogue's words. */
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, type CarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { member, parseJson } from '../../domain/json.ts';
import { authorization } from '../plain-api.ts';
import { CARRIER, plainPlivo } from './requests.ts';

export interface PlivoRest {
  /** Undefined when there is no such thing (404). Throws the failures of src/carriers/api.ts. */
  ask(request: CarrierRequest): Promise<unknown>;
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

/** `{"api_id":"…","error":"not found"}`, or an object of fields; credentials are refused in plain text. */
function words(status: number, text: string): string {
  const error = member(parseJson(text), 'error');
  const said = typeof error === 'string' ? error : typeof error === 'object' && error !== null ? JSON.stringify(error) : '';
  return said === '' ? `answered ${status}` : `${status} ${said}`;
}

export function createPlivoRest(account: CarrierAccount, timeoutMs: number): PlivoRest {
  const { baseUrl, headers, auth } = plainPlivo(account);
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs, headers: { ...headers, ...authorization(auth, account.credentials) } });
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  return {
    async ask(request) {
      const { status, text } = await http.ask(request);
      if (status === 404) return undefined;
      if (status >= 400) throw refused(CARRIER, words(status, text));
      // Of what was deleted nothing is told.
      const answer = status === 204 ? {} : parseJson(text);
      if (typeof answer !== 'object' || answer === null) throw odd(request.method !== 'GET');
      return answer;
    },
    unusable: odd,
    saidLimits: http.saidLimits,
    close: http.close,
  };
}

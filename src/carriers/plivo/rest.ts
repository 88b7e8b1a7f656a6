/** One request to Plivo's API: its answer, or a failure in the catalogue's words. */
import { basicAuth } from '../basic-auth.ts';
import { createCarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { member, parseJson } from '../../domain/json.ts';

export const CARRIER = 'Plivo';
const BASE_URL = 'https://api.plivo.com';

export interface PlivoRest {
  /** Below the account. Undefined when there is no such thing (404). Throws the failures of src/carriers/api.ts. */
  ask(method: CarrierRequest['method'], path: string, body?: object): Promise<unknown>;
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  close(): void;
}

/** `{"api_id":"…","error":"not found"}`, or an object of fields; credentials are refused in plain text. */
function words(status: number, text: string): string {
  const error = member(parseJson(text), 'error');
  const said = typeof error === 'string' ? error : typeof error === 'object' && error !== null ? JSON.stringify(error) : '';
  return said === '' ? `answered ${status}` : `${status} ${said}`;
}

export function createPlivoRest({ authId, authToken, baseUrl, timeoutMs }: { authId: string; authToken: string; baseUrl: string | undefined; timeoutMs: number }): PlivoRest {
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl: baseUrl ?? BASE_URL, timeoutMs, headers: { authorization: basicAuth(authId, authToken), accept: 'application/json' } });
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  return {
    async ask(method, path, body) {
      const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const { status, text } = await http.ask({ method, path: `/v1/Account/${encodeURIComponent(authId)}/${path}`, ...sent });
      if (status === 404) return undefined;
      if (status >= 400) throw refused(CARRIER, words(status, text));
      const answer = parseJson(text);
      if (typeof answer !== 'object' || answer === null) throw odd(method !== 'GET');
      return answer;
    },
    unusable: odd,
    close: http.close,
  };
}

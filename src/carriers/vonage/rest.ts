/** Requests to Vonage's two APIs, that of numbers and that of applications: the JSON of an answer, or a failure in the catalogue's words. */
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierHttp, type CarrierRequest } from '../http.ts';
import { parseJson, textAt } from '../../domain/json.ts';
import { authorization } from '../plain-api.ts';
import { CARRIER, plainVonage } from './requests.ts';

export interface VonageRest {
  /** Undefined for 404. Throws the failures of src/carriers/api.ts. */
  numbers(request: CarrierRequest): Promise<unknown>;
  applications(request: CarrierRequest): Promise<unknown>;
  /** By the token of an application. */
  calls(request: CarrierRequest, token: string): Promise<unknown>;
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

/** `{"error-code":"420","error-code-label":"method failed"}` of numbers, a problem document (RFC 9457) of applications. */
function words(status: number, text: string): string {
  const json = parseJson(text);
  const said = [textAt(json, 'error-code'), textAt(json, 'error-code-label'), textAt(json, 'title'), textAt(json, 'detail')].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? `answered ${status}` : said.join(' ');
}

const APPLICATIONS = 'https://api.nexmo.com';

export function createVonageRest(account: CarrierAccount, timeoutMs: number): VonageRest {
  const plain = plainVonage(account);
  const headers = { ...plain.headers, ...authorization(plain.auth, account.credentials) };
  const [rest, api] = [plain.baseUrl, account.baseUrl ?? APPLICATIONS].map((baseUrl) => createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs, headers })) as [CarrierHttp, CarrierHttp];
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  function read(status: number, text: string, write: boolean): unknown {
    if (status === 404) return undefined;
    if (status >= 400) throw refused(CARRIER, words(status, text));
    // Of what is changed nothing is told.
    const json = status === 204 ? {} : parseJson(text);
    if (typeof json !== 'object' || json === null) throw odd(write);
    return json;
  }

  return {
    async numbers(request) {
      const { status, text } = await rest.ask(request);
      const json = read(status, text, request.method !== 'GET');
      const code = textAt(json, 'error-code');
      // Also within an answer of 200.
      if (code !== undefined && code !== '200') throw refused(CARRIER, words(status, text));
      return json;
    },
    async applications(request) {
      const { status, text } = await api.ask(request);
      return read(status, text, request.method !== 'GET');
    },
    async calls(request, token) {
      const { status, text } = await api.ask({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
      return read(status, text, request.method !== 'GET');
    },
    unusable: odd,
    saidLimits: () => ({ ...api.saidLimits(), ...rest.saidLimits() }),
    close() {
      rest.close();
      api.close();
    },
  };
}

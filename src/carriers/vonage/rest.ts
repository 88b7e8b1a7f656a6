/** Requests to Vonage's two APIs, that of numbers and that of applications: the JSON of an answer, or a failure in the catalogue's words. */
import { basicAuth } from '../basic-auth.ts';
import { createCarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { parseJson, textAt } from '../../domain/json.ts';

export const CARRIER = 'Vonage';

export interface VonageRest {
  /** Undefined for 404. Throws the failures of src/carriers/api.ts. */
  numbers(request: Pick<CarrierRequest, 'method' | 'path'>, form?: Readonly<Record<string, string>>): Promise<unknown>;
  applications(request: Pick<CarrierRequest, 'method' | 'path'>, body?: object): Promise<unknown>;
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  close(): void;
}

/** `{"error-code":"420","error-code-label":"method failed"}` of numbers, a problem document (RFC 9457) of applications. */
function words(status: number, text: string): string {
  const json = parseJson(text);
  const said = [textAt(json, 'error-code'), textAt(json, 'error-code-label'), textAt(json, 'title'), textAt(json, 'detail')].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? `answered ${status}` : said.join(' ');
}

export function createVonageRest(options: { apiKey: string; apiSecret: string; baseUrl: string | undefined; timeoutMs: number }): VonageRest {
  const { apiKey, apiSecret, baseUrl, timeoutMs } = options;
  const headers = { authorization: basicAuth(apiKey, apiSecret), accept: 'application/json' };
  const [rest, api] = ['https://rest.nexmo.com', 'https://api.nexmo.com'].map((origin) => createCarrierHttp({ carrier: CARRIER, baseUrl: baseUrl ?? origin, timeoutMs, headers })) as [ReturnType<typeof createCarrierHttp>, ReturnType<typeof createCarrierHttp>];
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  function read(status: number, text: string, write: boolean): unknown {
    if (status === 404) return undefined;
    if (status >= 400) throw refused(CARRIER, words(status, text));
    const json = parseJson(text);
    if (typeof json !== 'object' || json === null) throw odd(write);
    return json;
  }

  return {
    async numbers(request, form) {
      const write = form !== undefined;
      const { status, text } = await rest.ask({ ...request, ...(write ? { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString() } : {}) });
      const json = read(status, text, write);
      const code = textAt(json, 'error-code');
      // Also within an answer of 200.
      if (code !== undefined && code !== '200') throw refused(CARRIER, words(status, text));
      return json;
    },
    async applications(request, body) {
      const { status, text } = await api.ask({ ...request, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
      return read(status, text, request.method !== 'GET');
    },
    unusable: odd,
    close() {
      rest.close();
      api.close();
    },
  };
}

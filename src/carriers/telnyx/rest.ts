/** One request to Telnyx' API: its `data`, or a failure in the catalogue's words. */
import { createCarrierHttp, refused, unusable, type CarrierHttp, type CarrierRequest } from '../http.ts';
import { listAt, member, parseJson, textAt } from '../../domain/json.ts';

const CARRIER = 'Telnyx';
const BASE_URL = 'https://api.telnyx.com';

export interface TelnyxRest {
  /** `data` of the answer; undefined when there is no such thing (404). Throws the failures of src/carriers/api.ts. */
  ask(request: Omit<CarrierRequest, 'body' | 'headers'>, body?: object): Promise<unknown>;
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  close(): void;
}

/** `{"errors":[{"code":"10005","title":"…","detail":"…"}]}` */
function words(status: number, text: string): string {
  const [error] = listAt(parseJson(text), 'errors');
  const said = [textAt(error, 'code'), textAt(error, 'title'), textAt(error, 'detail')].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? `answered ${status}` : said.join(' ');
}

export function createTelnyxRest({ apiKey, baseUrl, timeoutMs }: { apiKey: string; baseUrl: string | undefined; timeoutMs: number }): TelnyxRest {
  const http: CarrierHttp = createCarrierHttp({
    carrier: CARRIER, baseUrl: baseUrl ?? BASE_URL, timeoutMs, headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
    // https://developers.telnyx.com/development/api-fundamentals/reliability/rate-limiting
    waitHeader: 'x-ratelimit-reset',
  });
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  return {
    async ask(request, body) {
      const { status, text } = await http.ask({ ...request, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
      if (status === 404) return undefined;
      if (status >= 400) throw refused(CARRIER, words(status, text));
      const data = member(parseJson(text), 'data');
      if (typeof data !== 'object' || data === null) throw odd(request.method !== 'GET');
      return data;
    },
    unusable: odd,
    close: http.close,
  };
}

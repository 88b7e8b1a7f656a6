/** One request to Telnyx' API: its `data`, or a failure in the catalogue's words. */
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierHttp, type CarrierRequest } from '../http.ts';
import { listAt, member, parseJson, textAt } from '../../domain/json.ts';
import { authorization } from '../plain-api.ts';
import { CARRIER, plainTelnyx } from './requests.ts';

export interface TelnyxRest {
  /** `data` of the answer; undefined when there is no such thing (404). Throws the failures of src/carriers/api.ts. */
  ask(request: CarrierRequest): Promise<unknown>;
  /** The whole answer, for commands that are answered without `data`. */
  flat(request: CarrierRequest): Promise<unknown>;
  /** Page `number` of a list, the first is 1: its elements, and the last page there is. Throws `carrier_refused` when there is no such list. */
  page(path: string, number: number, filter?: Readonly<Record<string, string>>): Promise<{ elements: readonly unknown[]; last: number }>;
  saidLimits: CarrierHttp['saidLimits'];
  /** The answer is not what was asked for. */
  unusable(write: boolean): Error;
  close(): void;
}

/** The most that a page holds. */
const PAGE_SIZE = '250';

/** `{"errors":[{"code":"10005","title":"…","detail":"…"}]}` */
function words(status: number, text: string): string {
  const [error] = listAt(parseJson(text), 'errors');
  const said = [textAt(error, 'code'), textAt(error, 'title'), textAt(error, 'detail')].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? `answered ${status}` : said.join(' ');
}

export function createTelnyxRest(account: CarrierAccount, timeoutMs: number): TelnyxRest {
  const { baseUrl, headers, auth } = plainTelnyx(account);
  const http: CarrierHttp = createCarrierHttp({
    carrier: CARRIER, baseUrl, timeoutMs, headers: { ...headers, ...authorization(auth, account.credentials) },
    // https://developers.telnyx.com/development/api-fundamentals/reliability/rate-limiting
    waitHeader: 'x-ratelimit-reset',
  });
  const odd = (write: boolean): Error => unusable(CARRIER, 'gave no usable answer', write);

  async function flat(request: CarrierRequest): Promise<unknown> {
    const { status, text } = await http.ask(request);
    if (status === 404) return undefined;
    if (status >= 400) throw refused(CARRIER, words(status, text));
    const answer = parseJson(text);
    if (typeof answer !== 'object' || answer === null) throw odd(request.method !== 'GET');
    return answer;
  }

  async function answerTo(request: CarrierRequest): Promise<{ answer: unknown; data: object } | undefined> {
    const answer = await flat(request);
    if (answer === undefined) return undefined;
    const data = member(answer, 'data');
    if (typeof data !== 'object' || data === null) throw odd(request.method !== 'GET');
    return { answer, data };
  }

  return {
    flat,
    ask: async (request) => (await answerTo(request))?.data,
    async page(path, number, filter = {}) {
      const found = await answerTo({ method: 'GET', path: `${path}?${new URLSearchParams({ ...filter, 'page[number]': String(number), 'page[size]': PAGE_SIZE }).toString()}` });
      if (!found) throw refused(CARRIER, 'no such account');
      const last = member(found.answer, 'meta', 'total_pages');
      if (!Array.isArray(found.data) || typeof last !== 'number') throw odd(false);
      return { elements: found.data as unknown[], last };
    },
    saidLimits: http.saidLimits,
    unusable: odd,
    close: http.close,
  };
}

/** The API of a carrier that is described in its record (src/domain/http-api.ts). */
import { Failure } from '../../domain/errors.ts';
import type { HttpApi, HttpRequest } from '../../domain/http-api.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { createCarrierHttp, unusable, type CarrierHttp } from '../http.ts';
import { noClock } from '../no-clock.ts';
import { pagesOf } from '../pages.ts';
import { accepted } from './answer.ts';
import { authHeaders } from './auth.ts';
import { CARRIER, readFields } from './fields.ts';
import { numberOf, writtenNumber } from './numbers.ts';
import { at as pointed, scalarAt } from './pointer.ts';
import { fieldsIn, pagingOf } from './request.ts';
import { checkedRef, describedRequest, plainHttp, REF, touchedBy } from './requests.ts';

const DEFAULT_TIMEOUT_MS = 5000;
function unknownNumber(): Failure {
  return new Failure('carrier_number_unknown', `${CARRIER} has no such number`);
}

interface Asker {
  ask(request: HttpRequest, values: ReadonlyMap<string, string>, write: boolean): Promise<unknown>;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

function createAsker(account: CarrierAccount, api: HttpApi): Asker {
  const { user = '', secret = '' } = account.credentials;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, now = noClock } = account;
  const { baseUrl, headers: always } = plainHttp(account);
  const { waitHeader } = api.answers ?? {};
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs, headers: always, ...(waitHeader === undefined ? {} : { waitHeader: waitHeader.toLowerCase() }) });
  const credentials = { user, secret };
  /** What is signed is the address as it is asked, below a path of the base address too. */
  const prefix = new URL(baseUrl).pathname.replace(/\/+$/, '');

  return {
    async ask(described, values, write) {
      const request = describedRequest(api, described, values, account.credentials);
      const headers = { ...request.headers, ...authHeaders(api.auth, credentials, { ...request, path: prefix + request.path }, now) };
      return accepted(api, await http.ask({ ...request, headers, reads: !write }), { write, secret });
    },
    saidLimits: http.saidLimits,
    close: http.close,
  };
}

/** Its id at the carrier, by the request that finds it, or by the number itself. */
async function refOf(api: HttpApi, asker: Asker, written: string): Promise<string | undefined> {
  const { find, number } = api;
  if (!find) return written.replace(/^\+/, '');
  const found = pointed(await asker.ask(find, new Map([['number', written]]), false), find.list);
  if (typeof found !== 'object' || found === null) throw unusable(CARRIER, 'gave no list of numbers', false);
  const item = (Array.isArray(found) ? (found as unknown[]) : [found]).find((one) => scalarAt(one, find.number ?? number.at) === written);
  if (item === undefined) return undefined;
  const ref = scalarAt(item, find.ref) ?? '';
  if (!REF.test(ref)) throw unusable(CARRIER, 'gave no usable id of the number', false);
  return ref;
}

type Listing = NonNullable<HttpApi['list']>;

/** One answer of the list: ids and numbers, and what the next page is asked by. */
async function page(api: HttpApi, asker: Asker, { list, ref, number, next, firstPage: _first, query, ...request }: Listing, by: string, at: string): Promise<{ items: { ref: string; number: string }[]; next: string | undefined }> {
  // What is asked for the first time has no cursor yet.
  const given = Object.entries(query ?? {}).filter(([, template]) => !(at === '' && template === '{cursor}'));
  const answer = await asker.ask({ ...request, ...(given.length === 0 ? {} : { query: Object.fromEntries(given) }) }, new Map(by === '' ? [] : [[by, at]]), false);
  const found = pointed(answer, list);
  if (!Array.isArray(found)) throw unusable(CARRIER, 'gave no list of numbers', false);
  const items = found.flatMap((element: unknown) => {
    const written = scalarAt(element, number ?? api.number.at);
    if (written === undefined) throw unusable(CARRIER, 'did not say which numbers they are', false);
    const e164 = numberOf(api.number, written);
    const id = ref === undefined ? written.replace(/^\+/, '') : (scalarAt(element, ref) ?? '');
    if (e164 !== undefined && !REF.test(id)) throw unusable(CARRIER, 'gave no usable id of a number', false);
    return e164 === undefined ? [] : [{ ref: id, number: e164 }];
  });
  if (by === 'cursor') return { items, next: next === undefined ? undefined : scalarAt(answer, next) || undefined };
  if (by === '' || found.length === 0) return { items, next: undefined };
  return { items, next: String(Number(at) + (by === 'page' ? 1 : found.length)) };
}

export function createHttpApi(account: CarrierAccount): CarrierApi {
  if (!account.api) throw new Error('a carrier of this kind is described in its record');
  const api: HttpApi = account.api;
  const asker = createAsker(account, api);

  async function read(ref: string, number?: string): Promise<Routing> {
    const resource = pointed(await asker.ask(api.read, new Map([['ref', checkedRef(ref)]]), false), api.read.in ?? '');
    const held = scalarAt(resource, api.number.at);
    if (held === undefined) throw unusable(CARRIER, 'did not say which number it is', false);
    if (number !== undefined && held !== writtenNumber(api.number, number)) throw unknownNumber();
    return readFields(api, resource);
  }

  async function find(e164: string): Promise<{ ref: string; routing: Routing } | undefined> {
    const written = writtenNumber(api.number, e164);
    const ref = written === undefined ? undefined : await refOf(api, asker, written);
    return ref === undefined ? undefined : { ref, routing: await read(ref, e164) };
  }

  /** With the fields that it also carries as they are now. */
  async function write(request: HttpRequest, ref: string, fields: Routing, current: () => Promise<Routing>): Promise<void> {
    const missing = fieldsIn(api, request).filter((name) => fields[name] === undefined);
    const values = missing.length === 0 ? fields : { ...(await current()), ...fields };
    await asker.ask(request, new Map([...Object.entries(values), ['ref', ref]]), true);
  }

  async function* listNumbers(described: Listing, send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const [by = ''] = pagingOf(described);
    const first = by === 'page' ? String(described.firstPage ?? 1) : by === 'offset' ? '0' : '';
    for await (const numbers of pagesOf<{ ref: string; number: string }, string>(CARRIER, first, (at) => send(() => page(api, asker, described, by, at)))) {
      for (const { ref, number } of numbers) yield [{ number, ref, routing: await send(() => read(ref, number)) }];
    }
  }

  const { list } = api;
  return {
    ...(list ? { listNumbers: (send: Send) => listNumbers(list, send) } : {}),
    saidLimits: asker.saidLimits,
    async findNumber(e164) {
      try {
        return await find(e164);
      } catch (error) {
        if (error instanceof Failure && error.code === 'carrier_number_unknown') return undefined;
        throw error;
      }
    },
    readRouting: read,
    async setRouting(ref, fields) {
      checkedRef(ref);
      const touched = touchedBy(api, fields);
      for (const [done, request] of touched.entries()) {
        try {
          await write(request, ref, fields, () => read(ref));
        } catch (error) {
          // Of several, some were carried out: what is there now must be read.
          if (done > 0) throw unusable(CARRIER, `took ${done} of ${touched.length} requests (${error instanceof Failure ? error.code : 'fault'})`, true);
          throw error;
        }
      }
      return {};
    },
    close: asker.close,
  };
}

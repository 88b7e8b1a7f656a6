/** The API of a carrier that is described in its record (src/domain/http-api.ts). */
import { Failure } from '../../domain/errors.ts';
import type { HttpApi, HttpRequest } from '../../domain/http-api.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { createCarrierHttp, unusable } from '../http.ts';
import { accepted } from './answer.ts';
import { authHeaders } from './auth.ts';
import { CARRIER, readFields } from './fields.ts';
import { writtenNumber } from './numbers.ts';
import { at, scalarAt } from './pointer.ts';
import { fieldsIn } from './request.ts';
import { checkedRef, describedRequest, plainHttp, REF, touchedBy } from './requests.ts';

const DEFAULT_TIMEOUT_MS = 5000;
function unknownNumber(): Failure {
  return new Failure('carrier_number_unknown', `${CARRIER} has no such number`);
}

function noClock(): never {
  throw new Error('a request with a time in it needs a clock');
}

interface Asker {
  ask(request: HttpRequest, values: ReadonlyMap<string, string>, write: boolean): Promise<unknown>;
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
    close: http.close,
  };
}

/** Its id at the carrier, by the request that finds it, or by the number itself. */
async function refOf(api: HttpApi, asker: Asker, written: string): Promise<string | undefined> {
  const { find, number } = api;
  if (!find) return written.replace(/^\+/, '');
  const found = at(await asker.ask(find, new Map([['number', written]]), false), find.list);
  if (typeof found !== 'object' || found === null) throw unusable(CARRIER, 'gave no list of numbers', false);
  const item = (Array.isArray(found) ? (found as unknown[]) : [found]).find((one) => scalarAt(one, find.number ?? number.at) === written);
  if (item === undefined) return undefined;
  const ref = scalarAt(item, find.ref) ?? '';
  if (!REF.test(ref)) throw unusable(CARRIER, 'gave no usable id of the number', false);
  return ref;
}

export function createHttpApi(account: CarrierAccount): CarrierApi {
  if (!account.api) throw new Error('a carrier of this kind is described in its record');
  const api: HttpApi = account.api;
  const asker = createAsker(account, api);

  async function read(ref: string, number?: string): Promise<Routing> {
    const resource = at(await asker.ask(api.read, new Map([['ref', checkedRef(ref)]]), false), api.read.in ?? '');
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

  return {
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

/**
 * SignalWire's Twilio-compatible REST API for the routing of numbers and applications (https://developer.signalwire.com/compatibility-api/rest), and
 * of its native one what the other does not show: which handler has a number's calls (https://developer.signalwire.com/rest/signalwire-rest).
 */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { listAt, member, parseJson, textAt } from '../../domain/json.ts';
import { authorization } from '../plain-api.ts';
import { APPLICATION, APPLICATION_REF, COMPATIBLE_HANDLERS, HANDLED_BY, HANDLER, HANDLER_FIELDS, inAnswers, NUMBER_FIELDS, VOICE_FIELDS } from './fields.ts';
import { accountPath, addressesRequest, CARRIER, checkedId, handlerRequest, isApplication, leadsToAddress, nativePath, plainSignalwire, resourcePath, setsHandler } from './requests.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = '50';
const PAGE_SIZE = '1000';

/** `{"code":"21402","message":"…","more_info":"…","status":400}`, or the native API's `{"errors":[{"code":"…","message":"…"}]}`. */
function words(status: number, text: string): string {
  const answer = parseJson(text);
  const error = listAt(answer, 'errors')[0] ?? answer;
  const said = [textAt(error, 'code'), textAt(error, 'message') ?? textAt(error, 'detail')].filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? `answered ${status}` : said.join(' ');
}

/** What is null, left out or empty is not set. */
function routingOf(resource: unknown, names: readonly string[]): Routing {
  return Object.fromEntries(names.map((field) => [field, textAt(resource, inAnswers(field)) ?? '']));
}

export function createSignalwireApi(account: CarrierAccount): CarrierApi {
  const { projectId = '' } = account.credentials;
  const { baseUrl, headers, auth } = plainSignalwire(account);
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs: account.timeoutMs ?? DEFAULT_TIMEOUT_MS, headers: { ...headers, ...authorization(auth, account.credentials) } });

  async function ask(request: CarrierRequest): Promise<unknown> {
    const { status, text } = await http.ask(request);
    if (status >= 400) throw refused(CARRIER, words(status, text), status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
    const answer = parseJson(text);
    if (typeof answer !== 'object' || answer === null) throw unusable(CARRIER, 'gave no usable answer', request.method !== 'GET');
    return answer;
  }

  /** The resource with this very id: somebody's page must not read as "nothing is set". */
  async function read(path: string, id: string): Promise<unknown> {
    const resource = await ask({ method: 'GET', path });
    if ((textAt(resource, 'sid') ?? textAt(resource, 'id')) !== id) throw unusable(CARRIER, 'gave no usable answer', false);
    return resource;
  }

  async function handlerOf(id: string): Promise<Routing> {
    const number = await read(nativePath(checkedId(id)), id);
    const handler = textAt(number, 'call_handler') ?? '';
    if (handler === '' || COMPATIBLE_HANDLERS.includes(handler)) return { [HANDLER]: '', [HANDLED_BY]: '' };
    return { [HANDLER]: handler, [HANDLED_BY]: textAt(number, HANDLER_FIELDS[handler] ?? '') ?? '' };
  }

  async function numberRouting(resource: unknown, id: string): Promise<Routing> {
    return { ...routingOf(resource, NUMBER_FIELDS), ...(await handlerOf(id)) };
  }

  async function readNumber(id: string, number?: string): Promise<Routing> {
    const resource = await read(resourcePath(projectId, id), id);
    if (number !== undefined && textAt(resource, 'phone_number') !== number) throw new Failure('carrier_number_unknown', `${CARRIER}: ${id} is another number`);
    return numberRouting(resource, id);
  }

  /** One page of numbers, and where the next one is. */
  async function page(path: string): Promise<{ numbers: readonly unknown[]; next: string | undefined }> {
    const answer = await ask({ method: 'GET', path }).catch((error: unknown) => {
      // It is the account that is not found here: an unknown number is an empty list.
      throw error instanceof Failure && error.code === 'carrier_number_unknown' ? new Failure('carrier_refused', error.message) : error;
    });
    if (!Array.isArray(member(answer, 'incoming_phone_numbers'))) throw unusable(CARRIER, 'gave no usable answer', false);
    const next = textAt(answer, 'next_page_uri') ?? '';
    if (next !== '' && !next.startsWith(`${accountPath(projectId)}/`)) throw unusable(CARRIER, 'gave no usable answer', false);
    return { numbers: listAt(answer, 'incoming_phone_numbers'), next: next || undefined };
  }

  const list = (query: Readonly<Record<string, string>>) => page(`${accountPath(projectId)}/IncomingPhoneNumbers?${new URLSearchParams(query).toString()}`);

  async function numbersOf(application: string): Promise<string[]> {
    const found: string[] = [];
    for (let { numbers, next } = await list({ PageSize: PAGE_SIZE }); ; { numbers, next } = await page(next)) {
      for (const one of numbers) {
        const number = textAt(one, 'phone_number');
        if (number === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
        if (textAt(one, inAnswers(APPLICATION)) === application) found.push(number);
      }
      if (next === undefined) return found;
    }
  }

  return {
    async members(group) {
      if (!isApplication(group)) throw new Failure('carrier_number_unknown', `${CARRIER}: no such id`);
      return numbersOf(checkedId(group.slice(APPLICATION_REF.length)));
    },
    async findNumber(e164) {
      const { numbers } = await list({ PhoneNumber: e164, PageSize: MAX_MATCHES });
      const match = numbers.find((one) => textAt(one, 'phone_number') === e164);
      const ref = textAt(match, 'sid');
      return ref === undefined ? undefined : { ref, routing: await numberRouting(match, ref) };
    },
    async readRouting(ref, number) {
      if (!isApplication(ref)) return readNumber(ref, number);
      return routingOf(await read(resourcePath(projectId, ref), ref.slice(APPLICATION_REF.length)), VOICE_FIELDS);
    },
    async setRouting(ref, fields) {
      const addresses = addressesRequest(projectId, ref, fields);
      if (addresses) await ask(addresses);
      if (setsHandler(fields) && !isApplication(ref)) await ask(handlerRequest(ref, fields, leadsToAddress(fields) ? await readNumber(ref) : {}));
      return {};
    },
    close: http.close,
  };
}

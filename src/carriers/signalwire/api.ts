/**
 * SignalWire's Twilio-compatible REST API for the routing of numbers and applications (https://developer.signalwire.com/compatibility-api/rest), and
 * of its native one what the other does not show: which handler has a number's calls (https://developer.signalwire.com/rest/signalwire-rest).
 */
import { Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { listAt, member, parseJson, textAt } from '../../domain/json.ts';
import { pagesOf, type Page } from '../pages.ts';
import { authorization } from '../plain-api.ts';
import { placedCalls } from './calls.ts';
import { APPLICATION, APPLICATION_REF, COMPATIBLE_HANDLERS, HANDLED_BY, HANDLER, HANDLER_FIELDS, inAnswers, NUMBER_FIELDS, VOICE_FIELDS } from './fields.ts';
import { accountPath, addressesRequest, CARRIER, checkedId, handlerRequest, isApplication, leadsToAddress, NATIVE_NUMBERS, nativePath, plainSignalwire, resourcePath, setsHandler } from './requests.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = '50';
/** Of the 1,000 that there may be: a number takes some 2 kB. */
const PAGE_SIZE = '500';

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

  function handlerIn(number: unknown): Routing {
    const handler = textAt(number, 'call_handler') ?? '';
    if (handler === '' || COMPATIBLE_HANDLERS.includes(handler)) return { [HANDLER]: '', [HANDLED_BY]: '' };
    return { [HANDLER]: handler, [HANDLED_BY]: textAt(number, HANDLER_FIELDS[handler] ?? '') ?? '' };
  }

  const handlerOf = async (id: string): Promise<Routing> => handlerIn(await read(nativePath(checkedId(id)), id));

  async function numberRouting(resource: unknown, id: string): Promise<Routing> {
    return { ...routingOf(resource, NUMBER_FIELDS), ...(await handlerOf(id)) };
  }

  async function readNumber(id: string, number?: string): Promise<Routing> {
    const resource = await read(resourcePath(projectId, id), id);
    if (number !== undefined && textAt(resource, 'phone_number') !== number) throw new Failure('carrier_number_unknown', `${CARRIER}: ${id} is another number`);
    return numberRouting(resource, id);
  }

  /** One page of what is under `name`, and the path of the next, to which `link` leads. */
  async function page(path: string, name: string, ...link: readonly string[]): Promise<Page<unknown, string>> {
    const answer = await ask({ method: 'GET', path }).catch((error: unknown) => {
      // It is the account that is not found here: an unknown number is an empty list.
      throw error instanceof Failure && error.code === 'carrier_number_unknown' ? new Failure('carrier_refused', error.message) : error;
    });
    const to = textAt(answer, ...link) ?? '';
    // Some are whole addresses. The credentials go nowhere but to the same list.
    const next = URL.canParse(to) ? new URL(to).pathname + new URL(to).search : to;
    if (!Array.isArray(member(answer, name)) || (next !== '' && !next.startsWith(`${path.split('?')[0]}?`))) throw unusable(CARRIER, 'gave no usable answer', false);
    return { items: listAt(answer, name), next: next || undefined };
  }

  const compatible = (path: string) => page(path, 'incoming_phone_numbers', 'next_page_uri');
  const search = (query: Readonly<Record<string, string>>): string => `${accountPath(projectId)}/IncomingPhoneNumbers?${new URLSearchParams(query).toString()}`;

  async function* allNumbers(send: Send): AsyncGenerator<readonly { ref: string; number: string; resource: unknown }[]> {
    for await (const items of pagesOf<unknown, string>(CARRIER, search({ PageSize: PAGE_SIZE }), (at) => send(() => compatible(at)))) {
      yield items.map((resource) => {
        const [ref, number] = [textAt(resource, 'sid'), textAt(resource, 'phone_number')];
        if (ref === undefined || number === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
        return { ref, number, resource };
      });
    }
  }

  async function numbersOf(application: string, send: Send): Promise<string[]> {
    const found: string[] = [];
    for await (const page of allNumbers(send)) found.push(...page.flatMap(({ number, resource }) => (textAt(resource, inAnswers(APPLICATION)) === application ? [number] : [])));
    return found;
  }

  /** By id, of all numbers: the compatible list does not show what the dashboard has set. */
  async function handlers(send: Send): Promise<Map<string, Routing>> {
    const found = new Map<string, Routing>();
    for await (const items of pagesOf<unknown, string>(CARRIER, `${NATIVE_NUMBERS}?page_size=${PAGE_SIZE}`, (at) => send(() => page(at, 'data', 'links', 'next')))) {
      for (const number of items) {
        const id = textAt(number, 'id');
        if (id === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
        found.set(id, handlerIn(number));
      }
    }
    return found;
  }

  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const known = await handlers(send);
    for await (const page of allNumbers(send)) {
      const numbers: HeldNumber[] = [];
      for (const { ref, number, resource } of page) {
        // One that was bought meanwhile is in one list alone.
        if (isE164(number)) numbers.push({ number, ref, routing: { ...routingOf(resource, NUMBER_FIELDS), ...(known.get(ref) ?? (await send(() => handlerOf(ref)))) } });
      }
      yield numbers;
    }
  }

  return {
    listNumbers,
    saidLimits: http.saidLimits,
    async members(group, send) {
      if (!isApplication(group)) throw new Failure('carrier_number_unknown', `${CARRIER}: no such id`);
      return numbersOf(checkedId(group.slice(APPLICATION_REF.length)), send);
    },
    async findNumber(e164) {
      const { items } = await compatible(search({ PhoneNumber: e164, PageSize: MAX_MATCHES }));
      const match = items.find((one) => textAt(one, 'phone_number') === e164);
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
    ...placedCalls(projectId, ask),
    close: http.close,
  };
}

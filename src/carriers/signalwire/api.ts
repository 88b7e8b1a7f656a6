/**
 * SignalWire's Twilio-compatible REST API for the routing of numbers and applications (https://developer.signalwire.com/compatibility-api/rest), and
 * of its native one what the other does not show: which handler has a number's calls (https://developer.signalwire.com/rest/signalwire-rest).
 */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { basicAuth } from '../basic-auth.ts';
import { createCarrierHttp, refused, unusable, type CarrierRequest } from '../http.ts';
import { listAt, member, parseJson, textAt } from '../../domain/json.ts';
import { APPLICATION, APPLICATION_REF, COMPATIBLE_HANDLERS, HANDLED_BY, HANDLER, HANDLER_FIELDS, inAnswers, inForms, NUMBER_FIELDS, VOICE_FIELDS } from './fields.ts';

const CARRIER = 'SignalWire';
const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = '50';
const PAGE_SIZE = '1000';
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_BODY = { 'content-type': 'application/json' };

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

function formOf(fields: Routing, names: readonly string[]): string {
  return new URLSearchParams(names.flatMap((field) => (fields[field] === undefined ? [] : [[inForms(field), fields[field]] as [string, string]]))).toString();
}

export function createSignalwireApi({ credentials, baseUrl, timeoutMs = DEFAULT_TIMEOUT_MS }: CarrierAccount): CarrierApi {
  const { space = '', projectId = '', apiToken = '' } = credentials;
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl: baseUrl ?? `https://${space}.signalwire.com`, timeoutMs, headers: { authorization: basicAuth(projectId, apiToken), accept: 'application/json' } });
  const account = `/api/laml/2010-04-01/Accounts/${encodeURIComponent(projectId)}`;

  async function ask(request: CarrierRequest): Promise<unknown> {
    const { status, text } = await http.ask(request);
    if (status >= 400) throw refused(CARRIER, words(status, text), status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
    const answer = parseJson(text);
    if (typeof answer !== 'object' || answer === null) throw unusable(CARRIER, 'gave no usable answer', request.method !== 'GET');
    return answer;
  }

  /** The resource with this very id: somebody's page must not read as "nothing is set". */
  async function read(path: string, id: string): Promise<unknown> {
    if (!ID.test(id)) throw new Failure('carrier_number_unknown', `${CARRIER}: no such id`);
    const resource = await ask({ method: 'GET', path });
    if ((textAt(resource, 'sid') ?? textAt(resource, 'id')) !== id) throw unusable(CARRIER, 'gave no usable answer', false);
    return resource;
  }

  const native = (id: string): string => `/api/relay/rest/phone_numbers/${id}`;

  async function handlerOf(id: string): Promise<Routing> {
    const number = await read(native(id), id);
    const handler = textAt(number, 'call_handler') ?? '';
    if (handler === '' || COMPATIBLE_HANDLERS.includes(handler)) return { [HANDLER]: '', [HANDLED_BY]: '' };
    return { [HANDLER]: handler, [HANDLED_BY]: textAt(number, HANDLER_FIELDS[handler] ?? '') ?? '' };
  }

  async function numberRouting(resource: unknown, id: string): Promise<Routing> {
    return { ...routingOf(resource, NUMBER_FIELDS), ...(await handlerOf(id)) };
  }

  /** To the address that the number has, or to what had it before. */
  async function setHandler(id: string, fields: Routing): Promise<void> {
    const handler = fields[HANDLER] ?? '';
    const companion = HANDLER_FIELDS[handler];
    const to = handler === '' ? await readNumber(id) : {};
    const body = handler === ''
      ? { call_handler: 'laml_webhooks', call_request_url: to['voiceUrl'] ?? '', call_request_method: to['voiceMethod'] || 'POST' }
      : { call_handler: handler, ...(companion === undefined ? {} : { [companion]: fields[HANDLED_BY] ?? '' }) };
    await ask({ method: 'PUT', path: native(id), headers: JSON_BODY, body: JSON.stringify(body) });
  }

  async function readNumber(id: string, number?: string): Promise<Routing> {
    const resource = await read(`${account}/IncomingPhoneNumbers/${id}`, id);
    if (number !== undefined && textAt(resource, 'phone_number') !== number) throw new Failure('carrier_number_unknown', `${CARRIER}: ${id} is another number`);
    return numberRouting(resource, id);
  }

  async function write(path: string, id: string, body: string): Promise<void> {
    if (!ID.test(id)) throw new Failure('carrier_number_unknown', `${CARRIER}: no such id`);
    if (body !== '') await ask({ method: 'POST', path, headers: FORM, body });
  }

  /** One page of numbers, and where the next one is. */
  async function page(path: string): Promise<{ numbers: readonly unknown[]; next: string | undefined }> {
    const answer = await ask({ method: 'GET', path }).catch((error: unknown) => {
      // It is the account that is not found here: an unknown number is an empty list.
      throw error instanceof Failure && error.code === 'carrier_number_unknown' ? new Failure('carrier_refused', error.message) : error;
    });
    if (!Array.isArray(member(answer, 'incoming_phone_numbers'))) throw unusable(CARRIER, 'gave no usable answer', false);
    const next = textAt(answer, 'next_page_uri') ?? '';
    if (next !== '' && !next.startsWith(`${account}/`)) throw unusable(CARRIER, 'gave no usable answer', false);
    return { numbers: listAt(answer, 'incoming_phone_numbers'), next: next || undefined };
  }

  const list = (query: Readonly<Record<string, string>>) => page(`${account}/IncomingPhoneNumbers?${new URLSearchParams(query).toString()}`);

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
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !ID.test(id)) throw new Failure('carrier_number_unknown', `${CARRIER}: no such id`);
      return numbersOf(id);
    },
    async findNumber(e164) {
      const { numbers } = await list({ PhoneNumber: e164, PageSize: MAX_MATCHES });
      const match = numbers.find((one) => textAt(one, 'phone_number') === e164);
      const ref = textAt(match, 'sid');
      return ref === undefined ? undefined : { ref, routing: await numberRouting(match, ref) };
    },
    async readRouting(ref, number) {
      if (!ref.startsWith(APPLICATION_REF)) return readNumber(ref, number);
      const id = ref.slice(APPLICATION_REF.length);
      return routingOf(await read(`${account}/Applications/${id}`, id), VOICE_FIELDS);
    },
    async setRouting(ref, fields) {
      if (ref.startsWith(APPLICATION_REF)) {
        const id = ref.slice(APPLICATION_REF.length);
        await write(`${account}/Applications/${id}`, id, formOf(fields, VOICE_FIELDS));
      } else {
        await write(`${account}/IncomingPhoneNumbers/${ref}`, ref, formOf(fields, NUMBER_FIELDS));
        if (fields[HANDLER] !== undefined || fields[HANDLED_BY] !== undefined) await setHandler(ref, fields);
      }
      return {};
    },
    close: http.close,
  };
}

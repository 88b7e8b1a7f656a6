/** Twilio's REST API for the routing of numbers (PN…), applications (AP…) and Elastic SIP trunks (TK…), through Twilio's SDK. */
import twilio from 'twilio';
import { Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { pagesOf } from '../pages.ts';
import { member } from '../../domain/json.ts';
import { placedCalls } from './calls.ts';
import { translate } from './errors.ts';
import { createTwilioHttp } from './http-client.ts';
import { APPLICATION_FIELDS, NUMBER_FIELDS, ORIGIN, textOf, TRUNKING_ORIGIN, writeOf, type Posted } from './requests.ts';
import { readTrunk, setTrunk } from './trunk.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = 50;
/** Of the 1,000 that there may be: a number takes some 2 kB. */
const PAGE_SIZE = 500;

type Field = (typeof NUMBER_FIELDS)[number];
type Resource = Readonly<Partial<Record<Field, string | null>>>;

function routingOf(resource: Resource, names: readonly Field[]): Routing {
  return Object.fromEntries(names.map((field) => [field, resource[field] ?? '']));
}

export function createTwilioApi(account: CarrierAccount): CarrierApi {
  const { accountSid = '', authToken = '' } = account.credentials;
  const http = createTwilioHttp({ baseUrl: account.baseUrl, timeoutMs: account.timeoutMs ?? DEFAULT_TIMEOUT_MS });
  // Set to nothing rather than left out, else the SDK looks for them in the environment.
  const client = new twilio.Twilio(accountSid, authToken, { accountSid, edge: '', region: '', logLevel: '', httpClient: http.client });

  async function read(ref: string, number?: string): Promise<Routing> {
    if (ref.startsWith('TK')) return readTrunk(client, ref);
    const application = ref.startsWith('AP');
    const resource = application ? await client.applications(ref).fetch() : await client.incomingPhoneNumbers(ref).fetch();
    // The SDK takes any body for a resource; without this, somebody's HTML page would read as "nothing is set".
    if (resource.sid !== ref) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
    if ('phoneNumber' in resource && number !== undefined && resource.phoneNumber !== number) throw new Failure('carrier_number_unknown', `${ref} is another number at Twilio`);
    return routingOf(resource, application ? APPLICATION_FIELDS : NUMBER_FIELDS);
  }

  async function post(origin: string, { path, form }: Posted): Promise<void> {
    const answer = (await client.request({ method: 'post', uri: origin + path, data: form, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })) as { statusCode: number; body: unknown };
    const { statusCode: status, body } = answer;
    // As the SDK's own exceptions are made, which it throws for its typed calls alone.
    if (status < 200 || status >= 300) throw Object.assign(new Error('refused'), { status, code: member(body, 'code'), message: member(body, 'message') });
  }

  function write(ref: string, fields: Routing): Promise<void> {
    if (ref.startsWith('TK')) return setTrunk(client, (one) => post(TRUNKING_ORIGIN, one), ref, fields);
    return post(ORIGIN, writeOf(accountSid, ref, fields));
  }

  async function readRouting(ref: string, number?: string): Promise<Routing> {
    try {
      return await read(ref, number);
    } catch (error) {
      throw translate(error).failure;
    }
  }

  /** A trunk says which numbers it has; of an application the numbers say it. */
  async function numbersOf(group: string, send: Send): Promise<string[]> {
    const trunk = group.startsWith('TK');
    const [origin, name] = trunk ? [client.trunking.baseUrl, 'phone_numbers'] : [client.api.baseUrl, 'incoming_phone_numbers'];
    const [ofTrunk, ofAccount] = [client.trunking.v1.trunks(group).phoneNumbers, client.incomingPhoneNumbers];
    const first = () => (trunk ? ofTrunk.page({ pageSize: PAGE_SIZE }) : ofAccount.page({ pageSize: PAGE_SIZE }));
    const found: string[] = [];
    const pages = pagesOf<{ phoneNumber: unknown; voiceApplicationSid: string }, string>('Twilio', '', (at) => send(async () => {
      try {
        const page = await (at === '' ? first() : trunk ? ofTrunk.getPage(at) : ofAccount.getPage(at));
        const { instances, nextPageUrl } = page;
        // As of the list of all numbers: nobody's trunk is taken for empty because of somebody's HTML page.
        const usable = Array.isArray(member(page, '_payload', name)) && (nextPageUrl === undefined || nextPageUrl.startsWith(`${origin}/`));
        if (!usable) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
        return { items: instances, next: nextPageUrl };
      } catch (error) {
        throw translate(error).failure;
      }
    }));
    for await (const page of pages) {
      for (const { phoneNumber, voiceApplicationSid } of page) {
        if (typeof phoneNumber !== 'string') throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
        if (trunk || voiceApplicationSid === group) found.push(phoneNumber);
      }
    }
    return found;
  }

  /** It is the account that is not found in a list: an unknown number is an empty one. */
  function ofList(error: unknown): Failure {
    const { failure } = translate(error);
    return failure.code === 'carrier_number_unknown' ? new Failure('carrier_refused', failure.message) : failure;
  }

  function held(resource: Resource & { sid: unknown; phoneNumber: unknown }): HeldNumber[] {
    const { sid, phoneNumber } = resource;
    if (typeof sid !== 'string' || typeof phoneNumber !== 'string') throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
    return isE164(phoneNumber) ? [{ number: phoneNumber, ref: sid, routing: routingOf(resource, NUMBER_FIELDS) }] : [];
  }

  function listNumbers(send: Send): AsyncIterable<readonly HeldNumber[]> {
    const numbers = client.incomingPhoneNumbers;
    return pagesOf<HeldNumber, string>('Twilio', '', (at) => send(async () => {
      try {
        const page = await (at === '' ? numbers.page({ pageSize: PAGE_SIZE }) : numbers.getPage(at));
        const { instances, nextPageUrl } = page;
        // The SDK takes the one list of any answer for the page; and the credentials go with the next request.
        const usable = Array.isArray(member(page, '_payload', 'incoming_phone_numbers')) && (nextPageUrl === undefined || nextPageUrl.startsWith(`${client.api.baseUrl}/`));
        if (!usable) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
        return { items: instances.flatMap(held), next: nextPageUrl };
      } catch (error) {
        throw ofList(error);
      }
    }));
  }

  return {
    listNumbers,
    members: numbersOf,
    async findNumber(e164) {
      try {
        const matches = await client.incomingPhoneNumbers.list({ phoneNumber: e164, limit: MAX_MATCHES });
        const match = matches.find(({ phoneNumber }) => phoneNumber === e164);
        return match && { ref: match.sid, routing: routingOf(match, NUMBER_FIELDS) };
      } catch (error) {
        throw ofList(error);
      }
    },
    readRouting,
    async setRouting(ref, fields) {
      try {
        await write(ref, fields);
      } catch (error) {
        const { failure, unknown } = translate(error);
        throw unknown ? new Failure('carrier_outcome_unknown', failure.message) : failure;
      }
      return {};
    },
    async sendText(message) {
      try {
        await post(ORIGIN, textOf(accountSid, message));
      } catch (error) {
        const { failure, unknown } = translate(error);
        throw unknown ? new Failure('carrier_outcome_unknown', failure.message) : failure;
      }
    },
    ...placedCalls(client),
    close: http.close,
  };
}

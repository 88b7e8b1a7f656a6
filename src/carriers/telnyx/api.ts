/** Telnyx' REST API for the routing of numbers (https://developers.telnyx.com/api-reference): call forwarding, connection, TeXML application. */
import { Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, RoutedNumber, Routing, Send } from '../api.ts';
import { textAt } from '../../domain/json.ts';
import { pagesOf } from '../pages.ts';
import { createApplications, meaningOf } from './applications.ts';
import { placedCalls } from './calls.ts';
import { APPLICATION_FIELDS, APPLICATION_REF, CONNECTION, NUMBER_APPLICATION_FIELDS, OF_APPLICATION, picked, RECORD_TYPE, TEXML_APPLICATION, TO } from './fields.ts';
import { applicationTo, CARRIER, DIVERTED_NAME, ID, needsForwarding, numberWrites, voicePath, WIRED_NAME } from './requests.ts';
import { voiceRouting, voiceSettings, type Application } from './resources.ts';
import { createTelnyxRest, type TelnyxRest } from './rest.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = 50;
const NO_APPLICATION: Routing = Object.fromEntries([RECORD_TYPE, ...NUMBER_APPLICATION_FIELDS].map((field) => [field, '']));

const unknownNumber = (what: string): Failure => new Failure('carrier_number_unknown', `Telnyx: ${what}`);

function named(names: readonly string[], prefix: string, fields: Routing): Routing {
  return Object.fromEntries(names.flatMap((name) => (fields[prefix + name] === undefined ? [] : [[name, fields[prefix + name] ?? '']])));
}

/** What a number shows of the application that it is on. */
function shownOf(found: Application): Routing {
  const settings = Object.fromEntries(APPLICATION_FIELDS.map((field) => [OF_APPLICATION + field, found.routing[field] ?? '']));
  return { [CONNECTION]: meaningOf(found) ?? found.id, [RECORD_TYPE]: TEXML_APPLICATION, ...settings };
}

/** The id of the number; undefined when the account does not hold it. */
async function refOf(rest: TelnyxRest, e164: string): Promise<string | undefined> {
  const data = await rest.ask({ method: 'GET', path: `/v2/phone_numbers?${new URLSearchParams({ 'filter[phone_number]': e164, 'page[size]': String(MAX_MATCHES) }).toString()}` });
  if (!Array.isArray(data)) throw data === undefined ? new Failure('carrier_refused', 'Telnyx: no such account') : rest.unusable(false);
  return textAt(data.find((one: unknown) => textAt(one, 'phone_number') === e164), 'id');
}

export function createTelnyxApi(account: CarrierAccount): CarrierApi {
  const { outboundVoiceProfileId = '' } = account.credentials;
  const rest = createTelnyxRest(account, account.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const applications = createApplications(rest, outboundVoiceProfileId);
  /** Connections known to be no TeXML applications: what a connection is never changes. */
  const others = new Set<string>();

  async function ofApplication(connection: string): Promise<Routing> {
    if (!ID.test(connection) || others.has(connection)) return NO_APPLICATION;
    const found = await applications.find(connection);
    if (found === undefined) others.add(connection);
    return found === undefined ? NO_APPLICATION : shownOf(found);
  }

  async function voice(ref: string, number?: string): Promise<Routing> {
    if (!ID.test(ref)) throw unknownNumber('no such number');
    const data = await rest.ask({ method: 'GET', path: voicePath(ref) });
    if (data === undefined) throw unknownNumber('no such number');
    const found = voiceSettings(data, ref);
    if (found === undefined) throw rest.unusable(false);
    if (number !== undefined && found.number !== number) throw unknownNumber(`${ref} is another number`);
    return found.routing;
  }

  async function readApplication(id: string): Promise<Routing> {
    const found = ID.test(id) ? await applications.find(id) : undefined;
    if (found === undefined) throw unknownNumber('no such TeXML application');
    return found.routing;
  }

  async function readNumber(ref: string, number?: string): Promise<Routing> {
    const routing = await voice(ref, number);
    return { ...routing, ...(await ofApplication(routing[CONNECTION] ?? '')) };
  }

  /** The id of what has its calls with these fields; undefined when that is not said. */
  async function connectionFor(ref: string, fields: Routing): Promise<string | undefined> {
    const to = fields[CONNECTION];
    if (to?.startsWith(TO) === true) return applications.findOrMake(DIVERTED_NAME, applicationTo(to.slice(TO.length)));
    if (to !== undefined || !NUMBER_APPLICATION_FIELDS.some((field) => field in fields)) return to;
    const wanted = named(APPLICATION_FIELDS, OF_APPLICATION, fields);
    const whole = Object.keys(wanted).length === APPLICATION_FIELDS.length;
    return applications.findOrMake(WIRED_NAME, whole ? wanted : { ...named(APPLICATION_FIELDS, OF_APPLICATION, await readNumber(ref)), ...wanted });
  }

  async function setNumber(ref: string, fields: Routing): Promise<void> {
    if (!ID.test(ref)) throw unknownNumber('no such number');
    const connection = await connectionFor(ref, fields);
    const before = needsForwarding(fields) ? await voice(ref) : {};
    for (const request of numberWrites(ref, { ...fields, ...(connection === undefined ? {} : { [CONNECTION]: connection }) }, before)) if ((await rest.ask(request)) === undefined) throw unknownNumber('no such number');
  }

  const pages = <Item>(send: Send, path: string, read: (element: unknown) => Item | undefined, filter?: Readonly<Record<string, string>>): AsyncGenerator<readonly Item[]> =>
    pagesOf<Item, number>(CARRIER, 1, (at) => send(async () => {
      const { elements, last } = await rest.page(path, at, filter);
      const items = elements.map((element) => {
        const item = read(element);
        if (item === undefined) throw rest.unusable(false);
        return item;
      });
      return { items, next: at < last ? at + 1 : undefined };
    }));

  const numbers = (send: Send, filter?: Readonly<Record<string, string>>) => pages(send, '/v2/phone_numbers', (element) => {
    const [ref, number] = [textAt(element, 'id'), textAt(element, 'phone_number')];
    return ref === undefined || number === undefined ? undefined : { ref, number, connection: textAt(element, 'connection_id') };
  }, filter);

  async function onConnection(connection: string, send: Send): Promise<string[]> {
    const found: string[] = [];
    for await (const page of numbers(send, { 'filter[connection_id]': connection })) {
      found.push(...page.filter((one) => one.connection === connection).map(({ number }) => number));
    }
    return found;
  }

  /** By id. Of this list it is not certain that it says of which number each is. */
  async function voiceRoutings(send: Send): Promise<Map<string, Routing>> {
    const routings = new Map<string, Routing>();
    const read = (element: unknown): readonly [string, Routing] | undefined => {
      const [id, routing] = [textAt(element, 'id'), voiceRouting(element)];
      return id === undefined || !routing ? undefined : [id, routing];
    };
    for await (const page of pages(send, '/v2/phone_numbers/voice', read)) for (const [id, routing] of page) routings.set(id, routing);
    return routings;
  }

  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const routings = await voiceRoutings(send);
    const ofConnections = new Map<string, Routing>();
    async function held({ ref, number }: { ref: string; number: string }): Promise<HeldNumber> {
      // One that was bought meanwhile is in one list alone.
      const routing = routings.get(ref) ?? (await send(() => voice(ref, number)));
      const connection = routing[CONNECTION] ?? '';
      const application = ofConnections.get(connection) ?? (ID.test(connection) ? await send(() => ofApplication(connection)) : NO_APPLICATION);
      ofConnections.set(connection, application);
      return { number, ref, routing: { ...routing, ...application } };
    }
    for await (const page of numbers(send)) {
      const some: HeldNumber[] = [];
      for (const one of page) if (isE164(one.number)) some.push(await held(one));
      yield some;
    }
  }

  async function findNumber(e164: string): Promise<RoutedNumber | undefined> {
    const ref = await refOf(rest, e164);
    return ref === undefined ? undefined : { ref, routing: await readNumber(ref, e164) };
  }

  /** The id of the TeXML application that it is on, whatever that means. */
  async function applicationOf(e164: string): Promise<string | undefined> {
    const ref = await refOf(rest, e164);
    const id = ref === undefined ? '' : ((await voice(ref, e164))[CONNECTION] ?? '');
    return ID.test(id) ? (await applications.find(id))?.id : undefined;
  }

  return {
    listNumbers,
    saidLimits: rest.saidLimits,
    async members(group, send) {
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !ID.test(id)) throw unknownNumber('no such TeXML application');
      return onConnection(id, send);
    },
    findNumber,
    readRouting: (ref, number) => (ref.startsWith(APPLICATION_REF) ? readApplication(ref.slice(APPLICATION_REF.length)) : readNumber(ref, number)),
    async setRouting(ref, fields) {
      if (!ref.startsWith(APPLICATION_REF)) await setNumber(ref, fields);
      else if (ID.test(ref.slice(APPLICATION_REF.length))) await applications.set(ref.slice(APPLICATION_REF.length), picked(fields, APPLICATION_FIELDS));
      else throw unknownNumber('no such TeXML application');
      return {};
    },
    objects: applications.objects,
    ...placedCalls(rest, applicationOf),
    close: rest.close,
  };
}

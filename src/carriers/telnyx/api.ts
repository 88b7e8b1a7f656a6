/** Telnyx' REST API for the routing of numbers (https://developers.telnyx.com/api-reference): call forwarding, connection, TeXML application. */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { textAt } from '../../domain/json.ts';
import { createApplications } from './applications.ts';
import { APPLICATION_FIELDS, APPLICATION_REF, CONNECTION, NUMBER_APPLICATION_FIELDS, OF_APPLICATION, picked } from './fields.ts';
import { ID, needsForwarding, numberWrites, voicePath } from './requests.ts';
import { voiceSettings } from './resources.ts';
import { createTelnyxRest } from './rest.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = 50;
const PAGE_SIZE = 250;
const NO_APPLICATION: Routing = Object.fromEntries(NUMBER_APPLICATION_FIELDS.map((field) => [field, '']));

const unknownNumber = (what: string): Failure => new Failure('carrier_number_unknown', `Telnyx: ${what}`);

function named(names: readonly string[], prefix: string, fields: Routing): Routing {
  return Object.fromEntries(names.flatMap((name) => (fields[prefix + name] === undefined ? [] : [[name, fields[prefix + name] ?? '']])));
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
    return found === undefined ? NO_APPLICATION : Object.fromEntries(APPLICATION_FIELDS.map((field) => [OF_APPLICATION + field, found.routing[field] ?? '']));
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

  async function applicationFor(ref: string, fields: Routing): Promise<string> {
    const wanted = named(APPLICATION_FIELDS, OF_APPLICATION, fields);
    const whole = Object.keys(wanted).length === APPLICATION_FIELDS.length;
    return applications.findOrMake(whole ? wanted : { ...named(APPLICATION_FIELDS, OF_APPLICATION, await readNumber(ref)), ...wanted });
  }

  async function setNumber(ref: string, fields: Routing): Promise<void> {
    if (!ID.test(ref)) throw unknownNumber('no such number');
    const chosen = fields[CONNECTION] === undefined && NUMBER_APPLICATION_FIELDS.some((field) => field in fields) ? { [CONNECTION]: await applicationFor(ref, fields) } : {};
    const before = needsForwarding(fields) ? await voice(ref) : {};
    for (const request of numberWrites(ref, { ...fields, ...chosen }, before)) if ((await rest.ask(request)) === undefined) throw unknownNumber('no such number');
  }

  async function onConnection(connection: string): Promise<string[]> {
    const found: string[] = [];
    for (let page = 1; ; page += 1) {
      const query = new URLSearchParams({ 'filter[connection_id]': connection, 'page[number]': String(page), 'page[size]': String(PAGE_SIZE) });
      const data = await rest.ask({ method: 'GET', path: `/v2/phone_numbers?${query.toString()}` });
      if (!Array.isArray(data)) throw rest.unusable(false);
      for (const one of data as readonly unknown[]) {
        const number = textAt(one, 'phone_number');
        if (number === undefined) throw rest.unusable(false);
        if (textAt(one, 'connection_id') === connection) found.push(number);
      }
      if (data.length < PAGE_SIZE) return found;
    }
  }

  return {
    async members(group) {
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !ID.test(id)) throw unknownNumber('no such TeXML application');
      return onConnection(id);
    },
    async findNumber(e164) {
      const data = await rest.ask({ method: 'GET', path: `/v2/phone_numbers?${new URLSearchParams({ 'filter[phone_number]': e164, 'page[size]': String(MAX_MATCHES) }).toString()}` });
      if (!Array.isArray(data)) throw data === undefined ? new Failure('carrier_refused', 'Telnyx: no such account') : rest.unusable(false);
      const ref = textAt(data.find((one: unknown) => textAt(one, 'phone_number') === e164), 'id');
      return ref === undefined ? undefined : { ref, routing: await readNumber(ref, e164) };
    },
    readRouting: (ref, number) => (ref.startsWith(APPLICATION_REF) ? readApplication(ref.slice(APPLICATION_REF.length)) : readNumber(ref, number)),
    async setRouting(ref, fields) {
      if (!ref.startsWith(APPLICATION_REF)) await setNumber(ref, fields);
      else if (ID.test(ref.slice(APPLICATION_REF.length))) await applications.set(ref.slice(APPLICATION_REF.length), picked(fields, APPLICATION_FIELDS));
      else throw unknownNumber('no such TeXML application');
      return {};
    },
    close: rest.close,
  };
}

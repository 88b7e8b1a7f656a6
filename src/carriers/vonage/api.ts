/** Vonage's APIs for the routing of numbers: the callbacks of a number (Numbers API), and applications (Application API v2). */
import { codeOf, Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { member, textAt } from '../../domain/json.ts';
import { pagesOf } from '../pages.ts';
import { UUID } from '../uuid.ts';
import { createApplications } from './applications.ts';
import { placedCalls } from './calls.ts';
import { APP, APPLICATION_FIELDS, APPLICATION_REF, applicationOf, NUMBER_APPLICATION_FIELDS, NUMBER_FIELDS, OF_APPLICATION, picked } from './fields.ts';
import { CARRIER, numbersPath, partsOf, searchFor, updateRequest } from './requests.ts';
import { createVonageRest } from './rest.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const NO_APPLICATION: Routing = Object.fromEntries(NUMBER_APPLICATION_FIELDS.map((field) => [field, '']));

interface Owned {
  country: string;
  msisdn: string;
  routing: Routing;
}

const unknownNumber = (what: string): Failure => refused(CARRIER, what, 'carrier_number_unknown');

function named(fields: Routing): Routing {
  return Object.fromEntries(APPLICATION_FIELDS.flatMap((field) => (fields[OF_APPLICATION + field] === undefined ? [] : [[field, fields[OF_APPLICATION + field] ?? '']])));
}

function ownedOf(found: unknown): Owned | undefined {
  const [country, msisdn] = [textAt(found, 'country'), textAt(found, 'msisdn')];
  return country === undefined || msisdn === undefined ? undefined : { country, msisdn, routing: Object.fromEntries(NUMBER_FIELDS.map((field) => [field, textAt(found, field) ?? ''])) };
}

export function createVonageApi(account: CarrierAccount): CarrierApi {
  const { voiceStatusCallback } = account.credentials;
  const rest = createVonageRest(account, account.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const applications = createApplications(rest);

  /** Those of one page, and how many there are on all pages together. */
  async function page(query: Readonly<Record<string, string>>): Promise<{ numbers: readonly Owned[]; all: number }> {
    const found = await rest.numbers({ method: 'GET', path: numbersPath(query) });
    if (found === undefined) throw new Failure('carrier_refused', `${CARRIER}: no such account`);
    const [numbers, all] = [member(found, 'numbers'), member(found, 'count')];
    // None at all is told by an empty object.
    if (!Array.isArray(found) && numbers === undefined && Object.keys(found as object).every((name) => name === 'count')) return { numbers: [], all: 0 };
    if (!Array.isArray(numbers) || typeof all !== 'number') throw rest.unusable(false);
    const read = numbers.map((one: unknown) => {
      const number = ownedOf(one);
      if (number === undefined) throw rest.unusable(false);
      return number;
    });
    return { numbers: read, all };
  }

  function pages(send: Send): AsyncGenerator<readonly Owned[]> {
    let seen = 0;
    return pagesOf<Owned, number>(CARRIER, 1, (index) => send(async () => {
      const { numbers: items, all } = await page({ index: String(index) });
      seen += items.length;
      return { items, next: items.length > 0 && seen < all ? index + 1 : undefined };
    }));
  }

  async function owned(msisdn: string): Promise<Owned | undefined> {
    return (await page(searchFor(msisdn))).numbers.find((one) => one.msisdn === msisdn);
  }

  /** All numbers are looked at: one may name its application in either of two fields, and Vonage searches by one of them. */
  async function numbersOf(application: string, send: Send): Promise<string[]> {
    const found: string[] = [];
    for await (const some of pages(send)) found.push(...some.filter(({ routing }) => applicationOf(routing) === application).map(({ msisdn }) => `+${msisdn}`));
    return found;
  }

  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const settings = new Map<string, Routing>();
    async function held({ country, msisdn, routing }: Owned): Promise<HeldNumber> {
      const id = applicationOf(routing);
      const ofIt = settings.get(id) ?? (UUID.test(id) ? await send(() => ofApplication(id)) : NO_APPLICATION);
      settings.set(id, ofIt);
      return { number: `+${msisdn}`, ref: `${country}-${msisdn}`, routing: { ...routing, ...ofIt } };
    }
    for await (const some of pages(send)) {
      const numbers: HeldNumber[] = [];
      for (const one of some) if (isE164(`+${one.msisdn}`)) numbers.push(await held(one));
      yield numbers;
    }
  }

  async function read(ref: string, number?: string): Promise<Owned> {
    const { country = '', msisdn = '' } = partsOf(ref) ?? {};
    if (number !== undefined && number !== `+${msisdn}`) throw unknownNumber('the ref is that of another number');
    const found = msisdn === '' ? undefined : await owned(msisdn);
    if (found?.country !== country) throw unknownNumber('no such number');
    return found;
  }

  async function ofApplication(id: string): Promise<Routing> {
    const found = UUID.test(id) ? await applications.find(id) : undefined;
    return found === undefined ? NO_APPLICATION : Object.fromEntries(APPLICATION_FIELDS.map((field) => [OF_APPLICATION + field, found.routing[field] ?? '']));
  }

  const complete = async ({ routing }: Owned): Promise<Routing> => ({ ...routing, ...(await ofApplication(applicationOf(routing))) });

  async function readApplication(id: string): Promise<Routing> {
    const found = UUID.test(id) ? await applications.find(id) : undefined;
    if (found === undefined) throw unknownNumber('no such application');
    return found.routing;
  }

  async function send(request: CarrierRequest): Promise<void> {
    if ((await rest.numbers(request)) === undefined) throw unknownNumber('no such number');
  }

  async function update(ref: string, { routing }: Owned, fields: Routing): Promise<void> {
    const { otherwise, ...request } = updateRequest(ref, fields, routing, voiceStatusCallback);
    try {
      await send(request);
    } catch (error) {
      if (codeOf(error) !== 'carrier_refused' || !otherwise) throw error;
      await send(otherwise).catch(() => { throw error; });
    }
  }

  async function setNumber(ref: string, fields: Routing): Promise<void> {
    const held = await read(ref);
    const wanted = named(fields);
    const chosen = Object.keys(wanted).length === 0 || fields[APP] !== undefined ? {} : { [APP]: await applications.findOrMake({ ...named(await complete(held)), ...wanted }) };
    await update(ref, held, { ...picked(fields, NUMBER_FIELDS), ...chosen });
  }

  return {
    listNumbers,
    saidLimits: rest.saidLimits,
    async members(group, send) {
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !UUID.test(id)) throw unknownNumber('no such application');
      return numbersOf(id, send);
    },
    async findNumber(e164) {
      const found = await owned(e164.replace('+', ''));
      return found && { ref: `${found.country}-${found.msisdn}`, routing: await complete(found) };
    },
    readRouting: async (ref, number) => (ref.startsWith(APPLICATION_REF) ? readApplication(ref.slice(APPLICATION_REF.length)) : complete(await read(ref, number))),
    async setRouting(ref, fields) {
      const id = ref.slice(APPLICATION_REF.length);
      if (!ref.startsWith(APPLICATION_REF)) await setNumber(ref, fields);
      else if (UUID.test(id)) await applications.set(id, picked(fields, APPLICATION_FIELDS));
      else throw unknownNumber('no such application');
      return {};
    },
    ...placedCalls(account, rest),
    close: rest.close,
  };
}

/** Plivo's REST API for the routing of numbers (https://www.plivo.com/docs/numbers/api/account-phone-number), which is by applications alone. */
import { Failure } from '../../domain/errors.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import { pagesOf } from '../pages.ts';
import { createApplications, type Application } from './applications.ts';
import { placedCalls } from './calls.ts';
import { APPLICATION, APPLICATION_FIELDS, APPLICATION_REF, ID, named, NUMBER_APPLICATION_FIELDS, OF_APPLICATION, TO } from './fields.ts';
import { accountPath, CARRIER, divertedTo, DIVERTED_NAME, numberPath, numberRequest, WIRED_NAME } from './requests.ts';
import { createPlivoRest } from './rest.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The most that a page holds. */
const PAGE_SIZE = 20;
/** Pages asked for at the same time: an account of thousands of numbers has hundreds of them. */
const PAGES_AT_ONCE = 5;
const NO_APPLICATION: Routing = Object.fromEntries([APPLICATION, ...NUMBER_APPLICATION_FIELDS].map((field) => [field, '']));

const unknownNumber = (what: string): Failure => new Failure('carrier_number_unknown', `${CARRIER}: ${what}`);

/** `to:` and the address, of one that was made for a diversion and is as we make it. */
function meaningOf({ name, routing }: Application): string | undefined {
  const url = routing['answer_url'] ?? '';
  return name === DIVERTED_NAME && Object.entries(divertedTo(url)).every(([field, value]) => routing[field] === value) ? TO + url : undefined;
}

/** Of `/v1/Account/MA…/Application/1234/`, or of null, which is empty; undefined for what is neither. */
function applicationOf(number: unknown): string | undefined {
  const uri = member(number, 'application') ?? '';
  return uri === '' ? '' : typeof uri === 'string' ? /\/Application\/([0-9]{1,24})\/$/.exec(uri)?.[1] : undefined;
}

function routingOf(application: Application): Routing {
  const { id, routing } = application;
  return { [APPLICATION]: meaningOf(application) ?? id, ...Object.fromEntries(APPLICATION_FIELDS.map((field) => [OF_APPLICATION + field, routing[field] ?? ''])) };
}

export function createPlivoApi(account: CarrierAccount): CarrierApi {
  const { authId = '' } = account.credentials;
  const rest = createPlivoRest(account, account.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const applications = createApplications(rest, authId);

  /** Undefined when the account holds no such number. Its own digits are its id. */
  async function number(digits: string): Promise<Routing | undefined> {
    const found = await rest.ask({ method: 'GET', path: numberPath(authId, digits) });
    if (found === undefined) return undefined;
    const id = applicationOf(found);
    if (textAt(found, 'number') !== digits || id === undefined) throw rest.unusable(false);
    return routingBy(id);
  }

  /** That of the numbers of an application; empty for none. */
  async function routingBy(id: string): Promise<Routing> {
    if (id === '') return NO_APPLICATION;
    const application = await applications.find(id);
    if (application === undefined) throw rest.unusable(false);
    return routingOf(application);
  }

  /** Those of one page with their applications, and how many there are on all pages together. */
  async function page(offset: number): Promise<{ numbers: { ref: string; application: string }[]; all: number }> {
    const found = await rest.ask({ method: 'GET', path: `${accountPath(authId)}/Number/?limit=${PAGE_SIZE}&offset=${offset}` });
    if (found === undefined) throw new Failure('carrier_refused', `${CARRIER}: no such account`);
    const all = member(found, 'meta', 'total_count');
    if (typeof all !== 'number' || !Array.isArray(member(found, 'objects'))) throw rest.unusable(false);
    const numbers = listAt(found, 'objects').map((one) => {
      const [ref, application] = [textAt(one, 'number'), applicationOf(one)];
      if (ref === undefined || application === undefined) throw rest.unusable(false);
      return { ref, application };
    });
    return { numbers, all };
  }

  async function numbersOf(application: string, send: Send): Promise<string[]> {
    const { numbers, all } = await send(() => page(0));
    const found = [...numbers];
    for (let from = PAGE_SIZE; from < all; from += PAGE_SIZE * PAGES_AT_ONCE) {
      const offsets = Array.from({ length: PAGES_AT_ONCE }, (_, at) => from + at * PAGE_SIZE).filter((offset) => offset < all);
      for (const more of await Promise.all(offsets.map((offset) => send(() => page(offset))))) found.push(...more.numbers);
    }
    return found.filter((one) => one.application === application).map(({ ref }) => `+${ref}`);
  }

  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    const routings = new Map<string, Routing>([['', NO_APPLICATION]]);
    async function held({ ref, application }: { ref: string; application: string }): Promise<HeldNumber> {
      const routing = routings.get(application) ?? (await send(() => routingBy(application)));
      routings.set(application, routing);
      return { number: `+${ref}`, ref, routing };
    }
    const read = async (offset: number) => {
      const { numbers, all } = await page(offset);
      const next = offset + numbers.length;
      return { items: numbers, next: numbers.length > 0 && next < all ? next : undefined };
    };
    for await (const some of pagesOf<{ ref: string; application: string }, number>(CARRIER, 0, (at) => send(() => read(at)))) {
      const numbers: HeldNumber[] = [];
      for (const one of some) if (isE164(`+${one.ref}`)) numbers.push(await held(one));
      yield numbers;
    }
  }

  async function readNumber(ref: string, e164?: string): Promise<Routing> {
    if (!ID.test(ref)) throw unknownNumber('no such number');
    if (e164 !== undefined && e164 !== `+${ref}`) throw unknownNumber('that is another number');
    const routing = await number(ref);
    if (routing === undefined) throw unknownNumber('no such number');
    return routing;
  }

  async function readApplication(id: string): Promise<Routing> {
    const found = ID.test(id) ? await applications.find(id) : undefined;
    if (found === undefined) throw unknownNumber('no such application');
    return found.routing;
  }

  async function applicationFor(ref: string, fields: Routing): Promise<string> {
    const to = fields[APPLICATION];
    if (to?.startsWith(TO) === true) return applications.findOrMake(DIVERTED_NAME, divertedTo(to.slice(TO.length)));
    if (to !== undefined) return to;
    const wanted = named(fields, APPLICATION_FIELDS, OF_APPLICATION);
    const whole = Object.keys(wanted).length === APPLICATION_FIELDS.length;
    return applications.findOrMake(WIRED_NAME, whole ? wanted : { ...named(await readNumber(ref), APPLICATION_FIELDS, OF_APPLICATION), ...wanted });
  }

  async function setNumber(ref: string, fields: Routing): Promise<void> {
    if (!ID.test(ref)) throw unknownNumber('no such number');
    if (![APPLICATION, ...NUMBER_APPLICATION_FIELDS].some((field) => field in fields)) return;
    const id = await applicationFor(ref, fields);
    if ((await rest.ask(numberRequest(authId, ref, id))) === undefined) throw unknownNumber('no such number');
  }

  return {
    listNumbers,
    saidLimits: rest.saidLimits,
    async members(group, send) {
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !ID.test(id)) throw unknownNumber('no such application');
      return numbersOf(id, send);
    },
    async findNumber(e164) {
      const ref = e164.replace('+', '');
      const routing = ID.test(ref) ? await number(ref) : undefined;
      return routing && { ref, routing };
    },
    readRouting: (ref, e164) => (ref.startsWith(APPLICATION_REF) ? readApplication(ref.slice(APPLICATION_REF.length)) : readNumber(ref, e164)),
    async setRouting(ref, fields) {
      if (!ref.startsWith(APPLICATION_REF)) {
        await setNumber(ref, fields);
        return {};
      }
      const id = ref.slice(APPLICATION_REF.length);
      if (!ID.test(id)) throw unknownNumber('no such application');
      await applications.set(id, named(fields, APPLICATION_FIELDS));
      return {};
    },
    async objects() {
      const ids = new Map<string, string>();
      for await (const some of applications.pages()) {
        for (const one of some) {
          const meaning = meaningOf(one);
          if (meaning !== undefined) ids.set(meaning, one.id);
        }
      }
      return ids;
    },
    ...placedCalls(authId, rest),
    close: rest.close,
  };
}

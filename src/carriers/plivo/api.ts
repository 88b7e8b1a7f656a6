/** Plivo's REST API for the routing of numbers (https://www.plivo.com/docs/numbers/api/account-phone-number), which is by applications alone. */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import { createApplications, type Application } from './applications.ts';
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
    if (textAt(found, 'number') !== digits) throw rest.unusable(false);
    const id = applicationOf(found);
    if (id === '') return NO_APPLICATION;
    const application = id === undefined ? undefined : await applications.find(id);
    if (application === undefined) throw rest.unusable(false);
    return routingOf(application);
  }

  /** Those of one page that the application has, and how many there are on all pages together. */
  async function page(application: string, offset: number): Promise<{ of: string[]; all: number }> {
    const found = await rest.ask({ method: 'GET', path: `${accountPath(authId)}/Number/?limit=${PAGE_SIZE}&offset=${offset}` });
    const all = member(found, 'meta', 'total_count');
    const of = listAt(found, 'objects').map((one) => ({ number: textAt(one, 'number'), id: applicationOf(one) }));
    if (typeof all !== 'number' || !Array.isArray(member(found, 'objects')) || of.some(({ number, id }) => number === undefined || id === undefined)) throw rest.unusable(false);
    return { of: of.flatMap(({ number, id }) => (id === application ? [`+${number}`] : [])), all };
  }

  async function numbersOf(application: string): Promise<string[]> {
    const first = await page(application, 0);
    const found = first.of;
    for (let from = PAGE_SIZE; from < first.all; from += PAGE_SIZE * PAGES_AT_ONCE) {
      const offsets = Array.from({ length: PAGES_AT_ONCE }, (_, at) => from + at * PAGE_SIZE).filter((offset) => offset < first.all);
      for (const { of } of await Promise.all(offsets.map((offset) => page(application, offset)))) found.push(...of);
    }
    return found;
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
    async members(group) {
      const id = group.slice(APPLICATION_REF.length);
      if (!group.startsWith(APPLICATION_REF) || !ID.test(id)) throw unknownNumber('no such application');
      return numbersOf(id);
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
    close: rest.close,
  };
}

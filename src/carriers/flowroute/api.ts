/** Flowroute's API for the voice routes of numbers (https://developer.flowroute.com/api/numbers/v2.0/). */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, Routing, Send } from '../api.ts';
import { unusable } from '../http.ts';
import { member, textAt } from '../../domain/json.ts';
import { pagesOf, type Page } from '../pages.ts';
import { createFlowrouteClient } from './client.ts';
import { NUMBER_ID, numberPath, routeRequest } from './requests.ts';
import { createRoutes, includedRoutes } from './routes.ts';
import { ROUTE_FIELDS } from './routing.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** The most that a page holds (https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/). */
const PAGE_SIZE = 200;

function unknownNumber(): Failure {
  return new Failure('carrier_number_unknown', 'Flowroute: no such number');
}

function isUnknown(error: unknown): boolean {
  return error instanceof Failure && error.code === 'carrier_number_unknown';
}

export function createFlowrouteApi(account: CarrierAccount): CarrierApi {
  const client = createFlowrouteClient(account, account.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const routes = createRoutes(client);

  function fieldOf(document: unknown, field: string): string {
    const data = member(document, 'data', 'relationships', field, 'data');
    if (data === null) return '';
    const route = includedRoutes(document).get(textAt(data, 'id') ?? '');
    if (!route) throw unusable('Flowroute', `did not say what the ${field} is`, false);
    return routes.fieldOf(route);
  }

  async function readRouting(ref: string, number?: string): Promise<Routing> {
    const path = numberPath(ref);
    if (number !== undefined && number !== `+${ref}`) throw unknownNumber();
    const document = await client.read(path);
    if (member(document, 'data', 'type') !== 'number' || textAt(document, 'data', 'id') !== ref) throw unusable('Flowroute', 'gave no usable answer', false);
    return Object.fromEntries(ROUTE_FIELDS.map((field) => [field, fieldOf(document, field)]));
  }

  async function setRoute(ref: string, field: string, value: string): Promise<void> {
    if (value === '') {
      await client.write(routeRequest(ref, field, ''));
      return;
    }
    try {
      await client.write(routeRequest(ref, field, await routes.idOf(value)));
    } catch (error) {
      routes.forget();
      if (!isUnknown(error)) throw error;
      // Either of the two is not there; when it is the number, this says so.
      await client.read(numberPath(ref));
      throw new Failure('carrier_refused', `Flowroute: the ${field} that was to be set is not there any more`);
    }
  }

  async function page(offset: number): Promise<Page<string, number>> {
    const document = await client.read(`/v2/numbers?limit=${PAGE_SIZE}&offset=${offset}`);
    const data = member(document, 'data');
    if (!Array.isArray(data)) throw unusable('Flowroute', 'gave no list of numbers', false);
    const items = data.map((one: unknown) => {
      const id = textAt(one, 'id');
      if (member(one, 'type') !== 'number' || id === undefined) throw unusable('Flowroute', 'gave no usable answer', false);
      return id;
    });
    const more = items.length === PAGE_SIZE || (items.length > 0 && typeof member(document, 'links', 'next') === 'string');
    return { items, next: more ? offset + items.length : undefined };
  }

  /** What each has set is asked for number by number: the list does not have it. */
  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    for await (const refs of pagesOf<string, number>('Flowroute', 0, (at) => send(() => page(at)))) {
      for (const ref of refs) if (NUMBER_ID.test(ref)) yield [{ number: `+${ref}`, ref, routing: await send(() => readRouting(ref)) }];
    }
  }

  return {
    listNumbers,
    saidLimits: client.saidLimits,
    async findNumber(e164) {
      const ref = e164.slice(1);
      // It has numbers of North America alone.
      if (!NUMBER_ID.test(ref)) return undefined;
      try {
        return { ref, routing: await readRouting(ref) };
      } catch (error) {
        if (isUnknown(error)) return undefined;
        throw error;
      }
    },
    readRouting,
    async setRouting(ref, fields) {
      const wanted = ROUTE_FIELDS.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]] as const]));
      for (const [at, [field, value]] of wanted.entries()) {
        try {
          await setRoute(ref, field, value);
        } catch (error) {
          // Of two, one was set: what is there now must be read.
          if (at > 0) throw unusable('Flowroute', `took one of two routes (${error instanceof Failure ? error.code : 'fault'})`, true);
          throw error;
        }
      }
      return {};
    },
    objects: routes.all,
    close: client.close,
  };
}

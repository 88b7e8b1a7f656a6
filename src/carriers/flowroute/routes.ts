/** Flowroute's routes: what a number's field says of one, and the route that is found or made for a target. */
import { Failure } from '../../domain/errors.ts';
import { unusable } from '../http.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import type { FlowrouteClient } from './client.ts';
import { aliasFor, foreignId, makeRequest, OURS } from './requests.ts';

/** The most that a page holds (https://developer.flowroute.com/api/numbers/v2.0/list-inbound-routes/). */
const PAGE = 200;
/** An account with more routes than these is not searched to the end. */
const MAX_PAGES = 100;

export interface Route {
  id: string;
  alias: string;
  /** `number:12065551212`, `host:pbx.example.net`, `uri:sip:…`, `sip-reg`. */
  meaning: string;
}

export interface Routes {
  /** The id of the route that a field names; found or made when it is one of ours. */
  idOf(field: string): Promise<string>;
  /** The field for a route as it was just read. */
  fieldOf(route: Route): string;
  /** The ids of all of ours, by the field that names them. */
  all(): Promise<Map<string, string>>;
  /** What is remembered of them is not to be trusted any more. */
  forget(): void;
}

/** Undefined for anything that is no route. */
export function routeOf(resource: unknown): Route | undefined {
  const id = textAt(resource, 'id');
  const type = textAt(resource, 'attributes', 'route_type');
  const value = member(resource, 'attributes', 'value') ?? '';
  if (member(resource, 'type') !== 'route' || id === undefined || type === undefined || typeof value !== 'string') return undefined;
  return { id, alias: textAt(resource, 'attributes', 'alias') ?? '', meaning: value === '' ? type : `${type}:${value}` };
}

export function createRoutes(client: FlowrouteClient): Routes {
  const ours = new Map<string, Promise<string>>();

  async function* pages(): AsyncGenerator<Route[]> {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await client.read(`/v2/routes?limit=${PAGE}&offset=${page * PAGE}`);
      const found = member(answer, 'data');
      if (!Array.isArray(found)) throw unusable('Flowroute', 'gave no list of routes', false);
      yield found.flatMap((one) => routeOf(one) ?? []);
      if (found.length < PAGE) return;
    }
  }

  async function find(alias: string): Promise<Route | undefined> {
    for await (const routes of pages()) {
      const route = routes.find((one) => one.alias === alias);
      if (route) return route;
    }
    return undefined;
  }

  async function make(meaning: string): Promise<string> {
    const route = routeOf(member(await client.write(makeRequest(meaning)), 'data'));
    if (!route) throw unusable('Flowroute', 'did not say which route it made', true);
    return route.id;
  }

  async function findOrMake(meaning: string): Promise<string> {
    const alias = aliasFor(meaning);
    const known = await find(alias);
    if (known?.meaning === meaning) return known.id;
    if (known) {
      // Somebody changed ours; its alias says what it is for.
      await client.write(makeRequest(meaning, known.id));
      return known.id;
    }
    try {
      return await make(meaning);
    } catch (error) {
      // Another process may have made it at the same moment: its alias is taken then.
      const made = error instanceof Failure && error.code === 'carrier_refused' ? await find(alias) : undefined;
      if (made?.meaning === meaning) return made.id;
      throw error;
    }
  }

  return {
    idOf(field) {
      const foreign = foreignId(field);
      if (foreign !== undefined) return Promise.resolve(foreign);
      const known = ours.get(field);
      if (known) return known;
      const id = findOrMake(field);
      ours.set(field, id);
      id.catch(() => ours.delete(field));
      return id;
    },
    fieldOf({ id, alias, meaning }) {
      if (alias === aliasFor(meaning)) return meaning;
      // Ours, and changed by somebody: it is to be looked at again before it is used.
      if (alias.startsWith(OURS)) ours.clear();
      return `${id}=${meaning}`;
    },
    async all() {
      const ids = new Map<string, string>();
      for await (const routes of pages()) for (const { id, alias, meaning } of routes) if (alias === aliasFor(meaning)) ids.set(meaning, id);
      return ids;
    },
    forget: () => ours.clear(),
  };
}

/** The routes that came with a number, by id. */
export function includedRoutes(document: unknown): ReadonlyMap<string, Route> {
  return new Map(listAt(document, 'included').flatMap((resource) => routeOf(resource) ?? []).map((route) => [route.id, route]));
}

/** Flowroute's routes: what a number's field says of one, and the route that is found or made for a target. */
import { createHash } from 'node:crypto';
import { Failure } from '../../domain/errors.ts';
import { unusable } from '../http.ts';
import { listAt, member, textAt } from '../../domain/json.ts';
import type { FlowrouteClient } from './client.ts';

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

const OURS = 'ringthrough-';

/** Aliases are unique in an account and of unpublished length, so ours is short and follows from what the route means. */
function aliasFor(meaning: string): string {
  return `${OURS}${createHash('sha256').update(meaning).digest('hex').slice(0, 16)}`;
}

/** A route of somebody else's by its id and what it means: two may mean the same and differ in other respects. */
const FOREIGN = /^([^=:]+)=/;

export function createRoutes(client: FlowrouteClient): Routes {
  const ours = new Map<string, Promise<string>>();

  async function find(alias: string): Promise<Route | undefined> {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await client.read(`/v2/routes?limit=${PAGE}&offset=${page * PAGE}`);
      const found = member(answer, 'data');
      if (!Array.isArray(found)) throw unusable('Flowroute', 'gave no list of routes', false);
      const route = found.map(routeOf).find((one) => one?.alias === alias);
      if (route) return route;
      if (found.length < PAGE) return undefined;
    }
    return undefined;
  }

  function bodyOf(type: string, value: string, alias: string): object {
    return { data: { type: 'route', attributes: { route_type: type, value, alias } } };
  }

  async function make(type: string, value: string, alias: string): Promise<string> {
    const route = routeOf(member(await client.write('POST', '/v2/routes', bodyOf(type, value, alias)), 'data'));
    if (!route) throw unusable('Flowroute', 'did not say which route it made', true);
    return route.id;
  }

  async function findOrMake(meaning: string): Promise<string> {
    const [, type = '', value = ''] = /^(number|host|uri):(.+)$/.exec(meaning) ?? [];
    if (type === '') throw new Failure('carrier_refused', 'Flowroute: no route of this kind can be made');
    const alias = aliasFor(meaning);
    const known = await find(alias);
    if (known?.meaning === meaning) return known.id;
    if (known) {
      // Somebody changed ours; its alias says what it is for.
      await client.write('PATCH', `/v2/routes/${encodeURIComponent(known.id)}`, bodyOf(type, value, alias));
      return known.id;
    }
    try {
      return await make(type, value, alias);
    } catch (error) {
      // Another process may have made it at the same moment: its alias is taken then.
      const made = error instanceof Failure && error.code === 'carrier_refused' ? await find(alias) : undefined;
      if (made?.meaning === meaning) return made.id;
      throw error;
    }
  }

  return {
    idOf(field) {
      const foreign = FOREIGN.exec(field)?.[1];
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
    forget: () => ours.clear(),
  };
}

/** The routes that came with a number, by id. */
export function includedRoutes(document: unknown): ReadonlyMap<string, Route> {
  return new Map(listAt(document, 'included').flatMap((resource) => routeOf(resource) ?? []).map((route) => [route.id, route]));
}

/** The numbers and routes that the account holds, as Flowroute's resources show them. */

export const RELATIONS = ['primary_route', 'failover_route'] as const;
export type Relation = (typeof RELATIONS)[number];

export interface HeldRoute {
  id: string;
  route_type: 'sip-reg' | 'host' | 'number' | 'uri';
  value: string | null;
  alias: string;
}

export interface HeldNumber {
  /** 11 digits. */
  id: string;
  /** Ids of routes; null where none is set. */
  routes: Record<Relation, string | null>;
}

export interface Book {
  addNumber(id: string, routes?: Partial<Record<Relation, string | null>>): HeldNumber;
  number(id: string): HeldNumber | undefined;
  numbers(): readonly HeldNumber[];
  /** However many are asked for. */
  mostOfAPage: number;
  /** Changed in Flowroute's own portal: nothing is checked. */
  addRoute(route: Omit<HeldRoute, 'id'>): HeldRoute;
  route(id: string): HeldRoute | undefined;
  routes(): readonly HeldRoute[];
  removeRoute(id: string): void;
}

export function createBook(mostOfAPage: number): Book {
  const numbers = new Map<string, HeldNumber>();
  const routes = new Map<string, HeldRoute>([['0', { id: '0', route_type: 'sip-reg', value: null, alias: 'sip-reg' }]]);
  let next = 98_396;
  return {
    addNumber(id, given = {}) {
      const number: HeldNumber = { id, routes: { primary_route: '0', failover_route: null, ...given } };
      numbers.set(id, number);
      return number;
    },
    number: (id) => numbers.get(id),
    numbers: () => [...numbers.values()],
    mostOfAPage,
    addRoute(route) {
      const made = { id: String(next++), ...route };
      routes.set(made.id, made);
      return made;
    },
    route: (id) => routes.get(id),
    routes: () => [...routes.values()],
    removeRoute(id) {
      routes.delete(id);
      for (const number of numbers.values()) for (const relation of RELATIONS) if (number.routes[relation] === id) number.routes[relation] = null;
    },
  };
}

const API = 'https://api.flowroute.com/v2';

export function routeResource({ id, route_type, value, alias }: HeldRoute): object {
  return { type: 'route', id, attributes: { route_type, value, alias }, links: { self: `${API}/routes/${id}` } };
}

export function numberDocument(book: Book, { id, routes }: HeldNumber): object {
  const used = [...new Set(RELATIONS.flatMap((relation) => routes[relation] ?? []))].flatMap((route) => book.route(route) ?? []);
  const linked = (relation: Relation): object => ({ data: routes[relation] === null ? null : { type: 'route', id: routes[relation] } });
  return {
    data: {
      type: 'number', id, links: { self: `${API}/numbers/${id}` },
      attributes: { value: id, alias: null, number_type: 'standard', rate_center: 'millbrae', state: 'ca', cnam_lookups_enabled: true },
      relationships: { primary_route: linked('primary_route'), failover_route: linked('failover_route'), cnam_preset: { data: null }, e911_address: { data: null } },
    },
    included: used.map(routeResource),
    links: { self: `${API}/numbers/${id}` },
  };
}

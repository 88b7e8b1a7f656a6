/** What is so with a number's routing, for people: of one that is moved with its group, what is so with that. */
import { isServed, UNKNOWN_ROUTE, type Mixed, type Route } from '../domain/route.ts';
import { groupUnit, type HeldRoute, type RouteStore, type RouteUnit } from '../store/route-store.ts';

export interface Place {
  /** The group's id at the carrier. */
  ref: string;
  /** It is moved, and the number with it; else the number is moved by itself. */
  moved: boolean;
  mixed?: Mixed;
  /** What stands in the way of moving it, by the carrier's word. */
  why?: NonNullable<Route['why']>;
  /** How many of ours are in it, where that is told. */
  numbers?: number;
}

export interface PlacedRoute {
  /** Undefined when nothing is known yet. */
  route: Route | undefined;
  /** Of a number on a trunk or an application. */
  group?: Place;
}

/** `group` is what is known of the group that the number is in. */
export function placedRoute(own: Route | undefined, group: Route | undefined): PlacedRoute {
  if (own?.group === undefined) return { route: own };
  const { group: ref, ref: number } = own;
  const place: Place = { ref, moved: isServed(own), ...(group?.mixed ? { mixed: group.mixed } : {}), ...(group?.why ? { why: group.why } : {}) };
  if (!isServed(own)) return { route: own, group: place };
  return { route: { ...(group ?? UNKNOWN_ROUTE), group: ref, ...(number === undefined ? {} : { ref: number }) }, group: place };
}

/** Of numbers; in their order. */
export async function readPlaced(routes: Pick<RouteStore, 'readMany'>, units: readonly RouteUnit[]): Promise<(PlacedRoute & Pick<HeldRoute, 'unreadable'>)[]> {
  const held = await routes.readMany(units);
  const groups = new Map(held.flatMap(({ route }, at) => (route?.group === undefined ? [] : [[`${units[at]?.carrier} ${route.group}`, groupUnit(units[at]?.carrier ?? '', route.group)] as const])));
  const names = [...groups.keys()];
  const found = await routes.readMany([...groups.values()]);
  const known = new Map(names.map((name, at) => [name, found[at]?.route]));
  return held.map(({ route, unreadable }, at) => ({ ...placedRoute(route, known.get(`${units[at]?.carrier} ${route?.group}`)), ...(unreadable ? { unreadable } : {}) }));
}

/**
 * The trunks and applications that an account's numbers are on: how many of ours hang on each, and whether its own routing is what it should be. Who is on
 * them follows from the list of the numbers; each that has some of ours is read once.
 */
import { webhookAddress } from '../calls/webhook-address.ts';
import { routingChanges, type CarrierApi, type Routing, type Send } from '../carriers/api.ts';
import type { CarrierRouting } from '../carriers/routing.ts';
import { pathOf } from '../carriers/wiring.ts';
import { NAMED, type CheckedGroup } from '../domain/carrier-check.ts';
import { codeOf } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Route, RouteLayer } from '../domain/route.ts';
import { groupUnit, type RouteStore } from '../store/route-store.ts';
import { isRouted, routesFor, type Sight } from './unit-facts.ts';

interface Options {
  carrier: string;
  api: Pick<CarrierApi, 'readRouting'>;
  routing: Pick<CarrierRouting, 'groupOf' | 'asks' | 'divertedTo'>;
  routes: Pick<RouteStore, 'read'>;
  sight(): Sight;
  send: Send;
}

export interface GroupCheck {
  /** A number that the account holds; `rule` when it is ours. */
  count(number: string, routing: Routing, rule: NumberRecord | undefined): void;
  /** Reads those that have numbers of ours. */
  look(): Promise<{ count: number; faulty: number; first: CheckedGroup[] }>;
}

interface Tally {
  held: number;
  ours: number;
  calls: number;
  first: string[];
  /** One of ours that is moved with it. */
  moved: { number: string; rule: NumberRecord } | undefined;
}

/** Of each group so many of our numbers are named. */
const OURS_NAMED = 5;
/** More groups than these are counted, and not read. */
const READ = 1000;

/** Whether what comes to this address comes to us, whatever origin it was set with. */
export const isAskedOf = (carrier: string, address: string | undefined): boolean => pathOf(address) === webhookAddress(carrier, 'voice');

/** - `changed`: what we have set is otherwise there; - `stray`: it is led where a diversion would lead it, and nothing here diverts it */
export function isFaulty({ is, calls }: Pick<CheckedGroup, 'is' | 'calls'>): boolean {
  return ['changed', 'stray', 'gone'].includes(is) || (calls > 0 && is === 'elsewhere');
}

const differing = (actual: Routing, { original, set }: RouteLayer): string[] => routingChanges(actual, { ...original, ...set }).map(({ field }) => field);

export function createGroupCheck({ carrier, api, routing, routes, sight, send }: Options): GroupCheck {
  const tallies = new Map<string, Tally>();

  /** It is as a diversion would set it for this number, which is not diverted. */
  function isStray(ref: string, actual: Routing, { moved }: Tally): boolean {
    if (!moved) return false;
    const { now, ifDown } = routesFor(sight(), moved.number, moved.rule, ref);
    const [first, ...others] = ifDown.targets;
    if (now.is === 'diverted' || !first) return false;
    return routingChanges(actual, routing.divertedTo('group', actual, [first, ...others])).length === 0;
  }

  /** What is being set just now is not judged. */
  function judge(ref: string, actual: Routing, route: Route | undefined, tally: Tally): Pick<CheckedGroup, 'is' | 'fields'> {
    const { divert, net, is, conflict } = route ?? {};
    const settled = is !== 'pending' && route?.order === undefined;
    if (divert) {
      const fields = settled ? differing(actual, divert) : [];
      return fields.length > 0 ? { is: 'changed', fields } : { is: 'diverted' };
    }
    const fields = net && settled && (net.confirmed || conflict) ? routingChanges(actual, net.set).map(({ field }) => field) : [];
    if (fields.length > 0) return { is: 'changed', fields };
    if (settled && isStray(ref, actual, tally)) return { is: 'stray' };
    return { is: isAskedOf(carrier, routing.asks?.(actual)) ? 'asks-us' : 'elsewhere' };
  }

  async function readOnce(ref: string, tally: Tally): Promise<CheckedGroup> {
    const { moved: _moved, ...told } = tally;
    try {
      const actual = await send(() => api.readRouting(ref));
      const { route } = await routes.read(groupUnit(carrier, ref));
      return { ref, ...told, ...judge(ref, actual, route, tally), ...(route?.mixed ? { mixed: route.mixed.why } : {}) };
    } catch (error) {
      if (codeOf(error) !== 'carrier_number_unknown') throw error;
      return { ref, ...told, is: 'gone' };
    }
  }

  return {
    count(number, fields, rule) {
      const ref = routing.groupOf(fields);
      if (ref === undefined) return;
      const tally = tallies.get(ref) ?? { held: 0, ours: 0, calls: 0, first: [], moved: undefined };
      tallies.set(ref, tally);
      tally.held += 1;
      if (!rule) return;
      tally.ours += 1;
      tally.calls += Number(!isRouted(rule));
      if (tally.first.length < OURS_NAMED) tally.first.push(number);
      if (rule.divertBy === 'trunk') tally.moved ??= { number, rule };
    },
    async look() {
      const ours = [...tallies].filter(([, tally]) => tally.ours > 0);
      const groups: CheckedGroup[] = [];
      for (const [ref, tally] of ours.slice(0, READ)) {
        const found = await readOnce(ref, tally);
        // It may have been set between being read and its record: what is told as a fault was so twice.
        groups.push(isFaulty(found) ? await readOnce(ref, tally) : found);
      }
      const faulty = groups.filter(isFaulty);
      return { count: ours.length, faulty: faulty.length, first: [...faulty, ...groups.filter((group) => !isFaulty(group))].slice(0, NAMED) };
    },
  };
}

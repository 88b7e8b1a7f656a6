/** What is wanted of a unit's routing at its carrier, from the routing table, once that holds all that the store does. */
import { desiredRoute, type DesiredRoute } from '../../rules/desired-route.ts';
import { planFor } from '../calls/number-facts.ts';
import type { DestinationJudge } from '../calls/destination-judge.ts';
import { policyFor } from '../calls/plan-policy.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { webhookAddress } from '../calls/webhook-address.ts';
import { routingOf } from '../carriers/kinds.ts';
import { documentFor } from '../carriers/safety-net-url.ts';
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { isDiverted } from '../domain/primary.ts';
import type { Rank } from '../store/due-routes.ts';
import type { RouteUnit } from '../store/route-store.ts';
import type { Store } from '../store/store.ts';
import type { Wanted } from './next-write.ts';
import type { UnitFacts } from './reconcile.ts';

/** True for a number whose routing at the carrier we set; the others ask us for each call. */
export const isRouted = ({ divertBy }: Pick<NumberRecord, 'divertBy'>): boolean => divertBy === 'number';

/** How important it is that this number is diverted and restored. */
export const rankFor = (table: RoutingTable, { customer }: Pick<NumberRecord, 'customer'>): Rank => table.customer(customer)?.class ?? 'standard';

const AS_IT_WAS: DesiredRoute = { is: 'original', targets: [], net: undefined, protected: true, dropped: [], unheeded: [] };

export interface Sight {
  table: RoutingTable;
  judge: DestinationJudge;
  /** Origin at which carriers reach us. */
  baseUrl: string;
}

export function wantedFor({ table, judge, baseUrl }: Sight, number: string, rule: NumberRecord): Wanted {
  const carrier = table.carrier(rule.carrier);
  if (!carrier) throw new Failure('record_unreadable', 'The record of its carrier is missing or cannot be read');
  const { abilities, takes } = routingOf(carrier);
  const { chosen } = planFor(table, rule);
  const settings = table.primary(rule.primary);
  // What waits on some process's disk is not said to Redis yet.
  const state = table.stored(rule.primary);
  const route = desiredRoute({
    number,
    primary: settings && { id: rule.primary, settings, state },
    plan: chosen,
    can: abilities.number,
    net: abilities.safetyNet,
    takes: takes ?? (() => true),
    most: abilities.most,
    document: (target) => documentFor(carrier.safetyNetUrl, target),
    ownAddress: abilities.perCall ? baseUrl + webhookAddress(rule.carrier, 'voice') : undefined,
    ...policyFor(table, judge, { number, customer: rule.customer, plan: chosen?.id ?? '' }),
  });
  // A state of unknown make may name no diversion: its numbers are diverted all the same.
  return { route, diversion: settings && isDiverted(state) ? (state.diversion ?? 'unnamed') : undefined };
}

interface Options {
  store: Pick<Store, 'find' | 'position'>;
  /** Resolves true when the table holds commit `revision`, false when it does not after `ms`. */
  reached(revision: number, ms: number): Promise<boolean>;
  sight(): Sight;
}

/** How long a table may take to hold what the store does, milliseconds. */
const REACH_MS = 2000;

/** Throws `store_unavailable` while nobody can say what is wanted, `record_unreadable`. */
export function createUnitFacts({ store, reached, sight }: Options): (unit: RouteUnit) => Promise<UnitFacts> {
  return async ({ carrier, unit }) => {
    const [revision, found] = await Promise.all([store.position(), store.find('numbers', unit)]);
    if (found && 'unreadable' in found) throw new Failure('record_unreadable', 'The record of the number cannot be read');
    if (!(await reached(revision, REACH_MS))) throw new Failure('store_unavailable', 'The routing table of this process is behind');
    const seen = sight();
    const rule = seen.table.number(unit);
    const routed = rule !== undefined && rule.carrier === carrier && isRouted(rule);
    const wanted = routed ? wantedFor(seen, unit, rule) : { route: AS_IT_WAS, diversion: undefined };
    return { wanted, number: unit, ref: routed ? found?.record.carrierRef : undefined, routed };
  };
}

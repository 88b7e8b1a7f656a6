/** What is wanted of a number's routing at its carrier, by itself or with all that share its group, from the routing table, once that holds all that the store does. */
import { desiredRoute, routeIfDown, type DesiredRoute, type RoutingFacts } from '../../rules/desired-route.ts';
import { planFor } from '../calls/number-facts.ts';
import type { DestinationJudge } from '../calls/destination-judge.ts';
import { policyFor } from '../calls/plan-policy.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { webhookAddress } from '../calls/webhook-address.ts';
import type { Routing } from '../carriers/api.ts';
import { routingOf } from '../carriers/kinds.ts';
import { waysOf } from '../carriers/routing.ts';
import { documentFor } from '../carriers/safety-net-url.ts';
import { addressesOf } from '../carriers/wiring.ts';
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { INITIAL_STATE, isDivertedAtCarriers } from '../domain/primary.ts';
import type { Target } from '../domain/target.ts';
import type { Rank } from '../store/due-routes.ts';
import type { Store } from '../store/store.ts';
import type { Wanted } from './next-write.ts';
import { canBeAsked } from './public-address.ts';

/** True for a number whose routing at the carrier we set; the others ask us for each call. */
export const isRouted = ({ divertBy }: Pick<NumberRecord, 'divertBy'>): boolean => divertBy === 'number' || divertBy === 'trunk';

/** How important it is that this number is diverted and restored. */
export const rankFor = (table: RoutingTable, { customer }: Pick<NumberRecord, 'customer'>): Rank => table.customer(customer)?.class ?? 'standard';

/** Of what is not ours to set, or not any more. */
export const AS_IT_WAS: Wanted = { route: { is: 'original', targets: [], net: undefined, protected: true, dropped: [], unheeded: [] }, diversion: undefined };

export interface Sight {
  table: RoutingTable;
  judge: DestinationJudge;
  /** Origin at which carriers reach us. */
  baseUrl: string;
  /** Another one, for when they do not reach us at the first. */
  fallbackBaseUrl?: string | undefined;
}

export const sightOf = (tables: { readonly current: RoutingTable }, judge: DestinationJudge, site: Omit<Sight, 'table' | 'judge'>) => (): Sight => ({ table: tables.current, judge, ...site });

/** What its route is asked for: of the number by itself, set as was last `seen`; or with `group` of that. */
interface Place {
  group?: string | undefined;
  seen?: Routing | undefined;
}

function factsFor({ table, judge, baseUrl, fallbackBaseUrl }: Sight, number: string, rule: NumberRecord, { group, seen }: Place): RoutingFacts {
  const carrier = table.carrier(rule.carrier);
  if (!carrier) throw new Failure('record_unreadable', 'The record of its carrier is missing or cannot be read');
  const routing = routingOf(carrier);
  const { abilities, takes } = routing;
  const alone = waysOf(routing, seen);
  const { chosen } = planFor(table, rule);
  const settings = table.primary(rule.primary);
  const ways = group === undefined ? { can: alone.number, net: alone.safetyNet } : { can: abilities.group?.targets ?? [], net: abilities.group?.safetyNet ?? [] };
  const recovery = canBeAsked(baseUrl, carrier) ? addressesOf({ baseUrl, fallbackBaseUrl, carrierId: rule.carrier }).elsewhere('recovery') : undefined;
  return {
    number,
    // What waits on some process's disk is not said to Redis yet.
    primary: settings && { id: rule.primary, settings, state: table.stored(rule.primary) },
    plan: chosen,
    ...ways,
    takes: takes ? (target) => takes(target, group) : () => true,
    most: abilities.most,
    document: (target) => documentFor(carrier.safetyNetUrl, target),
    ownAddress: abilities.perCall ? baseUrl + webhookAddress(rule.carrier, 'voice') : undefined,
    ownNet: group !== undefined && abilities.perCall ? recovery : undefined,
    ...policyFor(table, judge, { number, customer: rule.customer, plan: chosen?.id ?? '' }),
  };
}

function wantedOf(facts: RoutingFacts): Wanted {
  // A state of unknown make may name no diversion: its numbers are diverted all the same.
  return { route: desiredRoute(facts), diversion: facts.primary && isDivertedAtCarriers(facts.primary.state) ? (facts.primary.state.diversion ?? 'unnamed') : undefined };
}

const withoutUs = (facts: RoutingFacts): DesiredRoute => routeIfDown({ ...facts, ownAddress: undefined });

export function wantedFor(sight: Sight, number: string, rule: NumberRecord, place: Place): Wanted {
  const facts = factsFor(sight, number, rule, place);
  return { ...wantedOf(facts), ...(place.group === undefined ? { byHand: withoutUs(facts).targets } : {}) };
}

/** Where its calls would go, by itself, if its primary were down and we were gone. */
export const routeWithoutUs = (sight: Sight, number: string, rule: NumberRecord, seen: Routing | undefined): DesiredRoute => withoutUs(factsFor(sight, number, rule, { seen }));

/** What is wanted of a number while its primary takes its calls, also when it does not just now: its safety net. Throws `record_unreadable`. */
export function routeInPeace(sight: Sight, number: string, rule: NumberRecord): DesiredRoute {
  const facts = factsFor(sight, number, rule, {});
  return desiredRoute({ ...facts, primary: facts.primary && { ...facts.primary, state: INITIAL_STATE } });
}

/** Of a number by itself, or with `group` of that: its routing now, and once its primary has failed. Throws `record_unreadable`. */
export function routesFor(sight: Sight, number: string, rule: NumberRecord, group?: string): { now: DesiredRoute; ifDown: DesiredRoute } {
  const facts = factsFor(sight, number, rule, { group });
  return { now: desiredRoute(facts), ifDown: routeIfDown(facts) };
}

export interface Together {
  wanted: Wanted;
  ifDown: DesiredRoute;
  /** The safety net that fits every number: our own address. */
  ownNet: Target | undefined;
}

/** What is asked for one number whose routing we set. */
export interface Asked {
  by: 'number' | 'trunk';
  rank: Rank;
  primary: string;
  /** Its primary is diverted. */
  diverted: boolean;
  /** By itself, set as it was last seen. */
  alone(seen?: Routing): Wanted;
  /** By one write for all that are in the group: what is wanted of it now, and once its primary has failed. */
  together(group: string): Together;
  /** Whether the carrier can set single numbers. */
  canAlone: boolean;
}

/** Undefined when its routing at this carrier is not ours to set. Of one commit: `revision` is the same as long as nothing has changed. */
export interface Lookup {
  revision: number;
  sight: Sight;
  asked(carrier: string, number: string): Asked | undefined;
}

interface Options {
  store: Pick<Store, 'position'>;
  /** Resolves true when the table holds commit `revision`, false when it does not after `ms`. */
  reached(revision: number, ms: number): Promise<boolean>;
  sight(): Sight;
}

/** How long a table may take to hold what the store does, milliseconds. */
const REACH_MS = 2000;

/** Throws `store_unavailable` while nobody can say what is wanted; what it resolves with throws `record_unreadable`. */
export function createLookup({ store, reached, sight }: Options): () => Promise<Lookup> {
  return async () => {
    const revision = await store.position();
    if (!(await reached(revision, REACH_MS))) throw new Failure('store_unavailable', 'The routing table of this process is behind');
    const seen = sight();
    return {
      revision,
      sight: seen,
      asked(carrier, number) {
        const rule = seen.table.number(number);
        if (rule?.carrier !== carrier || !isRouted(rule)) return undefined;
        const record = seen.table.carrier(carrier);
        return {
          by: rule.divertBy === 'trunk' ? 'trunk' : 'number',
          rank: rankFor(seen.table, rule),
          primary: rule.primary,
          diverted: isDivertedAtCarriers(seen.table.stored(rule.primary)),
          alone: (fields) => wantedFor(seen, number, rule, { seen: fields }),
          together(group) {
            const facts = factsFor(seen, number, rule, { group });
            return { wanted: wantedOf(facts), ifDown: routeIfDown(facts), ownNet: facts.ownNet === undefined ? undefined : { kind: 'web', url: facts.ownNet } };
          },
          canAlone: record !== undefined && routingOf(record).abilities.number.length > 0,
        };
      },
    };
  };
}

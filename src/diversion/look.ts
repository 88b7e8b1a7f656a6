/** One look at a unit that is due: a number, by itself or with its group, or the group that many numbers share. */
import type { CarrierApi, Send } from '../carriers/api.ts';
import type { CarrierRouting } from '../carriers/routing.ts';
import type { DueRoutes, Rank } from '../store/due-routes.ts';
import type { MemberLists } from '../store/member-lists.ts';
import { groupIn, groupUnit, unitName, type RouteStore, type RouteUnit } from '../store/route-store.ts';
import type { Clock } from '../system/system.ts';
import { createGroupLook } from './group-look.ts';
import { fallbackFacts } from './kept-fallback.ts';
import { memberFacts } from './member-facts.ts';
import { reconcileUnit, type Reconciled, type Seen, type Turn, type UnitFacts } from './reconcile.ts';
import { AS_IT_WAS, type Lookup } from './unit-facts.ts';

interface Options {
  routes: RouteStore;
  due: DueRoutes;
  lists: MemberLists;
  lookup(): Promise<Lookup>;
  /** The number's own id at the carrier, as its record has it. Throws `record_unreadable`. */
  refOf(number: string): Promise<string | undefined>;
  clock: Clock;
  steady(): number;
}

interface At {
  api: CarrierApi;
  routing: CarrierRouting;
  turn(): Promise<Turn>;
  /** At the same pace, what is only read. */
  send: Send;
}

export interface Look {
  /** Throws what `reconcileUnit` throws. */
  at(unit: RouteUnit, carrier: At): Promise<Reconciled>;
  /** Of a group that was looked at; undefined: it need not be looked at again. */
  rankOf(unit: RouteUnit): Rank | undefined;
}

/** Many numbers of one group may be found one after the other: it is looked at when the first have been, and not after each. Milliseconds. */
const GATHER_MS = 1000;

export function createLook({ routes, due, lists, lookup, refOf, clock, steady }: Options): Look {
  const ranks = new Map<string, Rank | undefined>();

  async function atGroup(unit: RouteUnit, group: string, { api, routing, turn, send }: At): Promise<Reconciled> {
    const look = createGroupLook({ carrier: unit.carrier, group, api, send, lists, routes, due, lookup, now: clock.now });
    const result = await reconcileUnit({ routes, facts: look.facts, api, routing, turn, clock, steady }, unit);
    await look.tell();
    ranks.set(unitName(unit), look.rank);
    return result;
  }

  async function atNumber(unit: RouteUnit, { api, routing, turn }: At): Promise<Reconciled> {
    const { carrier, unit: number } = unit;
    /** Groups that it has come to, or has left, or of which nothing is known yet. */
    const touched = new Map<string, Rank>();

    async function facts(_unit: RouteUnit, seen?: Seen): Promise<UnitFacts> {
      const [{ asked, sight }, ref] = await Promise.all([lookup(), refOf(number)]);
      const one = asked(carrier, number);
      const was = seen?.known?.group;
      if (was !== undefined && (!one || was !== seen?.group)) touched.set(was, one?.rank ?? 'standard');
      const kept = one ? undefined : fallbackFacts(sight, carrier, number, seen);
      if (kept) return { number, ref, ...kept };
      if (!one) return { wanted: AS_IT_WAS, number, ref: undefined, routed: false };
      const bare = { number, ref, routed: true };
      if (!seen) return { ...bare, wanted: one.alone() };
      // By what it was before it was led away, for that is where it is to be led from.
      const alone = () => one.alone(seen.known?.divert?.original ?? seen.shown ?? seen.known?.seen);
      const group = seen.group === undefined ? undefined : await routes.read(groupUnit(carrier, seen.group));
      // Its group would have to be put back for it, or is to be looked at for the first time since it came.
      const matters = one.by === 'number' ? group?.route?.divert !== undefined : !group?.route || was !== seen.group;
      if (seen.group !== undefined && matters) touched.set(seen.group, one.rank);
      if (one.by === 'trunk') return { ...bare, ...memberFacts({ alone, canAlone: one.canAlone }, seen, group) };
      // While it is away from its group that is known by its record: so who is on that is the same in peace and in a diversion.
      return { ...bare, wanted: alone(), group: seen.group, mixed: seen.group === undefined ? undefined : { why: 'not-asked', number, count: 1 } };
    }

    const result = await reconcileUnit({ routes, facts, api, routing, turn, clock, steady }, unit);
    await lists.forget(carrier, [...touched.keys()]);
    await due.ask(carrier, [...touched].map(([group, rank]) => ({ unit: groupUnit(carrier, group).unit, rank })), clock.now() + GATHER_MS);
    return result;
  }

  return {
    at(unit, carrier) {
      const group = groupIn(unit);
      return group === undefined ? atNumber(unit, carrier) : atGroup(unit, group, carrier);
    },
    rankOf: (unit) => (ranks.has(unitName(unit)) ? ranks.get(unitName(unit)) : 'standard'),
  };
}

/**
 * Finds which routings at carriers are to be looked at, from the change stream: whatever was changed, the numbers that it may matter
 * for, and in place of those that are moved with their group, that. How far it has come is kept in Redis and moved only after they were put down as due, so nothing is missed when a process ends
 * in between; looked at twice does no harm. Where the stream has been trimmed meanwhile, all are looked at.
 */
import type { Redis } from 'ioredis';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { NumberRecord } from '../domain/number.ts';
import { isDivertedAtCarriers, type PrimaryState } from '../domain/primary.ts';
import { answering } from '../store/answering.ts';
import { entriesAfter, type Change, type ChangeEntry } from '../store/change-stream.ts';
import { RANKS, type DueRoutes, type Rank } from '../store/due-routes.ts';
import type { FollowerStatus } from '../store/follower.ts';
import { keys } from '../store/keys.ts';
import { isServed } from '../domain/route.ts';
import { groupIn, groupUnit, type RouteStore } from '../store/route-store.ts';
import type { Clock } from '../system/system.ts';
import { keepsFallbacks, keptIn, keptRank } from './kept-fallback.ts';
import { isRouted, rankFor } from './unit-facts.ts';

interface Options {
  redis: Redis;
  table(): RoutingTable;
  status(): FollowerStatus;
  due: DueRoutes;
  routes: Pick<RouteStore, 'enlist' | 'readMany'>;
  clock: Clock;
}

export interface DueFeed {
  /** Puts down what is due by all that the table of this process holds. Throws `store_unavailable`. */
  feed(): Promise<void>;
  /** Puts down all: something was changed that no commit tells of. Throws `store_unavailable`. */
  all(): Promise<void>;
}

type Units = Map<string, Map<string, Rank>>;

/** One write moves many numbers: it goes before those of single ones that are as important, unless they have waited for so long. Milliseconds. */
const HEAD_START_MS = 60_000;

function add(units: Units, table: RoutingTable, numbers: readonly string[]): void {
  for (const number of numbers) {
    const rule = table.number(number);
    if (!rule) continue;
    const ofCarrier = units.get(rule.carrier) ?? new Map<string, Rank>();
    units.set(rule.carrier, ofCarrier);
    ofCarrier.set(number, dueRank(table, rule));
  }
}

const dueRank = (table: RoutingTable, rule: NumberRecord): Rank => keptRank(table, rule) ?? rankFor(table, rule);

/** What of a primary's state its numbers' routings follow from: holds, answers and what the judgement keeps of its health move none. Never the same again after a turn. */
const turnOf = (state: PrimaryState): string => `${state.is} ${state.since} ${state.diversion ?? ''} ${isDivertedAtCarriers(state)}`;

/** Whether a change may matter for the numbers of a rule. */
function concerns({ collection, id }: Change, table: RoutingTable): ((rule: NumberRecord) => boolean) | undefined {
  // The safety net is the same whoever has the calls.
  if (collection === 'states') return (rule) => isRouted(rule) && rule.primary === id;
  if (collection === 'primaries') return (rule) => rule.primary === id;
  if (collection === 'carriers') return (rule) => rule.carrier === id;
  if (collection === 'customers') return (rule) => rule.customer === id;
  if (collection === 'provider') return () => true;
  if (collection === 'plans') return (rule) => rule.plan === id || table.customer(rule.customer)?.defaultPlan === id || table.provider().defaultPlan === id;
  return undefined;
}

export function createDueFeed({ redis, table: tableNow, status, due, routes, clock }: Options): DueFeed {
  function numbersOf(table: RoutingTable, wanted: (rule: NumberRecord) => boolean): string[] {
    let any = false;
    table.eachRule((rule) => (any ||= wanted(rule)));
    // Rules are few: that there is none is known without a walk over all numbers.
    return any ? table.someNumbers(wanted, Number.POSITIVE_INFINITY) : [];
  }


  /** The groups of these numbers too; a number that is moved with its group is looked at itself only when it is one of `changed`. */
  async function withGroups(units: Units, table: RoutingTable, changed: ReadonlySet<string> | 'all'): Promise<void> {
    const kept = (number: string): boolean => changed === 'all' || changed.has(number);
    for (const [carrier, ranks] of units) {
      const numbers = [...ranks].filter(([number]) => table.number(number)?.divertBy === 'trunk' || (changed !== 'all' && changed.has(number)));
      const held = await routes.readMany(numbers.map(([unit]) => ({ carrier, unit })));
      for (const [at, [number, rank]] of numbers.entries()) {
        const route = held[at]?.route;
        if (route?.group === undefined) continue;
        const { unit } = groupUnit(carrier, route.group);
        const known = ranks.get(unit);
        if (known === undefined || RANKS.indexOf(rank) < RANKS.indexOf(known)) ranks.set(unit, rank);
        if (isServed(route) && !kept(number)) ranks.delete(number);
      }
    }
  }

  async function ask(units: Units): Promise<void> {
    const now = clock.now();
    for (const [carrier, ranks] of units) {
      const all = [...ranks].map(([unit, rank]) => ({ unit, rank }));
      await due.ask(carrier, all.filter((unit) => groupIn(unit) !== undefined), now - HEAD_START_MS);
      await due.ask(carrier, all.filter((unit) => groupIn(unit) === undefined), now);
    }
  }

  async function askAll(): Promise<void> {
    const table = tableNow();
    const units: Units = new Map();
    add(units, table, numbersOf(table, keptIn(table)));
    await withGroups(units, table, 'all');
    await ask(units);
  }

  /** Numbers of which something is known at a carrier that they may not be at any more. */
  async function addKnown(units: Units, table: RoutingTable, numbers: readonly string[]): Promise<void> {
    for (const carrier of table.ids('carriers')) {
      for (const number of await due.known(carrier, numbers)) {
        const ofCarrier = units.get(carrier) ?? new Map<string, Rank>();
        units.set(carrier, ofCarrier);
        const rule = table.number(number);
        ofCarrier.set(number, rule ? dueRank(table, rule) : 'standard');
      }
    }
  }

  /** Of the primaries whose states were written, those that were turned since their numbers were last put down: with what is to be noted then. */
  async function turned(table: RoutingTable, changes: readonly Change[]): Promise<Map<string, string>> {
    const ids = [...new Set(changes.flatMap(({ collection, id }) => (collection === 'states' ? [id] : [])))];
    const noted = ids.length === 0 ? [] : await answering(redis.hmget(keys.routesTurns, ...ids));
    return new Map(ids.map((id): [string, string] => [id, turnOf(table.stored(id))]).filter(([, turn], at) => turn !== noted[at]));
  }

  async function take(entries: readonly ChangeEntry[]): Promise<void> {
    const table = tableNow();
    const isKept = keptIn(table);
    const units: Units = new Map();
    const changes = entries.flatMap((entry) => entry.changes);
    const turns = await turned(table, changes);
    const matters = changes.flatMap((change) => (change.collection === 'states' && !turns.has(change.id) ? [] : (concerns(change, table) ?? [])));
    add(units, table, matters.length === 0 ? [] : numbersOf(table, (rule) => isKept(rule) && matters.some((one) => one(rule))));
    for (const id of turns.keys()) {
      const state = table.stored(id);
      const { diversion } = state;
      if (diversion !== undefined && isDivertedAtCarriers(state)) await routes.enlist(diversion, numbersOf(table, (rule) => isRouted(rule) && rule.primary === id).map((unit) => ({ carrier: table.number(unit)?.carrier ?? '', unit })));
    }
    // Nobody may keep documents there any more.
    const unkept = new Set(changes.flatMap(({ collection, id }) => (collection === 'carriers' && !keepsFallbacks(table.carrier(id)) ? [id] : [])));
    const changed = new Set(changes.flatMap((change) => (change.collection === 'numbers' ? [change.id] : [])));
    add(units, table, [...changed].filter((number) => {
      const rule = table.number(number);
      return rule !== undefined && isKept(rule);
    }));
    await addKnown(units, table, [...changed, ...numbersOf(table, (rule) => !isRouted(rule) && unkept.has(rule.carrier))]);
    await withGroups(units, table, changed);
    await ask(units);
    if (turns.size > 0) await answering(redis.hset(keys.routesTurns, turns));
  }

  async function move(epoch: string, revision: number): Promise<void> {
    await answering(redis.set(keys.routesPosition, `${epoch} ${revision}`));
  }

  return {
    all: askAll,
    async feed() {
      const { is, epoch, revision } = status();
      if (is !== 'following') return;
      const [knownEpoch, known] = ((await answering(redis.get(keys.routesPosition))) ?? '').split(' ');
      let position = Number(known);
      if (knownEpoch !== epoch || !(position <= revision)) {
        // Another process may be further on than this one.
        if (knownEpoch === epoch) return;
        await askAll();
        return move(epoch, revision);
      }
      while (position < revision) {
        const entries = (await answering(entriesAfter(redis, position, false))).filter((entry) => entry.revision <= revision);
        if (entries[0]?.revision === position + 1) await take(entries);
        else await askAll();
        position = entries[0]?.revision === position + 1 ? (entries.at(-1)?.revision ?? revision) : revision;
        await move(epoch, position);
      }
    },
  };
}

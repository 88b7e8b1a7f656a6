/**
 * Compares the numbers that a carrier's account holds with ours: which of ours it does not hold, which it knows by another id, which it
 * holds besides, and which are forwarded there for nothing. It reads, and changes nothing anywhere.
 */
import { planFor } from '../calls/number-facts.ts';
import { webhookAddress } from '../calls/webhook-address.ts';
import type { CarrierApi, HeldNumber, Routing, Send } from '../carriers/api.ts';
import type { CarrierRouting, Lead } from '../carriers/routing.ts';
import { NAMED, type Findings } from '../domain/carrier-check.ts';
import { codeOf } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { primaryTarget } from '../domain/primary.ts';
import type { RouteStore } from '../store/route-store.ts';
import type { Found, Store } from '../store/store.ts';
import { walkNumbers } from '../store/walk-numbers.ts';
import type { WiringStore } from '../store/wiring-store.ts';
import type { Clock } from '../system/system.ts';
import { createGroupCheck, isAskedOf, type GroupCheck } from './check-groups.ts';
import { isStray } from './stray.ts';
import { isRouted, wantedFor, type Sight } from './unit-facts.ts';

export interface CheckDeps {
  api: Pick<CarrierApi, 'listNumbers' | 'findNumber' | 'readRouting'>;
  routing: Pick<CarrierRouting, 'abilities' | 'leadsTo' | 'groupOf' | 'asks' | 'divertedTo'>;
  store: Store;
  /** Where it is kept how numbers that ask us for each call are set. */
  wirings: Pick<WiringStore, 'readMany' | 'note' | 'forget'>;
  clock: Pick<Clock, 'now'>;
  routes: Pick<RouteStore, 'read' | 'readMany'>;
  sight(): Sight;
  /** Paces the requests, and asks once more for what failed. */
  send: Send;
  /** Told how many numbers were looked at, now and then; rejects to end the check. */
  progress(seen: number): Promise<void>;
}

/** Looked up in Redis at once. */
const CHUNK = 200;
/** So many are looked for one by one where the carrier cannot list them. */
const LOOKED_FOR = 1000;

interface Some<T> {
  count: number;
  first: T[];
}

const none = <T>(): Some<T> => ({ count: 0, first: [] });

function add<T>(some: Some<T>, item: T): void {
  some.count += 1;
  if (some.first.length < NAMED) some.first.push(item);
}

const recordOf = (found: Found<'numbers'> | undefined): NumberRecord | undefined => (found && 'record' in found ? found.record : undefined);

/** Numbers of this carrier in the table. */
function oursIn({ table }: Sight, carrier: string): number {
  let count = 0;
  table.eachRule((rule, numbers) => {
    if (rule.carrier === carrier) count += numbers;
  });
  return count;
}

function createLook(deps: CheckDeps, carrier: string, findings: Findings, groups: GroupCheck) {
  const { api, routing, store, wirings, clock, routes, sight, send } = deps;

  function stray(number: string, fields: Routing, lead: Lead | undefined, rule: NumberRecord | undefined, route: Parameters<typeof isStray>[0]['route']): boolean {
    if (!lead) return false;
    const seen = sight();
    const settings = rule && seen.table.primary(rule.primary);
    const chosen = rule && planFor(seen.table, rule).chosen;
    const wanted = rule && wantedFor(seen, number, rule, { seen: fields });
    const documents = wanted?.byHand?.flatMap((target) => (target.kind === 'web' ? [target.url] : [])) ?? [];
    return isStray({
      lead, rule, route,
      diverted: rule !== undefined && isRouted(rule) && wanted?.route.is === 'diverted',
      destinations: [...(chosen?.plan.destinations.map(({ to }) => to) ?? []), ...documents],
      primary: settings && primaryTarget(settings, number),
      ownAddress: seen.baseUrl + webhookAddress(carrier, 'voice'),
    });
  }

  /** It may have been put back between being listed and now: what is said by name was so twice, with nothing of ours about it in between. */
  async function still({ number, ref }: HeldNumber): Promise<Lead | undefined> {
    try {
      const fields = await send(() => api.readRouting(ref, number));
      const lead = routing.leadsTo(fields);
      const [[held], found] = await Promise.all([routes.readMany([{ carrier, unit: number }]), store.find('numbers', number)]);
      const record = recordOf(found);
      return stray(number, fields, lead, record?.carrier === carrier ? record : undefined, held?.route) ? lead : undefined;
    } catch (error) {
      if (codeOf(error) !== 'carrier_number_unknown') throw error;
      return undefined;
    }
  }

  /** Of numbers that ask us for each call. What leads elsewhere may have been set by hand, with the go-bag: what asked us before that is not forgotten for it. */
  async function noteWirings(seen: readonly HeldNumber[]): Promise<void> {
    const known = await wirings.readMany(carrier, seen.map(({ number }) => number));
    const notes = seen.map(({ number, ref, routing: fields }, at) => {
      const before = known[at];
      const away = routing.leadsTo(fields) !== undefined && before !== undefined && routing.leadsTo(before.routing) === undefined;
      return [number, away ? before : { ref, routing: fields }] as const;
    });
    await wirings.note(carrier, new Map(notes), clock.now());
  }

  /** On a trunk or an application it is that which asks us, or does not. */
  function isUnwired({ routing: fields }: HeldNumber, rule: NumberRecord): boolean {
    return !isRouted(rule) && routing.groupOf(fields) === undefined && !isAskedOf(carrier, routing.asks?.(fields));
  }

  async function one(held: HeldNumber, found: Found<'numbers'> | undefined, route: Parameters<typeof stray>[4]): Promise<boolean> {
    const { number, ref } = held;
    const record = recordOf(found);
    const rule = record?.carrier === carrier ? record : undefined;
    // Whose a record is that cannot be read, nobody knows.
    if (!rule && !(found && 'unreadable' in found)) add(findings.unknown, number);
    if (rule?.carrierRef !== undefined && rule.carrierRef !== ref) add(findings.otherRef, { number, carrierRef: rule.carrierRef, ref });
    groups.count(number, held.routing, rule);
    let lead = routing.leadsTo(held.routing);
    if (!stray(number, held.routing, lead, rule, route)) {
      if (findings.unwired && rule && isUnwired(held, rule)) add(findings.unwired, number);
      return rule !== undefined;
    }
    if (findings.strays.count < NAMED) lead = await still(held);
    if (lead) add(findings.strays, { number, ...lead, ours: rule !== undefined });
    return rule !== undefined;
  }

  /** Resolves with those that are ours. */
  return async (numbers: readonly HeldNumber[]): Promise<string[]> => {
    const ours: string[] = [];
    for (let from = 0; from < numbers.length; from += CHUNK) {
      const chunk = numbers.slice(from, from + CHUNK);
      const [found, held] = await Promise.all([store.findMany('numbers', chunk.map(({ number }) => number)), routes.readMany(chunk.map(({ number }) => ({ carrier, unit: number })))]);
      for (const [at, number] of chunk.entries()) if (await one(number, found[at], held[at]?.route)) ours.push(number.number);
      await noteWirings(chunk.filter((_, at) => {
        const record = recordOf(found[at]);
        return record?.carrier === carrier && !isRouted(record);
      }));
    }
    return ours;
  };
}

async function* ourNumbers(store: Store, carrier: string): AsyncGenerator<string> {
  for await (const { entries } of walkNumbers(store, { limit: CHUNK })) for (const { number, found } of entries) if (recordOf(found)?.carrier === carrier) yield number;
}

/** Throws what the carrier says of a list, once `send` gives up, `store_unavailable`, and what `progress` throws. */
export async function checkNumbers(deps: CheckDeps, carrier: string): Promise<Findings> {
  const { api, routing, store, wirings, routes, clock, sight, send, progress } = deps;
  const findings: Findings = { listed: api.listNumbers !== undefined, ours: 0, found: 0, missing: none(), unknown: none(), otherRef: none(), strays: none(), ...(routing.asks ? { unwired: none<string>() } : {}) };
  const groups = createGroupCheck({ carrier, api, routing, routes, sight, send });
  const look = createLook(deps, carrier, findings, groups);
  const began = clock.now();
  const seen = new Set<string>();
  let looked = 0;

  async function lookFor(number: string): Promise<void> {
    const found = await send(() => api.findNumber(number));
    if (!found) return add(findings.missing, number);
    for (const ours of await look([{ number, ...found }])) seen.add(ours);
  }

  let held = 0;
  for await (const page of api.listNumbers?.(send) ?? []) {
    held += page.length;
    for (const number of await look(page)) seen.add(number);
    await progress(held);
  }
  const ours = oursIn(sight(), carrier);
  // Without the walk over all numbers when none can be missing.
  if (!findings.listed || seen.size < ours) {
    for await (const number of ourNumbers(store, carrier)) {
      if (seen.has(number)) continue;
      looked += 1;
      if (!findings.listed && looked > LOOKED_FOR) break;
      // It may have come between the list and now: what is said by name was looked for.
      if (!findings.listed || findings.missing.count < NAMED) await lookFor(number);
      else add(findings.missing, number);
      await progress(held + looked);
    }
  }
  const found = routing.abilities.group ? { groups: await groups.look() } : {};
  if (findings.listed) await wirings.forget(carrier, began);
  return { ...findings, ...found, ...(findings.listed ? { held } : {}), ours, found: seen.size };
}

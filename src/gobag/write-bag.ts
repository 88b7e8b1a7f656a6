/** Writes the go-bag, a file for machines and a script, in small pieces: neither is ever there in part, and nobody waits for them long. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RoutedNumber } from '../carriers/api.ts';
import { rankFor, routeWithoutUs, isRouted, type Sight } from '../diversion/unit-facts.ts';
import type { Carrier } from '../domain/carrier.ts';
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { isDiverted } from '../domain/primary.ts';
import { isServed, originalOf } from '../domain/route.ts';
import { RANKS, type Rank } from '../store/due-routes.ts';
import { groupIn, groupUnit, unitName, type HeldRoute, type RouteStore } from '../store/route-store.ts';
import type { WiringStore } from '../store/wiring-store.ts';
import { openAside, type Aside } from './aside.ts';
import { packCarriers, type PackedCarrier } from './carriers.ts';
import { BAG_VERSION, type BagCannot, type BagNumber } from './format.ts';
import { bagGroup, bagNumber, cannot, routeOf, type NumberFacts } from './number.ts';
import { cannotLine, createShellIds, numberLines, SCRIPT_END, scriptHead } from './shell.ts';
import { createMarks, type Marks } from './text.ts';

export const FORMS = { json: { file: 'gobag.json', mode: 0o600 }, sh: { file: 'gobag.sh', mode: 0o700 } } as const;
export type Form = keyof typeof FORMS;

interface Options {
  dir: string;
  sight: Sight;
  routes: Pick<RouteStore, 'readMany'>;
  wirings: Pick<WiringStore, 'readMany'>;
  /** What carriers have of ours, as far as it is known. */
  objects: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** ISO 8601. */
  madeAt: string;
  revision: number;
  /** At least 8 bytes. */
  dice: Buffer;
  /** Between two pieces. */
  giveWay(): Promise<void>;
}

export interface Written {
  numbers: number;
  /** For which nothing can be done by hand. */
  cannot: number;
  /** Those of them that we set and of which it is only not known yet how they are at the carrier. */
  notRead: number;
  /** Numbers that are being diverted or put back. */
  unsettled: number;
  /** Carriers at which something would have to be made first. */
  unmade: ReadonlySet<string>;
}

/** Some milliseconds of work. */
const PAGE = 50;
/** Of places in the table that are looked through: the same. */
const SLICE = 100_000;

/** The carriers that have numbers. */
export function carriersUsed({ table }: Sight): { id: string; carrier: Carrier }[] {
  const ids = new Set<string>();
  table.eachRule((rule) => void ids.add(rule.carrier));
  return [...ids].sort().flatMap((id) => {
    const carrier = table.carrier(id);
    return carrier ? [{ id, carrier }] : [];
  });
}

type Entry = { rule: NumberRecord; carrier: PackedCarrier };

/** Of each number: what is led away for it and others, by what is known of that. Adds to `whole` what that is as one. */
async function groupsAway(routes: Options['routes'], page: readonly Entry[], held: readonly HeldRoute[], marks: Marks, whole: Map<string, BagNumber | undefined>): Promise<(NumberFacts['group'])[]> {
  const units = page.map(({ rule }, at) => {
    const route = held[at]?.route;
    return isServed(route) ? groupUnit(rule.carrier, route.group) : undefined;
  });
  const known = new Map<string, NumberFacts['group']>();
  const asked = [...new Map(units.flatMap((unit, at) => (unit && page[at] ? [[unitName(unit), { unit, entry: page[at] }] as const] : []))).values()];
  for (const [at, { route }] of (await routes.readMany(asked.map(({ unit }) => unit))).entries()) {
    const { unit, entry } = asked[at] ?? {};
    if (!unit || !entry || !route?.divert) continue;
    const ref = groupIn(unit) ?? '';
    if (!whole.has(unitName(unit))) whole.set(unitName(unit), bagGroup({ ...entry, number: unit.unit, marks }, route.divert, ref));
    known.set(unitName(unit), { ref, was: route.divert.original, putBack: whole.get(unitName(unit)) !== undefined });
  }
  return units.map((unit) => unit && known.get(unitName(unit)));
}

/** What is known of a number: of one that asks us for each call, by the last check, unless something of ours is still there of when we set it. */
interface Known {
  held: HeldRoute | undefined;
  wiring: RoutedNumber | undefined;
}

function lookedAt(sight: Sight, number: string, rule: NumberRecord, { held, wiring }: Known, group: NumberFacts['group'], carrier: PackedCarrier, marks: Marks): BagNumber | BagCannot {
  if (held?.unreadable) return cannot({ number, rule }, 'record-unreadable');
  const route = isRouted(rule) || held?.route?.divert ? held?.route : wiring && routeOf(wiring, carrier.routing);
  try {
    return bagNumber({ number, rule, route, group, wanted: routeWithoutUs(sight, number, rule, originalOf(route)), carrier, marks });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return cannot({ number, rule }, error.code === 'record_unreadable' ? 'record-unreadable' : 'carrier-cannot');
  }
}

/** All numbers, page by page, the critical first: it is in this order that they are set. A walk over all at once would keep calls waiting. */
async function* pagesOf({ sight: { table }, giveWay }: Options, carriers: ReadonlyMap<string, PackedCarrier>): AsyncGenerator<string[]> {
  const { slots, values } = table.image().numbers;
  /** By rule; null for numbers that are not in it. */
  const ranks = new Map<number, Rank | null>();
  function rankAt(value: number, key: number): Rank | null {
    const known = ranks.get(value);
    if (known !== undefined) return known;
    const rule = table.number(`+${key}`);
    const rank = rule && carriers.has(rule.carrier) ? rankFor(table, rule) : null;
    ranks.set(value, rank);
    return rank;
  }
  for (const rank of RANKS) {
    let page: string[] = [];
    for (let at = 0; at < slots.length; at += 1) {
      if ((at + 1) % SLICE === 0) await giveWay();
      const key = slots[at] ?? 0;
      if (key <= 0 || rankAt(values[at] ?? 0, key) !== rank) continue;
      page.push(`+${key}`);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }
}

/** Of those that ask us for each call. */
async function wiringsOf(wirings: Options['wirings'], page: readonly (Entry & { number: string })[]): Promise<Map<string, RoutedNumber>> {
  const found = new Map<string, RoutedNumber>();
  const asking = page.filter(({ rule }) => !isRouted(rule));
  for (const carrier of new Set(asking.map(({ rule }) => rule.carrier))) {
    const numbers = asking.filter(({ rule }) => rule.carrier === carrier).map(({ number }) => number);
    for (const [at, wiring] of (await wirings.readMany(carrier, numbers)).entries()) if (wiring) found.set(numbers[at] ?? '', wiring);
  }
  return found;
}

async function* entries(options: Options, carriers: ReadonlyMap<string, PackedCarrier>, marks: Marks): AsyncGenerator<(BagNumber | BagCannot)[]> {
  const { sight, routes, wirings, giveWay } = options;
  const { table } = sight;
  /** What many numbers share, was moved as one and is put back as one; undefined for what no request can put back. */
  const whole = new Map<string, BagNumber | undefined>();
  for await (const numbers of pagesOf(options, carriers)) {
    const page = numbers.flatMap((number) => {
      const rule = table.number(number);
      const carrier = rule && carriers.get(rule.carrier);
      return rule && carrier ? [{ number, rule, carrier }] : [];
    });
    const held = await routes.readMany(page.map(({ number, rule }) => ({ carrier: rule.carrier, unit: number })));
    const away = await groupsAway(routes, page, held, marks, whole);
    const wired = await wiringsOf(wirings, page);
    yield page.map(({ number, rule, carrier }, at) => lookedAt(sight, number, rule, { held: held[at], wiring: wired.get(number) }, away[at], carrier, marks));
    await giveWay();
  }
  const groups = [...whole.values()].flatMap((group) => group ?? []);
  for (let from = 0; from < groups.length; from += PAGE) {
    yield groups.slice(from, from + PAGE);
    await giveWay();
  }
}

async function writeForms(options: Options, json: Aside, script: Aside): Promise<Written> {
  const { sight, objects, madeAt, revision } = options;
  const marks = createMarks(options.dice);
  const carriers = packCarriers(carriersUsed(sight).map(({ id, carrier }) => ({ id, carrier, objects: objects.get(id) ?? new Map<string, string>() })), marks);
  const ids = createShellIds();
  const hash = createHash('sha256');
  const tell = (text: string): Promise<void> => {
    hash.update(text);
    return json.write(text);
  };
  const about = Object.fromEntries([...carriers].map(([id, carrier]) => [id, carrier.about]));
  const counts = { numbers: 0, cannot: 0, notRead: 0, unsettled: 0 };
  const unmade = new Set<string>();
  await tell(`${JSON.stringify({ gobag: BAG_VERSION, madeAt, revision, carriers: about }).slice(0, -1)},"numbers":[`);
  await script.write(scriptHead([...carriers.values()], madeAt));
  for await (const some of entries(options, carriers, marks)) {
    const lines = some.map((one) => JSON.stringify(one));
    if (lines.length > 0) await tell(`${counts.numbers + counts.cannot === 0 ? '' : ','}\n${lines.join(',\n')}`);
    await script.write(some.map((one) => {
      const carrier = carriers.get(one.carrier);
      if (!carrier) return '';
      return 'cannot' in one ? cannotLine(one, carrier) : numberLines(one, carrier, ids);
    }).join(''));
    for (const one of some) {
      counts['cannot' in one ? 'cannot' : 'numbers'] += 1;
      const rule = sight.table.number(one.number);
      // Of those that ask us for each call nothing is learnt between two checks, and nothing is set.
      if (rule && !isRouted(rule)) continue;
      if ('cannot' in one) {
        counts.notRead += Number(one.cannot === 'not-read');
        // Its application may be on its way elsewhere, and must be put back then.
        counts.unsettled += Number(one.cannot === 'no-document' && isDiverted(sight.table.stored(one.primary)));
        continue;
      }
      counts.unsettled += Number(one.diverted !== isDiverted(sight.table.stored(one.primary)));
      if (one.divert.made.length + one.restore.made.length > 0) unmade.add(one.carrier);
    }
  }
  await tell(`\n],"count":${JSON.stringify({ numbers: counts.numbers, cannot: counts.cannot })},\n`);
  await json.write(`"sha256":"${hash.digest('hex')}"}\n`);
  await script.write(SCRIPT_END);
  return { ...counts, unmade };
}

/** Throws `store_unavailable`, and what the disk says; what was written before stays then. */
export async function writeBag(options: Options): Promise<Written> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const asides: Aside[] = [];
  try {
    for (const { file, mode } of Object.values(FORMS)) asides.push(await openAside(join(options.dir, file), mode));
    const [json, script] = asides as [Aside, Aside];
    const written = await writeForms(options, json, script);
    for (const aside of asides) await aside.finish();
    return written;
  } catch (error) {
    for (const aside of asides) await aside.giveUp();
    throw error;
  }
}

/**
 * The readiness of all numbers at one moment. Numbers that share their rule and may call the same countries share their verdict, too; only those of
 * which something is noted, or to which a plan of ours leads, are judged one by one. In slices: calls go on being answered meanwhile.
 */
import { planFor } from '../calls/number-facts.ts';
import type { ActiveLegs } from '../calls/active-legs.ts';
import { keptIn } from '../diversion/kept-fallback.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { NumberRecord } from '../domain/number.ts';
import { destinationKind } from '../domain/plan.ts';
import { decodeRule } from '../store/codec.ts';
import type { RouteUnit } from '../store/route-store.ts';
import type { CallSample } from '../store/call-volume.ts';
import { judgeNumber, type Behind, type JudgeDeps, type Verdict } from './judge-number.ts';
import { LOOKED_UP, type Noted, type NotedReader } from './noted.ts';
import { sortedInSlices, type Breathe } from './slices.ts';

/** Numbers that have the same verdict. */
export interface Group {
  rule: NumberRecord;
  count: number;
  /** Calls of the sample that went to them. */
  calls: number;
  verdict: Verdict;
}

export interface Survey {
  /** Milliseconds since 1970. */
  at: number;
  groups: readonly Group[];
  /** Undefined when Redis did not tell. */
  sample: CallSample | undefined;
  /** Numbers that are not ready or at risk, without their `+`, in order, by customer; the customers in order. */
  troubled: ReadonlyMap<string, readonly number[]>;
  /** Judges one number anew, by what is so now. */
  judge(number: string, rule: NumberRecord): Verdict;
  /** Numbers of which we keep something at their carriers: their routing, or their fallback. */
  routed: number;
}

export interface SurveyDeps {
  sight: Sight;
  legs: Pick<ActiveLegs, 'count'>;
  noted: NotedReader;
  /** What drills have proven; undefined when nobody asks. Throws `store_unavailable`. */
  proof(): Promise<JudgeDeps['proof']>;
  /** Of the calls of all; resolves with undefined when Redis does not tell. */
  sample(): Promise<CallSample | undefined>;
  /** Of the numbers of which we keep something at their carriers, from which on they are looked up this time. */
  from: number;
  /** Milliseconds since 1970. */
  at: number;
  breathe: Breathe;
}

interface Draft extends Omit<Group, 'verdict'> {
  number: string;
  noted: Noted | undefined;
  verdict?: Verdict;
}

/** Looks at the clock after so many. */
const STEP = 256;

/** Visits numbers and the ids of their rules as they were. */
function walkOf({ slots, values }: { slots: Float64Array; values: Uint32Array }, breathe: Breathe) {
  return async (visit: (digits: number, rule: number, at: number) => void): Promise<void> => {
    for (let at = 0; at < slots.length; at += 1) {
      const digits = slots[at] ?? 0;
      if (digits > 0) visit(digits, values[at] ?? 0, at);
      if (at % STEP === 0) await breathe();
    }
  };
}

type Walk = ReturnType<typeof walkOf>;

/** Those from `from` on, as many as are looked up at a time, and from the first again after the last; and how many there are. */
async function keptFrom(isKept: (rule: NumberRecord) => boolean, walk: Walk, rules: readonly (NumberRecord | undefined)[], from: number): Promise<{ units: RouteUnit[]; all: number }> {
  const units: RouteUnit[] = [];
  let all = 0;
  if (!rules.some((rule) => rule && isKept(rule))) return { units, all };
  await walk((digits, id) => {
    const rule = rules[id];
    if (!rule || !isKept(rule)) return;
    if (all >= from && units.length < LOOKED_UP) units.push({ carrier: rule.carrier, unit: `+${digits}` });
    all += 1;
  });
  return { units, all };
}

/** Destinations that are numbers, and so may be the called number itself. */
async function targetsOf({ table }: Sight, breathe: Breathe): Promise<Set<number>> {
  const targets = new Set<number>();
  for (const id of table.ids('plans')) {
    for (const { to } of table.plan(id)?.destinations ?? []) if (destinationKind(to) === 'phone') targets.add(Number(to));
    await breathe();
  }
  return targets;
}

function createGroups({ table, judge }: Sight, rules: readonly (NumberRecord | undefined)[], notes: ReadonlyMap<number, Noted>, targets: ReadonlySet<number>, calls: ReadonlyMap<number, number>) {
  const drafts: Draft[] = [];
  /** By rule, and within it by the countries that its numbers may call. */
  const byRule: (Map<readonly string[], number> | undefined)[] = [];
  const dials: (boolean | undefined)[] = [];
  const none: readonly string[] = [];

  /** Only where somebody is dialled do countries count. (A primary's address is no other for each number but for its user: a host has no `+`.) */
  const dialsSomebody = (rule: NumberRecord): boolean => (planFor(table, rule).chosen?.plan.destinations ?? []).some(({ to }) => destinationKind(to) === 'phone' || destinationKind(to) === 'sip');

  function begin(digits: number, rule: NumberRecord): number {
    drafts.push({ rule, number: `+${digits}`, noted: notes.get(digits), count: 0, calls: 0 });
    return drafts.length - 1;
  }

  return {
    drafts,
    /** The group of a number. */
    place(digits: number, id: number): number {
      const rule = rules[id];
      if (!rule) return -1;
      let at: number | undefined;
      if (targets.has(digits) || notes.has(digits)) at = begin(digits, rule);
      else {
        const groups = (byRule[id] ??= new Map());
        dials[id] ??= dialsSomebody(rule);
        const allowed = dials[id] ? judge.allowedFor(`+${digits}`, table.customer(rule.customer)) : none;
        at = groups.get(allowed);
        if (at === undefined) groups.set(allowed, (at = begin(digits, rule)));
      }
      const draft = drafts[at];
      if (draft) {
        draft.count += 1;
        draft.calls += calls.get(digits) ?? 0;
      }
      return at;
    },
  };
}

/** How many numbers lead to each destination. */
async function behindOf({ table }: Sight, drafts: readonly Draft[], breathe: Breathe): Promise<Behind> {
  const counts = new Map<string, number>();
  for (const { rule, count } of drafts) {
    const { customer, primary } = rule;
    for (const to of new Set(planFor(table, rule).chosen?.plan.destinations.map((one) => one.to))) {
      for (const key of [`${primary}\n${to}`, `${primary}\n${to}\n${customer}`]) counts.set(key, (counts.get(key) ?? 0) + count);
    }
    await breathe();
  }
  return (primary, to, customer) => counts.get(customer === undefined ? `${primary}\n${to}` : `${primary}\n${to}\n${customer}`) ?? 0;
}

const digitsOf = <T>(map: ReadonlyMap<string, T>): Map<number, T> => new Map([...map].map(([number, value]) => [Number(number), value]));
const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

async function troubledOf(groups: readonly Group[], walk: Walk, places: Int32Array, breathe: Breathe): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  if (groups.every(({ verdict }) => verdict.provider.reasons.length === 0)) return found;
  await walk((digits, _rule, at) => {
    const group = groups[places[at] ?? -1];
    if (!group || group.verdict.provider.reasons.length === 0) return;
    const { customer } = group.rule;
    const numbers = found.get(customer);
    if (numbers) numbers.push(digits);
    else found.set(customer, [digits]);
  });
  const sorted = new Map<string, number[]>();
  for (const customer of await sortedInSlices([...found.keys()], inOrder, breathe)) sorted.set(customer, await sortedInSlices(found.get(customer) ?? [], (one, other) => one - other, breathe));
  return sorted;
}

/** Throws `store_unavailable`. */
export async function makeSurvey({ sight, legs, noted, proof: proofs, sample: sampled, from, at: now, breathe }: SurveyDeps): Promise<Survey> {
  const { table } = sight;
  const { rules: texts, numbers } = table.image();
  const rules: (NumberRecord | undefined)[] = [];
  for (const text of texts) {
    rules.push(text === '' ? undefined : decodeRule(text));
    await breathe();
  }
  const walk = walkOf(numbers, breathe);
  const isKept = keptIn(table);
  const { units, all } = await keptFrom(isKept, walk, rules, from);
  const still = (number: string, carrier: string): boolean => {
    const rule = table.number(number);
    return rule?.carrier === carrier && isKept(rule);
  };
  const [{ notes, refusing }, proof, sample] = await Promise.all([noted.read([...table.ids('carriers')], units, still), proofs(), sampled()]);
  const groups = createGroups(sight, rules, digitsOf(notes), await targetsOf(sight, breathe), sample ? digitsOf(sample.byNumber) : new Map());
  const places = new Int32Array(numbers.slots.length);
  await walk((digits, id, at) => {
    places[at] = groups.place(digits, id);
  });
  const behind = await behindOf(sight, groups.drafts, breathe);
  const deps: JudgeDeps = { sight, legs, at: now, behind, refusing, proof };
  const judged: Group[] = [];
  for (const { rule, number, noted: own, count, calls } of groups.drafts) {
    judged.push({ rule, count, calls, verdict: judgeNumber(deps, number, rule, own) });
    await breathe();
  }
  const troubled = await troubledOf(judged, walk, places, breathe);
  return { at: now, groups: judged, sample, troubled, judge: (number, rule) => judgeNumber(deps, number, rule, notes.get(number)), routed: all };
}

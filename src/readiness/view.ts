/** What is told of a survey: shares, problems by reason, and the numbers that have them; of all, of one primary or of one customer. Pure. */
import { READINESS_REASONS, type Readiness, type ReadinessReason } from '../../rules/readiness.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { CallSample } from '../store/call-volume.ts';
import type { Survey } from './survey.ts';
import type { Verdict } from './judge-number.ts';

export interface Wanted {
  customer?: string | undefined;
  primary?: string | undefined;
  /** As a key of that customer may know it. */
  scoped: boolean;
}

export interface Tally {
  all: number;
  answered: number;
  /** Nobody would answer at this moment, and that passes by itself. */
  passing: number;
  /** Answered, and yet to be looked at. */
  atRisk: number;
}

export interface Problem {
  reason: ReadinessReason;
  numbers: number;
  /** Of the calls looked at. */
  calls: number;
}

export interface Share {
  id: string;
  numbers: Tally;
}

export interface Summary {
  numbers: Tally;
  /** Of the calls looked at, those to these numbers, by what they would meet now. */
  calls: Tally;
  /** The most numbers first. */
  problems: Problem[];
  primaries: Share[];
  customers: Share[];
}

/** So many primaries and customers are named, those with the most numbers that nobody would answer. */
export const NAMED = 100;

const nothing = (): Tally => ({ all: 0, answered: 0, passing: 0, atRisk: 0 });

function add(tally: Tally, { answered, passing, reasons }: Readiness, count: number): void {
  tally.all += count;
  if (answered) tally.answered += count;
  if (passing) tally.passing += count;
  if (answered && reasons.length > 0) tally.atRisk += count;
}

const isWanted = ({ customer, primary }: Wanted, rule: NumberRecord): boolean => (customer === undefined || rule.customer === customer) && (primary === undefined || rule.primary === primary);
const shown = ({ scoped }: Wanted, verdict: Verdict): Readiness => (scoped ? verdict.customer : verdict.provider);

function addTo(shares: Map<string, Tally>, id: string, readiness: Readiness, count: number): void {
  let tally = shares.get(id);
  if (!tally) shares.set(id, (tally = nothing()));
  add(tally, readiness, count);
}

/** Those with something amiss, the worst first. */
function worst(shares: ReadonlyMap<string, Tally>): Share[] {
  const all = [...shares].map(([id, numbers]) => ({ id, numbers }));
  const unanswered = ({ numbers: { all: count, answered } }: Share): number => count - answered;
  return all.filter(({ numbers }) => numbers.answered < numbers.all || numbers.atRisk > 0).toSorted((one, other) => unanswered(other) - unanswered(one) || other.numbers.atRisk - one.numbers.atRisk || (one.id < other.id ? -1 : 1)).slice(0, NAMED);
}

/** @param sample calls to be counted in place of those of the survey: one customer's own */
export function summaryOf(survey: Survey, table: Pick<RoutingTable, 'number'>, wanted: Wanted, sample?: CallSample): Summary {
  const [numbers, calls] = [nothing(), nothing()];
  const problems = new Map<ReadinessReason, Problem>();
  const [primaries, customers] = [new Map<string, Tally>(), new Map<string, Tally>()];

  function count(verdict: Readiness, ofNumbers: number, ofCalls: number): void {
    add(numbers, verdict, ofNumbers);
    add(calls, verdict, ofCalls);
    for (const reason of verdict.reasons) {
      const problem = problems.get(reason) ?? { reason, numbers: 0, calls: 0 };
      problems.set(reason, problem);
      problem.numbers += ofNumbers;
      problem.calls += ofCalls;
    }
  }

  for (const group of survey.groups) {
    if (!isWanted(wanted, group.rule)) continue;
    const verdict = shown(wanted, group.verdict);
    count(verdict, group.count, sample ? 0 : group.calls);
    addTo(primaries, group.rule.primary, verdict, group.count);
    addTo(customers, group.rule.customer, verdict, group.count);
  }
  for (const [number, ofCalls] of sample?.byNumber ?? []) {
    const rule = table.number(number);
    if (rule && isWanted(wanted, rule)) count(shown(wanted, survey.judge(number, rule)), 0, ofCalls);
  }
  const stops = ({ reason }: Problem): number => (READINESS_REASONS[reason].is === 'risk' ? 1 : 0);
  return { numbers, calls, problems: [...problems.values()].toSorted((one, other) => stops(one) - stops(other) || other.numbers - one.numbers), primaries: worst(primaries), customers: worst(customers) };
}

export interface Item {
  number: string;
  rule: NumberRecord;
  readiness: Readiness;
}

export interface ItemPage {
  items: Item[];
  /** The last number looked at; undefined at the end. */
  next: { customer: string; number: number } | undefined;
}

/** Numbers looked at for one page: few of many may be wanted. */
const LOOKED_AT = 5000;

/** The place of the first that is greater. */
function after<T>(sorted: readonly T[], than: T): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as T) > than) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Numbers with problems after `from`, in the order of customer and number; each judged by what is so now. */
export function itemsOf(survey: Survey, table: Pick<RoutingTable, 'number'>, wanted: Wanted & { reason?: ReadinessReason | undefined }, from: ItemPage['next'], limit: number): ItemPage {
  const items: Item[] = [];
  let looked = 0;
  for (const [customer, numbers] of survey.troubled) {
    if ((wanted.customer !== undefined && customer !== wanted.customer) || (from && customer < from.customer)) continue;
    for (let at = customer === from?.customer ? after(numbers, from.number) : 0; at < numbers.length; at += 1) {
      const digits = numbers[at] ?? 0;
      const number = `+${digits}`;
      const rule = table.number(number);
      looked += 1;
      if (rule?.customer === customer && isWanted(wanted, rule)) {
        const readiness = shown(wanted, survey.judge(number, rule));
        if (readiness.reasons.length > 0 && (wanted.reason === undefined || readiness.reasons.includes(wanted.reason))) items.push({ number, rule, readiness });
      }
      if (items.length >= limit || looked >= LOOKED_AT) return { items, next: { customer, number: digits } };
    }
  }
  return { items, next: undefined };
}

/** The report of a diversion from what was gathered of it: one object, for machines, and for the text that people send on. Pure. */
import { isWithheld } from '../../rules/passage.ts';
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import type { Call } from '../domain/call.ts';
import { BRAKES, type BrakeName } from '../domain/diagnosis.ts';
import type { DiversionReport, NumbersShown } from '../domain/diversion-report.ts';
import { iso } from '../domain/instant.ts';
import { maskNumber, maskNumbersIn } from '../domain/phone-number.ts';
import type { ReportFacts } from './facts.ts';
import { beginningOf, firstSign, type Sign } from './first-sign.ts';
import { recordedOf } from './recorded.ts';
import { EVERY_MINUTES, tallyCalls } from './tally.ts';
import { timelineOf, type Moment } from './timeline.ts';

export interface ReportOptions {
  /** Calls, callers and numbers of this customer alone. */
  customer?: string | undefined;
  numbers: NumbersShown;
}

/** More moments say nothing more; what was seen is left out first. */
export const MOMENTS = 500;
const LEFT_SHOWN = 100;

const seconds = (ms: number): number => Math.round(ms) / 1000;
const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at));

/** Without what is not there. */
function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function bounded(moments: readonly Moment[]): Moment[] {
  if (moments.length <= MOMENTS) return [...moments];
  const others = moments.filter(({ is }) => is !== 'evidence').slice(0, MOMENTS);
  const seen = moments.filter(({ is }) => is === 'evidence').slice(0, MOMENTS - others.length);
  return [...others, ...seen].toSorted((one, other) => one.at - other.at);
}

/** When calls were first given back to it: the first act of probation, or of an operator who restored it in steps. */
function probationOf({ id, diversion: { primary }, trail }: ReportFacts): number | undefined {
  return trail.entries.find(({ changes }) => changes.some(({ subject, after }) => {
    const { diversion, is } = (after ?? {}) as { diversion?: unknown; is?: unknown };
    return subject === `states/${primary}` && diversion === id && is === 'recovering';
  }))?.at;
}

function measuredOf(facts: ReportFacts, sign: Sign | undefined, calls: readonly Call[]): DiversionReport['measured'] {
  const { id, diversion: { started, ended }, now, moved } = facts;
  const end = ended?.at ?? now;
  const probationAt = probationOf(facts);
  const back = moved.flatMap((one) => one.back ?? []);
  const diverted = calls.find((call) => call.diversion === id && call.route === 'plan')?.startedAt;
  const elsewhere = calls.find((call) => call.startedAt >= started.at && call.outcome === 'answered' && call.by !== PRIMARY_KEY)?.startedAt;
  return {
    ...known({ firstSignAt: isoOf(sign?.at), firstSign: sign?.text, toDivertSeconds: sign && seconds(started.at - sign.at) }),
    ...known({ firstDivertedCallAt: isoOf(diverted), firstAnsweredElsewhereAt: isoOf(elsewhere), probationAt: isoOf(probationAt) }),
    lastedSeconds: seconds(Math.max(0, end - started.at)),
    ...(probationAt === undefined || !ended ? {} : { restoringSeconds: seconds(Math.max(0, ended.at - probationAt)) }),
    ...(ended && back.length > 0 ? { backSeconds: seconds(Math.max(0, Math.max(...back) - ended.at)) } : {}),
  };
}

function brakesOf({ trail, diversion: { primary } }: ReportFacts): DiversionReport['brakes'] {
  return trail.entries.flatMap(({ at, action, changes, reason = '' }) => {
    const state = changes.some(({ subject }) => subject === `states/${primary}`);
    const grounds = (changes.find(({ subject }) => subject.startsWith('health/'))?.after ?? {}) as { action?: unknown; brake?: unknown };
    if (action !== 'primaries.held-back' || !state || typeof grounds.brake !== 'string') return [];
    return [{ at: iso(at), action: String(grounds.action), brake: grounds.brake, means: BRAKES[grounds.brake as BrakeName] ?? '', because: reason }];
  });
}

function carriersOf({ moved, movedInAll, states }: ReportFacts, customer: string | undefined): DiversionReport['carriers'] {
  const own = customer === undefined ? moved : moved.filter((one) => one.customer === customer);
  const ends = (times: readonly number[]) => (times.length === 0 ? [] : [iso(Math.min(...times)), iso(Math.max(...times))]);
  const items = [...new Set(own.map(({ carrier }) => carrier))].map((carrier) => {
    const at = own.flatMap((one) => (one.carrier === carrier ? (one.at ?? []) : []));
    const back = own.flatMap((one) => (one.carrier === carrier ? (one.back ?? []) : []));
    const [[firstMovedAt, lastMovedAt], [firstBackAt, lastBackAt]] = [ends(at), ends(back)];
    return { carrier, moved: at.length, ...known({ firstMovedAt, lastMovedAt }), back: back.length, ...known({ firstBackAt, lastBackAt }) };
  });
  const counts: Record<string, number> = {};
  for (const { is } of own) counts[is] = (counts[is] ?? 0) + 1;
  const left = own.filter(({ is }) => is === 'conflict' || is === 'failed').slice(0, LEFT_SHOWN);
  return {
    numbers: customer === undefined ? movedInAll : own.length,
    states: customer === undefined ? { ...states } : counts,
    ...(moved.length < movedInAll ? { sampled: { lookedAt: moved.length, of: movedInAll } } : {}),
    items,
    left: left.map(({ number, carrier, is, why }) => ({ number, carrier, is, ...(why === undefined ? {} : { why }) })),
  };
}

function gapsOf(facts: ReportFacts): string[] {
  const { id, trail, said, calls, moved, movedInAll, from } = facts;
  const isAlone = beginningOf({ id, trail }) === undefined;
  return [
    ...(isAlone || !trail.complete ? ['The audit trail does not go back so far any more: decisions, brakes and words of people may be missing.'] : []),
    ...(said.every(({ at }) => at < from) ? ['Nothing is kept of what probes, calls and alerts said: it is kept for 35 days, and the newest changes alone.'] : []),
    ...(calls.calls.length < calls.total ? ['There were so many calls that an even sample of them was looked at.'] : []),
    ...(movedInAll > 0 ? ['While a number is diverted at its carrier its calls go elsewhere without us: they are not among the calls.'] : []),
    ...(movedInAll > moved.length ? ['There are so many numbers at carriers that only the first of them were looked at.'] : []),
  ];
}

/** In every text. */
function masked(report: DiversionReport): DiversionReport {
  const number = (text: string): string => (isWithheld(text) ? 'withheld' : maskNumber(text));
  const inTexts = (value: unknown): unknown => {
    if (typeof value === 'string') return maskNumbersIn(value);
    if (Array.isArray(value)) return value.map(inTexts);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inTexts(one)])) : value;
  };
  const { timeline, brakes, started, ended, measured, gaps, told } = report;
  return {
    ...report,
    ...(inTexts({ timeline, brakes, started, measured, gaps, told, ...(ended ? { ended } : {}) }) as Pick<DiversionReport, 'timeline' | 'brakes' | 'started' | 'ended' | 'measured' | 'gaps' | 'told'>),
    recorded: { ...report.recorded, said: report.recorded.said.map((one) => ({ ...one, because: maskNumbersIn(one.because) })) },
    lostCallers: report.lostCallers.map((caller) => ({ ...caller, from: number(caller.from), numbers: caller.numbers.map(number) })),
    carriers: { ...report.carriers, left: report.carriers.left.map((one) => ({ ...one, number: number(one.number), ...(one.why === undefined ? {} : { why: maskNumbersIn(one.why) }) })) },
  };
}

export function makeReport(facts: ReportFacts, { customer, numbers }: ReportOptions): DiversionReport {
  const { id, diversion: { primary, started, ended }, name, now } = facts;
  const ofPrimary = facts.calls.calls.filter((call) => call.primary === primary);
  const sign = firstSign(facts, ofPrimary);
  const from = sign?.at ?? started.at;
  const end = ended?.at ?? now;
  const within = ofPrimary.filter((call) => call.startedAt >= from && call.startedAt <= end);
  const own = customer === undefined ? within : within.filter((call) => call.customer === customer);
  const { all, slots } = tallyCalls(own, id, from);
  // Who of us was told is not for a customer to read.
  const told = customer === undefined ? facts.told : [];
  const moments = timelineOf({ ...facts, told }, within, from, probationOf(facts));
  const shown = bounded(moments);
  const { total, calls } = facts.calls;
  const report: DiversionReport = {
    diversion: id,
    primary,
    ...known({ name, customer }),
    madeAt: iso(now),
    numbersShown: numbers,
    isOpen: !ended,
    started: { ...started, at: iso(started.at) },
    ...(ended ? { ended: { ...ended, at: iso(ended.at) } } : {}),
    measured: measuredOf(facts, sign, within),
    timeline: shown.map((moment) => ({ ...moment, at: iso(moment.at) })),
    leftOut: moments.length - shown.length,
    brakes: brakesOf(facts),
    calls: { ...all, ...(calls.length < total ? { sampled: { lookedAt: calls.length, of: total } } : {}), everyMinutes: EVERY_MINUTES, slots: slots.map(({ from: at, ...tally }) => ({ at: iso(at), ...tally })) },
    lostCallers: facts.lost.flatMap(({ lastAt, customer: whose, ...caller }) => (lastAt < from || lastAt > end || (customer !== undefined && whose !== customer) ? [] : [{ ...caller, lastAt: iso(lastAt), ...known({ customer: whose }) }])),
    carriers: carriersOf(facts, customer),
    backlogs: facts.backlogs.flatMap(({ subscriber, customer: whose, waiting, dead, oldestAt }) => (waiting + dead === 0 || (customer !== undefined && whose !== customer) ? [] : [{ subscriber, waiting, dead, ...known({ customer: whose, oldestAt: isoOf(oldestAt) }) }])),
    told: told.map((one) => ({ ...one, at: iso(one.at) })),
    gaps: gapsOf(facts),
    recorded: recordedOf(facts, ofPrimary, calls.length === 0 ? 1 : total / calls.length),
  };
  return numbers === 'whole' ? report : masked(report);
}


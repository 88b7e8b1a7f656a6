/** The timeline of a diversion: what was seen, decided, held back, said by people, met by callers, set at carriers and told. Pure. */
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Call } from '../domain/call.ts';
import { ACTIONS, type Action } from '../domain/diagnosis.ts';
import type { TimelineItem } from '../domain/diversion-report.ts';
import type { ReportFacts } from './facts.ts';
import { heldUntil, offeredTo } from './first-sign.ts';

export type Moment = Omit<TimelineItem, 'at'> & { at: number };

/** What is seen within so long by several sources of a group is one moment, milliseconds. */
const TOGETHER_MS = 10_000;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Changes of what sources say, those of one group that come together as one. */
function evidenceMoments({ said }: ReportFacts, from: number, to: number): Moment[] {
  const before = new Map<string, string>();
  const open = new Map<string, { at: number; sources: Set<string>; moment: Moment }>();
  const moments: Moment[] = [];
  for (const { at, source, group, claim, because } of said) {
    const known = before.get(source);
    before.set(source, claim);
    // That a source which spoke for the first time finds all well is no news.
    if (known === claim || (known === undefined && claim === 'up') || at < from || at > to) continue;
    const name = `${group} ${claim}`;
    const last = open.get(name);
    const isMore = last !== undefined && at - last.at <= TOGETHER_MS;
    const sources = isMore ? last.sources.add(source) : new Set([source]);
    const text = `${group}: ${claim === 'withdrawn' ? 'nothing is said any more' : `${claim} (${because})`}`;
    if (isMore) last.moment.text = sources.size > 1 ? `${last.moment.text.replace(/, \d+ sources$/, '')}, ${sources.size} sources` : last.moment.text;
    else {
      const moment: Moment = { at, is: 'evidence', text };
      open.set(name, { at, sources, moment });
      moments.push(moment);
    }
  }
  return moments;
}

const VERBS: Readonly<Record<string, string>> = {
  'primaries.divert': 'diverted it', 'primaries.restore': 'restored it', 'primaries.hold': 'held it as it is', 'primaries.release': 'released it', 'primaries.approve': 'agreed to what automation asked',
  'primaries.refuse': 'refused what automation asked', 'automation.stop': 'stopped automation everywhere', 'automation.go': 'let automation go on', 'routes.resolve': 'said how a conflict at a carrier is to end',
};

/** Undefined for what does not concern the primary. */
function trailMoment({ at, by, action, changes, reason, late }: AuditEntry, primary: string, numbers: ReadonlySet<string>): Moment | undefined {
  const isOurs = action.startsWith('automation.') || changes.some(({ subject }) => subject === `states/${primary}` || (action === 'routes.resolve' && subject.startsWith('numbers/') && numbers.has(subject.slice('numbers/'.length))));
  if (!isOurs || (late && late.effect !== 'turned')) return undefined;
  const why = reason?.trim();
  const grounds = objectOf(changes.find(({ subject }) => subject.startsWith('health/'))?.after);
  const [diagnosis, brake] = [textOf(grounds['diagnosis']), textOf(grounds['brake'])];
  const more = { ...(diagnosis === undefined ? {} : { diagnosis }), ...(brake === undefined ? {} : { brake }) };
  if (action === 'primaries.held-back') return { at, is: 'held-back', text: `${textOf(grounds['action']) ?? 'an act'} was held back by ${brake ?? 'a brake'}: ${why ?? ''}`, ...more };
  if (by.role === 'system') {
    const act = action.slice('primaries.'.length);
    return { at, is: 'decision', text: `${act} (${ACTIONS[act as Action] ?? 'its state was changed'}): ${why ?? ''}`, ...more };
  }
  return { at, is: 'word', by: by.key, text: `${by.key} ${VERBS[action] ?? action}${why === undefined || why === '' ? '' : `: “${why}”`}${late ? ' (said while Redis was away)' : ''}` };
}

/** The first calls of each sort. @param calls those to its primary from the first sign on, in the order of their time */
function callMoments({ id, diversion: { started } }: ReportFacts, calls: readonly Call[], probationAt: number | undefined): Moment[] {
  const first = (text: string, wanted: (call: Call) => boolean): Moment[] => {
    const found = calls.find(wanted);
    return found ? [{ at: found.startedAt, is: 'calls', text }] : [];
  };
  const failed = (call: Call): boolean => offeredTo(call) === 'failed' || offeredTo(call) === 'overloaded';
  return [
    ...first('the first call failed at the primary', (call) => failed(call) && call.startedAt <= started.at),
    ...first('the first call was sent to the plan at once', (call) => call.diversion === id && call.route === 'plan'),
    ...first('the first call was answered by a backup', (call) => call.outcome === 'answered' && call.by !== PRIMARY_KEY),
    ...first('the first call was lost', (call) => call.outcome === 'lost'),
    ...(probationAt === undefined ? [] : first('the first call was taken by the primary again', (call) => call.startedAt >= probationAt && call.outcome === 'answered' && call.by === PRIMARY_KEY)),
  ];
}

function carrierMoments({ moved }: ReportFacts): Moment[] {
  return [...new Set(moved.map(({ carrier }) => carrier))].flatMap((carrier) => {
    const ends = (what: 'at' | 'back', done: string): Moment[] => {
      const times = moved.flatMap((one) => (one.carrier === carrier && one[what] !== undefined ? [one[what]] : [])).toSorted((one, other) => one - other);
      const [start, end] = [times[0], times.at(-1)];
      if (start === undefined || end === undefined) return [];
      const said = (at: number, text: string): Moment => ({ at, is: 'carrier', text });
      return start === end ? [said(start, `${carrier}: ${counted(times.length, 'number')} ${done}`)] : [said(start, `${carrier}: the first number ${done}`), said(end, `${carrier}: the last of ${counted(times.length, 'number')} ${done}`)];
    };
    return [...ends('at', 'read back as diverted'), ...ends('back', 'read back as before the diversion')];
  });
}

/** Who was told the same at about the same time is one moment. */
function toldMoments({ told }: ReportFacts): Moment[] {
  const moments: (Moment & { what: string })[] = [];
  for (const { at, receiver, kinds, isRepeat, failure } of told) {
    const what = `${isRepeat ? 'told again: ' : 'told: '}${kinds.join(', ')}${failure === undefined ? '' : ', which did not arrive'}`;
    const last = moments.findLast((one) => one.what === what);
    if (last && at - last.at <= TOGETHER_MS) last.text = `${last.text}, ${receiver}`;
    else moments.push({ at, is: 'told', what, text: `${what} — ${receiver}` });
  }
  return moments.map(({ what: _what, ...moment }) => moment);
}

/** In the order of time. @param calls those to its primary from the first sign on */
export function timelineOf(facts: ReportFacts, calls: readonly Call[], from: number, probationAt: number | undefined): Moment[] {
  const end = Math.min(facts.to, facts.diversion.ended?.at ?? facts.now);
  const numbers = new Set(facts.moved.map(({ number }) => number));
  const trail = facts.trail.entries.flatMap((entry) => trailMoment(entry, facts.diversion.primary, numbers) ?? []);
  const all = [...evidenceMoments(facts, from, end), ...trail, ...callMoments(facts, calls, probationAt), ...carrierMoments(facts), ...toldMoments(facts)];
  return all.toSorted((one, other) => one.at - other.at);
}

/** What was said of it and held at a moment, for whoever asks how it stood. */
export function heldAt(said: ReportFacts['said'], at: number): ReportFacts['said'] {
  const held = new Map<string, ReportFacts['said'][number]>();
  for (const one of said) if (one.at <= at) held.set(one.source, one);
  return [...held.values()].filter((one) => one.claim !== 'withdrawn' && heldUntil(one) > at);
}

/**
 * The judgement of a primary's health: from evidence to what is to be done, for production, simulator and tests alike. One look does at
 * most one thing, and a second look at the same changes nothing more.
 *
 * Holds for every judgement: no act that a brake holds back; no diversion of what is diverted; no diversion by one source within
 * a minute, nor by whom the references do not answer; an operator's word stands. The record is changed by whoever wins the
 * comparison of its version: two that see the same cannot both act.
 */
import { isAct, type Act, type Action, type Diagnosis, type Finding } from '../src/domain/diagnosis.ts';
import type { Evidence } from '../src/domain/evidence.ts';
import { thresholdsOf, type HealthPolicy } from '../src/domain/health-policy.ts';
import type { HealthRecord } from '../src/domain/health-record.ts';
import { heldBack, type Held } from './brakes/brakes.ts';
import type { Surroundings } from './brakes/brake.ts';
import { conditionAfter, failsNow } from './condition.ts';
import { diagnose } from './diagnose/diagnose.ts';
import { groupViews } from './diagnose/group-views.ts';
import type { GroupView, Sight, View } from './diagnose/view.ts';
import { awake, diagnosed, noted, type Watch } from './diagnose/watch.ts';
import { heed, type OperatorsOrder } from './heed-word.ts';
import { shareOf } from './probation.ts';
import { respond } from './respond.ts';
import { UNTRIED, type Tried } from './trial.ts';

export interface HealthFacts extends Surroundings {
  primary: string;
  /** The process that judges, as its sources name it, and what the reference targets tell of each process. */
  self: string;
  sight: Readonly<Record<string, Sight>>;
  /** The last order of an operator. */
  word?: OperatorsOrder | undefined;
  /** How the calls fare that are given back to it. */
  tried?: Tried | undefined;
}

export interface Case {
  /** What is kept of it, for all processes; and what this process remembers. */
  known: HealthRecord;
  watch: Watch;
  evidence: readonly Evidence[];
  facts: HealthFacts;
  policy: HealthPolicy;
  /** Milliseconds since 1970. */
  now: number;
}

export interface Transition {
  at: number;
  primary: string;
  from: HealthRecord['state'];
  to: HealthRecord['state'];
  action: Exclude<Action, 'none'>;
  diagnosis: Diagnosis;
  /** Of its calls, offered to it first from now on, 0 to 1. */
  share: number;
  /** One sentence. */
  because: string;
}

export interface Blocked extends Held {
  action: Act;
  /** False when it was held back by the same brake before: it was journalled then. */
  isNew: boolean;
}

export interface Judgement {
  /** To be written if its version is another, on condition that the stored one is still the known one. */
  record: HealthRecord;
  watch: Watch;
  finding: Finding;
  groups: readonly GroupView[];
  transition: Transition | undefined;
  blocked: Blocked | undefined;
  /** One sentence: what was found, and what is done about it or not. */
  why: string;
}

/** What an action makes of the record. */
function carriedOut(record: HealthRecord, action: Exclude<Action, 'none'>, now: number): HealthRecord {
  const { pending: _, blocked: __, ...rest } = record;
  switch (action) {
    case 'mark-degraded':
      return { ...record, state: 'degraded', since: now };
    case 'mark-up':
      return { ...record, state: 'up', since: now };
    case 'divert':
      return { ...rest, state: 'down', since: now, atCarriers: false };
    case 'widen':
      return { ...rest, atCarriers: true };
    case 'begin-probation':
      return { ...rest, state: 'recovering', since: now, step: 0, stepSince: now };
    case 'advance':
      return { ...rest, step: record.step + 1, stepSince: now };
    case 'restore':
      return { ...rest, state: 'up', since: now, atCarriers: false };
    case 'fall-back':
      return { ...failsNow(rest, now), state: 'down', since: now };
  }
}

function keptBack({ record, now }: View, act: Act, held: Held, finding: Finding): { record: HealthRecord; blocked: Blocked } {
  const isNew = record.blocked?.action !== act || record.blocked.brake !== held.brake;
  const blocked = { ...held, action: act, isNew };
  const asked = held.brake === 'approval' && record.pending?.action !== act;
  if (!isNew && !asked) return { record, blocked };
  const pending = asked ? { pending: { action: act, since: now, diagnosis: finding.is } } : {};
  return { record: { ...record, blocked: { action: act, brake: held.brake }, ...pending }, blocked };
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const SAID: Readonly<Record<Exclude<Action, 'none'>, (share: number) => string>> = {
  'mark-degraded': () => 'It is shown as degraded; its calls go on.',
  'mark-up': () => 'It is shown as up.',
  divert: () => 'Its calls go to the plans.',
  widen: () => 'It lasts: numbers whose carrier must be told are diverted too.',
  'begin-probation': (share) => `${percent(share)} of its calls are offered to it first again.`,
  advance: (share) => `${percent(share)} of its calls are offered to it first.`,
  restore: () => 'All its calls are its own again.',
  'fall-back': () => 'Its calls go back to the plans.',
};

/** A clause as the beginning of a sentence. */
const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

function done(view: View, finding: Finding, action: Exclude<Action, 'none'>, primary: string): { record: HealthRecord; transition: Transition } {
  const { record: before, now, thresholds } = view;
  const record = carriedOut(before, action, now);
  const share = shareOf(record, thresholds);
  const because = `${sentence(finding.because)} ${SAID[action](share)}`;
  return { record, transition: { at: now, primary, from: before.state, to: record.state, action, diagnosis: finding.is, share, because } };
}

function answered(view: View, finding: Finding, lasting: number, facts: HealthFacts): Pick<Judgement, 'record' | 'transition' | 'blocked' | 'why'> {
  const action = respond(finding.is, view, lasting);
  const found = sentence(finding.because);
  if (action === 'none') return { record: view.record, transition: undefined, blocked: undefined, why: found };
  const held = isAct(action) ? heldBack({ act: action, finding, view, around: facts }) : undefined;
  if (held && isAct(action)) {
    const { record, blocked } = keptBack(view, action, held, finding);
    return { record, blocked, transition: undefined, why: `${found} ${held.because}` };
  }
  const { record, transition } = done(view, finding, action, facts.primary);
  return { record, transition, blocked: undefined, why: transition.because };
}

export function judge({ known, watch: before, evidence, facts, policy, now }: Case): Judgement {
  const thresholds = thresholdsOf(policy, facts.primary);
  const woken = awake(before, now, thresholds.evidence.pauseSeconds, facts.sight[facts.self] === 'lost');
  const groups = groupViews({ evidence, self: facts.self, sight: facts.sight, watch: woken, now });
  const heeded = heed(known, facts.word);
  const tried = facts.tried?.since === heeded.stepSince ? facts.tried : UNTRIED;
  const looked: View = { now, thresholds, record: heeded, groups, sight: facts.sight[facts.self] ?? 'unknown', tried };
  const finding = diagnose(looked);
  const watch = diagnosed(noted(woken, groups), finding.is);
  const { record, ...answer } = answered({ ...looked, record: conditionAfter(looked, watch) }, finding, now - (watch.diagnosis?.since ?? now), facts);
  return { ...answer, record: record === known ? known : { ...record, version: known.version + 1 }, watch, finding, groups };
}

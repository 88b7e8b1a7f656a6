/** A primary's health for the tests of the rules: evidence in a word or two, and looks one after another as a process makes them. */
import { judge, type HealthFacts, type Judgement } from '../../rules/judge.ts';
import { NOT_LOOKED, type Watch } from '../../rules/diagnose/watch.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Claim, Evidence, EvidenceGroup } from '../../src/domain/evidence.ts';
import type { HealthPolicy } from '../../src/domain/health-policy.ts';
import { UNJUDGED, type HealthRecord } from '../../src/domain/health-record.ts';

/** A Monday, midnight in UTC. */
export const START = Date.UTC(2026, 0, 5);
export const POLICY = shippedPolicy().health;

const SOURCES: Readonly<Record<EvidenceGroup, string>> = { probes: 'probe/p0/options', calls: 'calls/p0', traffic: 'traffic/p0', alerts: 'source/alertmanager/a1', heartbeat: 'source/cron/beat' };

/** A claim at a second of the test; it counts for ten. */
export function says(group: EvidenceGroup, claim: Claim, at: number, more: Partial<Evidence> = {}): Evidence {
  return { primary: 'pbx', source: SOURCES[group], group, claim, weight: 1, at: START + at * 1000, expiresAt: START + (at + 10) * 1000, because: `${group} said ${claim}`, ...more };
}

export function facts(more: Partial<HealthFacts> = {}): HealthFacts {
  return { primary: 'pbx', self: 'p0', sight: { p0: 'reached' }, numbers: { all: 100, own: 100, answered: 95, moved: 0 }, ...more };
}

export type Says = Partial<Record<EvidenceGroup, Claim | 'split'>>;

/** What holds at a second: the claims, each seen at that second; `split` is two processes of which one says up and one down. */
export function evidenceOf(said: Says, at: number): Evidence[] {
  return (Object.entries(said) as [EvidenceGroup, Claim | 'split'][]).flatMap(([group, claim]) => (claim === 'split' ? [says(group, 'up', at), says(group, 'down', at, { source: SOURCES[group].replace('p0', 'p1') })] : [says(group, claim, at)]));
}

/** From this second on: what the evidence says, what else is otherwise. */
export interface Stretch extends Says {
  at: number;
  facts?: Partial<HealthFacts>;
}

export interface Seen extends Judgement {
  at: number;
}

/** One look a second, as one process makes them, through stretches of time until `end`. */
export function play(stretches: readonly Stretch[], end: number, { policy = POLICY, record = UNJUDGED, watch = NOT_LOOKED }: { policy?: HealthPolicy; record?: HealthRecord; watch?: Watch } = {}): Seen[] {
  const seen: Seen[] = [];
  let known = record;
  let remembered = watch;
  for (let second = stretches[0]?.at ?? 0; second <= end; second += 1) {
    const now = stretches.findLast(({ at }) => at <= second);
    if (!now) continue;
    const { at: _, facts: otherwise, ...said } = now;
    const judgement = judge({ known, watch: remembered, evidence: evidenceOf(said, second), facts: facts(otherwise), policy, now: START + second * 1000 });
    known = judgement.record;
    remembered = judgement.watch;
    seen.push({ ...judgement, at: second });
  }
  return seen;
}

/** What was done, with the second: `5 divert`. */
export function acts(seen: readonly Seen[]): string[] {
  return seen.flatMap(({ at, transition }) => (transition ? [`${at} ${transition.action}`] : []));
}

/** What was held back for the first time, with the second and the brake: `5 divert: hold`. */
export function held(seen: readonly Seen[]): string[] {
  return seen.flatMap(({ at, blocked }) => (blocked?.isNew ? [`${at} ${blocked.action}: ${blocked.brake}`] : []));
}

export const DOWN: HealthRecord = { ...UNJUDGED, version: 4, state: 'down', since: START, condition: 'failing', conditionSince: START, failures: [{ from: START }] };
/** In the first step of its probation since the beginning of the test, after one failure an hour before. */
export const RECOVERING: HealthRecord = { ...UNJUDGED, version: 6, state: 'recovering', since: START, condition: 'well', conditionSince: START - 600_000, failures: [{ from: START - 3_600_000, to: START - 600_000 }], stepSince: START };

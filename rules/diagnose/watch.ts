/**
 * What one process remembers from look to look: since when each group of evidence has said what it says, without a break. A process that
 * has not looked for a while was asleep, or its clock was put: then all counts anew from now.
 */
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Claim, EvidenceGroup } from '../../src/domain/evidence.ts';

interface Lasting<T> {
  is: T;
  since: number;
}

export interface Watch {
  lookedAt: number;
  /** The look before this one. */
  lookedBefore: number;
  /** What it saw by itself before is not trusted. */
  awakeSince: number;
  groups: Readonly<Partial<Record<EvidenceGroup, Lasting<Claim>>>>;
  diagnosis?: Lasting<Diagnosis>;
}

/** Of a process that has just begun to look. */
export const NOT_LOOKED: Watch = { lookedAt: Number.NEGATIVE_INFINITY, lookedBefore: Number.NEGATIVE_INFINITY, awakeSince: Number.NEGATIVE_INFINITY, groups: {} };

/** To be asked before each look. A process that is cut off now has seen nothing either: once it is back it counts anew. */
export function awake(watch: Watch, now: number, pauseSeconds: number, isCutOff = false): Watch {
  const slept = isCutOff || now < watch.lookedAt || now - watch.lookedAt > pauseSeconds * 1000;
  return slept ? { lookedAt: now, lookedBefore: now, awakeSince: now, groups: {} } : { ...watch, lookedAt: now, lookedBefore: watch.lookedAt };
}

export function claimSince({ groups }: Watch, group: EvidenceGroup, claim: Claim): number | undefined {
  const known = groups[group];
  return known?.is === claim ? known.since : undefined;
}

/** Notes what was seen at this look. */
export function noted(watch: Watch, views: readonly { group: EvidenceGroup; claim: Claim; since: number }[]): Watch {
  return { ...watch, groups: Object.fromEntries(views.map(({ group, claim, since }) => [group, { is: claim, since }])) };
}

export function diagnosed(watch: Watch, is: Diagnosis): Watch {
  return { ...watch, diagnosis: watch.diagnosis?.is === is ? watch.diagnosis : { is, since: watch.lookedAt } };
}

/** What a diagnosis is made from: what each group of evidence says and since when, our own sight, and what is known from before. */
import type { HealthThresholds } from '../../src/domain/health-policy.ts';
import type { HealthRecord } from '../../src/domain/health-record.ts';
import type { Claim, EvidenceGroup } from '../../src/domain/evidence.ts';
import type { Tried } from '../trial.ts';

/**
 * What the reference targets tell of a process: targets that have nothing to do with any primary and are always there.
 * - `unknown`: it has none, or has not asked them yet
 */
export type Sight = 'reached' | 'lost' | 'unknown';

export interface GroupView {
  group: EvidenceGroup;
  claim: Claim;
  /** Of the strongest source that says so. */
  weight: number;
  /** Sources that say so, and how many there are. */
  agreeing: number;
  sources: number;
  /** Its sources contradict each other, and neither side is the larger. */
  split: boolean;
  /** When the newest of those that say so was seen, and since when this process has seen the group say so at every look. */
  seenAt: number;
  since: number;
  because: string;
}

export interface View {
  /** Milliseconds since 1970. */
  now: number;
  thresholds: HealthThresholds;
  record: HealthRecord;
  groups: readonly GroupView[];
  /** Of the process that judges. */
  sight: Sight;
  /** How calls fare in the present step of its probation. */
  tried: Omit<Tried, 'since'>;
}

export function groupOf({ groups }: View, group: EvidenceGroup): GroupView | undefined {
  return groups.find((one) => one.group === group);
}

const lasted = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

/** `probes for 7 s (no answer to 2 OPTIONS in 2 s)`. */
export function told(now: number, { group, since, because }: GroupView): string {
  return `${group} for ${lasted(now - since)} (${because})`;
}

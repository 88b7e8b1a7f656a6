/**
 * What each group of evidence says, all its sources taken together, and since when.
 *
 * Several targets that one process probes: one that answers makes the others a part of the primary, unless it proves much less than they do: a stopped
 * program still takes connections. Several processes or systems: the larger side
 * by weight, worst claims first; where neither side is larger the group says nothing. Unknown has no side.
 */
import { CLAIMS, EVIDENCE_GROUPS, type Claim, type Evidence, type EvidenceGroup } from '../../src/domain/evidence.ts';
import type { GroupView, Sight } from './view.ts';
import { claimSince, type Watch } from './watch.ts';

/** Clocks of processes may be apart so far, milliseconds; what lies further ahead is of no known age. */
const SKEW_MS = 2000;

export interface Heard {
  evidence: readonly Evidence[];
  /** The process that judges, as its sources name it. */
  self: string;
  /** What reference targets tell of each process. */
  sight: Readonly<Record<string, Sight>>;
  watch: Watch;
  now: number;
}

/** The process that saw it by itself; undefined of what a system outside told us. */
export function observerOf(source: string): string | undefined {
  if (source.startsWith('source/')) return undefined;
  const from = source.indexOf('/') + 1;
  const to = source.indexOf('/', from);
  return from === 0 ? undefined : source.slice(from, to === -1 ? undefined : to);
}

function counts({ self, sight, watch, now }: Heard, { source, at, expiresAt }: Evidence): boolean {
  if (expiresAt <= now || at > now + SKEW_MS) return false;
  const observer = observerOf(source);
  if (observer === undefined) return true;
  // Who reaches nothing sees everything down. Who slept knows nothing of the time.
  return sight[observer] !== 'lost' && (observer !== self || at >= watch.awakeSince);
}

interface Side {
  claim: Claim;
  weight: number;
  evidence: readonly Evidence[];
}

/** What is trusted less than this share of what says down is no answer to it. */
const ANSWERS_SHARE = 2 / 3;

/** Of one process all targets together. */
function sideOf(evidence: readonly Evidence[]): Side {
  const down = Math.max(0, ...evidence.filter(({ claim }) => claim === 'down').map((one) => one.weight));
  const known = evidence.filter(({ claim, weight }) => claim !== 'unknown' && (claim === 'down' || weight >= down * ANSWERS_SHARE));
  const weight = Math.max(...(known.length > 0 ? known : evidence).map((one) => one.weight));
  if (known.length === 0) return { claim: 'unknown', weight, evidence };
  const said = new Set(known.map(({ claim }) => claim));
  if (said.size === 1) return { claim: known[0]?.claim ?? 'unknown', weight, evidence: known };
  return { claim: said.has('overloaded') ? 'overloaded' : 'degraded', weight, evidence: known };
}

const WORST_FIRST: readonly Claim[] = ['down', 'overloaded', 'degraded', 'up'];

/** The claim that more than half of the weight stands for, or for worse; undefined when there is none. */
function largerSide(sides: readonly Side[]): Claim | undefined {
  const weightOf = (claim: Claim): number => sides.filter((side) => side.claim === claim).reduce((sum, { weight }) => sum + weight, 0);
  const total = sides.reduce((sum, { claim, weight }) => sum + (claim === 'unknown' ? 0 : weight), 0);
  if (weightOf('up') > total / 2) return 'up';
  let sum = 0;
  return WORST_FIRST.slice(0, 3).find((claim) => (sum += weightOf(claim)) > total / 2);
}

function viewOf(group: EvidenceGroup, evidence: readonly Evidence[], { watch, now }: Heard): GroupView {
  const byWho = new Map<string, Evidence[]>();
  for (const one of evidence) {
    const who = observerOf(one.source) ?? one.source;
    byWho.set(who, [...(byWho.get(who) ?? []), one]);
  }
  const sides = [...byWho.values()].map(sideOf);
  const larger = largerSide(sides);
  const claim = larger ?? 'unknown';
  // A side that is worse stands behind a milder claim, too.
  const behind = sides.filter((side) => side.claim === claim || (claim !== 'up' && claim !== 'unknown' && CLAIMS.indexOf(side.claim) > CLAIMS.indexOf(claim) && side.claim !== 'unknown'));
  const speaking = (behind.length > 0 ? behind : sides).toSorted((one, other) => other.weight - one.weight);
  const seen = speaking.flatMap((side) => side.evidence);
  const newest = seen.reduce((last, one) => (one.at > last.at ? one : last));
  const split = larger === undefined && sides.some((side) => side.claim !== 'unknown');
  return {
    group,
    claim,
    weight: speaking[0]?.weight ?? 0,
    agreeing: behind.length,
    sources: sides.length,
    split,
    seenAt: newest.at,
    // It was not so at the look before; it was seen at the latest then.
    since: claimSince(watch, group, claim) ?? Math.min(now, Math.max(watch.lookedBefore, newest.at)),
    because: split ? 'its sources contradict each other' : newest.because,
  };
}

/** Groups that say anything, `unknown` included. */
export function groupViews(heard: Heard): GroupView[] {
  const held = heard.evidence.filter((one) => counts(heard, one));
  return EVIDENCE_GROUPS.flatMap((group) => {
    const evidence = held.filter((one) => one.group === group);
    return evidence.length === 0 ? [] : [viewOf(group, evidence, heard)];
  });
}

/**
 * What the calls themselves say of a primary: a bounded sliding summary of one process's calls to it, with time as an argument.
 *
 * The measure is network effectiveness after ITU-T E.425: which share of the calls offered could be delivered. What people do (busy,
 * declined) is delivered; no answer and a caller who hangs up say neither. A call counts at the moment at which it was offered, so a long talk
 * that ends now says nothing of now. What a code leaves open (480, 403, 404) counts once for each number: one telephone that is
 * switched off is no outage, fifty are. Failures of few numbers are those numbers' trouble.
 */
import type { Claim } from '../src/domain/evidence.ts';
import { fnv1a } from '../src/domain/hash.ts';
import type { HealthThresholds } from '../src/domain/health-policy.ts';
import type { LegResult } from '../src/domain/leg.ts';

export interface CallSaying {
  claim: Claim;
  /** 0 to 1: by how many calls it is. */
  weight: number;
  /** When the newest call that says so was offered. */
  at: number;
  because: string;
}

export interface CallHealth {
  /** A call is offered to the primary. */
  offered(at: number): void;
  /** An offered call has ended, or could not be delivered. `number` is the called one. */
  ended(offeredAt: number, number: string, result: LegResult): void;
  /** Which share of its calls usually fails at this hour of the week, 0 to 1; for what is learnt. */
  says(now: number, thresholds: HealthThresholds['calls'], usual: number): CallSaying | undefined;
}

interface Slot {
  /** Which stretch of time it holds, counted from 1970; what is older is overwritten. */
  stretch: number;
  offered: number;
  delivered: number;
  down: number;
  overloaded: number;
  /** Hashes of called numbers, as many as matter. */
  failing: Set<number>;
  ambiguous: Set<number>;
}

const SLOT_MS = 5000;
const SLOTS = 24;
/** Looked at from the shortest: a hard failure shows at once, a creeping one in the long run. In slots, so 10 s, 30 s and 2 min. */
const SPANS = [2, 6, SLOTS] as const;
const NUMBERS_KEPT = 32;
/** Failures one after another with hardly a call between them that might still get through: from this share on, until so long after the last. */
const STREAK_SHARE = 0.75;
const STREAK_MS = 30_000;

interface Streak {
  from: number;
  last: number;
  offered: number;
  failed: number;
  numbers: Set<number>;
}

interface Sum extends Omit<Slot, 'stretch'> {
  slots: number;
}

const empty = (stretch: number): Slot => ({ stretch, offered: 0, delivered: 0, down: 0, overloaded: 0, failing: new Set(), ambiguous: new Set() });

function remember(set: Set<number>, number: string): void {
  if (set.size < NUMBERS_KEPT) set.add(fnv1a(number));
}

function counted(slot: Slot, number: string, { end, cause }: LegResult): void {
  if (end === 'answered' || end === 'busy' || end === 'declined') slot.delivered += 1;
  if (end !== 'failed') return;
  if (cause === 'user') slot.delivered += 1;
  else if (cause === 'ambiguous') remember(slot.ambiguous, number);
  else {
    slot[cause] += 1;
    remember(slot.failing, number);
  }
}

interface Measured {
  sum: Sum;
  /** Calls that failed, and of how many different numbers. */
  failed: number;
  numbers: number;
  share: number;
}

function measured(sum: Sum, { distinctNumbers }: HealthThresholds['calls']): Measured {
  const doubtful = sum.ambiguous.size >= distinctNumbers ? sum.ambiguous.size : 0;
  const failed = sum.down + sum.overloaded + doubtful;
  const numbers = doubtful > 0 ? new Set([...sum.failing, ...sum.ambiguous]).size : sum.failing.size;
  // Failures of calls that other processes offered are seen here too: they were offered all the same.
  return { sum, failed, numbers, share: failed / Math.max(1, sum.offered, failed + sum.delivered) };
}

/** Enough calls for a share to mean something; of fewer, all that have an end must have failed. */
function isDown({ sum, failed, numbers, share }: Measured, { minimumCalls, distinctNumbers, downShare }: HealthThresholds['calls']): boolean {
  if (numbers < distinctNumbers) return false;
  if (Math.max(sum.offered, failed + sum.delivered) >= minimumCalls) return share >= downShare;
  return sum.slots === SLOTS && sum.delivered === 0 && share >= 0.5;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function told({ sum, failed, numbers, share }: Measured): string {
  return `${failed} of ${Math.max(sum.offered, failed + sum.delivered)} calls of ${sum.slots * (SLOT_MS / 1000)} s failed (${percent(share)}), to ${numbers} numbers`;
}

export function createCallHealth(): CallHealth {
  const ring: Slot[] = Array.from({ length: SLOTS }, () => empty(Number.NEGATIVE_INFINITY));
  let delivered = Number.NEGATIVE_INFINITY;
  let streak: Streak | undefined;

  function streakOn(offeredAt: number, number: string): void {
    if (!streak || offeredAt - streak.last > STREAK_MS) streak = { from: offeredAt, last: offeredAt, offered: 1, failed: 0, numbers: new Set() };
    streak.last = Math.max(streak.last, offeredAt);
    streak.failed += 1;
    remember(streak.numbers, number);
  }

  /** Undefined of what is too old to matter. */
  function slotOf(at: number): Slot | undefined {
    const stretch = Math.floor(at / SLOT_MS);
    const place = ((stretch % SLOTS) + SLOTS) % SLOTS;
    const there = ring[place];
    if (there && there.stretch === stretch) return there;
    if (there && there.stretch > stretch) return undefined;
    return (ring[place] = empty(stretch));
  }

  /** The spans one after another, the shortest first: the newest slots are added up once. */
  function* spansOf(now: number, thresholds: HealthThresholds['calls']): Generator<Measured> {
    const last = Math.floor(now / SLOT_MS);
    const sum: Sum = { slots: 0, offered: 0, delivered: 0, down: 0, overloaded: 0, failing: new Set(), ambiguous: new Set() };
    for (const slots of SPANS) {
      for (; sum.slots < slots; sum.slots += 1) add(sum, last - sum.slots);
      yield measured(sum, thresholds);
    }
  }

  function add(sum: Sum, stretch: number): void {
    const slot = ring[((stretch % SLOTS) + SLOTS) % SLOTS];
    if (slot?.stretch !== stretch) return;
    sum.offered += slot.offered;
    sum.delivered += slot.delivered;
    sum.down += slot.down;
    sum.overloaded += slot.overloaded;
    for (const hash of slot.failing) sum.failing.add(hash);
    for (const hash of slot.ambiguous) sum.ambiguous.add(hash);
  }

  return {
    offered(at) {
      const slot = slotOf(at);
      if (slot) slot.offered += 1;
      if (streak) streak.offered += 1;
    },
    ended(offeredAt, number, result) {
      const slot = slotOf(offeredAt);
      if (!slot) return;
      const before = slot.delivered;
      counted(slot, number, result);
      if (slot.delivered > before) {
        delivered = Math.max(delivered, offeredAt);
        if (streak && offeredAt >= streak.from) streak = undefined;
      } else if (result.end === 'failed' && result.cause !== 'ambiguous') streakOn(offeredAt, number);
    },
    says(now, thresholds, usual) {
      let long: Measured | undefined;
      for (const span of spansOf(now, thresholds)) {
        if (isDown(span, thresholds)) return { claim: 'down', weight: 1, at: now, because: told(span) };
        long = span;
      }
      if (streak && now - streak.last <= STREAK_MS && streak.numbers.size >= thresholds.distinctNumbers && streak.failed >= streak.offered * STREAK_SHARE) {
        return { claim: 'down', weight: 1, at: now, because: `${streak.failed} calls failed one after another, to ${streak.numbers.size} numbers` };
      }
      if (!long) return undefined;
      const enough = long.sum.offered >= thresholds.minimumCalls;
      if (enough && long.numbers >= thresholds.distinctNumbers && long.share >= usual + thresholds.degradedShare) {
        const claim = long.sum.overloaded * 2 > long.failed ? 'overloaded' : 'degraded';
        return { claim, weight: 1, at: now, because: `${told(long)}, usually ${percent(usual)}` };
      }
      if (long.sum.delivered === 0) return undefined;
      return { claim: 'up', weight: enough ? 1 : 0.5, at: delivered, because: `calls get through, ${long.failed} of ${long.sum.offered} in 2 min failed` };
    },
  };
}

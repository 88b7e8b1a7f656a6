/**
 * The last gate before a request: no second of the carrier's own clock has more of them than it takes. When one reached the carrier is not known,
 * only when it was sent and answered: whose answer took longer than is usual may have been longer on its way by as much.
 */
import type { System } from '../system/system.ts';

export interface SecondGate {
  /** Resolves in the order of the questions, each as soon as there is room for one more; what it gives is to be called when the request was answered as it should. */
  pass(): Promise<() => void>;
}

/** By so much may one be quicker than the quickest lately, and a timer early, milliseconds. */
const MARGIN_MS = 10;
/** Where a tenth of the answers take longer than the quickest by more than this, it is the carrier that takes now longer, now shorter. Milliseconds. */
const SPREAD_MS = 50;
/** Longer is none on its way: one without an answer keeps its place for so long at most, milliseconds. */
const MOST_LATE_MS = 1000;
/** Answers by which it is judged what is usual. */
const LATELY = 100;

/** How many may be sent within how long. */
export function secondOf(perSecond: number): { most: number; ms: number } {
  const most = Math.max(1, Math.floor(perSecond));
  return { most, ms: (most * 1000) / perSecond + MARGIN_MS };
}

function usualOf(took: readonly number[]): number {
  const sorted = took.toSorted((one, other) => one - other);
  const [quickest = 0, slow = 0] = [sorted[0], sorted[Math.floor((sorted.length - 1) * 0.9)]];
  return Math.max(quickest, slow - SPREAD_MS);
}

interface Sent {
  at: number;
  /** How long its answer took; undefined while there is none. */
  tookMs?: number;
}

export function createSecondGate(perSecond: () => number, { steady, timers }: Pick<System, 'steady' | 'timers'>): SecondGate {
  let sent: Sent[] = [];
  let took: number[] = [];
  let usual = 0;
  let last: Promise<unknown> = Promise.resolve();
  let look: () => void = () => undefined;

  /** How long there is no room yet, milliseconds; less when an answer comes meanwhile. */
  function waitMs(): number {
    const { most, ms } = secondOf(perSecond());
    const now = steady();
    const free = sent.map((one) => ({ one, at: one.at + ms + Math.min(MOST_LATE_MS, Math.max(0, (one.tookMs ?? now - one.at) - usual)) })).filter(({ at }) => at > now);
    sent = free.map(({ one }) => one);
    if (sent.length < most) return 0;
    const [next = now] = free.map(({ at }) => at).toSorted((one, other) => one - other).slice(sent.length - most);
    return next - now;
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timers.after(Math.ceil(ms), resolve);
      look = () => {
        cancel();
        resolve();
      };
    });
  }

  async function pass(): Promise<() => void> {
    for (let ms = waitMs(); ms > 0; ms = waitMs()) await rest(ms);
    const one: Sent = { at: steady() };
    sent.push(one);
    return () => {
      if (one.tookMs !== undefined) return;
      one.tookMs = steady() - one.at;
      took = [...took, one.tookMs].slice(-LATELY);
      usual = usualOf(took);
      look();
    };
  }

  return {
    pass() {
      const passed = last.then(pass);
      last = passed;
      return passed;
    },
  };
}

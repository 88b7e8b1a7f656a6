/**
 * Tells a carrier's retry from a replay. Webhooks carry no time, and a genuine retry is the same to the letter: so one
 * that was seen before is answered again for as long as carriers retry, and refused after that.
 */
import { createRecent } from './recent.ts';

export interface ReplayGuard {
  /** True when a webhook with this signature was first seen longer ago than the window. */
  isReplay(signature: string, now: number): boolean;
}

/** Webhooks that are remembered at least, the newest: some 10 MB. */
const KEPT = 50_000;

export function createReplayGuard(windowMs: number): ReplayGuard {
  const firstSeen = createRecent<number>(KEPT);
  return {
    isReplay(signature, now) {
      const before = firstSeen.get(signature);
      if (before !== undefined) return now - before > windowMs;
      firstSeen.set(signature, now);
      return false;
    },
  };
}

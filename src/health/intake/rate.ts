/** How many posts of one source are taken in a time: a bucket that fills by itself. What is beyond it is to come again. */
import type { Clock } from '../../system/system.ts';

export interface PostRate {
  /** False when there were too many. */
  take(source: string): boolean;
  forget(source: string): void;
}

/** In an outage each group of alerts is a post of its own, and all of them come at once. */
export const BURST = 200;
const PER_SECOND = 50;

export function createPostRate(clock: Clock): PostRate {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(source) {
      const now = clock.now();
      const { left, at } = buckets.get(source) ?? { left: BURST, at: now };
      // A clock that was put back gives nothing and takes nothing.
      const filled = Math.min(BURST, left + (Math.max(0, now - at) / 1000) * PER_SECOND);
      buckets.set(source, { left: Math.max(0, filled - 1), at: now });
      return filled >= 1;
    },
    forget: (source) => void buckets.delete(source),
  };
}

/** How many posts of one source are taken in a time: a bucket that fills by itself. What is beyond it is to come again. */
import type { Clock } from '../../system/system.ts';

export interface PostRate {
  /** False when there were too many. `alerts`: how many are in the post. */
  take(source: string, alerts: number): boolean;
  forget(source: string): void;
}

/** In an outage each group of alerts is a post of its own, and all of them come at once. */
export const BURST = 200;
const PER_SECOND = 50;
/** So many alerts are as much work as a post. */
const ALERTS = 20;

export function createPostRate(clock: Clock): PostRate {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(source, alerts) {
      const now = clock.now();
      const { left, at } = buckets.get(source) ?? { left: BURST, at: now };
      // A clock that was put back gives nothing and takes nothing.
      const filled = Math.min(BURST, left + (Math.max(0, now - at) / 1000) * PER_SECOND);
      const cost = 1 + alerts / ALERTS;
      const taken = filled >= Math.min(cost, BURST);
      buckets.set(source, { left: taken ? Math.max(0, filled - cost) : filled, at: now });
      return taken;
    },
    forget: (source) => void buckets.delete(source),
  };
}

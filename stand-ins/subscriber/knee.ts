/**
 * How much a subscriber can take: so many workers that take so long for each post, and a queue before them. What comes when the queue is full is refused.
 * The queue is reckoned, not kept, so that what is done in a second does not depend on how late a timer is.
 */

export interface Capacity {
  workers: number;
  /** How long a worker takes for one, milliseconds. */
  serviceMs: number;
  /** How many may wait; what is beyond is refused. */
  queue: number;
}

export interface KneeReport {
  refused: number;
  /** The longest time in which again and again something was refused, milliseconds; and all such times together. */
  longestAboveMs: number;
  aboveMs: number;
}

export interface Knee {
  /** In how many milliseconds it is done; undefined when it is refused. `now` is on any clock that never goes back, milliseconds. */
  admit(now: number): number | undefined;
  /** What is being worked on is finished; what is taken from now on is done by these. */
  change(capacity: Capacity): void;
  report(): KneeReport;
}

/** Two refusals that are no further apart belong to one time above the knee, milliseconds. */
const SAME_TIME_MS = 250;

export function createKnee(first: Capacity): Knee {
  let capacity = first;
  /** When each worker is free. */
  let freeAt = Array.from({ length: first.workers }, () => 0);
  /** When those begin that wait, in order. */
  let begins: number[] = [];
  const seen: KneeReport = { refused: 0, longestAboveMs: 0, aboveMs: 0 };
  let aboveFrom = 0;
  let aboveTo = Number.NEGATIVE_INFINITY;

  function refuse(now: number): undefined {
    seen.refused += 1;
    if (now - aboveTo > SAME_TIME_MS) aboveFrom = now;
    else seen.aboveMs += now - aboveTo;
    aboveTo = now;
    seen.longestAboveMs = Math.max(seen.longestAboveMs, aboveTo - aboveFrom);
  }

  return {
    admit(now) {
      while ((begins[0] ?? now) < now) begins.shift();
      let soonest = 0;
      for (const [at, free] of freeAt.entries()) if (free < (freeAt[soonest] ?? 0)) soonest = at;
      const begin = Math.max(now, freeAt[soonest] ?? 0);
      if (begin > now && begins.length >= capacity.queue) return refuse(now);
      freeAt[soonest] = begin + capacity.serviceMs;
      if (begin > now) begins.push(begin);
      return begin + capacity.serviceMs - now;
    },
    change(next) {
      capacity = next;
      // Of fewer workers those are left that are busy longest.
      freeAt = freeAt.toSorted((one, other) => other - one).slice(0, next.workers);
      while (freeAt.length < next.workers) freeAt.push(0);
    },
    report: () => ({ ...seen }),
  };
}

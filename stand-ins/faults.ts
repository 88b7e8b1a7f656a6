/** Faults of a carrier's REST API, on demand. */

/**
 * - `throttled`: 429; the request is not processed
 * - `throttled-with-wait`: the same, and the answer says for how long
 * - `broken`: 500; the request is not processed
 * - `accept-then-break`: processed, and answered 500
 * - `hang`: no answer at all, not processed
 * - `accept-then-hang`: processed, and no answer
 */
export type Fault = 'throttled' | 'throttled-with-wait' | 'broken' | 'accept-then-break' | 'hang' | 'accept-then-hang';

export interface Faults {
  /** The next `count` requests meet this fault; they queue up behind earlier ones. */
  next(count: number, fault: Fault): void;
  take(): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  let queue: Fault[] = [];
  return {
    next: (count, fault) => { queue.push(...Array.from({ length: count }, () => fault)); },
    take: () => queue.shift(),
    clear: () => { queue = []; },
  };
}

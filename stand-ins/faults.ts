/** Faults of a carrier's REST API, on demand. */

/**
 * - `throttled`: 429; the request is not processed
 * - `throttled-with-wait`: the same, and the answer says for how long
 * - `broken`: 500; the request is not processed
 * - `accept-then-break`: processed, and answered 500
 * - `hang`: no answer at all, not processed
 * - `accept-then-hang`: processed, and no answer
 * - `none`: processed and answered; it keeps the place of a request that is to go well before another meets its fault
 */
export type Fault = 'none' | 'throttled' | 'throttled-with-wait' | 'broken' | 'accept-then-break' | 'hang' | 'accept-then-hang';

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

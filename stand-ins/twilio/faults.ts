/** Faults of the REST API, on demand. */

/**
 * - `throttled`: 429, code 20429; the request is not processed
 * - `broken`: 500; the request is not processed
 * - `hang`: no answer at all, not processed
 * - `accept-then-hang`: processed, and no answer
 */
export type Fault = 'throttled' | 'broken' | 'hang' | 'accept-then-hang';

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

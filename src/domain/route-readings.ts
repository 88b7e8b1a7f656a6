/** What is told of the routings at carriers, of approvals that wait and of what is owed to subscribers, by all processes together. */

/**
 * - `done`: the carrier said so; - `throttled`, `refused`, `unavailable`: nothing was changed;
 * - `unknown`: it may have been done, and is read before it is tried again
 */
export const WRITE_OUTCOMES = ['done', 'throttled', 'refused', 'unavailable', 'unknown'] as const;
export type WriteOutcome = (typeof WRITE_OUTCOMES)[number];

/** What is so at one carrier. */
export interface CarrierReading {
  carrier: string;
  /** What is due now, by rank. */
  due: Readonly<Record<string, number>>;
  /** Seconds that the first of the critical has been due. */
  criticalWaitsSeconds: number;
  /** Numbers and groups by state. */
  states: Readonly<Record<'number' | 'group', Readonly<Record<string, number>>>>;
  writes: Readonly<Record<WriteOutcome, number>>;
  readBacks: number;
  failing: boolean;
  /** Seconds for which nothing is sent to it. */
  pauseSeconds: number;
}

export interface SharedReadings {
  carriers: readonly CarrierReading[];
  approvals: { waiting: number; oldestSeconds: number };
  /** How much is owed to subscribers and not told yet. */
  owed: number;
}

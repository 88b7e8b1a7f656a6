/** What is seen of a test call as it comes, and the day on which it counts. */

/** What may be seen of a test call, each once. */
export const MARKS = ['skipped', 'placing', 'accepted', 'ringing', 'answered', 'confirmed', 'halted', 'ended'] as const;
export type Mark = (typeof MARKS)[number];

export interface Seen {
  /** Milliseconds since 1970. */
  at: number;
  /** Of `accepted` the carrier's id of the call; of `ended` its own last word, or `refused` or `unknown` from us; of `skipped` and `halted` why. */
  what?: string;
  /** Of `ended`: the carrier's words for a refusal. */
  why?: string;
}

export type Marks = Readonly<Partial<Record<Mark, Seen>>>;

/** The moment that divides one day from the next for the budget of calls: UTC, for all alike. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Legs of test calls are named so among all active legs: what comes back of one is no call of anybody. */
export const DRILL_LEG = 'drill:';

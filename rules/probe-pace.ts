/** When is a probe due next? Regularly, each at its own place within the interval, and more often while in doubt. */
import type { Claim } from '../src/domain/evidence.ts';

export interface Pace {
  /** The last claim, and how many in a row were the same. */
  claim: Claim | undefined;
  same: number;
}

export const NEW_PACE: Pace = { claim: undefined, same: 0 };

export function afterClaim(pace: Pace, claim: Claim): Pace {
  return pace.claim === claim ? { claim, same: pace.same + 1 } : { claim, same: 1 };
}

/** In doubt until so many claims in a row were the same. */
export function isDoubtful({ same }: Pace, settledAfter: number): boolean {
  return same < settledAfter;
}

/** 1 / golden ratio: its multiples, modulo 1, are spread evenly however many there are (https://en.wikipedia.org/wiki/Low-discrepancy_sequence). */
const GOLDEN = 0.618_033_988_749_895;

/** Where in the interval the probe that was made as the `nth` is due, from 0 to 1; `start` is another for each process. */
export function placeInInterval(nth: number, start: number): number {
  return (start + nth * GOLDEN) % 1;
}

/** This much of the interval, up or down, each turn is moved by: so that no beat of ours meets one of theirs for long. */
const JITTER = 0.05;

/** Milliseconds from `now` to the next turn. `chance`: 0 to 1, another for each turn. All moments on one steady clock. */
export function untilNextTurn({ now, everyMs, place, chance }: { now: number; everyMs: number; place: number; chance: number }): number {
  const phase = (now / everyMs - place) % 1;
  const left = (1 - (phase < 0 ? phase + 1 : phase)) * everyMs;
  // The turn that has just been taken may have come early.
  const next = left < everyMs * 2 * JITTER ? left + everyMs : left;
  return next + (chance * 2 - 1) * JITTER * everyMs;
}

/** How long a claim holds, milliseconds: while three turns in a row could tell nothing. */
export function claimHoldsMs(everyMs: number, timeoutMs: number): number {
  return 3 * everyMs + 2 * timeoutMs + 1000;
}

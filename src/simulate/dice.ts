/** Dice that fall the same way for the same seed: so that two policies are tried on the very same calls. */
import { fnv1a } from '../domain/hash.ts';

export interface Dice {
  /** At least 0, below 1. */
  roll(): number;
  /** A whole number, at least 0 and below `sides`. */
  pick(sides: number): number;
  /** A time between events that come by chance, so many a unit of time on average. */
  gap(perUnit: number): number;
}

/** Mulberry32 (Tommy Ettinger, public domain). Each purpose has dice of its own: one more probe changes no call. */
export function createDice(seed: number, purpose: string): Dice {
  let state = (seed ^ fnv1a(purpose)) >>> 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { roll, pick: (sides) => Math.floor(roll() * sides), gap: (perUnit) => -Math.log(1 - roll()) / perUnit };
}

/** Long work in slices, so that a call never waits for more of it than one. */
import type { System } from '../system/system.ts';

/** Lets others have their turn when the slice is used up. */
export type Breathe = () => Promise<void> | undefined;

/** How long others wait at most, milliseconds. */
const SLICE_MS = 4;

export function createBreathe({ steady, timers }: Pick<System, 'steady' | 'timers'>): Breathe {
  let began = steady();
  return () => {
    if (steady() - began < SLICE_MS) return undefined;
    return new Promise((resolve) => void timers.after(0, () => {
      began = steady();
      resolve();
    }));
  };
}

/** Sorted by itself: as many as one slice takes. */
const RUN = 1000;

/** A sorted copy; merges in slices what was sorted in pieces. */
export async function sortedInSlices<T>(items: readonly T[], compare: (one: T, other: T) => number, breathe: Breathe): Promise<T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += RUN) {
    runs.push(items.slice(from, from + RUN).sort(compare));
    await breathe();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await mergedOf(runs[at] ?? [], runs[at + 1] ?? [], compare, breathe));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergedOf<T>(one: readonly T[], other: readonly T[], compare: (one: T, other: T) => number, breathe: Breathe): Promise<T[]> {
  const merged: T[] = [];
  let [left, right] = [0, 0];
  while (left < one.length || right < other.length) {
    const takesLeft = right >= other.length || (left < one.length && compare(one[left] as T, other[right] as T) <= 0);
    merged.push((takesLeft ? one[left++] : other[right++]) as T);
    if (merged.length % RUN === 0) await breathe();
  }
  return merged;
}

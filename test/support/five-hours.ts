/**
 * A provider's outage of nine hours, of which requests piled up for the last five (outage E): lamps and message lights of every desk change all the time, calls are parked, and some
 * are missed. Here in virtual time.
 */
import type { Pile, Piles } from './piles.ts';

const HOUR_MS = 3_600_000;
const SLICES = 30;
const PARKED_MS = 600_000;
/** What becomes of a call counts for ever; nine of ten are states. */
const SHARES = { history: 0.1, lamps: 0.7, parked: 0.2 } as const;

/** Puts down `count`, of five hours that end now, in slices of ten minutes each; returns what was put down. */
export async function pileUpFiveHours(piles: Piles, { count, subscribers, desks }: { count: number; subscribers: readonly string[]; desks: number }): Promise<Pile[]> {
  const end = Date.now();
  const all: Pile[] = [];
  let from = 0;
  for (let slice = 0; slice < SLICES; slice += 1) {
    const over = { from: end - 5 * HOUR_MS * (1 - slice / SLICES), to: end - 5 * HOUR_MS * (1 - (slice + 1) / SLICES) };
    const common = { subscribers, bytes: 1024, over };
    for (const pile of [
      { ...common, count: Math.round((count * SHARES.history) / SLICES), class: 'history', lines: desks },
      { ...common, count: Math.round((count * SHARES.lamps) / SLICES), class: 'state', lines: desks },
      { ...common, count: Math.round((count * SHARES.parked) / SLICES), class: 'state', lines: 10, lastsMs: PARKED_MS },
    ] as const) {
      await piles.pile({ ...pile, from });
      all.push({ ...pile, from });
      from += pile.count;
    }
  }
  return all;
}

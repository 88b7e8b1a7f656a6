/** Proof that nothing was lost: what a receiver took, by its own notes, against what was put down and how it was counted. And a way to make that hard. */
import { setTimeout as pause } from 'node:timers/promises';
import { ENDS, type BacklogCounts } from '../../src/domain/notification.ts';
import { arrivalOf, type Pile } from './piles.ts';
import type { Subscriber } from '../../stand-ins/subscriber/subscriber.ts';
import type { SubscriberProcess } from './subscriber-process.ts';

interface Given {
  receiver: Pick<SubscriberProcess | Subscriber, 'report' | 'missing' | 'lines'>;
  counts: BacklogCounts;
  /** All that was ever put down for it. */
  piles: readonly Pile[];
  /** Whether those of a line are given up rather than delivered; default: of none. */
  isGivenUp?: (line: string) => boolean;
}

/** The last number of each line; of history, every number besides. */
function expected({ piles, isGivenUp = () => false }: Given): { newest: Map<string, number>; history: Set<number>; givenUp: number } {
  const newest = new Map<string, number>();
  const history = new Set<number>();
  const givenUp = new Set<string>();
  for (const { count, from = 0, over: _over, ...pile } of piles) {
    for (let n = from; n < from + count; n += 1) {
      const { key } = arrivalOf({ ...pile, bytes: 0 }, n, 0).notification;
      // Of states that waited only the newest was left.
      if (isGivenUp(key)) givenUp.add(pile.class === 'state' ? key : `${key} ${n}`);
      // What may have expired may be missing.
      if (isGivenUp(key) || pile.lastsMs !== undefined) continue;
      newest.set(key, n);
      if (pile.class === 'history') history.add(n);
    }
  }
  return { newest, history, givenUp: givenUp.size };
}

/** What is not as it must be; empty when nothing is lost, doubled or out of order, and all is counted. */
export async function wrongs(given: Given): Promise<string[]> {
  const { receiver, counts, piles } = given;
  const { newest, history, givenUp } = expected(given);
  const report = await receiver.report();
  const lines = await receiver.lines();
  const all = piles.reduce((sum, { count }) => sum + count, 0);
  const missing = await receiver.missing(Math.max(...piles.map(({ count, from = 0 }) => from + count)));
  const lost = missing.filter((n) => history.has(n));
  const stale = [...newest].filter(([line, n]) => lines[line] !== n);
  const ended = ENDS.reduce((sum, end) => sum + counts[end], 0);
  const { taken, early, doubled, forged, unsigned, stale: old, malformed } = report;
  const checks: [string, boolean][] = [
    [`${lost.length} of history lost: ${lost.slice(0, 10).join(' ')}`, lost.length === 0],
    [`${stale.length} lines do not end with their newest: ${stale.slice(0, 5).map(([line, n]) => `${line} ${n} has ${lines[line]}`).join(', ')}`, stale.length === 0],
    [`out of order: ${JSON.stringify(early)}`, early.length === 0],
    [`under two ids: ${doubled.join(' ')}`, doubled.length === 0],
    [`what could not be taken was sent: ${JSON.stringify({ forged, unsigned, old, malformed })}`, forged + unsigned + old + malformed === 0],
    [`the counts do not add up: ${JSON.stringify(counts)}`, counts.accepted === ended + counts.waiting],
    [`${counts.accepted} are counted as accepted, ${all} were put down`, counts.accepted === all],
    [`${counts.waiting} wait`, counts.waiting === 0],
    [`${counts.delivered} are counted as delivered, ${taken} were taken`, counts.delivered === taken],
    [`${counts.dead} are dead, ${givenUp} are to be`, counts.dead === givenUp],
  ];
  return checks.filter(([, is]) => !is).map(([said]) => said);
}

interface Killing {
  /** From 0 up to 1, each time another; of a seed, so that it can be had again. */
  dice(): number;
  times: number;
  /** How many are to be taken, and how many have been. */
  count: number;
  taken(): Promise<number>;
  /** Starts another of what is killed. */
  start(): { kill(): Promise<unknown> };
}

/** What works is killed and started anew, so many times at random instants while it works. */
export async function killedWhileDraining({ dice, times, count, taken, start }: Killing): Promise<void> {
  const instants = Array.from({ length: times }, () => dice() * count * 0.95).toSorted((one, other) => one - other);
  let running = start();
  for (const instant of instants) {
    while ((await taken()) < instant) await pause(5);
    await pause(dice() * 100);
    await running.kill();
    running = start();
  }
}

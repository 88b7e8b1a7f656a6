/** Carries what is on the local disk to Redis, oldest first, and removes each from the disk once Redis has it. */
import type { Logger } from 'pino';
import { oneAtATime } from '../system/one-at-a-time.ts';
import { createPause } from '../system/pause.ts';
import type { Timers } from '../system/system.ts';
import type { Kept, SpoolQueue } from './spool.ts';

export interface Shipper {
  /** Begins, unless it is under way. */
  ship(): void;
  /** While Redis takes what it is given and one round is enough for the rest: the end of that round. */
  readonly lastRound: Promise<void> | undefined;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

interface Options<T> {
  /** What it carries, for the log. */
  of: string;
  /** Resolves with why some were refused for good. */
  write(values: readonly T[]): Promise<readonly unknown[]>;
  isOne(value: unknown): value is T;
  atOnce: number;
  spool: SpoolQueue;
  timers: Timers;
  log: Logger;
  /** Told of what Redis refuses for good. */
  refused(errors: readonly unknown[]): void;
  /** Told when nothing is left on the disk, with how many were shipped. */
  done(shipped: number): void;
}

const RETRY_MS = 250;

export function createShipper<T>({ of, write, isOne, atOnce, spool, timers, log, refused, done }: Options<T>): Shipper {
  let stopped = false;
  /** Redis took the round before. */
  let taking = false;
  const rest = createPause(timers, RETRY_MS);

  async function shipSome(): Promise<number> {
    const kept: Kept[] = await spool.oldest(atOnce);
    // They are being written.
    if (kept.length === 0) throw new Error('nothing can be read of the local disk yet');
    const values = kept.map(({ value }) => value).filter(isOne);
    refused(await write(values));
    if (values.length < kept.length) refused([new Error('what is on the local disk cannot be read any more')]);
    await spool.remove(kept.map(({ number }) => number));
    return kept.length;
  }

  async function run(): Promise<void> {
    let shipped = 0;
    while (spool.size > 0 && !stopped) {
      try {
        shipped += await shipSome();
        taking = true;
      } catch (error) {
        taking = false;
        log.debug({ err: error, of, spooled: spool.size }, 'what is on the local disk cannot be shipped yet');
        await rest.pause();
      }
    }
    taking = false;
    if (!stopped) done(shipped);
  }

  const shipping = oneAtATime(run, () => {
    // What came as the last were done.
    if (spool.size > 0) ship();
  });

  function ship(): void {
    if (!stopped) shipping.begin();
  }

  return {
    ship,
    get lastRound() {
      return taking && spool.size <= atOnce ? shipping.underWay : undefined;
    },
    async stop() {
      stopped = true;
      rest.end();
      await shipping.underWay;
    },
  };
}

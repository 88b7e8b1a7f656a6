/** Carries claims from the local disk to Redis, oldest first, and removes each from the disk once Redis has it. */
import type { Logger } from 'pino';
import type { CallClaim } from '../domain/call.ts';
import type { Kept, SpoolQueue } from '../spool/spool.ts';
import type { CallStore } from '../store/call-store.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import { createPause } from '../system/pause.ts';
import type { Timers } from '../system/system.ts';

export interface ClaimShipper {
  /** Begins, unless it is under way. */
  ship(): void;
  /** While Redis takes what it is given and one round is enough for the rest: the end of that round. */
  readonly lastRound: Promise<void> | undefined;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

interface Options {
  calls: CallStore;
  spool: SpoolQueue;
  timers: Timers;
  log: Logger;
  /** Told of claims that Redis refuses for good. */
  refused(errors: readonly unknown[]): void;
  /** Told when nothing is left on the disk, with how many were shipped. */
  done(shipped: number): void;
}

const AT_ONCE = 500;
const RETRY_MS = 250;

const isClaim = (value: unknown): value is CallClaim => typeof value === 'object' && value !== null && 'carrier' in value && 'ref' in value && 'at' in value;

export function createClaimShipper({ calls, spool, timers, log, refused, done }: Options): ClaimShipper {
  let stopped = false;
  /** Redis took the round before. */
  let taking = false;
  const rest = createPause(timers, RETRY_MS);

  async function shipSome(): Promise<number> {
    const kept: Kept[] = await spool.oldest(AT_ONCE);
    // They are being written.
    if (kept.length === 0) throw new Error('nothing can be read of the local disk yet');
    const claims = kept.map(({ value }) => value).filter(isClaim);
    refused(await calls.record(claims));
    if (claims.length < kept.length) refused([new Error('what is on the local disk is not a claim about a call')]);
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
        log.debug({ err: error, spooled: spool.size }, 'calls on the local disk cannot be shipped yet');
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
      return taking && spool.size <= AT_ONCE ? shipping.underWay : undefined;
    },
    async stop() {
      stopped = true;
      rest.end();
      await shipping.underWay;
    },
  };
}

/**
 * Takes claims about calls out of the way of the answer: they are collected and written once a tick, many in one round.
 * What Redis does not take at once goes to the local disk instead and is shipped from there, in order, when Redis is back:
 * joining a claim twice changes nothing, so shipping at least once makes each count once. Only when the disk takes nothing
 * either do claims wait in memory. Whoever may answer only after the claim is durable can wait for it.
 */
import type { Logger } from 'pino';
import type { CallClaim } from '../domain/call.ts';
import { Failure } from '../domain/errors.ts';
import type { SpoolQueue } from '../spool/spool.ts';
import { storeUnavailable } from '../store/answering.ts';
import type { CallStore } from '../store/call-store.ts';
import { atMost, createPause } from '../system/pause.ts';
import type { Timers } from '../system/system.ts';
import { createClaimShipper } from './claim-shipper.ts';

export interface Recorder {
  /** Ships what an earlier process left on disk; to be called when the spool is open. */
  start(): void;
  /** Never waits and never throws. */
  record(claim: CallClaim): void;
  /** Resolves when the claim is on disk, in Redis or here; rejects with `store_unavailable` when it is not yet, and goes on trying. */
  recordDurably(claim: CallClaim): Promise<void>;
  /** Claims in memory that wait to be written anywhere. */
  readonly waiting: number;
  /** Claims that were given up: too many waited, or the record they belong to is broken. */
  readonly dropped: number;
  /** Writes what waits, trying for `ms` at most; what is on the local disk stays there for the next process. */
  close(ms: number): Promise<void>;
}

interface Waiting {
  claim: CallClaim;
  /** Told once, at the first try: written, or not written for now. */
  tried?: { written: () => void; failed: (error: unknown) => void } | undefined;
}

interface Options {
  calls: CallStore;
  spool: SpoolQueue;
  timers: Timers;
  log: Logger;
}

const RETRY_MS = 250;
const AT_ONCE = 500;
/** How long Redis may take before claims go to the local disk: it may hang, and nothing should be in memory alone for long. */
const PATIENCE_MS = 100;
/** About 100 MB: hours of calls at any rate that one process answers. */
const MOST_WAITING = 100_000;

/** What `work` gives, or a failure when it takes longer than `ms`: then it is not known whether it was done. */
function within<T>(timers: Timers, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(storeUnavailable(new Error('Redis is slow'))));
    work.then(resolve, reject).finally(cancel);
  });
}

export function createRecorder({ calls, spool, timers, log }: Options): Recorder {
  let queue: Waiting[] = [];
  /** One at a time works the queue off, its pauses included: so none is written out of it twice, nor lost between two. */
  let working: Promise<void> | undefined;
  const rest = createPause(timers, RETRY_MS);
  let outOfTime = false;
  let dropped = 0;
  /** Redis did not take the last claims: further ones go to the local disk until those there are shipped. */
  let failing = false;
  let diskFailing = false;

  function giveUp(errors: readonly unknown[]): void {
    for (const err of errors) log.error({ err }, 'a claim about a call was refused by Redis and is given up');
    dropped += errors.length;
  }

  const shipper = createClaimShipper({
    calls,
    spool,
    timers,
    log,
    refused: giveUp,
    done: (shipped) => {
      failing = false;
      log.info({ shipped }, 'calls can be recorded again; those on the local disk were shipped');
    },
  });

  function written(count: number): void {
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    for (const { tried } of batch) tried?.written();
  }

  async function writeToRedis(): Promise<boolean> {
    const batch = queue.slice(0, AT_ONCE);
    try {
      // One broken record must not keep the others waiting.
      const recorded = calls.record(batch.map(({ claim }) => claim));
      giveUp(await (diskFailing ? recorded : within(timers, PATIENCE_MS, recorded)));
    } catch (error) {
      if (!failing) log.warn({ err: error, waiting: queue.length }, 'calls cannot be recorded in Redis for now; they go to the local disk');
      failing = true;
      return false;
    }
    if (failing) log.info({ written: batch.length }, 'calls can be recorded again');
    failing = false;
    written(batch.length);
    return true;
  }

  async function writeToDisk(): Promise<boolean> {
    const batch = [...queue];
    try {
      await spool.append(batch.map(({ claim }) => claim));
    } catch (error) {
      if (!diskFailing) log.error({ err: error, waiting: queue.length }, 'calls can be recorded neither in Redis nor on the local disk; they are kept in memory and tried again');
      diskFailing = true;
      // All of them, not only this batch: who waits for one would wait for as long as Redis is away.
      for (const entry of queue) {
        entry.tried?.failed(storeUnavailable(error));
        entry.tried = undefined;
      }
      return false;
    }
    if (diskFailing) log.info('calls can be recorded on the local disk again');
    diskFailing = false;
    written(batch.length);
    shipper.ship();
    return true;
  }

  /**
   * What is on the disk goes first, so that all arrive in the order in which they came. While the last of it is on its way, what comes
   * waits a moment for that: else, as long as calls come without a pause, the disk would never be empty again.
   */
  async function writeSome(): Promise<boolean> {
    await atMost(timers, PATIENCE_MS, shipper.lastRound);
    const direct = spool.size === 0 && (!failing || diskFailing);
    return (direct && (await writeToRedis())) || writeToDisk();
  }

  async function work(): Promise<void> {
    // One tick later, so that all that is claimed within this one goes in one round.
    await new Promise<void>((resolve) => {
      setImmediate(() => resolve());
    });
    while (queue.length > 0 && !outOfTime) if (!(await writeSome()) && !outOfTime) await rest.pause();
    working = undefined;
  }

  function add(entry: Waiting): void {
    if (queue.length >= MOST_WAITING) {
      dropped += 1;
      entry.tried?.failed(new Failure('store_unavailable', 'Too many calls wait to be recorded', { retryAfterSeconds: 2 }));
      return;
    }
    queue.push(entry);
    working ??= work();
  }

  return {
    start() {
      if (spool.size === 0) return;
      failing = true;
      log.info({ spooled: spool.size }, 'calls that an earlier process left on the local disk are shipped');
      shipper.ship();
    },
    record: (claim) => add({ claim }),
    recordDurably: (claim) =>
      new Promise((resolve, failed) => {
        add({ claim, tried: { written: resolve, failed } });
      }),
    get waiting() {
      return queue.length;
    },
    get dropped() {
      return dropped;
    },
    async close(ms) {
      const noMore = (): void => {
        outOfTime = true;
        rest.end();
      };
      const cancel = timers.after(ms, noMore);
      rest.end();
      await working;
      cancel();
      noMore();
      await shipper.stop();
      if (queue.length > 0) log.error({ waiting: queue.length }, 'calls were left unrecorded at shutdown');
      if (spool.size > 0) log.warn({ spooled: spool.size }, 'calls stay on the local disk; the next process ships them');
    },
  };
}

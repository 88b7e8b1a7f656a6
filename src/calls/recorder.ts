/**
 * Takes claims about calls out of the way of the answer: they are collected and written once a tick, many in one
 * round, and tried again until Redis has them. Whoever may answer only after the claim is durable can wait for it.
 */
import type { Logger } from 'pino';
import type { CallClaim } from '../domain/call.ts';
import { Failure } from '../domain/errors.ts';
import type { CallStore } from '../store/call-store.ts';
import type { Timers } from '../system/system.ts';

export interface Recorder {
  /** Never waits and never throws. */
  record(claim: CallClaim): void;
  /** Resolves when the claim is on disk; rejects with `store_unavailable` when it is not yet, and goes on trying. */
  recordDurably(claim: CallClaim): Promise<void>;
  /** Claims that wait to be written. */
  readonly waiting: number;
  /** Claims that were given up: too many waited, or the record they belong to is broken. */
  readonly dropped: number;
  /** Writes what waits, trying for `ms` at most. */
  close(ms: number): Promise<void>;
}

interface Waiting {
  claim: CallClaim;
  /** Told once, at the first try: written, or not written for now. */
  tried?: { written: () => void; failed: (error: unknown) => void } | undefined;
}

const RETRY_MS = 250;
const AT_ONCE = 500;
/** About 100 MB: hours of calls at any rate that one process answers. */
const MOST_WAITING = 100_000;

export function createRecorder({ calls, timers, log }: { calls: CallStore; timers: Timers; log: Logger }): Recorder {
  let queue: Waiting[] = [];
  /** One at a time works the queue off, its pauses included: so none is written out of it twice, nor lost between two. */
  let working: Promise<void> | undefined;
  let endPause: () => void = () => undefined;
  let outOfTime = false;
  let dropped = 0;
  let failing = false;

  async function writeSome(): Promise<boolean> {
    const batch = queue.slice(0, AT_ONCE);
    try {
      const refused = await calls.record(batch.map(({ claim }) => claim));
      // One broken record must not keep the others waiting.
      for (const err of refused) log.error({ err }, 'a claim about a call was refused by Redis and is given up');
      dropped += refused.length;
    } catch (error) {
      if (!failing) log.error({ err: error, waiting: queue.length }, 'calls cannot be recorded for now; they are kept and tried again');
      failing = true;
      // Also those that are not of this batch: who waits for one would wait for as long as Redis is away.
      for (const entry of queue) {
        entry.tried?.failed(error);
        entry.tried = undefined;
      }
      return false;
    }
    if (failing) log.info({ written: batch.length }, 'calls can be recorded again');
    failing = false;
    queue = queue.slice(batch.length);
    for (const { tried } of batch) tried?.written();
    return true;
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timers.after(RETRY_MS, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async function work(): Promise<void> {
    // One tick later, so that all that is claimed within this one goes in one round.
    await new Promise<void>((resolve) => {
      setImmediate(() => resolve());
    });
    while (queue.length > 0 && !outOfTime) if (!(await writeSome()) && !outOfTime) await pause();
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
    record: (claim) => add({ claim }),
    recordDurably: (claim) =>
      new Promise((written, failed) => {
        add({ claim, tried: { written, failed } });
      }),
    get waiting() {
      return queue.length;
    },
    get dropped() {
      return dropped;
    },
    async close(ms) {
      const giveUp = (): void => {
        outOfTime = true;
        endPause();
      };
      const cancel = timers.after(ms, giveUp);
      endPause();
      await working;
      cancel();
      giveUp();
      if (queue.length > 0) log.error({ waiting: queue.length }, 'calls were left unrecorded at shutdown');
    },
  };
}

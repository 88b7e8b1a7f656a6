/** Takes claims about calls out of the way of the answer, to Redis or, while Redis is away, by way of the local disk: joining a claim twice changes nothing. */
import type { Logger } from 'pino';
import type { CallClaim } from '../domain/call.ts';
import type { SpoolQueue } from '../spool/spool.ts';
import { createSpoolWriter } from '../spool/writer.ts';
import type { CallStore } from '../store/call-store.ts';
import type { Timers } from '../system/system.ts';

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

interface Options {
  calls: CallStore;
  spool: SpoolQueue;
  timers: Timers;
  log: Logger;
}

const AT_ONCE = 500;
const PATIENCE_MS = 100;
/** About 100 MB: hours of calls at any rate that one process answers. */
const MOST_WAITING = 100_000;

const isClaim = (value: unknown): value is CallClaim => typeof value === 'object' && value !== null && 'carrier' in value && 'ref' in value && 'at' in value;

export function createRecorder({ calls, ...parts }: Options): Recorder {
  const writer = createSpoolWriter<CallClaim>({ of: 'calls', write: (claims) => calls.record(claims), isOne: isClaim, patienceMs: PATIENCE_MS, atOnce: AT_ONCE, mostWaiting: MOST_WAITING, keeps: true, ...parts });
  return {
    start: writer.start,
    record: writer.put,
    recordDurably: writer.putDurably,
    get waiting() {
      return writer.waiting;
    },
    get dropped() {
      return writer.dropped;
    },
    close: writer.close,
  };
}

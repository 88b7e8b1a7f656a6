/**
 * Takes what is to be written out of the way of who asks for it: it is collected and written once a tick, many in one round.
 * What Redis does not take at once goes to the local disk instead and is shipped from there, in order, when Redis is back:
 * writing one twice must change nothing, so shipping at least once makes each count once. What comes while older ones wait on the
 * disk goes behind them. Whoever may answer only after it is durable can wait for it.
 */
import type { Logger } from 'pino';
import { Failure } from '../domain/errors.ts';
import { slow, storeUnavailable } from '../store/answering.ts';
import { atMost, createPause, within } from '../system/pause.ts';
import type { Timers } from '../system/system.ts';
import { createShipper } from './shipper.ts';
import type { SpoolQueue } from './spool.ts';

export interface SpoolWriter<T> {
  /** Ships what an earlier process left on disk; to be called when the spool is open. */
  start(): void;
  /** Never waits and never throws. */
  put(value: T): void;
  /** Resolves when it is on disk, in Redis or here; rejects with `store_unavailable` when it is not yet: whether it is tried further, `keeps` says. */
  putDurably(value: T): Promise<void>;
  /** How many are in memory and wait to be written anywhere. */
  readonly waiting: number;
  /** How many were given up: too many waited, or what they belong to is broken. */
  readonly dropped: number;
  /** Writes what waits, trying for `ms` at most; what is on the local disk stays there for the next process. */
  close(ms: number): Promise<void>;
}

interface Waiting<T> {
  value: T;
  /** Told once, at the first try: written, or not written for now. */
  tried?: { written: () => void; failed: (error: unknown) => void } | undefined;
}

interface Options<T> {
  /** What it writes, for the log. */
  of: string;
  /** Writes them to Redis; the same may come again. Resolves with why some were refused for good, rejects when none can be written now. */
  write(values: readonly T[]): Promise<readonly unknown[]>;
  /** Whether what was read from the disk is one of them. */
  isOne(value: unknown): value is T;
  /** How long Redis may take before they go to the local disk, milliseconds: it may hang, and nothing should be in memory alone for long. */
  patienceMs: number;
  /** In one round. */
  atOnce: number;
  /** In memory; what comes beyond it is refused. */
  mostWaiting: number;
  /** What neither Redis nor the disk takes stays in memory and is tried again, whatever its caller was told; else it is forgotten. */
  keeps: boolean;
  spool: SpoolQueue;
  timers: Timers;
  log: Logger;
}

const RETRY_MS = 250;

export function createSpoolWriter<T>(options: Options<T>): SpoolWriter<T> {
  const { of, write, patienceMs, atOnce, mostWaiting, keeps, spool, timers, log } = options;
  let queue: Waiting<T>[] = [];
  /** One at a time works the queue off, its pauses included: so none is written out of it twice, nor lost between two. */
  let working: Promise<void> | undefined;
  const rest = createPause(timers, RETRY_MS);
  let outOfTime = false;
  let dropped = 0;
  /** Redis did not take the last: what comes goes to the local disk until what is there is shipped. */
  let failing = false;
  let diskFailing = false;

  function giveUp(errors: readonly unknown[]): void {
    for (const err of errors) log.error({ err, of }, 'what was to be written was refused by Redis and is given up');
    dropped += errors.length;
  }

  const shipper = createShipper<T>({
    ...options,
    refused: giveUp,
    done: (shipped) => {
      failing = false;
      log.info({ of, shipped }, 'Redis takes what is to be written again; what was on the local disk was shipped');
    },
  });

  function written(count: number): void {
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    for (const { tried } of batch) tried?.written();
  }

  async function writeToRedis(): Promise<boolean> {
    const batch = queue.slice(0, atOnce);
    try {
      // One broken record must not keep the others waiting.
      const writing = write(batch.map(({ value }) => value));
      giveUp(await (diskFailing ? writing : within(timers, patienceMs, writing, slow)));
    } catch (error) {
      if (!failing) log.warn({ err: error, of, waiting: queue.length }, 'Redis does not take what is to be written for now; it goes to the local disk');
      failing = true;
      return false;
    }
    if (failing) log.info({ of, written: batch.length }, 'Redis takes what is to be written again');
    failing = false;
    written(batch.length);
    return true;
  }

  /** All of them, not only one batch: who waits for one would wait for as long as Redis is away. */
  function refuse(error: unknown): void {
    for (const entry of queue) {
      entry.tried?.failed(storeUnavailable(error));
      entry.tried = undefined;
    }
    if (!keeps) queue = [];
  }

  async function writeToDisk(): Promise<boolean> {
    const batch = [...queue];
    try {
      await spool.append(batch.map(({ value }) => value));
    } catch (error) {
      if (!diskFailing) log.error({ err: error, of, waiting: queue.length, kept: keeps }, 'what is to be written can be written neither in Redis nor on the local disk');
      diskFailing = true;
      refuse(error);
      return false;
    }
    if (diskFailing) log.info({ of }, 'what is to be written can be written on the local disk again');
    diskFailing = false;
    written(batch.length);
    shipper.ship();
    return true;
  }

  /**
   * What is on the disk goes first, so that all arrive in the order in which they came. While the last of it is on its way, what comes
   * waits a moment for that: else, as long as they come without a pause, the disk would never be empty again.
   */
  async function writeSome(): Promise<boolean> {
    await atMost(timers, patienceMs, shipper.lastRound);
    const direct = spool.size === 0 && (!failing || diskFailing);
    return (direct && (await writeToRedis())) || writeToDisk();
  }

  async function work(): Promise<void> {
    // One tick later, so that all that comes within this one goes in one round.
    await new Promise<void>((resolve) => {
      setImmediate(() => resolve());
    });
    while (queue.length > 0 && !outOfTime) if (!(await writeSome()) && queue.length > 0 && !outOfTime) await rest.pause();
    working = undefined;
  }

  function add(entry: Waiting<T>): void {
    if (queue.length >= mostWaiting) {
      dropped += 1;
      entry.tried?.failed(new Failure('store_unavailable', 'Too much waits to be written', { retryAfterSeconds: 2 }));
      return;
    }
    queue.push(entry);
    working ??= work();
  }

  return {
    start() {
      if (spool.size === 0) return;
      failing = true;
      log.info({ of, spooled: spool.size }, 'what an earlier process left on the local disk is shipped');
      shipper.ship();
    },
    put: (value) => add({ value }),
    putDurably: (value) =>
      new Promise((resolve, failed) => {
        add({ value, tried: { written: resolve, failed } });
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
      if (queue.length > 0) log.error({ of, waiting: queue.length }, 'what waited in memory was left unwritten at shutdown');
      if (spool.size > 0) log.warn({ of, spooled: spool.size }, 'what waits on the local disk stays there; the next process ships it');
    },
  };
}

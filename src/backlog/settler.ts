/** Writes what became of notifications, many at a time: nothing waits for that, but there is a bound to what is not written. */
import type { Attempt, BacklogStore, Settled } from '../store/backlog-store.ts';
import type { System } from '../system/system.ts';
import type { Line } from './lines.ts';

export interface Settler {
  /** `attempt` is asked for only when it is kept. */
  add(line: Line, settled: Settled, attempt: () => Attempt): void;
  /** How many are not written. */
  readonly unwritten: number;
  /** Writes, also when there is nothing to write, which is a sign of life; resolves when that is done or has failed. */
  flush(): Promise<void>;
}

interface Options {
  write(settled: readonly Settled[], attempts: readonly Attempt[]): ReturnType<BacklogStore['settle']>;
  /** These were written; `isOurs`: the backlog is still ours. */
  wrote(ended: readonly Line[], isOurs: boolean): void;
  failed(error: unknown): void;
  timers: System['timers'];
}

const WAIT_MS = 5;
const AFTER_FAILURE_MS = 200;
const AT_ONCE = 100;
const MOST_AT_ONCE = 1000;
/** Of what was taken some are shown, of what was not nearly all. */
const TAKEN_SHOWN = 3;
const FAILED_SHOWN = 50;

export function createSettler({ write, wrote, failed, timers }: Options): Settler {
  let settled: Settled[] = [];
  let lines: Line[] = [];
  let attempts: Attempt[] = [];
  let takenShown = 0;
  let isFailing = false;
  let writing: Promise<void> | undefined;
  let cancel: (() => void) | undefined;

  function soon(ms: number): void {
    cancel?.();
    cancel = timers.after(ms, () => void begin());
  }

  async function work(): Promise<void> {
    const [batch, of, shown] = [settled.slice(0, MOST_AT_ONCE), lines.slice(0, MOST_AT_ONCE), attempts.slice()];
    try {
      const isOurs = await write(batch, shown);
      settled = settled.slice(batch.length);
      lines = lines.slice(batch.length);
      attempts = attempts.slice(shown.length);
      takenShown = 0;
      wrote(of.filter((_, at) => batch[at]?.outcome.is !== 'retry'), isOurs);
      isFailing = false;
    } catch (error) {
      isFailing = true;
      failed(error);
    }
  }

  function begin(): Promise<void> {
    cancel?.();
    cancel = undefined;
    writing ??= work().finally(() => {
      writing = undefined;
      if (settled.length > 0) soon(isFailing ? AFTER_FAILURE_MS : settled.length >= AT_ONCE ? 0 : WAIT_MS);
    });
    return writing;
  }

  return {
    add(line, one, attempt) {
      settled.push(one);
      lines.push(line);
      const isTaken = one.outcome.is === 'delivered';
      if (isTaken ? takenShown < TAKEN_SHOWN : attempts.length < FAILED_SHOWN) attempts.push(attempt());
      if (isTaken) takenShown += 1;
      if (writing !== undefined || isFailing) return;
      if (settled.length >= AT_ONCE) void begin();
      else if (cancel === undefined) soon(WAIT_MS);
    },
    get unwritten() {
      return settled.length;
    },
    flush: begin,
  };
}

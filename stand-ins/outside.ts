/** What the stand-ins take from outside: time and randomness. Same shape as the product's own, and independent of it. */
import { randomBytes } from 'node:crypto';

export interface Timers {
  /** Runs `task` after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Random {
  bytes(count: number): Buffer;
}

export const realTimers: Timers = {
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

export const realClock: Clock = { now: () => Date.now() };

export const realRandom: Random = { bytes: (count) => randomBytes(count) };

/** Waits `ms`, or less when one of the signals is aborted; true when the whole time went by. */
export function wait(timers: Timers, ms: number, ...signals: readonly AbortSignal[]): Promise<boolean> {
  if (signals.some((signal) => signal.aborted)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (whole: boolean) => {
      stop();
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
      resolve(whole);
    };
    const onAbort = () => end(false);
    const stop = timers.after(ms, () => end(true));
    for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  });
}

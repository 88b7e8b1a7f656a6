/** A pause between two tries, which can be ended early, and a wait that ends in any case. */
import type { Timers } from './system.ts';

export interface Pause {
  pause(): Promise<void>;
  /** Ends the pause that is under way, if any. */
  end(): void;
}

/** Resolves when the work is done or has failed, and after `ms` in any case. */
export async function atMost(timers: Timers, ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const limit = createPause(timers, ms);
  void work?.finally(() => limit.end()).catch(() => undefined);
  if (work) await limit.pause();
}

/** What `work` gives, or the failure when it takes longer than `ms`: then it is not known whether it was done. */
export function within<T>(timers: Timers, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(late()));
    work.then(resolve, reject).finally(cancel);
  });
}

export function createPause(timers: Timers, ms: number): Pause {
  let end: () => void = () => undefined;
  return {
    pause: () =>
      new Promise((resolve) => {
        const cancel = timers.after(ms, resolve);
        end = () => {
          cancel();
          resolve();
        };
      }),
    end: () => end(),
  };
}

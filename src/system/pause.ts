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

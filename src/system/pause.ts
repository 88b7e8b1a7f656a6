/** A pause between two tries, which can be ended early: at shutdown, nobody waits for it. */
import type { Timers } from './system.ts';

export interface Pause {
  pause(): Promise<void>;
  /** Ends the pause that is under way, if any. */
  end(): void;
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

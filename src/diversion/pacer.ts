/** Gives turns at an even pace, in the order in which they were asked for: so many a second, and never more after a lull. */
import type { System } from '../system/system.ts';
import type { Turn } from './reconcile.ts';

export interface Pacer {
  /** Resolves when it is one's turn; undefined once it was closed. */
  turn(): Promise<Turn | undefined>;
  /** Who waits gets none any more. */
  close(): void;
}

export function createPacer(perSecond: () => number, { steady, timers }: Pick<System, 'steady' | 'timers'>): Pacer {
  const waiting: ((turn: Turn | undefined) => void)[] = [];
  /** The moment of the last turn, as it should have been: lateness of timers does not add up. */
  let last = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let closed = false;

  function give(): void {
    let used = true;
    waiting.shift()?.({
      unused() {
        if (!used) return;
        used = false;
        last = Math.max(last - 1000 / perSecond(), steady() - 1000 / perSecond());
        cancel?.();
        cancel = undefined;
        pump();
      },
    });
  }

  function pump(): void {
    while (waiting.length > 0 && cancel === undefined) {
      const now = steady();
      const slot = Math.max(last + 1000 / perSecond(), now);
      if (slot > now) {
        cancel = timers.after(slot - now, () => {
          cancel = undefined;
          last = slot;
          give();
          pump();
        });
        return;
      }
      last = slot;
      give();
    }
  }

  return {
    turn: () =>
      new Promise((resolve) => {
        if (closed) return resolve(undefined);
        waiting.push(resolve);
        pump();
      }),
    close() {
      closed = true;
      cancel?.();
      for (const resolve of waiting.splice(0)) resolve(undefined);
    },
  };
}

/**
 * Gives turns at an even pace, in the order in which they were asked for. What is done with a turn takes now longer, now shorter, so a last gate
 * just before the request (second-gate.ts) sees to it that no second has more of them than the carrier takes. What was lost lately,
 * because somebody was late or nobody asked, is made up for.
 */
import type { System } from '../system/system.ts';
import type { Turn } from './reconcile.ts';
import { createSecondGate, secondOf } from './second-gate.ts';

export interface Pacer {
  /** Resolves when it is one's turn; undefined for who was dismissed. */
  turn(): Promise<Turn | undefined>;
  /** Who waits gets none any more. */
  dismiss(): void;
}

/** Turns are a little slower than what the gate lets through, so that who has one does not wait there, milliseconds a second. */
const SPARE_MS = 5;
/** Turns of the last so many milliseconds that nobody took are given at once; of a longer lull not: a carrier takes no second's worth in a moment. */
const CATCH_UP_MS = 250;

export function createPacer(perSecond: () => number, { steady, timers }: Pick<System, 'steady' | 'timers'>): Pacer {
  const waiting: ((turn: Turn | undefined) => void)[] = [];
  const gate = createSecondGate(perSecond, { steady, timers });
  function stepMs(): number {
    const { most, ms } = secondOf(perSecond());
    return (ms + SPARE_MS) / most;
  }
  /** The moment of the last turn, as it should have been: lateness of timers does not add up. Before the first nothing was lost. */
  let last: number | undefined;
  let cancel: (() => void) | undefined;

  function give(): void {
    let used = true;
    waiting.shift()?.({
      gate: gate.pass,
      unused() {
        if (!used) return;
        used = false;
        last = (last ?? 0) - stepMs();
        cancel?.();
        cancel = undefined;
        pump();
      },
    });
  }

  function pump(): void {
    while (waiting.length > 0 && cancel === undefined) {
      const now = steady();
      const slot = last === undefined ? now : Math.max(last + stepMs(), now - CATCH_UP_MS);
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
        waiting.push(resolve);
        pump();
      }),
    dismiss() {
      cancel?.();
      cancel = undefined;
      for (const resolve of waiting.splice(0)) resolve(undefined);
    },
  };
}

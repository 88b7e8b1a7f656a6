/**
 * Gives turns at an even pace, in the order in which they were asked for, and never more after a lull. What is done with a turn takes
 * now longer, now shorter, so a last gate just before the request sees to it that no second has more of them than the carrier takes.
 */
import type { System } from '../system/system.ts';
import type { Turn } from './reconcile.ts';

export interface Pacer {
  /** Resolves when it is one's turn; undefined for who was dismissed. */
  turn(): Promise<Turn | undefined>;
  /** Who waits gets none any more. */
  dismiss(): void;
}

/** By so much may one request be longer on its way than the next: what the carrier takes in a second is sent in a second and this, milliseconds. */
const JITTER_MS = 20;
/** Turns are a little slower than that, so that what a late one lost can be made up for, milliseconds a second. */
const SPARE_MS = 10;
/** So much that was lost because a timer, or the process, was late is made up for, milliseconds. */
const CATCH_UP_MS = 250;

/** How many may be sent within how long. */
function spanOf(perSecond: number): { most: number; ms: number } {
  const most = Math.max(1, Math.floor(perSecond));
  return { most, ms: (most * 1000) / perSecond + JITTER_MS };
}

/** Resolves in the order of the questions, each as soon as there is room for one more. */
function createGate(perSecond: () => number, { steady, timers }: Pick<System, 'steady' | 'timers'>): () => Promise<true> {
  let sent: number[] = [];
  let last: Promise<unknown> = Promise.resolve();

  async function pass(): Promise<true> {
    for (;;) {
      const { most, ms } = spanOf(perSecond());
      sent = sent.slice(-most);
      const wait = sent.length < most ? 0 : (sent[0] ?? 0) + ms - steady();
      if (wait <= 0) break;
      await new Promise<void>((resolve) => void timers.after(Math.ceil(wait), resolve));
    }
    sent.push(steady());
    return true;
  }

  return () => {
    const passed = last.then(pass);
    last = passed;
    return passed;
  };
}

export function createPacer(perSecond: () => number, { steady, timers }: Pick<System, 'steady' | 'timers'>): Pacer {
  const waiting: ((turn: Turn | undefined) => void)[] = [];
  const gate = createGate(perSecond, { steady, timers });
  function stepMs(): number {
    const { most, ms } = spanOf(perSecond());
    return (ms + SPARE_MS) / most;
  }
  /** The moment of the last turn, as it should have been: lateness of timers does not add up. */
  let last = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;

  function give(): void {
    let used = true;
    waiting.shift()?.({
      gate,
      unused() {
        if (!used) return;
        used = false;
        last = Math.max(last - stepMs(), steady() - CATCH_UP_MS);
        cancel?.();
        cancel = undefined;
        pump();
      },
    });
  }

  function pump(): void {
    while (waiting.length > 0 && cancel === undefined) {
      const now = steady();
      const slot = Math.max(last + stepMs(), now - CATCH_UP_MS);
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
        // Nobody waited: what was not asked for is not made up for.
        if (waiting.length === 0) last = Math.max(last, steady() - stepMs());
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

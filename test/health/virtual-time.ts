/** Time that passes when a test says so: timers run in order, and what they begin is let go on between them. */
import type { System } from '../../src/system/system.ts';

export interface VirtualTime extends Pick<System, 'clock' | 'steady' | 'idle' | 'timers'> {
  /** Lets time pass, timer by timer. */
  pass(ms: number): Promise<void>;
  /** The process stands still so long: timers that come due meanwhile run late, all at once. */
  standStill(ms: number): Promise<void>;
  /** Puts the wall clock on or back. */
  turnClock(ms: number): void;
  /** How many timers are set. */
  readonly timersSet: number;
}

export const WALL = 1_700_000_000_000;

export function virtualTime(): VirtualTime {
  let now = 0;
  let turned = 0;
  let made = 0;
  const due = new Map<number, { at: number; task: () => void }>();

  /** Lets all that waits for promises go on; no test of these waits for anything else. */
  const settle = async (): Promise<void> => {
    for (let at = 0; at < 20; at += 1) await Promise.resolve();
  };
  const after = (ms: number, task: () => void): (() => void) => {
    const id = (made += 1);
    due.set(id, { at: now + Math.max(0, ms), task });
    return () => void due.delete(id);
  };

  async function runUntil(end: number, moves: boolean): Promise<void> {
    for (;;) {
      await settle();
      const [next] = [...due].filter(([, { at }]) => at <= end).sort(([one, a], [other, b]) => a.at - b.at || one - other);
      if (!next) break;
      due.delete(next[0]);
      if (moves) now = Math.max(now, next[1].at);
      next[1].task();
    }
    await settle();
  }

  return {
    clock: { now: () => WALL + Math.round(now) + turned },
    steady: () => now,
    idle: () => now,
    timers: {
      after,
      every(ms, task) {
        let cancel: () => void = () => undefined;
        const again = (): void => {
          cancel = after(ms, () => {
            again();
            task();
          });
        };
        again();
        return () => cancel();
      },
    },
    async pass(ms) {
      const end = now + ms;
      await runUntil(end, true);
      now = end;
    },
    async standStill(ms) {
      await settle();
      now += ms;
      // A timer that repeats comes once, as Node does it, however often it was due.
      await runUntil(now, false);
    },
    turnClock: (ms) => void (turned += ms),
    get timersSet() {
      return due.size;
    },
  };
}

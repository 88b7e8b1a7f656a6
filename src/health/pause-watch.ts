/**
 * Tells whether this process stood still: stopped (SIGSTOP), frozen with its machine, or too busy. What it saw meanwhile it did not see:
 * an answer may have come and waited, a time-out may have run out while nobody looked.
 */
import { EventEmitter } from 'node:events';
import type { System } from '../system/system.ts';

export interface PauseWatch {
  /** Another each time it stood still. What was begun under another is not to be believed. */
  readonly generation: number;
  /** `paused` with for how long, milliseconds, as soon as it runs again. */
  readonly events: EventEmitter<{ paused: [ms: number] }>;
  start(): void;
  stop(): void;
}

const LOOK_MS = 100;
/** So much later than it should be is a pause, milliseconds: less than the shortest time-out of a probe. */
const STILL_MS = 300;
/** The clocks go apart by more when the machine slept, or when somebody set one, milliseconds. */
const APART_MS = 1000;

export function createPauseWatch({ steady, clock, timers }: Pick<System, 'steady' | 'clock' | 'timers'>): PauseWatch {
  const events = new EventEmitter<{ paused: [ms: number] }>();
  let generation = 0;
  let last = { steady: steady(), wall: clock.now() };
  let cancel: (() => void) | undefined;

  function look(): void {
    const now = { steady: steady(), wall: clock.now() };
    const [gap, wall] = [now.steady - last.steady, now.wall - last.wall];
    last = now;
    if (cancel === undefined || (gap <= LOOK_MS + STILL_MS && Math.abs(wall - gap) <= APART_MS)) return;
    generation += 1;
    events.emit('paused', Math.max(gap, Math.abs(wall - gap)));
  }

  return {
    get generation() {
      look();
      return generation;
    },
    events,
    start() {
      look();
      cancel ??= timers.every(LOOK_MS, look);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}

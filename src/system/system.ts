/** The world outside the core: clock, timers and randomness, handed to whoever needs them. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Timers {
  /** Runs `task` after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  every(ms: number, task: () => void): () => void;
}

export interface Random {
  bytes(count: number): Buffer;
  uuid(): string;
}

/** Any share from 0 to 1, without 1, as likely as another. */
export function chanceOf(random: Pick<Random, 'bytes'>): number {
  return random.bytes(2).readUInt16BE() / 65_536;
}

export interface System {
  clock: Clock;
  /** Milliseconds on a clock that never jumps, for how long something took; its zero means nothing. */
  steady(): number;
  /** For how long in all this process had nothing to do, milliseconds. */
  idle(): number;
  timers: Timers;
  random: Random;
}

export const realSystem: System = {
  clock: { now: () => Date.now() },
  steady: () => performance.now(),
  idle: () => performance.nodeTiming.idleTime,
  timers: {
    after(ms, task) {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    every(ms, task) {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
  },
  random: { bytes: (count) => randomBytes(count), uuid: () => randomUUID() },
};

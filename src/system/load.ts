/**
 * How loaded this process is, by how late it comes to its work: a request that arrives now waits as long as a timer that is due
 * now. The least lateness of a stretch counts, not the greatest: a queue that stands is load, one long step is not.
 * (The idea is CoDel's, https://queue.acm.org/detail.cfm?id=2209336.)
 */
import type { Timers } from './system.ts';

/** What is refused or waits, each with those before it: background work first, requests to the API next, calls last. */
export const SHEDDING = ['nothing', 'background', 'admin', 'webhooks'] as const;
export type Shedding = (typeof SHEDDING)[number];

/** What the hot path reads: a place in SHEDDING, kept by a timer. */
export interface LoadLevel {
  readonly level: number;
}

export interface Load extends LoadLevel {
  readonly shedding: Shedding;
  /** How late the process came to its work when it last looked, milliseconds. */
  readonly lagMs: number;
  start(): void;
  close(): void;
}

interface Options {
  steady(): number;
  timers: Pick<Timers, 'every'>;
  /** The lateness from which requests to the API are refused. */
  adminMs: number;
  /** Told of each change. */
  changed?(shedding: Shedding, lagMs: number): void;
}

export const LEVEL: Readonly<Record<Shedding, number>> = { nothing: 0, background: 1, admin: 2, webhooks: 3 };

const SAMPLE_MS = 20;
/** So late in a row for as long, at so many looks at least, raises the level. */
const RAISE_MS = 500;
const RAISE_LOOKS = 4;
/** Less than half as late for as long lowers it by one: what is let in again brings its load with it. */
const LOWER_MS = 1000;
/** Time that is later than that counts so many times against it: a hiccup now and then delays it and no more. */
const AGAINST = 4;

/** The lateness at which each level begins, by its place in SHEDDING. */
export function thresholds(adminMs: number): readonly number[] {
  return [0, adminMs * 0.4, adminMs, adminMs * 2];
}

export function createLoad({ steady, timers, adminMs, changed }: Options): Load {
  const from = thresholds(adminMs);
  /** Of each level: for how long in a row, and at how many looks, the process came as late as that. */
  const above = from.map(() => ({ ms: 0, looks: 0 }));
  let level = 0;
  let lagMs = 0;
  let belowMs = 0;
  let last = 0;
  let cancel: (() => void) | undefined;

  function turn(next: number): void {
    level = next;
    belowMs = 0;
    changed?.(SHEDDING[level] ?? 'nothing', lagMs);
  }

  function look(): void {
    const now = steady();
    const took = now - last;
    last = now;
    lagMs = Math.max(0, took - SAMPLE_MS);
    let reached = 0;
    above.forEach((stretch, at) => {
      if (lagMs < (from[at] ?? 0)) stretch.ms = stretch.looks = 0;
      else {
        stretch.ms += took;
        stretch.looks += 1;
      }
      if (stretch.looks >= RAISE_LOOKS && stretch.ms >= RAISE_MS) reached = at;
    });
    if (reached > level) {
      turn(reached);
      return;
    }
    if (level === 0) return;
    belowMs = lagMs < (from[level] ?? 0) / 2 ? belowMs + took : Math.max(0, belowMs - took * AGAINST);
    if (belowMs >= LOWER_MS) turn(level - 1);
  }

  return {
    get level() {
      return level;
    },
    get shedding() {
      return SHEDDING[level] ?? 'nothing';
    },
    get lagMs() {
      return lagMs;
    },
    start() {
      last = steady();
      cancel ??= timers.every(SAMPLE_MS, look);
    },
    close() {
      cancel?.();
      cancel = undefined;
    },
  };
}

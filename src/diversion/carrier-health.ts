/** How a carrier's API does: when it asked for a pause or fails time after time, nobody asks it for a while. Shared by all processes, outlives each. */
import type { Redis } from 'ioredis';
import { codeOf, type Failure } from '../domain/errors.ts';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';

export interface Health {
  /** Failures in a row that say nothing of the number asked for. */
  failures: number;
  /** Nothing is sent before, milliseconds since 1970. */
  pausedUntil: number;
  /** What it said last when it failed. */
  why?: string;
}

export const WELL: Health = { failures: 0, pausedUntil: 0 };

/** From so many failures in a row on, one request at a time tries whether it is back. */
export const BREAK_AFTER = 5;
const FIRST_PAUSE_MS = 1000;
/** Too many in one second are no longer too many a moment later. */
const FIRST_THROTTLED_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

/** A pause that doubles, of which a half is chance: `share` is 0 to 1. */
export function backoff(tries: number, firstMs: number, longestMs: number, share: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(tries, 30)) * (0.5 + share / 2);
}

/** The health after a failure that says nothing of the number; `share`: see `backoff`. */
export function afterFailure(before: Health, failure: Failure, now: number, share: number): Health {
  const asked = failure.retryAfterSeconds === undefined ? undefined : failure.retryAfterSeconds * 1000;
  // It was under way when the pause began: the same failure once more.
  if (before.pausedUntil > now) return { ...before, pausedUntil: Math.max(before.pausedUntil, now + (asked ?? 0)) };
  const failures = before.failures + 1;
  const throttled = failure.code === 'carrier_throttled';
  const own = throttled ? backoff(before.failures, FIRST_THROTTLED_MS, LONGEST_PAUSE_MS, share) : failures >= BREAK_AFTER ? backoff(failures - BREAK_AFTER, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, share) : 0;
  return { failures, pausedUntil: Math.max(before.pausedUntil, now + (asked ?? own)), why: codeOf(failure) };
}

/** The health after an answer. One that was under way when a pause began does not end it. */
export function afterSuccess(before: Health, now: number): Health {
  return before.pausedUntil > now ? before : WELL;
}

export interface HealthStore {
  read(carrier: string): Promise<Health>;
  note(carrier: string, health: Health): Promise<void>;
}

function readHealth(stored: string | null): Health {
  try {
    const value = JSON.parse(stored ?? 'null') as Partial<Health> | null;
    if (typeof value?.failures === 'number' && typeof value.pausedUntil === 'number') return value as Health;
  } catch {
    // As if nothing had been noted.
  }
  return WELL;
}

export function createHealthStore(redis: Redis): HealthStore {
  return {
    read: async (carrier) => readHealth(await answering(redis.hget(keys.routesHealth, carrier))),
    async note(carrier, health) {
      await answering(redis.hset(keys.routesHealth, carrier, JSON.stringify(health)));
    },
  };
}

/** How long a subscriber, or a notification that it refuses, is left alone before the next try, and how long it is tried at all. A part of each wait is chance, 0 to 1, so that many do not come back together. */

const FIRST_MS = 1000;
/** A notification: those of its key wait for it. */
const LONGEST_RETRY_MS = 300_000;
/** A subscriber that fails, or that asks for less without saying how long. */
const LONGEST_PAUSE_MS = 60_000;
const FIRST_THROTTLED_MS = 100;

/** So many keys in a row, and it is not the notifications. */
export const FAILING_AFTER_KEYS = 8;
/** So many answers in a row that ask for less, and fewer posts at once are not enough. */
export const PAUSE_AFTER_THROTTLED = 8;

/** Doubles with each try; between half of that and all of it. */
function backoff(tries: number, firstMs: number, longestMs: number, chance: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 30)) * (0.5 + chance / 2);
}

/** Milliseconds before a notification is tried again after so many tries, at least 1. */
export const retryWaitMs = (tries: number, chance: number): number => backoff(tries, FIRST_MS, LONGEST_RETRY_MS, chance);

/** Milliseconds before a subscriber is tried again that has failed for so long, milliseconds: it doubles from try to try, too. */
export const failingWaitMs = (forMs: number, chance: number): number => Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_MS, forMs)) * (0.5 + chance / 2);

/** Milliseconds for which a subscriber is left alone that asked so many times in a row for less; 0: it only gets less at once. */
export function throttledWaitMs(inARow: number, chance: number): number {
  return inARow < PAUSE_AFTER_THROTTLED ? 0 : backoff(inARow - PAUSE_AFTER_THROTTLED + 1, FIRST_THROTTLED_MS, LONGEST_PAUSE_MS, chance);
}

/** Whether a notification is given up: it was refused for the first time at `since` and is now again; milliseconds since 1970. */
export function isGivenUp(since: number, now: number, retryForSeconds: number): boolean {
  return now - since >= retryForSeconds * 1000;
}

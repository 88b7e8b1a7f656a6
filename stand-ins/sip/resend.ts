/** Sends again until told to stop, the pause doubling (RFC 3261 17.1: timers A, E, G). */
import type { Timers } from '../outside.ts';

/** T1, the estimated round trip, ms (RFC 3261 table 4). */
export const T1 = 500;
/** T2, the longest pause between two sendings of the same message, ms. */
export const T2 = 4000;
/** 64 x T1: after this a transaction without an answer is dead (timers B, F, H), ms. */
export const TRANSACTION_TIMEOUT = 64 * T1;

/** Sends now and again; `gaveUp` is called after `limitMs`. Returns the function that stops it. */
export function resend(timers: Timers, send: () => void, gaveUp: () => void, limitMs = TRANSACTION_TIMEOUT): () => void {
  let pause = T1;
  let stopPause = () => {};
  const again = () => {
    stopPause = timers.after(pause, () => {
      send();
      pause = Math.min(pause * 2, T2);
      again();
    });
  };
  const stop = () => {
    stopPause();
    stopLimit();
  };
  const stopLimit = timers.after(limitMs, () => {
    stop();
    gaveUp();
  });
  send();
  again();
  return stop;
}

/** Which part of a post's time is this process's own. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createOwnDelay } from '../../src/backlog/own-delay.ts';

it('is since when answers are being read in this turn, and for how long it was busy before', async () => {
  let [now, idle] = [0, 0];
  const ownDelay = createOwnDelay({ steady: () => now, idle: () => idle });
  // It waited for the first 80 of 100 ms.
  [now, idle] = [100, 80];
  expect(ownDelay()).toEqual({ at: 100, sinceRead: 0, unread: 20 });
  now = 107;
  expect(ownDelay()).toEqual({ at: 107, sinceRead: 7, unread: 20 });
  await nextTurn();
  now = 150;
  expect(ownDelay()).toEqual({ at: 150, sinceRead: 0, unread: 50 });
  await nextTurn();
  // Nothing was to be done: what comes is read when it comes.
  [now, idle] = [450, 380];
  expect(ownDelay()).toEqual({ at: 450, sinceRead: 0, unread: 0 });
});

/**
 * Looks after what waits: ends what has expired also where nothing is delivered, and sees that everything is accounted for. All that was accepted waits or has
 * ended, at any instant: anything else is a fault, and is told as one. So is what was dropped because a bound was reached. States of keys of which nothing comes any more are forgotten.
 */
import type { Logger } from 'pino';
import { codeOf } from '../domain/errors.ts';
import { NOTIFICATION_CLASSES, type NotificationClass } from '../domain/notification.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { Clock, Timers } from '../system/system.ts';

export interface Upkeep {
  /** Begins; does not wait for Redis. */
  start(): void;
  close(): Promise<void>;
}

interface Options {
  backlog: Pick<BacklogStore, 'known' | 'sweep' | 'forget' | 'totals'>;
  load: LoadLevel;
  clock: Clock;
  timers: Timers;
  log: Logger;
}

const TURN_MS = 1000;
/** A million that wait are gone through in some minutes, at a cost of some milliseconds of Redis a second. */
const PAGES_A_TURN = 8;
const PAGE = 500;
/** Milliseconds: twice and a bit the time in which many subscribers are reckoned up. */
export const RECKON_MS = 10_000;
/** How much later than a newer one an older state may come, or be redriven, and be known for it; longer than what is on the local disk waits for Redis. */
const KEPT_MS = 7 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

interface Place {
  subscriber: string;
  class: NotificationClass;
  after: string;
}

export function createUpkeep({ backlog, load, clock, timers, log }: Options): Upkeep {
  /** What is to be swept before all are looked for anew. */
  let left: Place[] = [];
  /** Whose states are to be gone through before the next round. */
  let aged: { subscriber: string; cursor: string }[] = [];
  let unaccounted = 0;
  let dropped: number | undefined;
  let turns = 0;
  let stop = (): void => undefined;

  async function sweep(): Promise<void> {
    if (left.length === 0) left = (await backlog.known()).flatMap((subscriber) => NOTIFICATION_CLASSES.map((of) => ({ subscriber, class: of, after: '0' })));
    for (let page = 0; page < PAGES_A_TURN && left.length > 0; page += 1) {
      const [{ subscriber, class: of, after }] = left as [Place, ...Place[]];
      const last = await backlog.sweep(subscriber, clock.now(), { class: of, after, limit: PAGE });
      if (last === undefined) left.shift();
      else left[0] = { subscriber, class: of, after: last };
    }
  }

  async function forget(): Promise<void> {
    // A round that is not over goes on: begun anew, one that takes more than an hour would never come to whoever is last.
    if (aged.length === 0 && turns % (FORGET_EVERY_MS / TURN_MS) === 1) aged = (await backlog.known()).map((subscriber) => ({ subscriber, cursor: '0' }));
    const [one] = aged;
    if (!one) return;
    const next = await backlog.forget(one.subscriber, clock.now() - KEPT_MS, one.cursor);
    if (next === undefined) aged.shift();
    else one.cursor = next;
  }

  async function reckon(): Promise<void> {
    const { counts, unaccounted: missing } = await backlog.totals();
    if (missing > unaccounted) log.error({ unaccounted: missing, counts }, 'notifications are not accounted for: what was accepted neither waits nor has ended');
    if (missing < unaccounted) log.warn({ unaccounted: missing, counts }, 'fewer notifications are not accounted for');
    unaccounted = missing;
    // What was dropped before this process began was told by another.
    if (dropped !== undefined && counts.dropped > dropped) log.warn({ dropped: counts.dropped - dropped }, 'notifications were dropped: too many wait, or their subscriber was deleted');
    dropped = counts.dropped;
  }

  async function turn(): Promise<void> {
    try {
      if (turns % (RECKON_MS / TURN_MS) === 0) await reckon();
      turns += 1;
      if (load.level >= LEVEL.background) return;
      await sweep();
      await forget();
    } catch (error) {
      log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error }, 'backlogs could not be looked after this time');
    }
  }

  const turning = oneAtATime(turn);
  return {
    start() {
      turning.begin();
      stop = timers.every(TURN_MS, turning.begin);
    },
    async close() {
      stop();
      await turning.underWay;
    },
  };
}

/**
 * Makes notifications of what is owed: reads it in the order in which it was put down, finds who is to be told, and puts the notifications where they wait and
 * takes them off what is owed in one step. Any number of processes may do it at once: of those that read the same one is faster, and the others read anew.
 */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Call } from '../domain/call.ts';
import { codeOf } from '../domain/errors.ts';
import { letteredId } from '../domain/lettered-id.ts';
import { readOwed, type Owed } from '../domain/owed.ts';
import type { Arrival, BacklogStore } from '../store/backlog-store.ts';
import type { CallStore } from '../store/call-store.ts';
import type { Follower } from '../store/follower.ts';
import type { Store } from '../store/store.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { Clock, Timers } from '../system/system.ts';
import { audienceOf, type Audience } from './audience.ts';
import { eventOf, type TellableEvent } from './compose-event.ts';
import { termsOf } from './terms.ts';

/**
 * What became of something that was owed:
 * - `told`: it waits for its subscribers; `unwanted`: no subscriber asks for it
 * - `gone`: it is of a call that is not kept any more; `unreadable`: nobody knows what it was
 */
export const OWED_ENDS = ['told', 'unwanted', 'gone', 'unreadable'] as const;
export type OwedEnd = (typeof OWED_ENDS)[number];

export interface Feeder {
  /** Feeds some; true when there may be more. Throws `store_unavailable`. */
  feed(): Promise<boolean>;
  /** Begins to look by itself; does not wait for Redis. */
  start(): void;
  /** Ends after what is in hand. */
  close(): Promise<void>;
}

interface Options {
  backlog: Pick<BacklogStore, 'owed' | 'accept' | 'feed'>;
  calls: Pick<CallStore, 'findAll'>;
  store: Pick<Store, 'position'>;
  follower: Pick<Follower, 'status' | 'reached'>;
  table(): RoutingTable;
  /** How many bytes may wait for all subscribers together. */
  maxBytes: number;
  count(end: OwedEnd, entries: number): void;
  clock: Clock;
  timers: Timers;
  log: Logger;
}

const LOOK_MS = 100;
const AT_ONCE = 200;
/** How long the table may take to catch up with what is owed, milliseconds. */
const REACH_MS = 1000;
/** Of one script, which nothing else runs beside: some 20 ms. */
const SCRIPT_ARRIVALS = 200;
const SCRIPT_CHARACTERS = 500_000;

interface Portion {
  place: string;
  end: OwedEnd;
  arrivals: Arrival[];
}

/** The same for the same thing owed to the same subscriber, whoever makes it. */
export function eventId(place: string, text: string, subscriber: string): string {
  const digest = createHash('sha256').update(`${place}\n${subscriber}\n${text}`).digest();
  return letteredId('evt', digest);
}

/** In the same order, in parts that are not too large for one script. */
function* parts(portions: readonly Portion[]): Generator<Portion[]> {
  let part: Portion[] = [];
  let [arrivals, characters] = [0, 0];
  for (const portion of portions) {
    const length = portion.arrivals.reduce((sum, { notification }) => sum + notification.data.length, 0);
    if (part.length > 0 && (arrivals + portion.arrivals.length > SCRIPT_ARRIVALS || characters + length > SCRIPT_CHARACTERS)) {
      yield part;
      [part, arrivals, characters] = [[], 0, 0];
    }
    part.push(portion);
    arrivals += portion.arrivals.length;
    characters += length;
  }
  if (part.length > 0) yield part;
}

/** What cannot be told must not keep all that comes after it from being told. */
function tellable(owed: Owed, call: Call | undefined): TellableEvent | 'unreadable' | undefined {
  try {
    return eventOf(owed, call);
  } catch {
    return 'unreadable';
  }
}

export function createFeeder({ backlog, calls, store, follower, table, maxBytes, count, clock, timers, log }: Options): Feeder {
  let stop: () => void = () => undefined;
  let stopped = false;

  function portionOf(place: string, text: string, known: ReadonlyMap<string, Call>, audience: Audience, now: RoutingTable): Portion {
    const owed = readOwed(text);
    if (!owed) return { place, end: 'unreadable', arrivals: [] };
    const event = tellable(owed, 'call' in owed ? known.get(owed.call) : undefined);
    if (event === 'unreadable') return { place, end: event, arrivals: [] };
    if (!event) return { place, end: 'gone', arrivals: [] };
    const arrivals = audience(event).map(({ subscriber, isCustomers }): Arrival => ({
      subscriber,
      ...termsOf(now, subscriber),
      notification: { id: eventId(place, text, subscriber), ...event.notification, ...(isCustomers ? { data: event.customerData } : {}) },
    }));
    return { place, end: arrivals.length === 0 ? 'unwanted' : 'told', arrivals };
  }

  async function callsOf(entries: readonly { text: string }[]): Promise<ReadonlyMap<string, Call>> {
    const ids = new Set(entries.flatMap(({ text }) => {
      const owed = readOwed(text);
      return owed && 'call' in owed ? [owed.call] : [];
    }));
    const found = await calls.findAll([...ids]);
    return new Map(found.flatMap((call) => (call ? [[call.id, call]] : [])));
  }

  function told(part: readonly Portion[]): void {
    for (const end of OWED_ENDS) {
      const entries = part.filter((portion) => portion.end === end).length;
      if (entries === 0) continue;
      count(end, entries);
      if (end === 'gone') log.warn({ entries }, 'subscribers are not told of calls that are not kept any more');
      if (end === 'unreadable') log.error({ entries }, 'subscribers are not told of what cannot be read');
    }
  }

  /**
   * False when another was faster. What so many are told of that one script would take too long is divided: all but the last of it goes ahead, and
   * whoever does that again, after a crash or at the same time, does it with the same ids, which count once.
   */
  async function give(part: readonly Portion[]): Promise<boolean> {
    let arrivals = part.flatMap((portion) => portion.arrivals);
    if (arrivals.length > SCRIPT_ARRIVALS) arrivals = arrivals.map((arrival) => ({ ...arrival, mayRepeat: true }));
    while (arrivals.length > SCRIPT_ARRIVALS) {
      await backlog.accept(arrivals.slice(0, SCRIPT_ARRIVALS), clock.now(), maxBytes);
      arrivals = arrivals.slice(SCRIPT_ARRIVALS);
    }
    return backlog.feed(part.map(({ place }) => place), arrivals, clock.now(), maxBytes);
  }

  async function feed(): Promise<boolean> {
    if (follower.status().is !== 'following') return false;
    const entries = await backlog.owed(AT_ONCE);
    if (entries.length === 0) return false;
    // Who was a subscriber when it was put down is to be told: the table must have come as far.
    if (!(await follower.reached(await store.position(), REACH_MS))) return false;
    const [now, known] = [table(), await callsOf(entries)];
    const audience = audienceOf(now);
    const portions = entries.map(({ place, text }) => portionOf(place, text, known, audience, now));
    for (const part of parts(portions)) {
      if (stopped) return false;
      if (!(await give(part))) return true;
      told(part);
    }
    return entries.length === AT_ONCE;
  }

  async function feedAll(): Promise<void> {
    try {
      while (!stopped && (await feed()));
    } catch (error) {
      if (codeOf(error) === 'store_unavailable') log.debug({ err: error }, 'what is owed to subscribers could not be looked for this time');
      else log.error({ err: error }, 'what is owed to subscribers could not be made into notifications');
    }
  }

  const feeding = oneAtATime(feedAll);
  return {
    feed,
    start() {
      stop = timers.every(LOOK_MS, feeding.begin);
    },
    async close() {
      stopped = true;
      stop();
      await feeding.underWay;
    },
  };
}

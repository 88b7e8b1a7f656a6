/** What waits for subscribers, in Redis. Every change of it is one script, which counts what it does: so nothing is lost, and it can be proved. */
import type { BacklogCounts, Notification, NotificationClass } from '../domain/notification.ts';

/** How much a subscriber matters: the class of its customer; `standard` without one. */
export type Worth = 'critical' | 'standard' | 'low';

export interface Arrival {
  subscriber: string;
  worth: Worth;
  notification: Notification;
  /** It may come again with the same id, for a day: then it counts once. */
  mayRepeat?: boolean;
  /** How many may wait for the subscriber, and how many bytes; 0: any number. */
  most: { count: number; bytes: number };
}

export interface Held {
  /** Its place in the order of arrival, of both classes: `MOMENT-NUMBER`, the moment in milliseconds since 1970. */
  place: string;
  /** About how many bytes it takes while it waits. */
  bytes: number;
  notification: Notification;
  /** How many of its class and key wait in all, this one among them; as of the reading, if they were counted. */
  ofKey?: number;
}

/** A key whose first notification has failed and is to be tried again. */
export interface Retry {
  class: NotificationClass;
  key: string;
  /** Of the first notification, that has failed. */
  place: string;
  /** Tries so far of it. */
  tries: number;
  /** When the first of them was, and when the next is to be; milliseconds since 1970. */
  since: number;
  at: number;
}

/** A try, as it is shown. */
export interface Attempt {
  id: string;
  kind: string;
  key: string;
  /** Milliseconds since 1970, and how long it took, milliseconds. */
  at: number;
  ms: number;
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** Beginning of the answer, or why there was none; without secrets. */
  said: string;
}

/** What became of something that was taken. */
export type Outcome =
  | { is: 'delivered' }
  /** Given up: it goes to the dead letters. */
  | { is: 'dead'; cause: string; tries: number }
  /** It is tried again, and those of its key wait for it. */
  | { is: 'retry'; tries: number; since: number; at: number };

export interface Settled {
  place: string;
  bytes: number;
  notification: Pick<Notification, 'key' | 'class'>;
  outcome: Outcome;
}

export interface DeadLetter {
  place: string;
  notification: Notification;
  cause: string;
  tries: number;
  /** When it was given up, milliseconds since 1970. */
  diedAt: number;
}

export interface DeadFilter {
  ids?: readonly string[];
  key?: string;
  kind?: string;
  /** By when it happened, milliseconds since 1970. */
  from?: number;
  to?: number;
}

/** Why nothing, or only what just happened, is delivered. */
export interface Standing {
  /** By an operator. */
  pausedAt?: number;
  /** It answered 410: it wants nothing any more, until an operator resumes it. */
  disabledAt?: number;
  /** It fails: nothing is tried before this, and since when; and why, in our own words. */
  failingUntil?: number;
  failingSince?: number;
  failure?: string;
}

export interface BacklogStatus extends Standing {
  counts: BacklogCounts;
  /** By class, how many wait. */
  waiting: Record<NotificationClass, number>;
  /** About how many bytes wait. */
  bytes: number;
  /** Keys whose first notification is to be tried again. */
  retries: number;
  deadKept: number;
  /** When the longest waiting came, milliseconds since 1970. */
  oldestAt?: number;
  /** Of the drain that has it: deliveries a second lately, and when that was told. */
  perSecond?: number;
  perSecondAt?: number;
  lastDeliveredAt?: number;
}

/** All of these throw `store_unavailable`. Times are milliseconds since 1970. */
export interface BacklogStore {
  /**
   * Puts these where they wait, in the order given; resolves when they are durable. For each: `accepted`, `repeated` (it was there before), or
   * `coalesced` (a newer state was there before; counted as accepted and as coalesced). What exceeds a bound is dropped, the least worth first:
   * states before history, the oldest first; between subscribers those of low customers first. `allBytes`: how many bytes may wait in all; 0: any number.
   */
  accept(arrivals: readonly Arrival[], now: number, allBytes: number): Promise<('accepted' | 'repeated' | 'coalesced')[]>;
  /** The same for what is owed: taken off the list of what is owed in the same step. False, and nothing done, when another was faster. */
  feed(owed: readonly string[], arrivals: readonly Arrival[], now: number, allBytes: number): Promise<boolean>;
  /** The oldest of what is owed (see `owe` in src/store/draft.ts): id of its place and what was written. */
  owed(limit: number): Promise<{ place: string; text: string }[]>;

  /** Subscribers at which something is to be done now, the critical first, and who is at it: the token of the drain, if one gave a sign within `heardMs`. */
  due(now: number, heardMs: number, limit: number): Promise<{ subscriber: string; drain: string | undefined }[]>;
  /** Asks for a look at a subscriber at this time, or earlier if that was asked for; from then on what arrives asks for one again. */
  ask(subscriber: string, at: number): Promise<void>;
  /**
   * The same for each of these for whom something waits, so many milliseconds after one another from now on, the critical first, then those for whom something came last. What arrives
   * meanwhile does not wait for that.
   * At how many is to be looked.
   */
  wake(subscribers: readonly string[], now: number, apartMs: number): Promise<number>;
  /** Takes a subscriber's backlog over for one drain: whoever had it can take and settle no more. `meanBytes`: of what waits, as `Held` has them. */
  begin(subscriber: string, token: string, now: number): Promise<{ retries: Retry[]; standing: Standing; meanBytes: number; lastDeliveredAt?: number }>;
  /**
   * The next `limit` of a class after a place (`'0'`: from the beginning); expired ones end as such. `seen`: the look that was asked for is under way; of the reads of one look the first. `counted`: with how many wait of each key, as those that are `seen` are in any case.
   * Undefined when the backlog is another drain's by now. `last`: the place up to which was read, undefined when there was nothing after.
   */
  take(subscriber: string, token: string, now: number, range: { class: NotificationClass; after: string; limit: number; seen: boolean; counted: boolean }): Promise<{ held: Held[]; last: string | undefined } | undefined>;
  /** Writes what became of them; what was replaced or dropped meanwhile has ended so already and is not counted again. False when the backlog is another drain's: only `delivered` is taken then, since that is so. */
  settle(subscriber: string, token: string, now: number, settled: readonly Settled[], attempts: readonly Attempt[], perSecond?: number): Promise<boolean>;
  /** How it stands. */
  standing(subscriber: string): Promise<Standing>;
  /** Changes how it stands; an undefined field is taken away. */
  stand(subscriber: string, standing: { [K in keyof Standing]?: Standing[K] | undefined }): Promise<void>;
  /**
   * The drain ends. It is looked at again at `at`, and at once when something has come since the last look that was `seen`; undefined: when something
   * comes. `quiet`: what comes asks for no look, since nothing may be sent; at `at` at the earliest, or when it is asked for.
   */
  rest(subscriber: string, token: string, now: number, at: number | undefined, quiet?: boolean): Promise<void>;

  /** Ends what has expired, a page at a time from `after`; undefined at the end. */
  sweep(subscriber: string, now: number, range: { class: NotificationClass; after: string; limit: number }): Promise<string | undefined>;
  /**
   * Forgets which state of a key was the newest when that happened before `before`, does not wait and has no dead letter: a page from `cursor` (`'0'`: the beginning), and says where to go on;
   * undefined at the end.
   */
  forget(subscriber: string, before: number, cursor: string): Promise<string | undefined>;
  status(subscriber: string): Promise<BacklogStatus>;
  /** Of all subscribers that are or were: the counts, bytes waiting, and what is not accounted for: 0, or something is wrong. */
  totals(): Promise<{ counts: BacklogCounts; bytes: number; unaccounted: number }>;
  /** Subscribers for which something is known. */
  known(): Promise<string[]>;

  attempts(subscriber: string, limit: number): Promise<Attempt[]>;
  deadLetters(subscriber: string, filter: DeadFilter, after: string, limit: number): Promise<{ letters: DeadLetter[]; last: string | undefined }>;
  /** Puts dead letters back where they wait; a state of which a newer one was accepted ends as coalesced. How many of each. */
  redrive(subscriber: string, filter: DeadFilter, worth: Worth, now: number): Promise<{ redriven: number; coalesced: number }>;
  /** Ends all that waits as dropped, and forgets the subscriber; how many were dropped. Nothing is done while there is a record of it. */
  remove(subscriber: string): Promise<number>;
}

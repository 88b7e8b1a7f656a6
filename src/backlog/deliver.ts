/**
 * Posts notifications to subscribers: one try each, signed, one time-out for the whole, no redirects, never to an address that nothing is sent to. What
 * came of it is told to a function: a promise for each would cost more than all else here.
 */
import { Client, type Dispatcher } from 'undici';
import type { Notification } from '../domain/notification.ts';
import { safeText } from '../operations/safe-text.ts';
import { ADDRESS_REFUSED, connectionError, guardedLookup, isRefusedHost } from '../posting/guarded-lookup.ts';
import { retryAfterMs } from '../posting/retry-after.ts';
import { createSigner } from '../posting/standard-webhooks.ts';
import type { System } from '../system/system.ts';
import { envelopeOf } from './envelope.ts';
import { createOwnDelay } from './own-delay.ts';

export interface Answer {
  /**
   * - `delivered`: 2xx, to the end
   * - `gone`: 410, it wants nothing any more
   * - `throttled`: 429, 502, 503 or 504, it wants less
   * - `refused`: any other
   * - `unanswered`: no whole answer, in time or at all
   * - `unsent`: it was not to be sent any more, which says nothing of the subscriber
   */
  is: 'delivered' | 'gone' | 'throttled' | 'refused' | 'unanswered' | 'unsent';
  /** 0: there was none. */
  status: number;
  /** How long it took, milliseconds; without what it waited here, once it had come, for others that came at the same time. */
  ms: number;
  /** Of that: until it was connected, and for how long it may have been there while this process was busy, milliseconds. */
  ownMs: number;
  /** The beginning of the answer, or why there was none; without secrets. */
  said(): string;
  /** Milliseconds for which the answer asks to be left alone. */
  retryAfterMs?: number;
}

/** `done` is called once, it may be before this returns. */
export type Post = (notification: Notification, done: (answer: Answer) => void) => void;

export interface Target {
  url: string;
  /** It is signed with each (`webhookKey`). */
  keys: readonly Uint8Array[];
  timeoutMs: number;
}

export interface Deliverer {
  /** For all posts to one subscriber, as long as these hold. `maySend` is asked once there is a connection, which may be long after: false, and it is `unsent`. */
  to(target: Target, maySend?: () => boolean): Post;
  /** Breaks off what is under way, which is told as `unanswered`. */
  close(): void;
}

interface Options {
  /** Of the events: the address of this service. */
  source: string;
  /** Whether private networks and this machine may be posted to. */
  mayBePrivate: boolean;
  system: Pick<System, 'clock' | 'steady' | 'idle' | 'timers'>;
}

/** What is read of an answer; who goes on after that has been understood all the same. */
const MAX_ANSWER_BYTES = 65_536;
const SHOWN = 200;
const THROTTLED: readonly number[] = [429, 502, 503, 504];
/** Longer than any try lasts: each has its own limit. */
const CONNECT_MS = 60_000;

const nothing = (): string => '';

function meaning(status: number): Answer['is'] {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  return THROTTLED.includes(status) ? 'throttled' : 'refused';
}

/** `headers`: names and values, one after another, as they came. */
function headerIn(headers: readonly Buffer[], name: string): string | undefined {
  const at = headers.findIndex((part, place) => place % 2 === 0 && part.toString('latin1').toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1]?.toString('latin1');
}

interface Lane {
  take(): Client;
  /** Its connection can be used again. */
  give(client: Client): void;
  close(): void;
}

/**
 * The connections to one origin: as many as there are posts on their way, the last used first, so that those that are not needed end by themselves. A pool of undici would
 * open more: one that has just answered counts as busy there until later.
 */
function createLane(origin: string, lookup: ReturnType<typeof guardedLookup>, empty: () => void): Lane {
  const all = new Set<Client>();
  const free: Client[] = [];

  function drop(client: Client): void {
    if (!all.delete(client)) return;
    const at = free.indexOf(client);
    if (at >= 0) free.splice(at, 1);
    void client.destroy();
    if (all.size === 0) empty();
  }

  function open(): Client {
    const client = new Client(origin, { connect: { lookup, timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0 });
    all.add(client);
    // Of one that is in use the post itself is told.
    client.on('disconnect', () => {
      if (free.includes(client)) drop(client);
    });
    return client;
  }

  return {
    take: () => free.pop() ?? open(),
    give(client) {
      if (client.destroyed) drop(client);
      else free.push(client);
    },
    close() {
      for (const client of all) drop(client);
    },
  };
}

export function createDeliverer({ source, mayBePrivate, system }: Options): Deliverer {
  const { clock, steady, timers } = system;
  const lookup = guardedLookup(mayBePrivate);
  const lanes = new Map<string, Lane>();
  const ownDelay = createOwnDelay(system);

  function laneTo(origin: string): Lane {
    let lane = lanes.get(origin);
    if (!lane) lanes.set(origin, (lane = createLane(origin, lookup, () => lanes.delete(origin))));
    return lane;
  }

  /** One post on its way. */
  function handler(lane: Lane, client: Client, timeoutMs: number, maySend: () => boolean, done: (answer: Answer) => void): Dispatcher.DispatchHandler {
    const began = steady();
    let sentAt = began;
    let status = 0;
    let wait: string | undefined;
    let bytes = 0;
    let first: Buffer | undefined;
    let isOver = false;
    const stop = timers.after(timeoutMs, () => fail('timed out'));

    function over(answer: Omit<Answer, 'ms' | 'ownMs'>): void {
      isOver = true;
      stop();
      const { sinceRead, unread } = ownDelay();
      const ms = Math.max(0, steady() - began - sinceRead);
      done({ ...answer, ms, ownMs: Math.min(ms, sentAt - began + unread) });
    }
    /** The connection goes too: nobody knows what comes over it yet. */
    function fail(why: string, is: 'unanswered' | 'unsent' = 'unanswered'): void {
      if (isOver) return;
      // Before: the end of the connection may be told at once, as an error of this post.
      isOver = true;
      void client.destroy();
      lane.give(client);
      over({ is, status: 0, said: () => (status === 0 ? why : `${why}, after ${status}`) });
    }
    function answered(): void {
      const is = meaning(status);
      const asked = is === 'throttled' ? retryAfterMs(wait, clock.now()) : undefined;
      over({ is, status, said: first ? () => safeText(first!.toString('utf8', 0, SHOWN)) : nothing, ...(asked === undefined ? {} : { retryAfterMs: asked }) });
    }

    // The older of undici's two ways to be told: for the other it reads all headers of each answer first.
    return {
      onConnect(abort) {
        if (isOver) return abort();
        if (!maySend()) {
          fail('not sent', 'unsent');
          return abort();
        }
        sentAt = steady();
      },
      onHeaders(code, headers) {
        status = code;
        if (THROTTLED.includes(code)) wait = headerIn(headers, 'retry-after');
        return true;
      },
      onData(chunk) {
        if (isOver) return true;
        first ??= chunk;
        bytes += chunk.length;
        if (bytes <= MAX_ANSWER_BYTES) return true;
        void client.destroy();
        lane.give(client);
        answered();
        return true;
      },
      onComplete() {
        if (isOver) return;
        lane.give(client);
        answered();
      },
      onError(error) {
        const code = connectionError(error);
        fail(code === ADDRESS_REFUSED ? 'its name leads to an address that nothing is posted to' : code);
      },
    };
  }

  return {
    to({ url, keys, timeoutMs }, maySend = () => true) {
      const address = new URL(url);
      const { origin } = address;
      const path = address.pathname + address.search;
      const sign = createSigner(keys);
      if (isRefusedHost(address, mayBePrivate)) {
        return (_notification, done) => done({ is: 'unanswered', status: 0, ms: 0, ownMs: 0, said: () => 'an address that nothing is posted to' });
      }
      return (notification, done) => {
        const { headers, body } = envelopeOf(notification, source);
        const signed = sign(notification.id, clock.now(), body);
        const lane = laneTo(origin);
        const client = lane.take();
        client.dispatch({
          method: 'POST', path, body: signed.body,
          headers: [...headers, 'user-agent', 'Ringthrough', 'webhook-id', notification.id, 'webhook-timestamp', signed.timestamp, 'webhook-signature', signed.signature],
        }, handler(lane, client, timeoutMs, maySend, done));
      };
    },
    close() {
      for (const lane of lanes.values()) lane.close();
    },
  };
}

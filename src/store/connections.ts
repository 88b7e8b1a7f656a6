/**
 * The roles that a Redis connection can have, on one Redis, behind Sentinel or in a Cluster: who uses a connection need not
 * know which. What answers a caller fails fast: no queue while disconnected, no second try behind the caller's back (a
 * commit must not run twice), a short time-out. What works in the background waits for Redis to come back.
 */
import { Redis } from 'ioredis';
import { ASK_MS, placeOf, placeOptions, type PlainOptions } from './redis-place.ts';
import { leaveWhenReplaced } from './sentinel-watch.ts';

/** A command that has no reply after this long is given up, milliseconds; its effect is then unknown. */
export const COMMAND_TIMEOUT_MS = 2000;
/** How long a background reader lets Redis wait for news before it asks again, milliseconds. */
export const BLOCK_MS = 2000;
/** The longest that BullMQ's workers let Redis wait for a job, milliseconds (`maximumBlockTimeout` in its worker.js). */
const QUEUE_BLOCK_MS = 10_000;

export interface RedisTarget {
  url: string;
  /** Told of connection errors; ioredis would print those that nobody listens to. */
  onError: (error: Error) => void;
}

/** `silenceMs`: a connection that is owed an answer for so long is given up, where another server may have taken over meanwhile. */
function open({ url, onError }: RedisTarget, silenceMs: number, options: PlainOptions): Redis {
  const place = placeOf(url);
  const connection = place.kind === 'one' ? new Redis(place.url.replace(/^unix:\/\//, ''), options) : new Redis({ ...options, ...placeOptions(place, silenceMs) });
  connection.on('error', onError);
  if (place.kind === 'sentinel') leaveWhenReplaced(connection, place, ASK_MS);
  return connection;
}

export function createFastConnection(target: RedisTarget): Redis {
  return open(target, COMMAND_TIMEOUT_MS, {
    connectionName: 'ringthrough-fast',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => 100,
  });
}

/** For BullMQ and other work that nobody waits for: what is in flight when Redis goes is sent again when it is back. */
export function createBackgroundConnection(target: RedisTarget): Redis {
  return open(target, QUEUE_BLOCK_MS + COMMAND_TIMEOUT_MS, {
    connectionName: 'ringthrough-background',
    maxRetriesPerRequest: null,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => 200,
  });
}

/** For readers of streams, which keep their own place: a lost read fails and the reader asks again. */
export function createReaderConnection(target: RedisTarget): Redis {
  return open(target, BLOCK_MS + COMMAND_TIMEOUT_MS, {
    connectionName: 'ringthrough-reader',
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: BLOCK_MS + COMMAND_TIMEOUT_MS,
    retryStrategy: () => 100,
  });
}

/** Ends a connection, and with it all that waits for an answer: while it waits to try again, ioredis would leave that waiting for ever. */
export function breakOff(connection: Redis): void {
  const waits = connection.status === 'reconnecting';
  connection.disconnect();
  if (!waits) return;
  connection.connect().catch(() => undefined);
  connection.disconnect();
}

/** Resolves when the connection is usable; for start-up, before which a fast connection refuses commands. */
export function whenReady(connection: Redis): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => {
    connection.once('ready', () => resolve());
  });
}

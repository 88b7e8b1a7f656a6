/**
 * The two roles that a Redis connection can have. What answers a caller fails fast: no queue while disconnected, no
 * second try behind the caller's back (a commit must not run twice), a short time-out. What works in the
 * background waits for Redis to come back.
 */
import { Redis, type RedisOptions } from 'ioredis';

/** A command that has no reply after this long is given up, milliseconds; its effect is then unknown. */
export const COMMAND_TIMEOUT_MS = 2000;
/** How long a background reader lets Redis wait for news before it asks again, milliseconds. */
export const BLOCK_MS = 2000;

export interface RedisTarget {
  url: string;
  /** Told of connection errors; ioredis would print those that nobody listens to. */
  onError: (error: Error) => void;
}

function open({ url, onError }: RedisTarget, options: Omit<RedisOptions, 'replyMapping'>): Redis {
  const path = url.startsWith('unix://') ? url.slice('unix://'.length) : url;
  const connection = new Redis(path, options);
  connection.on('error', onError);
  return connection;
}

export function createFastConnection(target: RedisTarget): Redis {
  return open(target, {
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
  return open(target, {
    connectionName: 'ringthrough-background',
    maxRetriesPerRequest: null,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => 200,
  });
}

/** For readers of streams, which keep their own place: a lost read fails and the reader asks again. */
export function createReaderConnection(target: RedisTarget): Redis {
  return open(target, {
    connectionName: 'ringthrough-reader',
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: BLOCK_MS + COMMAND_TIMEOUT_MS,
    retryStrategy: () => 100,
  });
}

/** Resolves when the connection is usable; for start-up, before which a fast connection refuses commands. */
export function whenReady(connection: Redis): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => {
    connection.once('ready', () => resolve());
  });
}

/** What a connection needs to find, and find again, the server that has our keys: the one behind Sentinel, or the one of a Cluster. */
import type { RedisOptions } from 'ioredis';
import { readRedisUrl, type RedisPlace } from '../domain/redis-url.ts';
import { replyCode } from './answering.ts';
import { createSlotConnector } from './slot-connector.ts';

/** With replies in the form that everybody here reads. */
export type PlainOptions = Omit<RedisOptions, 'replyMapping'>;
type MovingPlace = Exclude<RedisPlace, { kind: 'one' }>;

/** How long one Sentinel, or one server of a Cluster, may take to say who the primary is, milliseconds. */
export const ASK_MS = 500;
/** Between two rounds of Sentinels none of which could say, milliseconds. */
const ASK_AGAIN_MS = 100;
/** How long a server that is left may take to close its end, milliseconds: one that hangs never does. */
const PARTING_MS = 100;
/** What a server says that is not, or not now, the one that takes our writes. With those of other codes asking elsewhere is of no use. */
const NOT_HERE = new Set(['READONLY', 'MOVED', 'CLUSTERDOWN', 'MASTERDOWN', 'UNBLOCKED']);

/** Throws when the address cannot be read; nothing of it gets into the text. */
export function placeOf(url: string): RedisPlace {
  const place = readRedisUrl(url);
  if ('fault' in place) throw new Error(`The address of Redis cannot be used: ${place.fault}`);
  return place;
}

/** By how many replicas a write must be held before it is acknowledged, where the settings do not say. */
export function replicasWanted(url: string): number {
  return placeOf(url).kind === 'one' ? 0 : 1;
}

/** `silenceMs`: a connection that is owed an answer for so long is given up, and the primary looked for again. */
export function placeOptions(place: MovingPlace, silenceMs: number): PlainOptions {
  const shared: PlainOptions = {
    ...place.login,
    // Not one that was resent behind the caller's back: whoever sent it is told.
    reconnectOnError: (error) => NOT_HERE.has(replyCode(error) ?? ''),
    socketTimeout: silenceMs,
    disconnectTimeout: PARTING_MS,
    ...(place.tls ? { tls: {} } : {}),
  };
  if (place.kind === 'cluster') return { ...shared, Connector: createSlotConnector(place, ASK_MS) };
  const { username, password } = place.sentinelLogin;
  return {
    ...shared,
    sentinels: [...place.nodes],
    name: place.master,
    db: place.database,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    sentinelCommandTimeout: ASK_MS,
    sentinelRetryStrategy: () => ASK_AGAIN_MS,
  };
}

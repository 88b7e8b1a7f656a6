/**
 * Holds back what is acknowledged until so many replicas have it. Replication follows after the answer: what a primary took and no
 * replica has is gone when another takes its place. Redis's WAIT tells how many replicas have all that a connection wrote
 * before; a small write goes ahead of it, so that what was only read, because another had written it, counts as well.
 */
import type { Redis } from 'ioredis';
import { FATE_UNKNOWN, storeUnavailable } from './answering.ts';
import { keys } from './keys.ts';

/** Does `work`, and resolves as it does once the replicas have what it wrote and read. Rejects as it does, or with `store_unavailable`: then a failover may undo what was done. */
export type Confirmed = <T>(work: () => Promise<T>) => Promise<T>;

/** Where no replica must have anything. */
export const unconfirmed: Confirmed = (work) => work();

/** How long replicas may take, milliseconds. What others send on the same connection waits meanwhile. */
const WAIT_MS = 500;

const TOO_FEW = 'The change was made, but too few replicas have it, so that a failover may undo it. Read it before trying again';

/** `work` must use this connection and no other. */
export function createConfirmed(redis: Redis, replicas: number): Confirmed {
  if (replicas === 0) return unconfirmed;
  /** Which connection it is: WAIT knows nothing of what was written on the one before, perhaps to another server. */
  let connection = 0;
  let asking: Promise<unknown> = Promise.resolve();
  let next: Promise<number> | undefined;
  redis.on('connect', () => {
    connection += 1;
  });

  async function ask(): Promise<number> {
    const [, count] = await Promise.all([redis.set(keys.beat, ''), redis.wait(replicas, WAIT_MS)]);
    return count;
  }

  /** One question at a time, the next one for all who came meanwhile: the one that is under way says nothing of what they did. */
  function count(): Promise<number> {
    next ??= asking.then(() => {
      const answer = ask();
      next = undefined;
      asking = answer.catch(() => undefined);
      return answer;
    });
    return next;
  }

  return async (work) => {
    const before = connection;
    const done = await work();
    const held = await count().catch((error: unknown) => Promise.reject(storeUnavailable(error, FATE_UNKNOWN)));
    if (connection !== before) throw storeUnavailable(new Error('Redis was lost before its replicas confirmed'), FATE_UNKNOWN);
    if (held < replicas) throw storeUnavailable(new Error('too few replicas confirmed in time'), TOO_FEW);
    return done;
  };
}

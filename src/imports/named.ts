/**
 * Remembers numbers for one import: which of them its file names, or which a revert leaves alone. The digits of a
 * number fit an integer, and small sets of integers cost Redis some 8 bytes a member. Noting twice changes nothing.
 */
import type { Redis } from 'ioredis';
import { fnv1a } from '../domain/hash.ts';
import { answering, storeUnavailable } from '../store/answering.ts';
import { keys } from '../store/keys.ts';
import { ROWS_KEPT_SECONDS } from './kept.ts';

export interface Noted {
  numbers: readonly string[];
  customers: readonly string[];
}

export interface Named {
  /** `shards` is the same for one import each time: its chunks, which keeps the sets small. */
  note(id: string, shards: number, noted: Noted): Promise<void>;
  /** For each number whether it was noted. */
  holds(id: string, shards: number, numbers: readonly string[]): Promise<boolean[]>;
  /** False when something of what was noted may have run out. */
  isWhole(id: string): Promise<boolean>;
  /** The customer after this one, in order. */
  customerAfter(id: string, after: string | undefined): Promise<string | undefined>;
  drop(id: string, shards: number): Promise<void>;
}

/** The anchor, set with the first number, goes before any of the sets does. */
const SETS_KEPT_SECONDS = ROWS_KEPT_SECONDS + 86_400;
const DROPPED_AT_ONCE = 500;

const shardOf = (number: string, shards: number): number => fnv1a(number) % Math.max(1, shards);
const digitsOf = (number: string): string => number.slice(1);

type Pipeline = ReturnType<Redis['pipeline']>;

async function run(pipeline: Pipeline): Promise<unknown[]> {
  const replies = (await answering(pipeline.exec())) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw storeUnavailable(error);
    return reply;
  });
}

function byShard(numbers: readonly string[], shards: number): Map<number, string[]> {
  const sets = new Map<number, string[]>();
  for (const number of numbers) {
    const shard = shardOf(number, shards);
    const others = sets.get(shard);
    if (others) others.push(digitsOf(number));
    else sets.set(shard, [digitsOf(number)]);
  }
  return sets;
}

export function createNamed(redis: Redis): Named {
  return {
    async note(id, shards, { numbers, customers }) {
      const pipeline = redis.pipeline();
      pipeline.set(keys.importAnchor(id), '1', 'EX', ROWS_KEPT_SECONDS, 'NX');
      for (const [shard, digits] of byShard(numbers, shards)) {
        const key = keys.importNamed(id, shard);
        pipeline.sadd(key, ...digits);
        pipeline.expire(key, SETS_KEPT_SECONDS);
      }
      if (customers.length > 0) {
        pipeline.zadd(keys.importCustomers(id), ...customers.flatMap((customer) => [0, customer]));
        pipeline.expire(keys.importCustomers(id), SETS_KEPT_SECONDS);
      }
      await run(pipeline);
    },
    async holds(id, shards, numbers) {
      if (numbers.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const number of numbers) pipeline.sismember(keys.importNamed(id, shardOf(number, shards)), digitsOf(number));
      return (await run(pipeline)).map((reply) => reply === 1);
    },
    isWhole: async (id) => (await answering(redis.exists(keys.importAnchor(id)))) === 1,
    async customerAfter(id, after) {
      const [customer] = await answering(redis.zrange(keys.importCustomers(id), after === undefined ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, 1));
      return customer;
    },
    async drop(id, shards) {
      // First the anchor: what is left of a drop that was cut short is never taken for the whole.
      await answering(redis.unlink(keys.importAnchor(id), keys.importCustomers(id)));
      for (let from = 0; from < shards; from += DROPPED_AT_ONCE) {
        await answering(redis.unlink(...Array.from({ length: Math.min(DROPPED_AT_ONCE, shards - from) }, (_, at) => keys.importNamed(id, from + at))));
      }
    },
  };
}

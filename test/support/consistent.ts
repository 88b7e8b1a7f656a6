/** What is stored, and whether counts of references and indexes are what the records say: reckoned from the records alone. */
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { decode, type Records } from '../../src/store/codec.ts';
import { COLLECTIONS, keys, NUMBER_SHARDS, type Collection } from '../../src/store/keys.ts';
import { indexesOf, referencesOf } from '../../src/store/relations.ts';

export interface Stored {
  collection: Collection;
  id: string;
  record: Records[Collection];
}

/** All records, by `collection/id`. */
export async function everything(redis: Redis): Promise<Map<string, Stored>> {
  const all = new Map<string, Stored>();
  const take = (collection: Collection, pairs: Record<string, string>): void => {
    for (const [name, stored] of Object.entries(pairs)) {
      const found = decode(collection, stored);
      if (!found) throw new Error(`${collection}/${name} cannot be read`);
      all.set(`${collection}/${name}`, { collection, id: name, record: found.record });
    }
  };
  for (const collection of COLLECTIONS) if (collection !== 'numbers') take(collection, await redis.hgetall(keys.records(collection)));
  const pipeline = redis.pipeline();
  for (let shard = 0; shard < NUMBER_SHARDS; shard += 1) pipeline.hgetall(keys.numberShard(shard));
  for (const [, pairs] of (await pipeline.exec()) ?? []) take('numbers', pairs as Record<string, string>);
  return all;
}

/** No record refers to one that is not there, and every count and index is what the records say. */
export async function assertConsistent(redis: Redis): Promise<void> {
  const all = await everything(redis);
  const references: Record<string, string> = {};
  const indexes: Record<string, string[]> = {};
  for (const { collection, id: name, record } of all.values()) {
    for (const subject of referencesOf(collection, record)) {
      expect([...all.keys()], `${collection}/${name} refers to ${subject}`).toContain(subject);
      references[subject] = String(Number(references[subject] ?? 0) + 1);
    }
    for (const index of indexesOf(collection, record)) indexes[index] = [...(indexes[index] ?? []), name].toSorted();
  }
  expect(await redis.hgetall(keys.references)).toEqual(references);
  const prefix = keys.index('');
  const stored: Record<string, string[]> = {};
  for (const key of await redis.keys(`${prefix}*`)) stored[key.slice(prefix.length)] = await redis.zrange(key, '-', '+', 'BYLEX');
  expect(stored).toEqual(indexes);
}

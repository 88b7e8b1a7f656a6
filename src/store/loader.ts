/** Reads everything that processes hold in memory, shard by shard, with progress. */
import type { Redis } from 'ioredis';
import { openEnvelope } from './codec.ts';
import { keys, NUMBER_SHARDS, TABLE_COLLECTIONS, type Collection } from './keys.ts';

export interface LoadSink {
  /** False when the record is unreadable. */
  apply(collection: Collection, id: string, payload: string | undefined): boolean;
}

export interface LoadReport {
  records: number;
  unreadable: { collection: Collection; id: string; stored: string }[];
}

const SHARDS_AT_ONCE = 32;
const SCAN_COUNT = 1000;

function take(sink: LoadSink, report: LoadReport, collection: Collection, pairs: readonly string[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const id = pairs[at] ?? '';
    const stored = pairs[at + 1] ?? '';
    const envelope = openEnvelope(stored);
    report.records += 1;
    if (!envelope || !sink.apply(collection, id, envelope.payload)) report.unreadable.push({ collection, id, stored });
  }
}

async function loadNumbers(redis: Redis, sink: LoadSink, report: LoadReport, onProgress: (done: number) => void): Promise<void> {
  for (let from = 0; from < NUMBER_SHARDS; from += SHARDS_AT_ONCE) {
    const pipeline = redis.pipeline();
    for (let shard = from; shard < from + SHARDS_AT_ONCE; shard += 1) pipeline.call('HGETALL', keys.numberShard(shard));
    for (const [error, pairs] of (await pipeline.exec()) ?? []) {
      if (error) throw error;
      take(sink, report, 'numbers', pairs as string[]);
    }
    onProgress((from + SHARDS_AT_ONCE) / NUMBER_SHARDS);
  }
}

async function loadCollection(redis: Redis, sink: LoadSink, report: LoadReport, collection: Exclude<Collection, 'numbers'>): Promise<void> {
  let cursor = '0';
  do {
    const [next, pairs] = await redis.hscan(keys.records(collection), cursor, 'COUNT', SCAN_COUNT);
    take(sink, report, collection, pairs);
    cursor = next;
  } while (cursor !== '0');
}

/** `onProgress` gets the share of the numbers that has been read, 0 to 1. */
export async function load(redis: Redis, sink: LoadSink, onProgress: (share: number) => void): Promise<LoadReport> {
  const report: LoadReport = { records: 0, unreadable: [] };
  for (const collection of TABLE_COLLECTIONS) {
    if (collection === 'numbers') await loadNumbers(redis, sink, report, onProgress);
    else await loadCollection(redis, sink, report, collection);
  }
  return report;
}

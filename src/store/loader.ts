/** Reads everything that processes hold in memory, shard by shard, with progress. */
import type { Redis } from 'ioredis';
import { openEnvelope } from './codec.ts';
import { readHashes, type TakePair } from './hash-reader.ts';
import { keys, NUMBER_SHARDS, TABLE_COLLECTIONS, type Collection } from './keys.ts';
import { createTexts, e164Digits, ruleStart } from './stored-numbers.ts';

export interface LoadSink {
  /** False when the record is unreadable. */
  apply(collection: Collection, id: string, payload: string | undefined): boolean;
  /** The same for a number, by its digits and the shared part of its payload. */
  takeNumber(digits: number, rule: string): boolean;
}

export interface LoadReport {
  records: number;
  unreadable: { collection: Collection; id: string; stored: string }[];
}

const SCAN_COUNT = 1000;

function takeOne(sink: LoadSink, report: LoadReport, collection: Collection, id: string, stored: string): void {
  const envelope = openEnvelope(stored);
  report.records += 1;
  if (!envelope || !sink.apply(collection, id, envelope.payload)) report.unreadable.push({ collection, id, stored });
}

function take(sink: LoadSink, report: LoadReport, collection: Collection, pairs: readonly string[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) takeOne(sink, report, collection, pairs[at] ?? '', pairs[at + 1] ?? '');
}

async function loadNumbers(redis: Redis, sink: LoadSink, report: LoadReport, onProgress: (share: number) => void): Promise<void> {
  const textOf = createTexts();
  const shards = Array.from({ length: NUMBER_SHARDS }, (_, shard) => keys.numberShard(shard));
  const takePair: TakePair = (bytes, field, fieldEnd, value, valueEnd) => {
    report.records += 1;
    const digits = e164Digits(bytes, field, fieldEnd);
    const rule = ruleStart(bytes, value, valueEnd);
    if (digits > 0 && rule >= 0 && sink.takeNumber(digits, textOf(bytes, rule, valueEnd))) return;
    report.unreadable.push({ collection: 'numbers', id: textOf(bytes, field, fieldEnd), stored: textOf(bytes, value, valueEnd) });
  };
  await readHashes(redis, shards, takePair, (done) => onProgress(done / NUMBER_SHARDS));
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

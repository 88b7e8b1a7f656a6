/** Reads everything that processes hold in memory, shard by shard, with progress. */
import type { Redis } from 'ioredis';
import { openEnvelope } from './codec.ts';
import { keys, NUMBER_SHARDS, TABLE_COLLECTIONS, type Collection } from './keys.ts';
import { loadScript } from './script.ts';

export interface LoadSink {
  /** False when the record is unreadable. */
  apply(collection: Collection, id: string, payload: string | undefined): boolean;
}

export interface LoadReport {
  records: number;
  unreadable: { collection: Collection; id: string; stored: string }[];
}

/** How many parts the text of a shard has, and the text, in turn. */
type ShardTexts = readonly (number | string)[];
const readShards = loadScript<ShardTexts>('read-shards-0');

/** Small enough that no other client waits for more than some milliseconds, with about a thousand numbers a shard. */
const SHARDS_AT_ONCE = 8;
const SCAN_COUNT = 1000;

function takeOne(sink: LoadSink, report: LoadReport, collection: Collection, id: string, stored: string): void {
  const envelope = openEnvelope(stored);
  report.records += 1;
  if (!envelope || !sink.apply(collection, id, envelope.payload)) report.unreadable.push({ collection, id, stored });
}

function take(sink: LoadSink, report: LoadReport, collection: Collection, pairs: readonly string[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) takeOne(sink, report, collection, pairs[at] ?? '', pairs[at + 1] ?? '');
}

/** How many lines a text has. */
function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A shard as read-shards-0.lua gives it. False when one of its parts holds a line feed itself, so that it cannot be taken apart. */
function takeText(sink: LoadSink, report: LoadReport, parts: number, text: string): boolean {
  if (linesIn(text) !== parts) return false;
  for (let from = 0; from < text.length;) {
    const split = text.indexOf('\n', from);
    const end = text.indexOf('\n', split + 1);
    takeOne(sink, report, 'numbers', text.slice(from, split), text.slice(split + 1, end));
    from = end + 1;
  }
  return true;
}

async function loadNumbers(redis: Redis, sink: LoadSink, report: LoadReport, onProgress: (done: number) => void): Promise<void> {
  const ask = (from: number): Promise<ShardTexts> => readShards.run(redis, Array.from({ length: SHARDS_AT_ONCE }, (_, more) => keys.numberShard(from + more)), []);
  let asked = ask(0);
  for (let from = 0; from < NUMBER_SHARDS; from += SHARDS_AT_ONCE) {
    const texts = await asked;
    // Redis reads the next while these are taken in.
    if (from + SHARDS_AT_ONCE < NUMBER_SHARDS) {
      asked = ask(from + SHARDS_AT_ONCE);
      // Met when it is awaited, unless what comes before it fails.
      asked.catch(() => undefined);
    }
    for (let at = 0; at < SHARDS_AT_ONCE; at += 1) {
      const whole = takeText(sink, report, Number(texts[2 * at]), String(texts[2 * at + 1]));
      if (!whole) take(sink, report, 'numbers', (await redis.call('HGETALL', keys.numberShard(from + at))) as string[]);
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

/** Reads the change stream: one entry a commit, numbered without gaps. */
import type { Redis } from 'ioredis';
import { BLOCK_MS } from './connections.ts';
import { keys, type Collection } from './keys.ts';

export interface Change {
  collection: Collection;
  id: string;
  /** Undefined when the record was removed. */
  payload: string | undefined;
}

export interface ChangeEntry {
  revision: number;
  changes: readonly Change[];
  /** The entry as it is stored: tells it from one of the same number in another past. */
  text: string;
}

const ENTRIES_AT_ONCE = 200;

function changesOf(fields: readonly string[]): Change[] {
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const subject = fields[at] ?? '';
    // No change: the hash that each entry begins with.
    if (subject === '') continue;
    const slash = subject.indexOf('/');
    const value = fields[at + 1] ?? '';
    changes.push({ collection: subject.slice(0, slash) as Collection, id: subject.slice(slash + 1), payload: value === '-' ? undefined : value.slice(1) });
  }
  return changes;
}

type RawEntry = [id: string, fields: string[]];

function toEntry([id, fields]: RawEntry): ChangeEntry {
  return { revision: Number(id.split('-')[0]), changes: changesOf(fields), text: fields.join('\n') };
}

/** The entries after commit `revision`; with `wait`, waits up to BLOCK_MS for one. */
export async function entriesAfter(redis: Redis, revision: number, wait: boolean): Promise<ChangeEntry[]> {
  const reply = wait
    ? await redis.xread('COUNT', ENTRIES_AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', keys.changes, `${revision}-0`)
    : await redis.xread('COUNT', ENTRIES_AT_ONCE, 'STREAMS', keys.changes, `${revision}-0`);
  return ((reply?.[0]?.[1] ?? []) as RawEntry[]).map(toEntry);
}

/** The text of commit `revision`'s entry, undefined when it is not kept any more. */
export async function entryText(redis: Redis, revision: number): Promise<string | undefined> {
  const [entry] = (await redis.xrange(keys.changes, `${revision}-0`, `${revision}-0`)) as RawEntry[];
  return entry && toEntry(entry).text;
}

/** Number of the last commit, and identity of the data set (made when there is none). */
export async function position(redis: Redis, newEpoch: string): Promise<{ epoch: string; revision: number }> {
  const read = () => redis.mget(keys.epoch, keys.revision);
  let [epoch, revision] = await read();
  if (epoch === null) {
    // Only then: a Redis that is full or a replica takes no writes, and can be followed all the same.
    await redis.set(keys.epoch, newEpoch, 'NX');
    [epoch, revision] = await read();
  }
  return { epoch: epoch ?? '', revision: Number(revision ?? 0) };
}

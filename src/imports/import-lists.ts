/** What an import keeps in Redis beside its record: the rows that wait, in chunks; those refused; the first changes; and what it changed. */
import type { Redis } from 'ioredis';
import type { ChangeKind, RejectedRow, StagedRow } from '../domain/import.ts';
import { answering, storeUnavailable } from '../store/answering.ts';
import { keys } from '../store/keys.ts';
import { unconfirmed, type Confirmed } from '../store/replica-wait.ts';
import { indexName } from '../store/relations.ts';
import { imageOf, type Image } from './images.ts';
import { ROWS_KEPT_SECONDS } from './kept.ts';
import { createNamed, type Named } from './named.ts';
import { pack, unpack } from './pack.ts';

/** Of when the rows were judged, or of when they were applied. */
export type When = 'judged' | 'applied';

export interface ShownChange {
  number: string;
  before: unknown;
  after: unknown;
}

export interface ImportLists {
  named: Named;
  pushChunk(id: string, rows: readonly StagedRow[]): Promise<void>;
  /** The rows of chunk `position`, counted from 0; undefined when they are lost. */
  chunk(id: string, position: number): Promise<StagedRow[] | undefined>;
  /** Lets the rows that wait live as long again. */
  keepRows(id: string): Promise<void>;
  dropRows(id: string): Promise<void>;
  /** Refused rows from `from`, counted from 0 in the order in which they were judged. */
  rejected(id: string, from: number, limit: number, when?: When): Promise<RejectedRow[]>;
  changes(id: string, when: When, kind: ChangeKind, from: number, limit: number): Promise<ShownChange[]>;
  /** What was changed by the commit `position`, counted from 0; undefined when it is not kept any more. */
  image(id: string, position: number): Promise<Image[] | undefined>;
  imageCount(id: string): Promise<number>;
  /** Ids of imports, newest first; those older than `before`. */
  newest(before: string | undefined, limit: number): Promise<string[]>;
}

export function createImportLists(redis: Redis, confirmed: Confirmed = unconfirmed): ImportLists {
  return {
    named: createNamed(redis),
    async pushChunk(id, rows) {
      const key = keys.importRows(id);
      const packed = await pack(rows);
      // With every chunk, so that no list can be left behind that lives for ever.
      const replies = await confirmed(() => answering(redis.multi().rpush(key, packed).expire(key, ROWS_KEPT_SECONDS).exec()));
      const failed = replies?.find(([error]) => error !== null);
      if (failed) throw storeUnavailable(failed[0]);
    },
    async chunk(id, position) {
      const packed = await answering(redis.lindexBuffer(keys.importRows(id), position));
      const rows = packed === null ? undefined : await unpack(packed);
      return Array.isArray(rows) ? (rows as StagedRow[]) : undefined;
    },
    async keepRows(id) {
      await answering(redis.expire(keys.importRows(id), ROWS_KEPT_SECONDS));
    },
    async dropRows(id) {
      await answering(redis.unlink(keys.importRows(id)));
    },
    async rejected(id, from, limit, when = 'applied') {
      const stored = await answering(redis.lrange(keys.importRejected(id, when), from, from + limit - 1));
      return stored.map((row) => JSON.parse(row) as RejectedRow);
    },
    async changes(id, when, kind, from, limit) {
      const stored = await answering(redis.lrange(keys.importChanges(id, when, kind), from, from + limit - 1));
      return stored.map((change) => JSON.parse(change) as ShownChange);
    },
    async image(id, position) {
      const stored = await answering(redis.lindex(keys.importImages(id), position));
      return stored === null ? undefined : imageOf(stored);
    },
    imageCount: (id) => answering(redis.llen(keys.importImages(id))),
    newest: (before, limit) =>
      answering(redis.zrange(keys.index(indexName('imports')), before === undefined ? '+' : `(${before}`, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit)),
  };
}

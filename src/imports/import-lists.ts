/** What an import keeps in Redis beside its record: the rows that wait, in chunks, and the rows that were refused. */
import type { Redis } from 'ioredis';
import type { RejectedRow, StagedRow } from '../domain/import.ts';
import { answering, storeUnavailable } from '../store/answering.ts';
import { keys } from '../store/keys.ts';
import { indexName } from '../store/relations.ts';

export interface ImportLists {
  pushChunk(id: string, rows: readonly StagedRow[]): Promise<void>;
  /** The rows of chunk `position`, counted from 0; undefined when they are lost. */
  chunk(id: string, position: number): Promise<StagedRow[] | undefined>;
  /** Lets the rows that wait live as long again. */
  keepRows(id: string): Promise<void>;
  dropRows(id: string): Promise<void>;
  /** Refused rows from `from`, counted from 0 in the order in which they were judged. */
  rejected(id: string, from: number, limit: number): Promise<RejectedRow[]>;
  /** Ids of imports, newest first; those older than `before`. */
  newest(before: string | undefined, limit: number): Promise<string[]>;
}

/** Rows that nobody has taken after a week are forgotten, seconds. */
const ROWS_KEPT_SECONDS = 7 * 86_400;
/** How long the refused rows of an import can be read, seconds. */
export const REJECTED_KEPT_SECONDS = 30 * 86_400;

function rowsOf(stored: string | null): StagedRow[] | undefined {
  if (stored === null) return undefined;
  try {
    const rows: unknown = JSON.parse(stored);
    return Array.isArray(rows) ? (rows as StagedRow[]) : undefined;
  } catch {
    return undefined;
  }
}

export function createImportLists(redis: Redis): ImportLists {
  return {
    async pushChunk(id, rows) {
      const key = keys.importRows(id);
      // With every chunk, so that no list can be left behind that lives for ever.
      const replies = await answering(redis.multi().rpush(key, JSON.stringify(rows)).expire(key, ROWS_KEPT_SECONDS).exec());
      const failed = replies?.find(([error]) => error !== null);
      if (failed) throw storeUnavailable(failed[0]);
    },
    chunk: async (id, position) => rowsOf(await answering(redis.lindex(keys.importRows(id), position))),
    async keepRows(id) {
      await answering(redis.expire(keys.importRows(id), ROWS_KEPT_SECONDS));
    },
    async dropRows(id) {
      await answering(redis.del(keys.importRows(id)));
    },
    async rejected(id, from, limit) {
      const stored = await answering(redis.lrange(keys.importRejected(id), from, from + limit - 1));
      return stored.map((row) => JSON.parse(row) as RejectedRow);
    },
    newest: (before, limit) =>
      answering(redis.zrange(keys.index(indexName('imports')), before === undefined ? '+' : `(${before}`, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit)),
  };
}

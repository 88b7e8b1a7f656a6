/** The store: records read and committed in Redis. Fails fast: `store_unavailable` when Redis does not answer. */
import type { Redis } from 'ioredis';
import type { AuditEntry } from '../domain/audit.ts';
import { Failure } from '../domain/errors.ts';
import { SYSTEM } from '../domain/key.ts';
import { answering, FATE_UNKNOWN, replyCode, storeUnavailable } from './answering.ts';
import { checkAudit, type AuditCheck, type AuditCheckOptions } from './audit-chain.ts';
import { decode, openEnvelope, type Decoded } from './codec.ts';
import type { Check, Draft } from './draft.ts';
import { keys, type Collection } from './keys.ts';
import { unconfirmed, type Confirmed } from './replica-wait.ts';
import { loadScript } from './script.ts';

/** Change entries that are kept for followers; one that missed more loads everything anew. */
const CHANGES_KEPT = 4096;

const commitScript = loadScript<[number] | [-1, number]>('commit-7');

export type Committed = { revision: number } | { failed: Check };

/** A record as stored, or the news that it is there and cannot be read. */
export type Found<C extends Collection> = Decoded<C> | { unreadable: true; revision: number | undefined };

export interface Store {
  commit(draft: Draft): Promise<Committed>;
  find<C extends Collection>(collection: C, id: string): Promise<Found<C> | undefined>;
  /** The same, for who acknowledges what is there without writing it: no failover takes it back, as with a commit. */
  findKept<C extends Collection>(collection: C, id: string): Promise<Found<C> | undefined>;
  findMany<C extends Collection>(collection: C, ids: readonly string[]): Promise<(Found<C> | undefined)[]>;
  /** The field of a hash that holds no records. */
  marked(key: string, field: string): Promise<string | undefined>;
  /** Number of the last commit. */
  position(): Promise<number>;
  /** Ids of an index after `after`, in order. */
  page(index: string, after: string | undefined, limit: number): Promise<string[]>;
  /** Ids of an index before `before`, the last first. */
  pageBack(index: string, before: string | undefined, limit: number): Promise<string[]>;
  /** How many records refer to this one. */
  referenceCount(collection: Collection, id: string): Promise<number>;
  audit(options: { before: string | undefined; limit: number; customer: string | undefined }): Promise<{ id: string; entry: AuditEntry }[]>;
  /** Checks the chain of audit entries, a part at a time. */
  checkAudit(options: AuditCheckOptions): Promise<AuditCheck>;
  /** Throws `store_unavailable` unless Redis answers. */
  ping(): Promise<void>;
}

const AUDIT_SCAN = 500;

function found<C extends Collection>(collection: C, stored: string | null | undefined): Found<C> | undefined {
  if (stored === null || stored === undefined) return undefined;
  return decode(collection, stored) ?? { unreadable: true, revision: openEnvelope(stored)?.revision };
}

/** An entry that cannot be read is shown as that: it hides no other. */
function readEntry(stored: string): AuditEntry {
  try {
    const value = JSON.parse(stored) as Partial<AuditEntry> | null;
    if (typeof value?.at === 'number' && Array.isArray(value.changes)) return value as AuditEntry;
  } catch {
    // Falls through to what stands for it.
  }
  return { at: 0, by: SYSTEM, action: 'unreadable', changes: [] };
}

async function readAudit(redis: Redis, { before, limit, customer }: Parameters<Store['audit']>[0]): Promise<{ id: string; entry: AuditEntry }[]> {
  const entries: { id: string; entry: AuditEntry }[] = [];
  let end = before === undefined ? '+' : `(${before}`;
  for (;;) {
    const batch = await redis.xrevrange(keys.audit, end, '-', 'COUNT', AUDIT_SCAN);
    for (const [id, fields] of batch) {
      if (customer !== undefined && fields[1] !== customer) continue;
      entries.push({ id, entry: readEntry(fields[3] ?? '') });
      if (entries.length === limit) return entries;
    }
    const last = batch.at(-1);
    if (batch.length < AUDIT_SCAN || !last) return entries;
    end = `(${last[0]}`;
  }
}

async function committing<T>(redis: Redis, send: () => Promise<T>): Promise<T> {
  if (redis.status !== 'ready') throw storeUnavailable(undefined);
  try {
    return await send();
  } catch (error) {
    throw storeUnavailable(error, replyCode(error) === undefined ? FATE_UNKNOWN : undefined);
  }
}

export interface StoreOptions {
  /** Audit entries that are kept at most. */
  auditKept: number;
  /** Bytes of them that are kept at most, see commit-7.lua; default all. */
  auditKeptBytes?: number;
  confirmed?: Confirmed;
}

export function createStore(redis: Redis, { auditKept, auditKeptBytes = Number.MAX_SAFE_INTEGER, confirmed = unconfirmed }: StoreOptions): Store {
  const fixedKeys = [keys.revision, keys.changes, keys.audit, keys.references, keys.auditHead, keys.owed, keys.records('subscribers')];

  async function find<C extends Collection>(collection: C, id: string): Promise<Found<C> | undefined> {
    return found(collection, await answering(redis.hget(keys.home(collection, id), id)));
  }

  return {
    async commit(draft) {
      const { keys: more, args, checkAt } = draft.seal();
      const reply = await confirmed(() => committing(redis, () => commitScript.run(redis, [...fixedKeys, ...more], [CHANGES_KEPT, auditKept, auditKeptBytes, ...args])));
      if (reply.length === 1) return { revision: reply[0] };
      const failed = checkAt(reply[1]);
      if (!failed) throw new Failure('internal', 'A commit was refused by a check that it does not have');
      return { failed };
    },
    find,
    findKept: (collection, id) => confirmed(() => find(collection, id)),
    marked: async (key, field) => (await answering(redis.hget(key, field))) ?? undefined,
    async findMany(collection, ids) {
      if (ids.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.hget(keys.home(collection, id), id);
      const replies = (await answering(pipeline.exec())) ?? [];
      return replies.map(([error, stored]) => {
        if (error) throw storeUnavailable(error);
        return found(collection, stored as string | null);
      });
    },
    position: async () => Number((await answering(redis.get(keys.revision))) ?? 0),
    page: (index, after, limit) => answering(redis.zrange(keys.index(index), after === undefined ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, limit)),
    pageBack: (index, before, limit) => answering(redis.zrange(keys.index(index), before === undefined ? '+' : `(${before}`, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit)),
    referenceCount: async (collection, id) => Number((await answering(redis.hget(keys.references, `${collection}/${id}`))) ?? 0),
    audit: (query) => answering(readAudit(redis, query)),
    checkAudit: (options) => checkAudit(redis, options),
    async ping() {
      await answering(redis.ping());
    },
  };
}


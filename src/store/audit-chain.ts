/**
 * The audit trail as a chain: each entry carries the hash of the one before it and its own (src/store/commands/commit-7.lua), so
 * that none can be changed, left out or put in between without breaking it. Whoever can write in Redis could compute
 * the whole chain anew: against that the head is published in the log, where an old one stays (publishAuditHead).
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Timers } from '../system/system.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

const ENTRIES_AT_ONCE = 500;

/**
 * - `content`: the entry does not match its own SHA-256
 * - `hash`: its hash does not follow from what it holds
 * - `gap`: what is before it is not what was there when it was written
 * - `unchained`: it has no hash, though the chain had begun
 * - `beginning`: the chain does not begin where it was last trimmed, or at all
 * - `end`: the last entry is not the last that was written
 * - `witness`: the entry that was published as the head is another now, or gone
 */
export const AUDIT_FAULTS = ['content', 'hash', 'gap', 'unchained', 'beginning', 'end', 'witness'] as const;
export type AuditFault = (typeof AUDIT_FAULTS)[number];

export interface AuditHead {
  id: string;
  hash: string;
}

/** How far a check has come: the last entry looked at and its hash, which is undefined before the first of the chain. */
export interface AuditPosition {
  id: string;
  hash: string | undefined;
}

export interface AuditCheck {
  /** Entries of the chain that were looked at and fit. */
  checked: number;
  /** Entries at the beginning that were written before there was a chain. */
  unchained: number;
  /** The first entry that does not fit. */
  fault?: { id: string; why: AuditFault };
  /** Where to go on; undefined at the end, or at a fault. */
  next?: AuditPosition;
  /** The last entry that was written. */
  head?: AuditHead;
}

export interface AuditCheckOptions {
  after?: AuditPosition;
  /** About how many entries are looked at. */
  limit: number;
  /** A head that was published before: unless it was trimmed away, the entry must be there with this hash. */
  witness?: AuditHead;
}

interface Entry {
  id: string;
  customer: string;
  text: string;
  digest: string | undefined;
  before: string | undefined;
  hash: string | undefined;
}

interface Page {
  entries: Entry[];
  /** At the same moment; all fields are undefined before the first entry of the chain. */
  head: { id?: string; hash?: string; first?: string };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Orders ids of stream entries. */
function compareIds(left: string, right: string): number {
  const [one = 0, two = 0] = left.split('-').map(Number);
  const [three = 0, four = 0] = right.split('-').map(Number);
  return one - three || two - four;
}

function toEntry([id, fields]: [id: string, fields: string[]]): Entry {
  const values: Partial<Record<string, string>> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) values[fields[at] ?? ''] = fields[at + 1] ?? '';
  return { id, customer: values['c'] ?? '', text: values['e'] ?? '', digest: values['d'], before: values['p'], hash: values['h'] };
}

async function readPage(redis: Redis, after: string | undefined): Promise<Page> {
  const from = after === undefined ? '-' : `(${after}`;
  const replies = await answering(redis.multi().xrange(keys.audit, from, '+', 'COUNT', ENTRIES_AT_ONCE).hgetall(keys.auditHead).exec());
  const [entries, head] = (replies ?? []).map(([, reply]) => reply) as [[string, string[]][], Page['head']];
  return { entries: entries.map(toEntry), head };
}

/** What is wrong with an entry that comes after one whose hash is `before`; undefined when it fits. */
function faultOf({ id, customer, text, digest = '', before = '', hash }: Entry, previous: string | undefined, first: string | undefined): AuditFault | undefined {
  if (hash === undefined) return first === undefined || compareIds(id, first) < 0 ? undefined : 'unchained';
  // Also in the middle of a check: what it stood on may have been trimmed away meanwhile.
  if (id !== first && previous === undefined) return 'beginning';
  if (id !== first && before !== previous) return 'gap';
  if (sha256(text) !== digest) return 'content';
  return sha1(`${before}:${id}:${customer}:${digest}`) === hash ? undefined : 'hash';
}

/** Whether an entry that was published as the head is missing between two that follow each other, or is another now. */
function missesWitness(witness: AuditHead | undefined, last: AuditPosition | undefined, { id, hash }: { id: string; hash: string | undefined }): boolean {
  if (!witness) return false;
  if (id === witness.id) return hash !== witness.hash;
  return last?.hash !== undefined && compareIds(last.id, witness.id) < 0 && compareIds(id, witness.id) > 0;
}

/** The end must be what was last written. */
function faultOfEnd(last: AuditPosition | undefined, { id, hash, first }: Page['head']): AuditCheck['fault'] {
  if (id === undefined || (last?.id === id && last.hash === hash)) return undefined;
  if (last && compareIds(last.id, id) > 0) return { id: last.id, why: 'end' };
  return { id: last?.hash === undefined ? (first ?? id) : id, why: 'end' };
}

function headOf({ id, hash }: Page['head']): AuditHead | undefined {
  return id === undefined || hash === undefined ? undefined : { id, hash };
}

/** Checks up to about `limit` entries, from the oldest on. Every page is read together with the head, as of one moment. */
export async function checkAudit(redis: Redis, { after, limit, witness }: AuditCheckOptions): Promise<AuditCheck> {
  let last = after;
  let checked = 0;
  let unchained = 0;
  for (;;) {
    const { entries, head } = await readPage(redis, last?.id);
    const shown = headOf(head);
    const so = (more: Partial<AuditCheck>): AuditCheck => ({ checked, unchained, ...more, ...(shown ? { head: shown } : {}) });
    for (const entry of entries) {
      const why = faultOf(entry, last?.hash, head.first) ?? (missesWitness(witness, last, entry) ? 'witness' : undefined);
      if (why !== undefined) return so({ fault: { id: entry.id, why } });
      if (entry.hash === undefined) unchained += 1;
      else checked += 1;
      last = { id: entry.id, hash: entry.hash };
    }
    if (entries.length < ENTRIES_AT_ONCE) {
      const fault = faultOfEnd(last, head) ?? (witness && (!last || compareIds(last.id, witness.id) < 0) ? { id: witness.id, why: 'witness' as const } : undefined);
      return so(fault ? { fault } : {});
    }
    if (last && checked + unchained >= limit) return so({ next: last });
  }
}

export async function readAuditHead(redis: Redis): Promise<AuditHead | undefined> {
  return headOf(await answering(redis.hgetall(keys.auditHead)));
}

/** Once an hour: an old head in a log that is kept elsewhere tells a chain that was computed anew from the true one. */
export const PUBLISH_HEAD_MS = 3_600_000;

/** Writes the head into the log at once, and every hour when it is another; what is returned ends that. */
export function publishAuditHead({ redis, log, timers }: { redis: Redis; log: Logger; timers: Timers }): () => void {
  let published: string | undefined;
  async function publish(): Promise<void> {
    try {
      const newest = await readAuditHead(redis);
      if (!newest || newest.hash === published) return;
      published = newest.hash;
      // As it is given back to be checked.
      const head = `${newest.id}:${newest.hash}`;
      log.info({ head }, 'the head of the audit trail');
    } catch (error) {
      log.debug({ err: error }, 'the head of the audit trail cannot be read now');
    }
  }
  void publish();
  return timers.every(PUBLISH_HEAD_MS, () => void publish());
}

/** The entries of the audit trail that a diversion's report tells of, read backwards from its end. */
import type { Redis } from 'ioredis';
import type { AuditEntry } from '../domain/audit.ts';
import { parseJson } from '../domain/json.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

/** Entries of imports are up to half a megabyte each. */
const AT_ONCE = 20;
/** What is looked through at most: in between there may be imports and much else. */
const LOOKED_AT = 20_000;
/** Moment and action stand at the beginning of an entry. */
const BEGINNING = 1000;
const WANTED = /"action":"(?:primaries\.|automation\.|routes\.resolve)/;

export interface DiversionTrail {
  /** The oldest first. */
  entries: AuditEntry[];
  /** False when it is too long to be looked through, so that some may be missing. */
  complete: boolean;
}

function entryIn(text: string): AuditEntry | undefined {
  const value = parseJson(text) as Partial<AuditEntry> | null | undefined;
  return typeof value?.at === 'number' && typeof value.action === 'string' && Array.isArray(value.changes) ? (value as AuditEntry) : undefined;
}

/**
 * @param from entries that were written before this moment are not looked for, milliseconds since 1970
 * @param upTo the last commit whose entries belong to it; undefined: all there are
 * Throws `store_unavailable`.
 */
export async function readDiversionTrail(redis: Redis, from: number, upTo: number | undefined): Promise<DiversionTrail> {
  const entries: AuditEntry[] = [];
  let end = upTo === undefined ? '+' : `(${upTo + 1}-0`;
  const given = (complete: boolean): DiversionTrail => ({ entries: entries.toReversed(), complete });
  for (let looked = 0; looked < LOOKED_AT; looked += AT_ONCE) {
    const found = await answering(redis.xrevrange(keys.audit, end, '-', 'COUNT', AT_ONCE));
    for (const [, fields] of found) {
      const text = fields[3] ?? '';
      const beginning = text.slice(0, BEGINNING);
      const at = Number(/"at":(\d{1,15})/.exec(beginning)?.[1] ?? Number.NaN);
      // What was acknowledged without Redis keeps its own moment, and was written later.
      if (at < from && !text.includes('"late":')) return given(true);
      const entry = WANTED.test(beginning) ? entryIn(text) : undefined;
      if (entry) entries.push(entry);
    }
    const last = found.at(-1);
    if (!last || found.length < AT_ONCE) return given(true);
    end = `(${last[0]}`;
  }
  return given(false);
}

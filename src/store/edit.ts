/**
 * One record changed with optimistic concurrency: read, decide, commit on condition that nobody was faster. Without
 * `If-Match` a lost race is tried again on the newer record; with it the caller is told (412).
 */
import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../domain/audit.ts';
import { Failure } from '../domain/errors.ts';
import type { Actor } from '../domain/key.ts';
import { createDraft, type Check, type Draft } from './draft.ts';
import { encodePayload, type Records } from './codec.ts';
import type { Collection } from './keys.ts';
import { tagOf } from './record-tag.ts';
import type { Found, Store } from './store.ts';

/** Who does it, why, and in which request: what the audit entry says besides the change. */
export interface Deed {
  at: number;
  by: Actor;
  /** The second admin, of a change that needed one. */
  approvedBy?: Actor;
  reason?: string;
  requestId?: string;
}

/** A revision, the tag of a content, or whether there is one at all. */
export type Condition = number | { tag: string } | 'absent' | 'present';

export interface Edit<C extends Collection> {
  collection: C;
  id: string;
  action: string;
  /** What the caller believes the revision to be; `absent` for `If-None-Match: *`, `present` for `If-Match: *`. */
  ifMatch?: Condition;
  /** Before anything is said of what is there: throws to refuse it to who must not know. */
  admit?(found: Found<C> | undefined): void;
  /** The record as it shall be, or undefined to remove it. Throws a `Failure` to refuse. */
  change(current: Records[C] | undefined): Records[C] | undefined | Promise<Records[C] | undefined>;
  customerOf(record: Records[C]): string | undefined;
  /** What the audit trail may show of the record; default all of it. */
  shown?(record: Records[C]): unknown;
  /** When the change may not be made yet: what is written in its place. */
  hold?(before: Records[C] | undefined, after: Records[C] | undefined): Promise<((draft: Draft) => void) | undefined>;
  /** More for the same commit. */
  also?(draft: Draft, next: Records[C] | undefined): void;
}

export interface Edited<C extends Collection> {
  revision: number;
  record: Records[C] | undefined;
  before: Records[C] | undefined;
  /** It was not made: `hold` was written in its place. */
  held?: true;
}

/** As many writers of one record at once can all be served: of those that try together one gets through each time. */
const TRIES = 100;

function readable<C extends Collection>(found: Found<C> | undefined): Records[C] | undefined {
  return found && 'record' in found ? found.record : undefined;
}

function expectation<C extends Collection>(found: Found<C> | undefined): number | 'absent' | 'unreadable' {
  if (!found) return 'absent';
  return found.revision ?? 'unreadable';
}

/** Whose audit trail shows a change: what goes from one owner to another is the provider's own business. */
export function ownerOfChange(before: string | undefined, after: string | undefined, replaced: boolean): string | undefined {
  if (replaced) return before === after ? after : undefined;
  return after ?? before;
}

function entryOf<C extends Collection>(edit: Edit<C>, deed: Deed, before: Records[C] | undefined, after: Records[C] | undefined): AuditEntry {
  const shown = edit.shown ?? ((record: Records[C]): unknown => record);
  const customer = ownerOfChange(before && edit.customerOf(before), after && edit.customerOf(after), before !== undefined && after !== undefined);
  return {
    at: deed.at,
    by: deed.by,
    ...(deed.approvedBy === undefined ? {} : { approvedBy: deed.approvedBy }),
    action: edit.action,
    changes: [{ subject: `${edit.collection}/${edit.id}`, before: before === undefined ? null : shown(before), after: after === undefined ? null : shown(after) }],
    ...(customer === undefined ? {} : { customer }),
    ...(deed.reason === undefined ? {} : { reason: deed.reason }),
    ...(deed.requestId === undefined ? {} : { requestId: deed.requestId }),
  };
}

/** The failure to tell for a failed check; undefined when another writer was faster, and trying again makes sense. */
function refusalOf(failed: Check): Failure | undefined {
  if (failed.kind === 'free') return new Failure('in_use', `${failed.subject} is still referred to`);
  if (failed.expected === 'present') return new Failure('reference_unknown', `${failed.subject} does not exist`);
  return undefined;
}

function describe(actual: number | 'absent' | 'unreadable'): string {
  if (actual === 'absent') return 'The record does not exist';
  return actual === 'unreadable' ? 'The record cannot be read' : 'The record is another now';
}

function holds<C extends Collection>(collection: C, found: Found<C> | undefined, ifMatch: Condition): boolean {
  if (ifMatch === 'present') return found !== undefined;
  if (typeof ifMatch === 'object') return found !== undefined && 'record' in found && tagOf(collection, found.record) === ifMatch.tag;
  return expectation(found) === ifMatch;
}

function assertMatch<C extends Collection>(collection: C, found: Found<C> | undefined, ifMatch: Condition | undefined): void {
  if (ifMatch === undefined || holds(collection, found, ifMatch)) return;
  throw new Failure('etag_mismatch', describe(expectation(found)));
}

/** Writing what is already there, its fields in whatever order, writes nothing: no revision, no audit entry. */
function isSame<C extends Collection>(collection: C, before: Records[C] | undefined, after: Records[C] | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return encodePayload(collection, before) === encodePayload(collection, after) || isDeepStrictEqual(before, after);
}

function write<C extends Collection>(draft: Draft, what: Edit<C>, deed: Deed, { found, before, after }: { found: Found<C> | undefined; before: Records[C] | undefined; after: Records[C] | undefined }): void {
  draft.expect(what.collection, what.id, expectation(found));
  if (after === undefined) draft.remove(what.collection, what.id, before);
  else draft.put(what.collection, what.id, after, before);
  what.also?.(draft, after);
  draft.audit(entryOf(what, deed, before, after));
}

/** Throws what `change` throws, `etag_mismatch`, `reference_unknown`, `in_use`, `write_contended` or `store_unavailable`. */
export async function edit<C extends Collection>(store: Store, what: Edit<C>, deed: Deed): Promise<Edited<C>> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await store.find(what.collection, what.id);
    what.admit?.(found);
    assertMatch(what.collection, found, what.ifMatch);
    const before = readable(found);
    const after = await what.change(before);
    if (!(found && 'unreadable' in found) && isSame(what.collection, before, after)) {
      // Told that it is so, the caller need not write it again: so it must be kept like what is written.
      if (expectation(await store.findKept(what.collection, what.id)) !== expectation(found)) continue;
      return { revision: found?.revision ?? 0, record: after, before };
    }
    const instead = await what.hold?.(before, after);
    const draft = createDraft();
    if (instead) instead(draft);
    else write(draft, what, deed, { found, before, after });
    const committed = await store.commit(draft);
    if ('revision' in committed) return { revision: committed.revision, record: after, before, ...(instead ? { held: true } : {}) };
    const refusal = refusalOf(committed.failed);
    if (refusal) throw refusal;
  }
  throw new Failure('write_contended');
}

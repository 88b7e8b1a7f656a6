/** What people decide of an import: to apply one that waits, to cancel it, to revert one that is done. Saying it twice changes nothing. */
import { Failure } from '../domain/errors.ts';
import type { ImportRecord, ImportState } from '../domain/import.ts';
import { createDraft, type Draft } from '../store/draft.ts';
import type { Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import type { Random } from '../system/system.ts';
import { dropAll, startApplying } from './apply.ts';
import type { ImportLists } from './import-lists.ts';
import { newImportId, whoOf } from './new-import.ts';
import { NO_COUNTS } from './verdict.ts';

export interface DecideDeps {
  store: Store;
  lists: Pick<ImportLists, 'dropRows' | 'imageCount' | 'named'>;
}

/** An import that nobody has applied after a day would apply to another world than the one it was judged in, milliseconds. */
export const WAITING_MAX_MS = 86_400_000;
const TRIES = 20;

interface Decision {
  next: ImportRecord;
  also?(draft: Draft): void;
}

/** Changes the record on condition that nobody was faster; `decide` gives undefined when it is so already. */
async function change(store: Store, id: string, decide: (record: ImportRecord) => Decision | undefined | Promise<Decision | undefined>): Promise<ImportRecord> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await store.find('imports', id);
    if (!found) throw new Failure('not_found');
    if ('unreadable' in found) throw new Failure('record_unreadable');
    const decision = await decide(found.record);
    if (!decision) return found.record;
    const draft = createDraft();
    draft.expect('imports', id, found.revision);
    draft.put('imports', id, decision.next, found.record);
    decision.also?.(draft);
    if ('revision' in (await store.commit(draft))) return decision.next;
  }
  throw new Failure('write_contended');
}

function audited(deed: Deed, id: string, action: string, before: ImportState, after: ImportState): (draft: Draft) => void {
  return (draft) => draft.audit({ ...deed, action, changes: [{ subject: `imports/${id}`, before: { state: before }, after: { state: after } }] });
}

const isOverdue = ({ state, stateAt }: ImportRecord, now: number): boolean => state === 'waiting' && now - stateAt > WAITING_MAX_MS;

function assertRemovalAllowed({ removalRefused, removed }: ImportRecord, allowRemoving: number | undefined): void {
  if (!removalRefused) return;
  if (removalRefused.because === 'unreadable-rows') throw new Failure('removal_refused', 'The file has rows whose number cannot be read: it is not the whole truth');
  if (allowRemoving === undefined || allowRemoving < removed) throw new Failure('removal_refused', `It would remove ${removed} numbers; apply it with allowRemoving=${removed} if that is right`);
}

/** Ends one that has waited for too long. */
export async function expireImport(deps: DecideDeps, id: string, now: number): Promise<void> {
  const record = await change(deps.store, id, (found) => (isOverdue(found, now) ? { next: { ...found, state: 'expired', stateAt: now, endedAt: now } } : undefined));
  if (record.state === 'expired') await dropAll(deps, id, record);
}

export async function applyImport(deps: DecideDeps, id: string, deed: Deed, allowRemoving: number | undefined): Promise<ImportRecord> {
  await expireImport(deps, id, deed.at);
  return change(deps.store, id, (record) => {
    if (record.judged && (record.state === 'applying' || record.state === 'removing' || record.state === 'done')) return undefined;
    if (record.state !== 'waiting') throw new Failure('import_state', `It is ${record.state}, and only what waits can be applied`);
    assertRemovalAllowed(record, allowRemoving);
    const next = { ...startApplying(record, deed.at), appliedBy: whoOf(deed.by), ...(allowRemoving === undefined ? {} : { allowRemoving }) };
    return { next, also: audited(deed, id, 'imports.confirm', 'waiting', 'applying') };
  });
}

export async function cancelImport(deps: DecideDeps, id: string, deed: Deed): Promise<ImportRecord> {
  const record = await change(deps.store, id, (found) => {
    if (found.state === 'cancelled') return undefined;
    if (found.state !== 'waiting' && found.state !== 'judging') throw new Failure('import_state', `It is ${found.state}, and only what is judged or waits can be cancelled`);
    return { next: { ...found, state: 'cancelled', stateAt: deed.at, endedAt: deed.at }, also: audited(deed, id, 'imports.cancel', found.state, 'cancelled') };
  });
  await dropAll(deps, id, record);
  return record;
}

function revertOf(id: string, record: ImportRecord, deed: Deed): ImportRecord {
  return {
    state: 'applying',
    kind: 'revert',
    format: record.format,
    by: whoOf(deed.by),
    ...(deed.reason === undefined ? {} : { reason: deed.reason }),
    startedAt: deed.at,
    stateAt: deed.at,
    reverts: id,
    rows: record.created + record.changed + record.removed,
    chunks: record.images,
    chunksDone: 0,
    ...NO_COUNTS,
    nameless: 0,
    images: 0,
  };
}

/** A new import that puts back what this one changed; the same one when there is one already. */
export async function revertImport({ store, lists, random }: DecideDeps & { random: Random }, id: string, deed: Deed): Promise<{ id: string; record: ImportRecord }> {
  const revertId = newImportId(deed.at, random);
  const reverted = await change(store, id, async (record) => {
    if (record.revertedBy !== undefined) return undefined;
    if (record.state !== 'done' || record.dryRun) throw new Failure('import_state', `It is ${record.dryRun ? 'a dry run' : record.state}, and only what was applied to its end can be reverted`);
    if ((await lists.imageCount(id)) < record.images) throw new Failure('import_images_gone');
    const revert = revertOf(id, record, deed);
    return {
      next: { ...record, revertedBy: revertId },
      also(draft) {
        draft.expect('imports', revertId, 'absent');
        draft.put('imports', revertId, revert, undefined);
        draft.audit({ ...deed, action: 'imports.revert', changes: [{ subject: `imports/${revertId}`, before: null, after: { reverts: id, rows: revert.rows } }] });
      },
    };
  });
  const actual = reverted.revertedBy ?? revertId;
  const found = await store.find('imports', actual);
  if (!found || 'unreadable' in found) throw new Failure('record_unreadable');
  return { id: actual, record: found.record };
}

/** What people decide of an import: to apply one that waits, to cancel it, to revert one that is done. Saying it twice changes nothing. */
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { Failure } from '../domain/errors.ts';
import type { ImportRecord, ImportState } from '../domain/import.ts';
import { accountOf } from '../policy/account.ts';
import { windowMs } from '../policy/approvals.ts';
import { assertAskerRemains, assertSecondAdmin, closeApproval, findApproval } from '../policy/decide-approval.ts';
import { createDraft, type Draft } from '../store/draft.ts';
import type { Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import type { Random } from '../system/system.ts';
import { dropAll, startApplying } from './apply.ts';
import type { ImportLists } from './import-lists.ts';
import { timedId } from '../system/timed-id.ts';
import { whoOf } from './new-import.ts';
import { askSecondAdmin, openImportGate } from './second-admin.ts';
import { NO_COUNTS } from './verdict.ts';

export interface DecideDeps {
  store: Store;
  lists: Pick<ImportLists, 'dropRows' | 'imageCount' | 'named'>;
  /** Without one no second admin is ever needed. */
  policy?(): DestinationPolicy;
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

/** One that waits for a second admin: who applies it must be that. */
async function approved(deps: DecideDeps, id: string, deed: Deed): Promise<(draft: Draft) => void> {
  const approval = await findApproval(deps.store, id);
  await assertAskerRemains(deps.store, approval.record, deed.at);
  if (deps.policy) await assertSecondAdmin(deps.store, approval.record, deed.by, deed.at, windowMs(deps.policy()));
  return (draft) => closeApproval(draft, id, approval, 'approved', deed);
}

/** One that waited to be confirmed: by the key that sent it, it counts as that key's; by another admin's, it is approved with that. */
async function confirmed({ store, policy }: DecideDeps, id: string, record: ImportRecord, deed: Deed): Promise<{ held: boolean; also?(draft: Draft): void }> {
  const gate = await openImportGate(store, policy?.(), deed.by.key, deed.at);
  if (!gate || !policy || gate.account.id !== (await accountOf(store, record.by.key, deed.at, windowMs(policy())))) return { held: false };
  const numbers = record.redirected ?? record.rows;
  if (gate.holds(numbers)) return { held: true, also: await askSecondAdmin(store, id, record, gate, deed.at) };
  return { held: false, also: (draft) => gate.account.charge(draft, numbers) };
}

/** Still waiting in what is returned: a second admin must approve it. */
export async function applyImport(deps: DecideDeps, id: string, deed: Deed, allowRemoving: number | undefined): Promise<ImportRecord> {
  await expireImport(deps, id, deed.at);
  return change(deps.store, id, async (record) => {
    if (record.judged && (record.state === 'applying' || record.state === 'removing' || record.state === 'done')) return undefined;
    if (record.state !== 'waiting') throw new Failure('import_state', `It is ${record.state}, and only what waits can be applied`);
    assertRemovalAllowed(record, allowRemoving);
    const { held, also } = record.approvalNeeded ? { held: false, also: await approved(deps, id, deed) } : await confirmed(deps, id, record, deed);
    if (held) return { next: { ...record, approvalNeeded: true }, ...(also ? { also } : {}) };
    const next = { ...startApplying(record, deed.at), appliedBy: whoOf(deed.by), ...(allowRemoving === undefined ? {} : { allowRemoving }) };
    const audit = audited(deed, id, 'imports.confirm', 'waiting', 'applying');
    return {
      next,
      also(draft) {
        also?.(draft);
        audit(draft);
      },
    };
  });
}

export async function cancelImport(deps: DecideDeps, id: string, deed: Deed): Promise<ImportRecord> {
  const record = await change(deps.store, id, async (found) => {
    if (found.state === 'cancelled') return undefined;
    if (found.state !== 'waiting' && found.state !== 'judging') throw new Failure('import_state', `It is ${found.state}, and only what is judged or waits can be cancelled`);
    const approval = found.approvalNeeded ? await findApproval(deps.store, id) : undefined;
    const audit = audited(deed, id, 'imports.cancel', found.state, 'cancelled');
    return {
      next: { ...found, state: 'cancelled', stateAt: deed.at, endedAt: deed.at },
      also(draft) {
        audit(draft);
        if (approval) closeApproval(draft, id, approval, 'refused', deed);
      },
    };
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

/** Whether there is a revert that came to something, or will. */
async function isReverted(store: Store, { revertedBy }: ImportRecord): Promise<boolean> {
  const found = revertedBy === undefined ? undefined : await store.find('imports', revertedBy);
  return found !== undefined && ('unreadable' in found || (found.record.state !== 'cancelled' && found.record.state !== 'expired'));
}

/** What is put back are at most its rows: they are what a second admin may be needed for. */
async function gated({ store, policy }: DecideDeps, id: string, revert: ImportRecord, deed: Deed): Promise<{ next: ImportRecord; also(draft: Draft): void }> {
  const gate = await openImportGate(store, policy?.(), deed.by.key, deed.at);
  if (!gate) return { next: revert, also: () => undefined };
  if (!gate.holds(revert.rows)) return { next: { ...revert, mayRedirect: revert.rows }, also: (draft) => gate.account.charge(draft, revert.rows) };
  const next: ImportRecord = { ...revert, state: 'waiting', approvalNeeded: true, redirected: revert.rows };
  return { next, also: await askSecondAdmin(store, id, next, gate, deed.at) };
}

/** A new import that puts back what this one changed; the same one when there is one already. */
export async function revertImport(deps: DecideDeps & { random: Random }, id: string, deed: Deed): Promise<{ id: string; record: ImportRecord }> {
  const { store, lists, random } = deps;
  const revertId = timedId(deed.at, random);
  const reverted = await change(store, id, async (record) => {
    if (await isReverted(store, record)) return undefined;
    if (record.state !== 'done' || record.dryRun) throw new Failure('import_state', `It is ${record.dryRun ? 'a dry run' : record.state}, and only what was applied to its end can be reverted`);
    if ((await lists.imageCount(id)) < record.images) throw new Failure('import_images_gone');
    const { next: revert, also } = await gated(deps, revertId, revertOf(id, record, deed), deed);
    return {
      next: { ...record, revertedBy: revertId },
      also(draft) {
        draft.expect('imports', revertId, 'absent');
        draft.put('imports', revertId, revert, undefined);
        draft.audit({ ...deed, action: 'imports.revert', changes: [{ subject: `imports/${revertId}`, before: null, after: { reverts: id, rows: revert.rows } }] });
        also(draft);
      },
    };
  });
  const actual = reverted.revertedBy ?? revertId;
  const found = await store.find('imports', actual);
  if (!found || 'unreadable' in found) throw new Failure('record_unreadable');
  return { id: actual, record: found.record };
}

/** What a second admin decides of a change that is held: it is judged again as it would be now, and made in one commit; or refused. */
import type { Approval, HeldCollection } from '../domain/approval.ts';
import { Failure } from '../domain/errors.ts';
import type { Actor, StoredKey } from '../domain/key.ts';
import type { Draft } from '../store/draft.ts';
import { edit, type Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import { accountOf } from './account.ts';
import { weigh, whoOf, windowMs, type ApprovalDeps } from './approvals.ts';
import type { Redirection } from './redirected.ts';

/** How a kind of record makes a change that was held. `check` and `also` belong to the commit: before each try, and in it. */
export type MakeChange = (approval: Approval, how: { deed: Deed; check(): Promise<void>; also(draft: Draft): void }) => Promise<void>;

export interface DecideApprovalDeps extends ApprovalDeps {
  make: Partial<Record<Exclude<HeldCollection, 'imports'>, MakeChange>>;
  /** Imports are applied by themselves; they close their approval with their own commit. */
  imports: { apply(id: string, deed: Deed): Promise<void>; cancel(id: string, deed: Deed): Promise<void> };
}

export type ShownState = Approval['state'] | 'expired';

export function stateOf({ state, expiresAt }: Pick<Approval, 'state' | 'expiresAt'>, now: number): ShownState {
  return state === 'waiting' && expiresAt <= now ? 'expired' : state;
}

/** Throws `approval_own` when the key is that of who asked, or counts as that. */
export async function assertSecondAdmin(store: Store, { by, account }: Pick<Approval, 'by' | 'account'>, approver: Actor, now: number, withinMs: number): Promise<void> {
  const counts = await accountOf(store, approver.key, now, withinMs);
  if ([approver.key, counts].some((one) => one === by.key || one === account) || counts === (await accountOf(store, by.key, now, withinMs))) throw new Failure('approval_own');
}

const mayStill = (key: StoredKey | undefined, { customer }: Approval['by'], now: number): boolean =>
  key?.role === 'admin' && key.customer === customer && (key.expiresAt === undefined || Date.parse(key.expiresAt) > now);

/** Of a key that was taken away nobody wants the changes: it may have been stolen. */
export async function assertAskerRemains(store: Store, { by }: Pick<Approval, 'by'>, now: number): Promise<void> {
  const found = await store.find('keys', by.key);
  if (!mayStill(found && 'record' in found ? found.record : undefined, by, now)) throw new Failure('approval_stale', 'The key that asked for it may not do this any more');
}

export async function findApproval(store: Store, id: string): Promise<{ revision: number; record: Approval }> {
  const found = await store.find('approvals', id);
  if (!found) throw new Failure('not_found');
  if ('unreadable' in found) throw new Failure('record_unreadable');
  return found;
}

async function waiting(store: Store, id: string, now: number): Promise<{ revision: number; record: Approval }> {
  const found = await findApproval(store, id);
  const state = stateOf(found.record, now);
  if (state !== 'waiting') throw new Failure('approval_ended', `It is ${state}`);
  return found;
}

export function ended(approval: Approval, state: 'approved' | 'refused', deed: Deed): Approval {
  return { ...approval, state, endedAt: deed.at, endedBy: whoOf(deed.by) };
}

/** For the commit that makes the change. */
export function closeApproval(draft: Draft, id: string, { revision, record }: { revision: number; record: Approval }, state: 'approved' | 'refused', deed: Deed): void {
  draft.expect('approvals', id, revision);
  draft.put('approvals', id, ended(record, state, deed), record);
}

async function makeHeld(deps: DecideApprovalDeps, id: string, approval: Approval, deed: Deed): Promise<void> {
  const { collection } = approval;
  const make = collection === 'imports' ? undefined : deps.make[collection];
  if (!make) throw new Failure('internal', `Nothing makes held changes of ${collection}`);
  let also = (_draft: Draft): void => undefined;
  async function check(): Promise<void> {
    const found = await waiting(deps.store, id, deed.at);
    await assertSecondAdmin(deps.store, found.record, deed.by, deed.at, windowMs(deps.policy()));
    await assertAskerRemains(deps.store, found.record, deed.at);
    const change = { collection, id: approval.id, after: found.record.after ?? undefined } as Redirection;
    const { numbers, account } = await weigh(deps, change, found.record.by.key, deed.at);
    if (numbers > found.record.numbers) throw new Failure('approval_stale', `It would be ${numbers} numbers by now, and ${found.record.numbers} were asked for`);
    also = (draft) => {
      closeApproval(draft, id, found, 'approved', deed);
      // Approved, it is no charge; but what the asking key does at the same moment must be counted after it.
      account.charge(draft, 0);
    };
  }
  await check();
  const reason = approval.reason ?? deed.reason;
  const { reason: _reason, ...rest } = deed;
  const asked: Deed = { ...rest, by: approval.by as Actor, approvedBy: deed.by, ...(reason === undefined ? {} : { reason }) };
  try {
    await make(approval, { deed: asked, check, also: (draft) => also(draft) });
  } catch (error) {
    if (error instanceof Failure && error.code === 'etag_mismatch') throw new Failure('approval_stale', 'The record was changed since it was asked for', { cause: error });
    throw error;
  }
}

/** Throws `not_found`, `approval_own`, `approval_ended`, `approval_stale`, or what the change itself is refused with. */
export async function approve(deps: DecideApprovalDeps, id: string, deed: Deed): Promise<Approval> {
  const { record } = await waiting(deps.store, id, deed.at);
  if (record.collection === 'imports') await deps.imports.apply(record.id, deed);
  else await makeHeld(deps, id, record, deed);
  return (await findApproval(deps.store, id)).record;
}

/** Also by who asked for it. Throws `not_found` or `approval_ended`. */
export async function refuse(deps: DecideApprovalDeps, id: string, deed: Deed): Promise<Approval> {
  const { record } = await waiting(deps.store, id, deed.at);
  if (record.collection === 'imports') {
    await deps.imports.cancel(record.id, deed);
    return (await findApproval(deps.store, id)).record;
  }
  const change = (current: Approval | undefined): Approval => {
    if (!current || stateOf(current, deed.at) !== 'waiting') throw new Failure('approval_ended');
    return ended(current, 'refused', deed);
  };
  const shown = ({ state, collection, id: subject, action }: Approval) => ({ state, change: `${collection}/${subject}`, action });
  const done = await edit(deps.store, { collection: 'approvals', id, action: 'approvals.refuse', change, customerOf: ({ by: { customer } }) => customer, shown }, deed);
  return done.record ?? record;
}

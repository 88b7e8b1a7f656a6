/** Imports that lead many numbers elsewhere wait for a second admin: the same law as for single changes, src/policy/approvals.ts. */
import { needsApproval } from '../../rules/approval.ts';
import { APPROVAL_WAITS_MS, type Approval } from '../domain/approval.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { ImportRecord } from '../domain/import.ts';
import type { Actor } from '../domain/key.ts';
import { openAccount, type Account } from '../policy/account.ts';
import { auditAsked, putApproval, windowMs } from '../policy/approvals.ts';
import type { Draft } from '../store/draft.ts';
import type { Store } from '../store/store.ts';

export interface ImportGate {
  account: Account;
  /** Whether the import must wait, when it leads so many numbers elsewhere. */
  holds(numbers: number): boolean;
}

/** To be opened before anything is read that is judged. Undefined while no second admin is asked for. `key` is who would have it applied. */
export async function openImportGate(store: Store, policy: DestinationPolicy | undefined, key: string, now: number): Promise<ImportGate | undefined> {
  if (!policy || policy.approval.numbers === 0) return undefined;
  const account = await openAccount(store, key, now, windowMs(policy));
  return { account, holds: (numbers) => needsApproval({ numbers, recent: account.recent, threshold: policy.approval.numbers }) };
}

/** Writes that the import waits; its approval has its own id. */
export async function askSecondAdmin(store: Store, id: string, record: ImportRecord, { account }: ImportGate, now: number): Promise<(draft: Draft) => void> {
  const { by, kind, rows, created, changed, removed, redirected = 0, reason, reverts } = record;
  const approval: Approval = {
    state: 'waiting', collection: 'imports', id, action: kind === 'revert' ? 'imports.revert' : 'imports.apply', before: null, after: { rows, created, changed, removed, ...(reverts === undefined ? {} : { reverts }) },
    numbers: redirected, recent: account.recent, by, account: account.id, ...(reason === undefined ? {} : { reason }), askedAt: now, expiresAt: now + APPROVAL_WAITS_MS,
  };
  const known = await store.find('approvals', id);
  return (draft) => {
    putApproval(draft, id, approval, known);
    auditAsked(draft, id, approval, { at: now, by: by as Actor, ...(reason === undefined ? {} : { reason }) });
  };
}

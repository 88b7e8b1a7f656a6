/** Puts what a chunk comes to into one commit: the numbers, the refused rows, the audit, and the images from which it can be reverted. */
import type { AuditChange } from '../domain/audit.ts';
import { CHANGE_KINDS, type ImportRecord } from '../domain/import.ts';
import type { Actor } from '../domain/key.ts';
import type { Draft } from '../store/draft.ts';
import { ownerOfChange } from '../store/edit.ts';
import { keys } from '../store/keys.ts';
import { packImages } from './images.ts';
import type { When } from './import-lists.ts';
import { LISTS_KEPT_SECONDS } from './kept.ts';
import type { NumberChange, Verdict } from './verdict.ts';

/** Rows of each kind that are kept to be looked at. */
export const SAMPLES_KEPT = 100;

function putNumbers(draft: Draft, { changes, plans }: Verdict): void {
  for (const id of new Set(changes.map((change) => change.after?.plan))) {
    const plan = id === undefined ? undefined : plans.get(id);
    // At the revision that was read, since it is the plan that says whose it is.
    if (id !== undefined && plan?.revision !== undefined) draft.expect('plans', id, plan.revision);
  }
  for (const { number, found, before, after } of changes) {
    draft.expect('numbers', number, found ? (found.revision ?? 'unreadable') : 'absent');
    if (after === undefined) draft.remove('numbers', number, before);
    else draft.put('numbers', number, after, before);
  }
}

function auditNumbers(draft: Draft, changes: readonly NumberChange[], { by, appliedBy, approvalNeeded, kind, reason }: ImportRecord, now: number): void {
  const byCustomer = new Map<string | undefined, AuditChange[]>();
  for (const { number, before, after } of changes) {
    const customer = ownerOfChange(before?.customer, after?.customer, before !== undefined && after !== undefined);
    const others = byCustomer.get(customer) ?? [];
    others.push({ subject: `numbers/${number}`, before: before ?? null, after: after ?? null });
    byCustomer.set(customer, others);
  }
  for (const [customer, entries] of byCustomer) {
    draft.audit({
      at: now,
      ...(approvalNeeded && appliedBy ? { by: by as Actor, approvedBy: appliedBy as Actor } : { by: (appliedBy ?? by) as Actor }),
      action: kind === 'revert' ? 'imports.revert' : 'imports.apply',
      changes: entries,
      ...(customer === undefined ? {} : { customer }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

/** The first of each kind are kept: how many there are already, the counts of the record say. */
function pushSamples(draft: Draft, id: string, when: When, { samples }: Verdict, before: ImportRecord): void {
  for (const kind of CHANGE_KINDS) {
    for (const sample of (samples[kind] ?? []).slice(0, Math.max(0, SAMPLES_KEPT - before[kind]))) draft.push(keys.importChanges(id, when, kind), JSON.stringify(sample), LISTS_KEPT_SECONDS);
  }
}

export interface Write {
  id: string;
  before: ImportRecord;
  when: When;
  verdict: Verdict;
  now: number;
}

/** The import's own record is the caller's to put. */
export async function writeVerdict(draft: Draft, { id, before, when, verdict, now }: Write): Promise<void> {
  for (const row of verdict.rejected) draft.push(keys.importRejected(id, when), JSON.stringify(row), LISTS_KEPT_SECONDS);
  pushSamples(draft, id, when, verdict, before);
  if (when === 'judged' || verdict.changes.length === 0) return;
  verdict.unchanged?.(draft);
  putNumbers(draft, verdict);
  draft.push(keys.importImages(id), await packImages(verdict.changes.map((change) => ({ ...change, unreadableBefore: change.found !== undefined && change.before === undefined }))), LISTS_KEPT_SECONDS);
  auditNumbers(draft, verdict.changes, before, now);
}

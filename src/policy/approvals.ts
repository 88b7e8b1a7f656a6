/**
 * Holds a change of many numbers' destinations until a second admin has approved it: who has one stolen key shall not lead many
 * calls elsewhere. What is held is a record of its own in Redis; nothing of it is in force.
 */
import { createHash } from 'node:crypto';
import { needsApproval } from '../../rules/approval.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { APPROVAL_WAITS_MS, type Approval } from '../domain/approval.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { Failure } from '../domain/errors.ts';
import type { Actor } from '../domain/key.ts';
import type { Records } from '../store/codec.ts';
import type { Draft } from '../store/draft.ts';
import type { Deed } from '../store/edit.ts';
import { tagOf } from '../store/record-tag.ts';
import type { Found, Store } from '../store/store.ts';
import { openAccount, type Account } from './account.ts';
import { countRedirected, type Redirection } from './redirected.ts';

export interface ApprovalDeps {
  store: Store;
  table(): RoutingTable;
  /** Resolves true when the table holds commit `revision`, false when it does not after `ms`. */
  reached(revision: number, ms: number): Promise<boolean>;
  policy(): DestinationPolicy;
}

/** How long a change waits for the table by which its numbers are counted, milliseconds. */
const TABLE_MS = 1000;
const MINUTE_MS = 60_000;

export const windowMs = ({ approval }: DestinationPolicy): number => approval.withinMinutes * MINUTE_MS;

export function whoOf({ key, role, customer }: Actor): Approval['by'] {
  return { key, role, ...(customer === undefined ? {} : { customer }) };
}

/** Asked again by the same key, the same change is the same approval. */
export function approvalId(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Writes an approval that waits, in place of an earlier one for the same change. */
export function putApproval(draft: Draft, id: string, approval: Approval, known: Found<'approvals'> | undefined): void {
  draft.expect('approvals', id, known ? (known.revision ?? 'unreadable') : 'absent');
  draft.put('approvals', id, approval, known && 'record' in known ? known.record : undefined);
}

export interface Weighed {
  numbers: number;
  account: Account;
}

/** Counts the numbers that a change redirects, in a table that holds all that the account has changed before. Throws `store_unavailable` when there is none. */
export async function weigh({ store, table, reached, policy }: ApprovalDeps, change: Redirection, key: string, now: number): Promise<Weighed> {
  const account = await openAccount(store, key, now, windowMs(policy()));
  if (!(await reached(account.position, TABLE_MS))) throw new Failure('store_unavailable', 'This process does not follow Redis just now and cannot count the numbers', { retryAfterSeconds: 1 });
  return { numbers: countRedirected(table(), change), account };
}

const text = (value: unknown): string => JSON.stringify(value ?? null);

/** Other changes of the record lead no call elsewhere. */
function mayRedirect(change: Redirection, before: object | undefined): boolean {
  const { after } = change;
  if (before === undefined || after === undefined) return true;
  const fields = change.collection === 'plans' ? ['destinations', 'customer'] : change.collection === 'numbers' ? ['plan', 'customer'] : ['defaultPlan'];
  return fields.some((field) => text((before as Record<string, unknown>)[field]) !== text((after as Record<string, unknown>)[field]));
}

/** For one edit: `hold` and `also` go into it. */
export interface Gate {
  hold(before: object | undefined, after: object | undefined): Promise<((draft: Draft) => void) | undefined>;
  also(draft: Draft): void;
  /** What was written in place of the change. */
  held(): Held | undefined;
}

export interface Held {
  id: string;
  approval: Approval;
}

export interface Asked {
  collection: Redirection['collection'];
  id: string;
  action: string;
  deed: Deed;
}

export function createGate(deps: ApprovalDeps, { collection, id, action, deed }: Asked): Gate {
  let charge: ((draft: Draft) => void) | undefined;
  let held: Held | undefined;

  return {
    async hold(before, after) {
      charge = undefined;
      held = undefined;
      const { approval: settings } = deps.policy();
      const change = { collection, id, after } as Redirection;
      if (settings.numbers === 0 || !mayRedirect(change, before)) return undefined;
      const { numbers, account } = await weigh(deps, change, deed.by.key, deed.at);
      if (!needsApproval({ numbers, recent: account.recent, threshold: settings.numbers })) {
        charge = (draft) => account.charge(draft, numbers);
        return undefined;
      }
      const basis = before === undefined ? undefined : tagOf(collection, before as Records[typeof collection]);
      const approval: Approval = {
        state: 'waiting', collection, id, action, before: before ?? null, after: after ?? null, ...(basis === undefined ? {} : { basis }), numbers, recent: account.recent,
        by: whoOf(deed.by), account: account.id, ...(deed.reason === undefined ? {} : { reason: deed.reason }), askedAt: deed.at, expiresAt: deed.at + APPROVAL_WAITS_MS,
      };
      const name = approvalId(deed.by.key, collection, id, basis ?? null, after ?? null);
      const known = await deps.store.find('approvals', name);
      held = { id: name, approval };
      return (draft) => {
        putApproval(draft, name, approval, known);
        auditAsked(draft, name, approval, deed);
      };
    },
    also: (draft) => charge?.(draft),
    held: () => held,
  };
}

export function auditAsked(draft: Draft, id: string, { collection, id: subject, action, numbers, recent, by: { customer } }: Approval, deed: Deed): void {
  const { approvedBy: _approvedBy, ...rest } = deed;
  draft.audit({ ...rest, action: 'approvals.ask', changes: [{ subject: `approvals/${id}`, before: null, after: { change: `${collection}/${subject}`, action, numbers, recent } }], ...(customer === undefined ? {} : { customer }) });
}

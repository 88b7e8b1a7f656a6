/** Whether the audit trail tells what happened: each acknowledged change once, in order, nothing that was refused; and the words of operators by their rule. */
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { holdsOver } from '../../../rules/operators-word.ts';
import type { AuditEntry } from '../../../src/domain/audit.ts';
import type { Diversion } from '../../../src/domain/diversion.ts';
import { isDiverted, shownState, type PrimaryState } from '../../../src/domain/primary.ts';
import { keys } from '../../../src/store/keys.ts';
import { createStore } from '../../../src/store/store.ts';
import { everything, type Stored } from '../../support/consistent.ts';
import type { Book, Deed } from './book.ts';

export interface Trail {
  /** The oldest first. */
  entries: AuditEntry[];
  stored: Map<string, Stored>;
  /** By primary, the last word as it is marked. */
  words: Record<string, string>;
}

export async function readTrail(redis: Redis): Promise<Trail> {
  const store = createStore(redis, { auditKept: 1_000_000 });
  const { fault, head } = await store.checkAudit({ limit: 1_000_000 });
  expect(fault).toBeUndefined();
  const found = await store.audit({ before: undefined, limit: 1_000_000, customer: undefined });
  expect(head?.id).toBe(found[0]?.id);
  return { entries: found.map(({ entry }) => entry).toReversed(), stored: await everything(redis), words: await redis.hgetall(keys.words) };
}

/** Whether an acknowledged deed leaves an entry: an order that changed nothing leaves none, unless it waited on a disk. */
function leavesEntry({ subject, status, body }: Deed): boolean {
  if (subject.startsWith('calls/')) return false;
  return !subject.startsWith('orders/') || status === 202 || body['changed'] === true;
}

export function assertOnce({ entries }: Trail, { deeds }: Book): void {
  const count = new Map<string, number>();
  for (const { requestId, action } of entries) if (requestId !== undefined && action !== 'imports.apply') count.set(requestId, (count.get(requestId) ?? 0) + 1);
  const wrong = deeds.filter((deed) => {
    const times = deed.requestId === undefined ? 0 : (count.get(deed.requestId) ?? 0);
    if (deed.fate === 'unknown') return times > 1;
    return times !== (deed.fate === 'made' && leavesEntry(deed) ? 1 : 0);
  });
  expect(wrong.map((deed) => ({ ...deed, entries: entries.filter(({ requestId }) => requestId === deed.requestId) }))).toEqual([]);
}

/** One that was sent after another was acknowledged comes after it. */
export function assertInOrder({ entries }: Trail, { deeds }: Book): void {
  // What waited on a disk has its own time, by which words are measured: see assertWordsHold.
  const place = new Map(entries.flatMap(({ requestId, late }, at) => (late || requestId === undefined ? [] : [[requestId, at] as const])));
  const made = deeds.flatMap((deed) => {
    const at = deed.requestId === undefined ? undefined : place.get(deed.requestId);
    return deed.fate === 'made' && at !== undefined ? [{ ...deed, at }] : [];
  });
  for (const before of made) {
    const wrong = made.filter(({ from, at }) => from > before.to && at < before.at);
    expect(wrong.map(({ does }) => `${before.does}, and then ${does}`)).toEqual([]);
  }
}

const shownWhole = /^(customers|plans|primaries|numbers|states)\//;

/** Each entry begins where the one before ended, and the last one ends in what is stored. */
export function assertNoGap({ entries, stored }: Trail): void {
  const last = new Map<string, unknown>();
  for (const { action, changes } of entries) {
    for (const { subject, before, after } of changes) {
      if (!shownWhole.test(subject)) continue;
      if (last.has(subject)) expect({ action, subject, before }).toEqual({ action, subject, before: last.get(subject) });
      last.set(subject, after);
      // Its state goes with it.
      if (action === 'primaries.delete') last.set(subject.replace('primaries/', 'states/'), null);
    }
  }
  for (const [subject, after] of last) {
    const record = stored.get(subject)?.record;
    const shown = record && subject.startsWith('states/') ? shownState(record as PrimaryState) : record;
    expect({ subject, after: shown ?? null }).toEqual({ subject, after });
  }
}

/** The latest word holds, whoever heard it; and each diversion has a beginning and an end. */
export function assertWordsHold({ entries, stored, words }: Trail, { deeds }: Book): void {
  const orders = entries.filter(({ action }) => /^primaries\.(divert|restore)$/.test(action));
  // Said of a primary that was deleted before the word came to Redis.
  const voided = new Set(orders.filter(({ late }) => late?.effect === 'void').map(({ requestId }) => requestId));
  for (const [primary, mark] of Object.entries(words)) {
    const [at, says] = mark.split(' ') as [string, 'divert' | 'restore'];
    const word = { at: Number(at), says };
    const state = stored.get(`states/${primary}`)?.record as PrimaryState | undefined;
    const there = stored.has(`primaries/${primary}`);
    if (there && state) expect({ primary, mark, is: isDiverted(state) }).toEqual({ primary, mark, is: says === 'divert' });
    for (const { changes: [change], at: said, action, late } of orders) {
      if (change?.subject !== `states/${primary}` || late?.effect === 'void') continue;
      expect({ primary, action, said, mark, later: holdsOver({ at: said, says: action.slice('primaries.'.length) as 'divert' | 'restore' }, word) }).toMatchObject({ later: false });
    }
    const overlooked = deeds.filter(({ subject, fate, value, from, body, requestId }) => subject === `orders/${primary}` && fate === 'made' && !value?.startsWith(says) && Math.floor(from) > word.at && body['primary'] === primary && !voided.has(requestId));
    expect(overlooked.map(({ does }) => `${does}, and yet the last word is ${mark}`)).toEqual([]);
  }

  const diversions = [...stored.values()].filter(({ collection }) => collection === 'diversions').map(({ id, record }) => ({ id, ...(record as Diversion) }));
  const turned = orders.filter(({ action, late }) => action === 'primaries.divert' && (late?.effect ?? 'turned') === 'turned');
  expect(diversions).toHaveLength(turned.length);
  const open = diversions.filter(({ ended }) => !ended).map(({ id }) => id);
  const current = [...stored.values()].filter(({ collection, record }) => collection === 'states' && isDiverted(record as PrimaryState)).map(({ record }) => (record as PrimaryState).diversion);
  expect(new Set<string | undefined>(open)).toEqual(new Set(current));
  expect(open).toHaveLength(current.length);
}

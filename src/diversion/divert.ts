/**
 * Divert and restore by an operator's word: the state of the primary, the diversion's record and the audit entry
 * change in one commit, conditional on the state that was read. Both are idempotent: saying it again changes nothing.
 */
import { Failure } from '../domain/errors.ts';
import type { Diversion } from '../domain/diversion.ts';
import { INITIAL_STATE, isDiverted, type PrimaryState } from '../domain/primary.ts';
import { edit, type Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import type { Random } from '../system/system.ts';

export interface Turned {
  revision: number;
  state: PrimaryState;
  /** The diversion that was begun or ended; undefined when a restore found nothing to end. */
  diversion: string | undefined;
  /** False when it was so already. */
  changed: boolean;
}

export interface Order {
  primary: string;
  reason: string;
  deed: Deed;
}

/** Sortable by start: `20261121t031502z-9f3c2a`. */
export function newDiversionId(at: number, random: Random): string {
  const stamp = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '').toLowerCase();
  return `${stamp}-${random.bytes(3).toString('hex')}`;
}

const whoOf = (deed: Deed) => ({ key: deed.by.key, role: deed.by.role });

async function assertPrimary(store: Store, id: string): Promise<void> {
  if (!(await store.find('primaries', id))) throw new Failure('not_found', 'No such primary');
}

/** The record of a diversion that has not ended; undefined also when it is lost, which must not hinder a restore. */
async function openDiversion(store: Store, id: string | undefined): Promise<{ id: string; revision: number; record: Diversion } | undefined> {
  const found = id === undefined ? undefined : await store.find('diversions', id);
  return id !== undefined && found && 'record' in found && !found.record.ended ? { id, ...found } : undefined;
}

/** Calls of every number of this primary go straight to their plans from now on. */
export async function divert(store: Store, { primary, reason, deed }: Order, random: Random): Promise<Turned> {
  await assertPrimary(store, primary);
  const id = newDiversionId(deed.at, random);
  const started: Diversion = { primary, started: { at: deed.at, by: whoOf(deed), reason } };
  const { revision, record, before } = await edit(
    store,
    {
      collection: 'states',
      id: primary,
      action: 'primaries.divert',
      customerOf: () => undefined,
      change: (current) => {
        if (current && isDiverted(current)) return current;
        return { is: 'down', since: deed.at, override: { says: 'divert', by: whoOf(deed), reason, at: deed.at }, diversion: id };
      },
      also: (draft) => {
        draft.expect('primaries', primary, 'present');
        draft.expect('diversions', id, 'absent');
        draft.put('diversions', id, started, undefined);
      },
    },
    { ...deed, reason },
  );
  const state = record ?? INITIAL_STATE;
  return { revision, state, diversion: state.diversion, changed: before === undefined || !isDiverted(before) };
}

/** Calls are offered to the primary first again, with the plan behind it. */
export async function restore(store: Store, { primary, reason, deed }: Order): Promise<Turned> {
  await assertPrimary(store, primary);
  let ending: { id: string; revision: number; record: Diversion } | undefined;
  const { revision, record, before } = await edit(
    store,
    {
      collection: 'states',
      id: primary,
      action: 'primaries.restore',
      customerOf: () => undefined,
      change: async (current) => {
        if (!current || !isDiverted(current)) return current;
        ending = await openDiversion(store, current.diversion);
        return { is: 'up', since: deed.at, override: { says: 'restore', by: whoOf(deed), reason, at: deed.at } };
      },
      also: (draft) => {
        draft.expect('primaries', primary, 'present');
        if (!ending) return;
        draft.expect('diversions', ending.id, ending.revision);
        draft.put('diversions', ending.id, { ...ending.record, ended: { at: deed.at, by: whoOf(deed), reason } }, ending.record);
      },
    },
    { ...deed, reason },
  );
  return { revision, state: record ?? INITIAL_STATE, diversion: before?.diversion, changed: before !== undefined && isDiverted(before) };
}

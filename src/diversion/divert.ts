/**
 * Divert and restore by an operator's word, in Redis: the state of the primary, the diversion's record and the audit entry change
 * in one commit, conditional on the state that was read. An order has an id, and is carried out once however often it is told:
 * also when its first commit seemed to fail, or the process ended before it noted that it was done.
 */
import { holdsOver, wordOf, type Word } from '../../rules/operators-word.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Diversion } from '../domain/diversion.ts';
import { Failure } from '../domain/errors.ts';
import { INITIAL_STATE, shownState, type PrimaryState } from '../domain/primary.ts';
import { createDraft, type Draft } from '../store/draft.ts';
import { keys } from '../store/keys.ts';
import type { Found, Store } from '../store/store.ts';
import { stateAfter, type Order } from './order.ts';
import { oweTurn } from './owed-events.ts';

/** - `turned`, or it was `already-so`
 *  - `superseded`: a later word was heard first; - `void`: the primary is gone; - `known`: this very order was carried out before */
export type Effect = 'turned' | 'already-so' | 'superseded' | 'void' | 'known';

export interface Turned {
  effect: Effect;
  revision: number;
  state: PrimaryState;
  /** The diversion that was begun or ended, or goes on; undefined when a restore found nothing to end. */
  diversion: string | undefined;
  /** The time by which it is measured against other words. */
  at: number;
}

/** As many writers of one primary at once can all be served: of those that try together one gets through each time. */
const TRIES = 100;
/** For so long an order that comes again is known, seconds: longer than any process is kept from Redis. */
const KNOWN_SECONDS = 30 * 86_400;

export interface OpenDiversion {
  id: string;
  revision: number;
  record: Diversion;
}

interface Read {
  found: Found<'states'> | undefined;
  current: PrimaryState | undefined;
  /** False when there is no such primary. */
  there: boolean;
  open: OpenDiversion | undefined;
  /** The last word as it is marked, and what it says. */
  mark: string | undefined;
  last: Word | undefined;
}

/** The record of a diversion that has not ended; undefined also when it is lost, which must not hinder a restore. */
export async function openDiversion(store: Pick<Store, 'find'>, id: string | undefined): Promise<OpenDiversion | undefined> {
  const found = id === undefined ? undefined : await store.find('diversions', id);
  return id !== undefined && found && 'record' in found && !found.record.ended ? { id, ...found } : undefined;
}

function readWord(mark: string | undefined): Word | undefined {
  const [, at, says] = /^(\d+) (divert|restore)$/.exec(mark ?? '') ?? [];
  return says === 'divert' || says === 'restore' ? { says, at: Number(at) } : undefined;
}

async function read(store: Store, { primary }: Order): Promise<Read> {
  const [found, known, mark] = await Promise.all([store.find('states', primary), store.find('primaries', primary), store.marked(keys.words, primary)]);
  const current = found && 'record' in found ? found.record : undefined;
  return { found, current, there: known !== undefined, open: await openDiversion(store, current?.diversion), mark, last: readWord(mark) ?? (current && wordOf(current)) };
}

/** What the order does to what was read. `late` orders were given while Redis was away: those keep their own time, and may come too late. */
function effectOf({ current, there, last }: Read, order: Order, late: boolean): { effect: Effect; next: PrimaryState; spoken: Order } {
  const before = current ?? INITIAL_STATE;
  if (!there) return { effect: 'void', next: before, spoken: order };
  // Told to Redis itself, an order is later than whatever Redis has, also where the clocks differ.
  const spoken = late || !last ? order : { ...order, at: Math.max(order.at, last.says === order.says ? last.at : last.at + 1) };
  if (late && !holdsOver(order, last)) return { effect: last?.says === order.says ? 'already-so' : 'superseded', next: before, spoken: order };
  const next = stateAfter(before, spoken);
  return { effect: next === before ? 'already-so' : 'turned', next, spoken };
}

function entryOf(order: Order, { current }: Read, next: PrimaryState, late: AuditEntry['late']): AuditEntry {
  const { at, by, reason, requestId, primary, says } = order;
  const after = late && late.effect !== 'turned' ? current : next;
  return {
    at,
    by,
    action: `primaries.${says}`,
    changes: [{ subject: `states/${primary}`, before: current ? shownState(current) : null, after: after ? shownState(after) : null }],
    reason,
    ...(requestId === undefined ? {} : { requestId }),
    ...(late ? { late } : {}),
  };
}

/** The diversion that a change of state begins or ends; one that goes on is left as it is. */
export function turnDiversion(draft: Draft, primary: string, { before, next, open }: { before: PrimaryState | undefined; next: PrimaryState; open: OpenDiversion | undefined }, act: Diversion['started']): void {
  if (next.diversion === before?.diversion) return;
  if (next.diversion !== undefined) {
    draft.expect('diversions', next.diversion, 'absent');
    draft.put('diversions', next.diversion, { primary, started: act }, undefined);
  } else if (open) {
    draft.expect('diversions', open.id, open.revision);
    draft.put('diversions', open.id, { ...open.record, ended: act }, open.record);
  }
}

function draftOf(seen: Read, { effect, next, spoken: order }: ReturnType<typeof effectOf>, writtenAt: number | undefined): Draft {
  const draft = createDraft();
  const { primary } = order;
  // One that changed nothing and has waited nowhere is not known again: should it be told from a disk all the same, it leaves its entry then.
  if (effect !== 'already-so' || writtenAt !== undefined) {
    draft.expectNew(keys.order(order.id));
    draft.push(keys.order(order.id), effect, KNOWN_SECONDS);
  }
  draft.expect('states', primary, seen.found ? (seen.found.revision ?? 'unreadable') : 'absent');
  draft.expect('primaries', primary, effect === 'void' ? 'absent' : 'present');
  if (effect === 'turned') {
    draft.put('states', primary, next, seen.current);
    turnDiversion(draft, primary, { before: seen.current, next, open: seen.open }, { at: order.at, by: { key: order.by.key, role: order.by.role }, reason: order.reason });
    oweTurn(draft, primary, { before: seen.current, after: next }, { at: order.at, by: 'operator', reason: order.reason });
  }
  if (effect !== 'void' && holdsOver(order, seen.last)) draft.mark(keys.words, primary, seen.mark, `${order.at} ${order.says}`);
  // Saying it again leaves no trace, unless it was acknowledged without Redis: then the trail says what became of it.
  if (writtenAt !== undefined) draft.audit(entryOf(order, seen, next, { writtenAt, effect }));
  else if (effect === 'turned') draft.audit(entryOf(order, seen, next, undefined));
  return draft;
}

/** `writtenAt` is now, for an order that was given while Redis was away. Throws `not_found`, `write_contended` or `store_unavailable`. */
export async function carryOut(store: Store, order: Order, writtenAt?: number): Promise<Turned> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const seen = await read(store, order);
    const outcome = effectOf(seen, order, writtenAt !== undefined);
    if (outcome.effect === 'void' && writtenAt === undefined) throw new Failure('not_found', 'No such primary');
    const committed = await store.commit(draftOf(seen, outcome, writtenAt));
    const { effect, next: state, spoken: { at } } = outcome;
    const ended = effect === 'turned' ? seen.current?.diversion : undefined;
    if ('revision' in committed) return { effect, revision: committed.revision, state, at, diversion: state.diversion ?? ended };
    if (committed.failed.kind === 'new') return { effect: 'known', revision: seen.found?.revision ?? 0, state: seen.current ?? INITIAL_STATE, at, diversion: seen.current?.diversion };
  }
  throw new Failure('write_contended');
}

/**
 * Brings one routing at a carrier to what is wanted, by looking: what is wanted, what we know, what is there, what next
 * (next-write.ts). Each round begins with looking, so a write is always followed by reading it back, one whose outcome is not known
 * is never tried before it is known, and whoever takes over after a crash does the same as if there had been none.
 */
import { isDeepStrictEqual } from 'node:util';
import { ownRouting, routingChanges, type CarrierApi, type Routing } from '../carriers/api.ts';
import type { CarrierRouting, Unit } from '../carriers/routing.ts';
import { Failure, type ErrorCode } from '../domain/errors.ts';
import { isBound, UNKNOWN_ROUTE, type Mixed, type Route, type SyncState } from '../domain/route.ts';
import { groupIn, type HeldRoute, type RouteStore, type RouteUnit } from '../store/route-store.ts';
import type { Clock } from '../system/system.ts';
import { nextMove, type Move, type Wanted } from './next-write.ts';

export interface UnitFacts {
  wanted: Wanted;
  /** The number, E.164; undefined for what many share. */
  number: string | undefined;
  /** The unit's id at the carrier as its record has it; undefined: to be asked for. */
  ref: string | undefined;
  /** False when it is not ours to set any more, once what we set is put back. */
  routed: boolean;
  /** Of a number: which group has its calls. */
  group?: string | undefined;
  /** Why the group is not moved as one. */
  mixed?: Mixed | undefined;
  /** Of a number that is moved with its group: it is as that is. */
  served?: Served | undefined;
  /** What is wanted cannot be set. */
  unable?: Failure | undefined;
  /** Of a group: the carrier cannot say for the moment whose calls it would move. It is not led away then, but put back; with `instead`, that is wanted where it would have to be. */
  unlisted?: { failure: Failure; instead: Pick<UnitFacts, 'wanted' | 'mixed' | 'hold'> | undefined } | undefined;
  /** What leads elsewhere is left there until its numbers have been moved by themselves. */
  hold?: boolean | undefined;
}

export interface Served {
  is: SyncState;
  diversion: string | undefined;
}

/** What the carrier has said of a number, and what is known of it. */
export interface Seen {
  group: string | undefined;
  /** All that it shows; undefined when it was not read. */
  shown?: Routing;
  known: Route | undefined;
}

export interface ReconcileDeps {
  routes: Pick<RouteStore, 'read' | 'save'>;
  /** As they are in the store at this moment, not as some process believes them to be. */
  facts(unit: RouteUnit, seen?: Seen): Promise<UnitFacts>;
  api: CarrierApi;
  routing: Pick<CarrierRouting, 'divertedTo' | 'armed' | 'writes' | 'follows' | 'groupOf'>;
  /** Waits until there may be a write. */
  turn(): Promise<Turn>;
  clock: Clock;
  /** Milliseconds on a clock that never jumps. */
  steady(): number;
}

/**
 * - `settled`: nothing is to be done until something changes
 * - `again`: the carrier is still at it, look in a while
 * - `hindered`: `for-good` when the carrier refused this unit and asking again soon gives the same
 * - `overtaken`: somebody else was faster, or this process slept; look again at once
 */
export type Reconciled =
  | { is: 'settled'; state: SyncState; writes: number }
  | { is: 'again'; afterMs: number; writes: number }
  | { is: 'hindered'; failure: Failure; forGood: boolean; attempts: number; writes: number }
  | { is: 'overtaken'; writes: number };

/** More rounds than any carrier needs writes for one unit. */
const ROUNDS = 16;
/** What was learnt so long ago may be otherwise by now: this process slept meanwhile. Milliseconds. */
const FRESH_MS = 2000;
/** Tries after which what a carrier accepts and does not keep counts as refused. */
const NOT_KEPT_TRIES = 6;
const NOT_KEPT_MS = 1000;
/** Between two looks at whether a group's numbers have been moved by themselves, milliseconds. */
const HOLD_MS = 1000;
/** Between two tries to learn who is on a group, milliseconds. */
const LIST_AGAIN_MS = 15_000;
/** Between two looks at an order: at first, and at most. Milliseconds. */
const ORDER_MS = 1000;
const ORDER_MAX_MS = 30_000;

/** Refused for this unit; all else is the carrier's, or our own, state. */
const FOR_GOOD: readonly ErrorCode[] = ['carrier_refused', 'carrier_number_unknown', 'carrier_ability_missing', 'record_unreadable', 'group_mixed'];

export interface Turn {
  /** To be asked last of all. Resolves when the write may be sent, with what is to be called once it is answered; undefined: it may not, the carrier is left alone. */
  gate(): Promise<(() => void) | undefined>;
  /** Gives the turn to the next. */
  unused(): void;
}

/** - `turn`: a write is needed, and it is not our turn; - `more`: one was sent */
type Round = Exclude<Reconciled, { is: 'hindered' }> | { is: 'turn' } | { is: 'more'; sent: string };

async function findRef(api: CarrierApi, { number, ref }: UnitFacts, known: Route): Promise<string> {
  // What we set under one id is put back under it.
  const found = isBound(known) && known.ref !== undefined ? known.ref : (ref ?? known.ref ?? (number === undefined ? undefined : (await api.findNumber(number))?.ref));
  if (found === undefined) throw new Failure('carrier_number_unknown', 'The carrier account holds no such number');
  return found;
}

/** The record without an order that has come to its end; undefined while it is under way. Throws `carrier_refused` for one that failed. */
async function afterOrder(api: CarrierApi, known: Route): Promise<Route | undefined> {
  const { order, ...rest } = known;
  if (!order || !api.orderState) return known;
  const state = await api.orderState(order.id).catch((error: unknown) => {
    // An order that the carrier does not know is not under way.
    if (error instanceof Failure && FOR_GOOD.includes(error.code)) return { is: 'done' as const };
    throw error;
  });
  if (state.is === 'working') return undefined;
  if (state.is === 'failed') throw new Failure('carrier_refused', state.why);
  return rest;
}

/** The group that has its calls: as read, and while it is moved away from it, as it was known before. */
function groupOf({ divert, group }: Route, all: Routing, actual: Routing, routing: ReconcileDeps['routing']): string | undefined {
  return divert && routingChanges(actual, divert.original).length > 0 ? group : routing.groupOf(all);
}

function inGroup({ group: _group, mixed: _mixed, ...route }: Route, { group, mixed }: Pick<UnitFacts, 'group' | 'mixed'>): Route {
  return { ...route, ...(group === undefined ? {} : { group }), ...(mixed ? { mixed } : {}) };
}

const whyOf = ({ code, message }: Failure): NonNullable<Route['why']> => ({ code, detail: message });

/** Nothing of ours is on it, and it is as its group is. */
function asServed({ writes, record }: Move, served: Served | undefined): Route {
  if (!served || writes.length > 0 || record.conflict) return record;
  const { diversion: _diversion, ...rest } = record;
  return { ...rest, is: served.is, ...(served.diversion === undefined ? {} : { diversion: served.diversion }) };
}

/** When it was moved, and put back. */
function timesOf({ moved }: Route, { is, diversion, divert }: Route, now: number): Pick<Route, 'moved'> {
  if (is === 'diverted' && diversion !== undefined && moved?.diversion !== diversion) return { moved: { diversion, at: now } };
  if (moved && moved.back === undefined && divert === undefined && (is === 'in step' || is === 'no plan')) return { moved: { ...moved, back: now } };
  return {};
}

function stamped(move: Move, known: Route, ref: string, facts: UnitFacts, now: number): Route {
  const record: Route = { ...inGroup(asServed(move, facts.served), facts), ...(facts.unlisted ? { why: whyOf(facts.unlisted.failure) } : {}) };
  const conflict = record.conflict && { ...record.conflict, since: record.conflict.since || now };
  return { ...record, ref, since: record.is === known.is && known.since > 0 ? known.since : now, ...(conflict ? { conflict } : {}), ...timesOf(known, record, now) };
}

/** `still` says afterwards whether it is still as its group is. */
async function settle({ routes }: Pick<ReconcileDeps, 'routes'>, unit: RouteUnit, held: HeldRoute, next: Route, routed: boolean, still?: () => Promise<boolean>): Promise<Round> {
  const forget = !routed && !isBound(next) && next.is !== 'conflict';
  const after = forget ? undefined : next;
  const done: Round = { is: 'settled', state: next.is, writes: 0 };
  if (isDeepStrictEqual(after, held.route)) return done;
  if ((await routes.save(unit, held.version, after)) === undefined) return { is: 'overtaken', writes: 0 };
  return still && !(await still()) ? { is: 'overtaken', writes: 0 } : done;
}

async function send({ routes, api, clock, steady }: ReconcileDeps, unit: RouteUnit, held: HeldRoute, next: Route, { writes }: Move, learntAt: number, turn: Turn): Promise<Round> {
  const { order: _order, ...bare } = next;
  const record = { ...bare, attempts: next.attempts + 1 };
  const [fields] = writes;
  const version = await routes.save(unit, held.version, record);
  const answered = version === undefined || fields === undefined ? undefined : await turn.gate();
  if (version === undefined || fields === undefined || !answered || steady() - learntAt > FRESH_MS) return { is: 'overtaken', writes: 0 };
  const { order } = await api.setRouting(record.ref ?? '', fields);
  answered();
  if (order === undefined) return { is: 'more', sent: JSON.stringify(fields) };
  await routes.save(unit, version, { ...record, order: { id: order, since: clock.now() } });
  return { is: 'again', afterMs: ORDER_MS, writes: 1 };
}

/** Nobody's calls are moved when nothing is to be written, or when it is put back. Throws why it is not known whose would be. */
function chosen(facts: UnitFacts, known: Route, actual: Routing, routing: ReconcileDeps['routing'], kind: Unit): { facts: UnitFacts; move: Move } {
  const move = nextMove(known, facts.wanted, actual, routing, kind);
  const { unlisted, wanted } = facts;
  if (!unlisted || wanted.route.is !== 'diverted' || move.writes.length === 0) return { facts, move };
  if (!unlisted.instead) throw unlisted.failure;
  const apart = { ...facts, ...unlisted.instead };
  return { facts: apart, move: nextMove(known, apart.wanted, actual, routing, kind) };
}

async function round(deps: ReconcileDeps, unit: RouteUnit, kind: Unit, sent: readonly string[], turn: Turn | undefined): Promise<Round> {
  const { routes, api, routing, clock, steady } = deps;
  const held = await routes.read(unit);
  if (held.unreadable) throw new Failure('record_unreadable', 'What is known of its routing cannot be read');
  const first = await deps.facts(unit);
  // Nothing of ours is there, and nothing will be: the carrier need not be asked.
  if (!first.routed && !(held.route && isBound(held.route))) return settle(deps, unit, held, held.route ?? { ...UNKNOWN_ROUTE, is: 'in step' }, false);
  const known = await afterOrder(api, held.route ?? UNKNOWN_ROUTE);
  if (!known) return { is: 'again', afterMs: Math.min(ORDER_MAX_MS, Math.max(ORDER_MS, clock.now() - (held.route?.order?.since ?? 0))), writes: 0 };
  const ref = await findRef(api, first, known);
  const all = await api.readRouting(ref, first.number);
  const learntAt = steady();
  const actual = ownRouting(all, routing.follows);
  const seen: Seen = { group: kind === 'number' ? groupOf(known, all, actual, routing) : undefined, shown: all, known: held.route };
  const { facts, move } = chosen(await deps.facts(unit, seen), known, actual, routing, kind);
  const { routed, unable, served } = facts;
  if (unable && (facts.wanted.route.is === 'diverted' || facts.wanted.route.net)) throw unable;
  if (facts.hold && known.divert) {
    const { is } = await settle(deps, unit, held, { ...inGroup(known, facts), ref }, routed);
    return is === 'settled' ? { is: 'again', afterMs: HOLD_MS, writes: 0 } : { is: 'overtaken', writes: 0 };
  }
  const next = stamped(move, held.route ?? UNKNOWN_ROUTE, ref, facts, clock.now());
  if (move.writes.length === 0) {
    if (unable) throw unable;
    const after = await settle(deps, unit, held, next, routed, served && (async () => isDeepStrictEqual((await deps.facts(unit, seen)).served, served)));
    return facts.unlisted && after.is === 'settled' ? { is: 'again', afterMs: LIST_AGAIN_MS, writes: 0 } : after;
  }
  if (!turn) return { is: 'turn' };
  if (!sent.includes(JSON.stringify(move.writes[0]))) return send(deps, unit, held, next, move, learntAt, turn);
  if (next.attempts >= NOT_KEPT_TRIES) throw new Failure('carrier_refused', `The carrier accepts the change and does not keep ${Object.keys(move.writes[0] ?? {}).join(', ')}`);
  return { is: 'again', afterMs: NOT_KEPT_MS * 2 ** next.attempts, writes: 0 };
}

const isBehind = (route: Route, { route: { is }, diversion }: Wanted): boolean => (is === 'diverted' ? route.is !== 'diverted' || route.diversion !== diversion : route.divert !== undefined);

/** Notes what stood in the way. What cannot be noted is told again the next time. */
async function note({ routes, facts, clock }: ReconcileDeps, unit: RouteUnit, failure: Failure, forGood: boolean): Promise<number> {
  const held = await routes.read(unit);
  if (held.unreadable) return NOT_KEPT_TRIES;
  const found = await facts(unit, { group: held.route?.group, known: held.route });
  const { wanted } = found;
  const known = held.route ?? { ...UNKNOWN_ROUTE, ...(wanted.diversion === undefined ? {} : { diversion: wanted.diversion }) };
  const { order, ...rest } = inGroup(known, found.unlisted ? { group: found.group, mixed: known.mixed } : found);
  const behind = isBehind(known, wanted);
  const is = forGood ? 'failed' : behind && known.is !== 'failed' && known.is !== 'conflict' ? 'pending' : known.is;
  const route: Route = {
    ...rest,
    // An order that failed is over.
    ...(order && !forGood ? { order } : {}),
    ...(behind && wanted.diversion !== undefined ? { diversion: wanted.diversion } : {}),
    is,
    since: is === known.is && known.since > 0 ? known.since : clock.now(),
    why: whyOf(failure),
    attempts: known.attempts + 1,
  };
  await routes.save(unit, held.version, route);
  return route.attempts;
}

/** Rounds until nothing is to be sent. The turn is taken before looking, so that what was seen is not old when it is written. */
async function rounds(deps: ReconcileDeps, unit: RouteUnit, sent: string[]): Promise<Exclude<Round, { is: 'turn' | 'more' }>> {
  const kind: Unit = groupIn(unit) === undefined ? 'number' : 'group';
  let turn: Turn | undefined = await deps.turn();
  let after: Round = { is: 'again', afterMs: NOT_KEPT_MS, writes: 0 };
  for (let count = 0; count < ROUNDS; count += 1) {
    after = await round(deps, unit, kind, sent, turn);
    if (after.is === 'more' || (after.is === 'again' && after.writes > 0)) turn = undefined;
    if (after.is === 'more') sent.push(after.sent);
    else if (after.is === 'turn') turn = await deps.turn();
    else break;
  }
  // One whose request failed is used up.
  turn?.unused();
  return after.is === 'more' || after.is === 'turn' ? { is: 'again', afterMs: NOT_KEPT_MS, writes: 0 } : after;
}

/** Throws `store_unavailable`, and whatever nobody foresaw; what the carrier says is in the result. */
export async function reconcileUnit(deps: ReconcileDeps, unit: RouteUnit): Promise<Reconciled> {
  const sent: string[] = [];
  try {
    const after = await rounds(deps, unit, sent);
    return { ...after, writes: sent.length + after.writes };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'store_unavailable') throw error;
    const forGood = FOR_GOOD.includes(error.code);
    return { is: 'hindered', failure: error, forGood, attempts: await note(deps, unit, error, forGood), writes: sent.length };
  }
}

/**
 * What is to be done next about one routing at a carrier, from what is wanted, what we know of it and what is there now. Pure.
 *
 * Holds for every answer: what was there before us is in the record before anything is written, and stays until it is there again;
 * nothing is written over a value that neither was there before us nor came from us. So whoever is interrupted, after whatever
 * step, begins again here and comes to the same end.
 */
import type { DesiredRoute } from '../../rules/desired-route.ts';
import { routingChanges, type Routing } from '../carriers/api.ts';
import type { CarrierRouting, Unit } from '../carriers/routing.ts';
import type { Route, RouteLayer, SyncState } from '../domain/route.ts';

export interface Wanted {
  route: DesiredRoute;
  /** The diversion that it belongs to; undefined while nothing is diverted. */
  diversion: string | undefined;
  /** The safety net stays as it is, whatever it is to be. */
  netStays?: boolean;
  /** What the safety net's fields are to have once there is none: what is there may be an earlier one of ours, of which nothing is known. */
  without?: Routing;
  /** Where the go-bag leads its calls. */
  byHand?: DesiredRoute['targets'];
}

export interface Move {
  /** To be written down before anything is written at the carrier. */
  record: Route;
  /** In this order; none when it is settled, or an operator must say how it is to be. */
  writes: readonly Routing[];
}

type Fields = Pick<CarrierRouting, 'divertedTo' | 'armed' | 'writes'>;

/** Of what was sent, so much is remembered: the plan is not edited more often while one write is on its way. */
const SENT_KEPT = 8;

const holds = (actual: Routing, wanted: Routing): boolean => routingChanges(actual, wanted).length === 0;
const only = (routing: Routing, fields: Iterable<string>): Routing => Object.fromEntries([...fields].map((field) => [field, routing[field] ?? '']));

/** Every value that a write of ours may still bring, for whatever it was sent. */
const everSent = ({ divert, net, last, lastNet }: Route): readonly Routing[] => [divert, net, last, lastNet].flatMap((layer) => layer?.sent ?? []);

/** True when every one of these fields has a value that we set, or, while a write is on its way, the one of before. */
function isOurs(layer: RouteLayer, sent: readonly Routing[], actual: Routing, fields: Iterable<string>): boolean {
  for (const field of fields) {
    const is = (value: string | undefined): boolean => holds(actual, { [field]: value ?? '' });
    const ours = is(layer.set[field] ?? layer.original[field]) || sent.some((one) => field in one && is(one[field])) || (!layer.confirmed && is(layer.original[field]));
    if (!ours) return false;
  }
  return true;
}

function withSet(layer: RouteLayer, set: Routing, confirmed: boolean): RouteLayer {
  const known = layer.sent.filter((sent) => !(holds(sent, set) && holds(set, sent)));
  return { original: layer.original, set, sent: [...known, set].slice(-SENT_KEPT), confirmed };
}

function conflict(record: Route, of: 'divert' | 'net', layer: RouteLayer, actual: Routing, fields: readonly string[]): Move {
  const known = record.conflict;
  const there = only(actual, fields);
  const same = known?.of === of && holds(known.there, there) && holds(there, known.there);
  const found = same ? known : { of, ours: only({ ...layer.original, ...layer.set }, fields), there, original: only(layer.original, fields), since: 0 };
  return { record: { ...record, is: 'conflict', conflict: found }, writes: [] };
}

function settled(record: Route, is: SyncState, more: Partial<Route> = {}): Move {
  const { why: _why, conflict: _conflict, ...rest } = record;
  return { record: { ...rest, ...more, is, attempts: 0 }, writes: [] };
}

function pending(record: Route, more: Partial<Route>, writes: readonly Routing[]): Move {
  const { conflict: _conflict, ...rest } = record;
  return { record: { ...rest, ...more, is: rest.is === 'failed' ? 'failed' : 'pending' }, writes };
}

const allFields = (...routings: readonly Routing[]): string[] => [...new Set(routings.flatMap((routing) => Object.keys(routing)))];

/**
 * What we would have set, when all of it is there though we know of none, and nothing else is otherwise than when it was last looked at: set by hand with the go-bag while we
 * were gone, or by a write of ours that came late. What was there before it is what was seen then.
 */
function setByHand({ seen, last }: Route, { route, byHand = [] }: Wanted, actual: Routing, fields: Fields, unit: Unit): { original: Routing; sent: Routing[] } | undefined {
  if (!seen) return undefined;
  const differing = routingChanges(actual, only(seen, allFields(actual, seen))).map(({ field }) => field);
  const sets = [byHand, route.targets].flatMap(([first, ...others]) => (first === undefined ? [] : [fields.divertedTo(unit, seen, [first, ...others])]));
  const set = [...sets, ...(last?.sent ?? [])].find((one) => holds(actual, one) && differing.every((field) => field in one));
  return differing.length > 0 && set ? { original: seen, sent: [set] } : undefined;
}

function divert(record: Route, wanted: Wanted, actual: Routing, fields: Fields, unit: Unit): Move {
  const { route, diversion } = wanted;
  const [first, ...others] = route.targets;
  if (first === undefined || diversion === undefined) throw new Error('a diverted routing without targets');
  const before = record.divert ?? { original: actual, sent: [], ...setByHand(record, wanted, actual, fields, unit), set: {}, confirmed: false };
  const set = fields.divertedTo(unit, before.original, [first, ...others]);
  const goal = { ...before.original, ...set };
  const told = { ...record, diversion };
  if (holds(actual, goal)) return settled(told, 'diverted', { divert: withSet(before, set, true) });
  const all = allFields(before.original, actual);
  if (!isOurs(before, [...everSent(record), ...before.sent], actual, all)) return conflict(told, 'divert', before, actual, all);
  return pending(told, { divert: withSet(before, set, false) }, fields.writes(actual, goal));
}

/** Of what has been put back, a write came late: all that is otherwise than `original` came from us. */
function cameLate({ sent }: RouteLayer, actual: Routing, original: Routing): boolean {
  const differing = routingChanges(actual, original);
  return differing.length > 0 && differing.every(({ field, from }) => sent.some((one) => field in one && holds({ [field]: from }, { [field]: one[field] ?? '' })));
}

/** The last diversion's layer, measured against the safety net as it is now; what is being changed of that is not looked at. */
function lateDiversion({ last, net }: Route, actual: Routing): RouteLayer | undefined {
  if (!last) return undefined;
  const original = { ...last.original, ...(net?.confirmed ? net.set : only(actual, Object.keys(net?.set ?? {}))) };
  return cameLate(last, actual, original) ? { ...last, original, confirmed: false } : undefined;
}

function putBack(record: Route, layer: RouteLayer, actual: Routing, fields: Fields): Move {
  const all = allFields(layer.original, actual);
  if (!isOurs(layer, everSent(record), actual, all)) return conflict(record, 'divert', layer, actual, all);
  return pending(record, { divert: { ...layer, confirmed: false } }, fields.writes(actual, layer.original));
}

/** What others change in peace is theirs: what comes late is measured against it. */
function asFound(record: Route, actual: Routing): Route {
  const { last, lastNet } = record;
  return { ...record, seen: actual, ...(last ? { last: { ...last, original: actual } } : {}), ...(lastNet ? { lastNet: { ...lastNet, original: actual } } : {}) };
}

/** Before a safety net of which we know nothing. */
function bareNet(actual: Routing, without: Routing | undefined): RouteLayer {
  const bare = { original: actual, set: {}, sent: [], confirmed: false };
  return without ? { ...bare, original: { ...actual, ...without }, sent: [only(actual, Object.keys(without))] } : bare;
}

function inPeace(record: Route, { route, without }: Wanted, actual: Routing, fields: Fields, unit: Unit): Move {
  const is = route.protected ? 'in step' : 'no plan';
  const target = route.net;
  const wanted = JSON.stringify(target ?? null);
  const { leaveNet, ...free } = record;
  const leave = leaveNet === wanted;
  const told = leave ? record : free;
  const late = record.lastNet && cameLate(record.lastNet, actual, only(record.lastNet.original, allFields(...record.lastNet.sent))) ? record.lastNet : undefined;
  const net = record.net ?? (late && { ...late, set: only(late.original, allFields(...late.sent)), confirmed: false });
  if (!net && (leave || !target)) return settled(told, is);
  const before = net ?? bareNet(actual, without);
  const armed = leave || !target ? undefined : fields.armed(unit, before.original, target);
  // What another target needed besides goes back to what it was.
  const goal = { ...only(before.original, Object.keys(before.set)), ...armed };
  if (holds(actual, goal)) {
    const { net: _net, ...bare } = told;
    return settled(armed ? { ...told, net: withSet(before, goal, true) } : { ...bare, lastNet: before }, is);
  }
  const all = allFields(before.set);
  if (!isOurs(before, everSent(record), actual, all)) return conflict(told, 'net', before, actual, all);
  return pending(told, { net: armed ? withSet(before, goal, false) : { ...before, confirmed: false } }, fields.writes(actual, { ...actual, ...goal }));
}

/** `record` is what is known; `actual` all fields as just read. */
export function nextMove(given: Route, wanted: Wanted, actual: Routing, fields: Fields, unit: Unit): Move {
  const { leave, ...free } = given;
  const left = leave !== undefined && leave === wanted.diversion;
  const told = { ...(left ? given : free), dropped: [...wanted.route.dropped], unheeded: [...wanted.route.unheeded] };
  if (wanted.route.is === 'diverted' && !left) return divert(told, wanted, actual, fields, unit);
  if (told.divert && !holds(actual, told.divert.original)) return putBack(told, told.divert, actual, fields);
  const { divert: done, ...rest } = told;
  const record: Route = done ? { ...rest, last: done } : rest;
  const late = lateDiversion(record, actual);
  if (late) return putBack(record, late, actual, fields);
  // While it is diverted, or was left alone, the net is not touched.
  if (wanted.diversion !== undefined || wanted.netStays) {
    const planless = wanted.diversion === undefined ? !wanted.route.protected : wanted.route.is === 'no-plan';
    return settled(record, planless ? 'no plan' : 'in step');
  }
  const move = inPeace(record, wanted, actual, fields, unit);
  // What was set by hand is left alone, and what was there before it is not forgotten.
  if (move.writes.length > 0 || move.record.is === 'conflict' || setByHand(record, wanted, actual, fields, unit)) return move;
  return { record: asFound(move.record, actual), writes: [] };
}

/** - `keep`: what is there is right; - `ours`: go on as if nobody had changed it; - `original`: put back what was there before us */
export type Resolution = 'keep' | 'ours' | 'original';

/** The record once an operator has said how a conflict is to end; undefined when there is none. Nothing is written by that: it is to be looked at again. */
export function resolved(record: Route, how: Resolution, wanted: Wanted): Route | undefined {
  const { conflict: found, ...rest } = record;
  if (!found) return undefined;
  const layer = record[found.of];
  const left: Partial<Route> = found.of === 'net' ? { leaveNet: JSON.stringify(wanted.route.net ?? null) } : wanted.diversion === undefined ? {} : { leave: wanted.diversion };
  const base: Route = { ...rest, is: 'pending', ...(how === 'ours' ? {} : left) };
  if (how === 'keep' || !layer) {
    const { divert, net, last, ...bare } = base;
    return found.of === 'net' ? { ...bare, ...(divert ? { divert } : {}), ...(last ? { last } : {}) } : { ...bare, ...(net ? { net } : {}) };
  }
  const theirs = Object.fromEntries(routingChanges(found.ours, found.there).map(({ field, to }) => [field, to]));
  return { ...base, [found.of]: { ...layer, sent: [...layer.sent, theirs].slice(-SENT_KEPT), confirmed: false } };
}

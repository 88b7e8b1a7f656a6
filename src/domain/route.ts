/** What is so with a routing at a carrier that we set: of one number, or of what many numbers share there. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

/**
 * - `in step`: as it was before us, its safety net armed
 * - `pending`: to be changed, or being changed
 * - `diverted`: read back as what was to be set
 * - `failed`: the carrier does not do it; `why` says what it said
 * - `conflict`: somebody else has changed what we set; nothing is written until an operator says how it is to be
 * - `no plan`: there is nowhere to send its calls
 */
export const SYNC_STATES = ['in step', 'pending', 'diverted', 'failed', 'conflict', 'no plan'] as const;
export type SyncState = (typeof SYNC_STATES)[number];

/**
 * Why a trunk or an application is not moved as one.
 * - `not-told`: the carrier does not say which numbers are on it; - `not-listed`: it cannot say so for the moment
 * - `not-asked`: some are not ours, or are not to be moved with the others
 * - `primaries`: they have different primaries; - `routes`: they are to go to different destinations
 */
export const WHY_MIXED = ['not-told', 'not-listed', 'not-asked', 'primaries', 'routes'] as const;

const MixedSchema = Strict({
  why: Type.Enum(WHY_MIXED),
  /** The first number that is not as the most are. */
  number: Type.Optional(Type.String()),
  /** How many are not. */
  count: Type.Integer(),
});

export type Mixed = Static<typeof MixedSchema>;

/** The carrier's own fields by name. */
const Fields = Type.Record(Type.String(), Type.String());

const Layer = Strict({
  /** All fields as they were read before the first of ours was written. Never changed while anything of ours is there. */
  original: Fields,
  /** Those that are to be, or are, otherwise. */
  set: Fields,
  /** What was ever to be set: a write may arrive late. */
  sent: Type.Array(Fields),
  /** It was read back as `set`, and nothing was written since. */
  confirmed: Type.Boolean(),
});

export const RouteSchema = Strict({
  /** The unit's own id at the carrier, once it is known. */
  ref: Type.Optional(Type.String()),
  /** The id at the carrier of the trunk or application that has the number's calls, or has them again when it is put back. */
  group: Type.Optional(Type.String()),
  /** Of a group: why it is not moved as one. Of a number in one: it is moved by itself. */
  mixed: Type.Optional(MixedSchema),
  is: Type.Enum(SYNC_STATES),
  /** Since when, milliseconds since 1970. */
  since: Type.Integer(),
  why: Type.Optional(Strict({ code: Type.String(), detail: Type.String() })),
  /** Tries since it was last as it should be. */
  attempts: Type.Integer(),
  /** The diversion for which it is diverted, or was last. */
  diversion: Type.Optional(Type.String()),
  /** When it was first read back as diverted for that diversion, and when it was as before again: for the report. Milliseconds since 1970. */
  moved: Type.Optional(Strict({ diversion: Type.String(), at: Type.Integer(), back: Type.Optional(Type.Integer()) })),
  divert: Type.Optional(Layer),
  /** The safety net. */
  net: Type.Optional(Layer),
  /** All fields as they were last read while nothing was diverted, the safety net as it was then: what the go-bag puts back. */
  seen: Type.Optional(Fields),
  /** The last diversion's, after it was put back: a late write is known by it. */
  last: Type.Optional(Layer),
  /** The same of a safety net that was taken away. */
  lastNet: Type.Optional(Layer),
  /** What the carrier carries out later. */
  order: Type.Optional(Strict({ id: Type.String(), since: Type.Integer() })),
  conflict: Type.Optional(Strict({ of: Type.Enum(['divert', 'net']), ours: Fields, there: Fields, original: Fields, since: Type.Integer() })),
  /** Told by an operator to leave it alone for this diversion. */
  leave: Type.Optional(Type.String()),
  /** The same, as long as the safety net would be this. */
  leaveNet: Type.Optional(Type.String()),
  dropped: Type.Array(Strict({ to: Type.String(), why: Type.String(), rule: Type.Optional(Type.String()) })),
  unheeded: Type.Array(Strict({ to: Type.String(), what: Type.String() })),
});

export type Route = Static<typeof RouteSchema>;
export type RouteLayer = Static<typeof Layer>;

export const UNKNOWN_ROUTE: Route = { is: 'pending', since: 0, attempts: 0, dropped: [], unheeded: [] };

/** All fields as they are to be again once nothing is diverted; undefined when that is not known. */
export const originalOf = (route: Pick<Route, 'divert' | 'seen'> | undefined): Route['seen'] => route?.divert?.original ?? route?.seen;

/** Something of ours is there, or may be. */
export const isBound = ({ divert, net, order }: Route): boolean => divert !== undefined || net !== undefined || order !== undefined;

/** A number that is as its group is: that is moved, and the number itself is not set. One that the carrier does not know is not. */
export const isServed = (route: Route | undefined): route is Route & { group: string } => route?.group !== undefined && !route.mixed && !isBound(route) && !route.conflict && !(route.is === 'failed' && route.why);

/** What a check of a carrier's account finds: whether it lets us in, and how its numbers and ours agree. Bounded, whatever the account holds. */
import { Type, type Static, type TSchema } from 'typebox';
import { WHY_MIXED } from './route.ts';
import { Strict } from './schema.ts';

/** So many of each sort are named; all are counted. */
export const NAMED = 100;

const Some = (item: TSchema, description: string) => Strict({ count: Type.Integer(), first: Type.Array(item, { maxItems: NAMED }) }, { description });

const OtherRef = Strict({ number: Type.String(), carrierRef: Type.String(), ref: Type.String() });
const Stray = Strict({
  number: Type.String(),
  kind: Type.Enum(['phone', 'sip', 'web']),
  to: Type.String({ description: 'Empty where the carrier does not say it' }),
  ours: Type.Boolean({ description: 'It is among the numbers here' }),
});

const Group = Strict({
  ref: Type.String({ description: 'Its id at the carrier' }),
  held: Type.Integer({ description: 'Numbers on it, by the list of the account' }),
  ours: Type.Integer({ description: 'Those of them that are here' }),
  first: Type.Array(Type.String(), { description: 'The first of those' }),
  calls: Type.Integer({ description: 'Those of them with `divertBy: call`' }),
  is: Type.Enum(['asks-us', 'elsewhere', 'diverted', 'changed', 'stray', 'gone'], { description: '`asks-us`: its calls come to us; `elsewhere`: they do not, as of a trunk in peace; `diverted`: as we have set it; `changed`: what we have set is otherwise there, in `fields`; `stray`: it leads where a diversion would, and nothing here diverts it; `gone`: the carrier does not have it' }),
  fields: Type.Optional(Type.Array(Type.String())),
  mixed: Type.Optional(Type.Enum(WHY_MIXED, { description: 'Why it is not moved as one' })),
});

export type CheckedGroup = Static<typeof Group>;

export const FindingsSchema = Strict({
  listed: Type.Boolean({ description: 'False for a carrier that cannot list what it holds: then ours are looked for one by one, the first thousand' }),
  held: Type.Optional(Type.Integer({ description: 'Numbers that the account holds' })),
  ours: Type.Integer({ description: 'Numbers of this carrier here' }),
  found: Type.Integer({ description: 'Those of them that it holds' }),
  missing: Some(Type.String(), 'Numbers here that the account does not hold'),
  unknown: Some(Type.String(), 'Numbers that the account holds and nobody here knows'),
  otherRef: Some(OtherRef, "Numbers whose `carrierRef` is not their id there"),
  strays: Some(Stray, 'Numbers that are forwarded at the carrier though nothing here diverts them'),
  unwired: Type.Optional(Some(Type.String(), 'Numbers with `divertBy: call`, on no trunk or application, for which the carrier does not ask us')),
  groups: Type.Optional(Strict({
    count: Type.Integer(),
    faulty: Type.Integer({ description: '`changed`, `stray` or `gone`, or `elsewhere` with numbers that are to ask us for each call' }),
    first: Type.Array(Group, { maxItems: NAMED }),
  }, { description: 'Trunks and applications with numbers of ours, those at fault first' })),
});

const Why = Strict({ code: Type.String(), detail: Type.String() });

export const CheckSchema = Strict({
  by: Type.Enum(['operator', 'schedule']),
  asked: Type.Integer(),
  began: Type.Integer(),
  ended: Type.Integer(),
  credentials: Type.Enum(['accepted', 'refused', 'unknown'], { description: '`unknown`: the carrier said nothing of them, see `why`' }),
  why: Type.Optional(Why),
  saidLimits: Type.Record(Type.String(), Type.String(), { description: 'What its last answers said of its own limits' }),
  findings: Type.Optional(FindingsSchema),
});

export const UnderWaySchema = Strict({
  by: Type.Enum(['operator', 'schedule']),
  asked: Type.Integer(),
  began: Type.Optional(Type.Integer({ description: 'Without it no worker has taken it yet' })),
  seen: Type.Integer({ description: 'Numbers looked at so far' }),
});

export type Findings = Static<typeof FindingsSchema>;
export type CarrierCheck = Static<typeof CheckSchema>;
export type CheckUnderWay = Static<typeof UnderWaySchema>;

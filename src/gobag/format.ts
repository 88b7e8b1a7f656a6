/** The go-bag's file: what stands in it. Version 1; docs/go-bag.md tells it to people. */
import { Type, type Static } from 'typebox';
import { Strict } from '../domain/schema.ts';

export const BAG_VERSION = 1;

const Part = Type.Union([
  Type.String(),
  Strict({ variable: Type.String({ description: 'Of the environment: a secret' }), as: Type.Enum(['form', 'json', 'xml', 'text'], { description: 'How it is escaped' }) }),
  Strict({ id: Type.String({ description: 'Of what has this meaning: `made` says how it is made' }) }),
]);

const REQUEST = {
  method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** Below the carrier's address. */
  path: Type.Array(Part),
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.Array(Part, { description: 'One after the other; empty for none' }),
};
const Request = Strict(REQUEST);
export type BagRequest = Static<typeof Request>;

const Write = Strict({ ...REQUEST, otherwise: Type.Optional(Request) });
export type BagWrite = Static<typeof Write>;

const Made = Strict({ meaning: Type.String(), request: Request, member: Type.String({ description: 'Of the answer: its id' }) });
export type BagMade = Static<typeof Made>;

const Steps = Strict({ made: Type.Array(Made), writes: Type.Array(Write) });
export type BagSteps = Static<typeof Steps>;

/** `number`: in E.164, or `@` and the id at the carrier of a trunk or an application, which has no customer. */
const identity = { number: Type.String(), primary: Type.String(), customer: Type.String(), carrier: Type.String() };

export const BagNumberSchema = Strict({
  ...identity,
  ref: Type.String({ description: "The number's own id at the carrier" }),
  to: Type.Array(Type.String(), { description: 'Where divert leads it, in this order; empty when it leads nowhere' }),
  was: Type.Record(Type.String(), Type.String(), { description: "The carrier's own fields as restore puts them back" }),
  group: Type.Optional(Strict({
    ref: Type.String(),
    was: Type.Record(Type.String(), Type.String(), { description: "The carrier's own fields" }),
  }, { description: 'The trunk or application that was led away for it and others when this was written: no request here puts that back' })),
  diverted: Type.Boolean({ description: 'It was diverted when this was written' }),
  show: Request,
  divert: Steps,
  restore: Steps,
});
export type BagNumber = Static<typeof BagNumberSchema>;

/**
 * - `not-read`: its routing at the carrier is not known yet; - `no-destination`: its plan has none that can be told without us; - `no-document`: the carrier takes
 *   documents alone, and its record has no `safetyNetUrl` for them; - `carrier-cannot`; - `record-unreadable`
 */
export const CANNOT = ['not-read', 'no-destination', 'no-document', 'carrier-cannot', 'record-unreadable'] as const;
export const BagCannotSchema = Strict({ ...identity, cannot: Type.Enum(CANNOT) });
export type BagCannot = Static<typeof BagCannotSchema>;

export const BagCarrierSchema = Strict({
  kind: Type.String(),
  name: Type.String(),
  address: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
  auth: Strict({
    by: Type.Enum(['basic', 'bearer', 'header', 'hmac', 'body']),
    variable: Type.String({ description: 'Of the environment: the secret' }),
    user: Type.Optional(Type.String()),
    header: Type.Optional(Type.String()),
  }),
  pauseSeconds: Type.Number({ description: 'Between two requests, so that the carrier takes them' }),
  done: Type.Optional(Type.String({ description: 'What an answer has when it was done, its white space taken out: an extended regular expression' })),
  order: Type.Optional(Strict({
    before: Type.String({ description: "What stands in front of the order's id in the answer to a write" }),
    path: Type.String({ description: "Below the carrier's address; the id comes behind it" }),
    done: Type.String(),
    working: Type.String({ description: 'What is neither done nor this has failed' }),
  }, { description: 'The carrier carries out later, and is asked until it has; what an answer has then, as with `done`' })),
});
export type BagCarrier = Static<typeof BagCarrierSchema>;

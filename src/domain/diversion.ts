/** A diversion: one activation, from the moment calls go elsewhere until everything is put back. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

const Act = Strict({
  at: Type.Integer({ description: 'Milliseconds since 1970' }),
  by: Strict({ key: Type.String(), role: Type.String() }),
  reason: Type.String(),
});

export const DiversionSchema = Strict({
  primary: Type.String(),
  started: Act,
  ended: Type.Optional(Act),
});

export type Diversion = Static<typeof DiversionSchema>;

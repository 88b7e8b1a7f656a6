/** What holds for all that automation does: one record, id `automation`. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

export const AutomationSchema = Strict({
  /** Nothing is diverted or restored by itself while it is stopped. */
  stop: Type.Optional(Strict({ by: Strict({ key: Type.String(), role: Type.String() }), reason: Type.String(), at: Type.Integer() })),
});

export type Automation = Static<typeof AutomationSchema>;

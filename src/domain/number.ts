/** A customer's inbound number and where its calls belong. */
import { Type, type Static } from 'typebox';
import { Id, PlanId, Strict } from './schema.ts';

export const NumberSchema = Strict({
  customer: Id,
  primary: Id,
  carrier: Id,
  plan: Type.Optional(PlanId),
  carrierRef: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: "The number's own id at the carrier, e.g. PN…" })),
  divertBy: Type.Optional(Type.Enum(['call', 'number', 'trunk'], { description: '`call`: the carrier asks us for each call; `number`: we set its routing at the carrier; `trunk`: that of the trunk or application it is on, with all numbers there. Default call' })),
}, { $id: 'Number', description: "A customer's inbound number (DID)" });

export type NumberRecord = Static<typeof NumberSchema>;

/** Columns of an import or export, in this order. */
export const NUMBER_COLUMNS = ['number', 'customer', 'primary', 'carrier', 'plan', 'carrierRef', 'divertBy'] as const;

/** A change of many numbers' destinations that is held until a second admin has approved it. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

export const APPROVAL_STATES = ['waiting', 'approved', 'refused'] as const;

const WhoSchema = Strict({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) });

/** What may be held: records that say where calls go, and imports of numbers. */
export const HELD_COLLECTIONS = ['plans', 'customers', 'numbers', 'provider', 'imports'] as const;
export type HeldCollection = (typeof HELD_COLLECTIONS)[number];

/** As it is stored; moments in milliseconds since 1970. One that waits ends by itself at `expiresAt`. */
export const ApprovalSchema = Strict({
  state: Type.Enum([...APPROVAL_STATES]),
  collection: Type.Enum([...HELD_COLLECTIONS]),
  /** Of the record that is changed. */
  id: Type.String(),
  action: Type.String({ description: 'What was asked for, as the audit trail calls it: `plans.put`, `numbers.delete`, `imports.apply` …' }),
  before: Type.Unknown({ description: 'The record as it was when it was asked for; null when there was none' }),
  after: Type.Unknown({ description: 'The record as it shall be; null: it is deleted' }),
  /** Tag of `before`. */
  basis: Type.Optional(Type.String()),
  numbers: Type.Integer({ description: 'Numbers whose calls would go elsewhere' }),
  recent: Type.Integer({ description: 'Numbers whose destinations the same key had changed shortly before' }),
  by: WhoSchema,
  /** What the asking key counted as: itself, or the key that had just made it. */
  account: Type.String(),
  reason: Type.Optional(Type.String()),
  askedAt: Type.Integer(),
  expiresAt: Type.Integer(),
  endedAt: Type.Optional(Type.Integer()),
  endedBy: Type.Optional(WhoSchema),
});

export type Approval = Static<typeof ApprovalSchema>;

/** What nobody has approved after a day would meet another world than the one it was asked in, milliseconds. */
export const APPROVAL_WAITS_MS = 86_400_000;

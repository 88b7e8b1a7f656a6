/** API keys: who may do what. The key itself is shown once; only its hash is kept. */
import { Type, type Static } from 'typebox';
import { Id, Instant, Strict, Text } from './schema.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const RoleSchema = Type.Enum(ROLES);

/** What an admin writes. */
export const KeySchema = Strict({
  role: RoleSchema,
  customer: Type.Optional(Id),
  name: Type.Optional(Text(200, 'Whose it is')),
  expiresAt: Type.Optional(Instant),
}, { $id: 'Key', description: 'An API key; with `customer` it sees that customer alone' });

export type KeySettings = Static<typeof KeySchema>;

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/**
 * What is stored: `hash` is the SHA-256, in hex, of the key that its holder presents. After a rotation `previous` is the
 * key from before it, which is good until then. `made` is who last gave it its secret or what it may do, if that was another
 * key: see src/policy/account.ts. Moments in milliseconds since 1970.
 */
export const StoredKeySchema = Strict({ ...KeySchema.properties, hash: Hash, createdAt: Type.Integer(), previous: Type.Optional(Strict({ hash: Hash, until: Type.Integer() })), made: Type.Optional(Strict({ by: Id, at: Type.Integer() })) });

/** How long an old key may stay good after a rotation. */
export const GRACE_SECONDS_MAX = 30 * 86_400;

export type StoredKey = Static<typeof StoredKeySchema>;

/** True when `held` may do what asks for `needed`: admin includes operator includes viewer. */
export function roleCovers(held: Actor['role'], needed: Role): boolean {
  return ROLES.findIndex((role) => role === held) >= ROLES.indexOf(needed);
}

/** Who acts: carried from the edge into the audit trail. */
export interface Actor {
  key: string;
  role: Role | 'system' | 'none';
  customer?: string;
}

export const SYSTEM: Actor = { key: 'system', role: 'system' };
/** Whoever asks without a key. */
export const NOBODY: Actor = { key: 'none', role: 'none' };

/** Evidence: one claim for or against a primary's health, by one source, for a limited time. What follows from all of it is judged elsewhere. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

/** What a source says of a primary's health; `unknown` is its own value, never "up". */
export const CLAIMS = ['up', 'degraded', 'overloaded', 'down', 'unknown'] as const;
export type Claim = (typeof CLAIMS)[number];

/** Sources that fail together count once: what is independent of what. An operator's word is no evidence: it beats all, and stands in the state. */
export const EVIDENCE_GROUPS = ['probes', 'calls', 'traffic', 'alerts', 'heartbeat'] as const;
export type EvidenceGroup = (typeof EVIDENCE_GROUPS)[number];

/** Longer reasons and names of sources are cut: whoever makes them may be anybody. */
export const BECAUSE_LENGTH = 300;
export const SOURCE_LENGTH = 200;

export const EvidenceSchema = Strict({
  /** The primary it is about. */
  primary: Type.String({ maxLength: 64 }),
  /**
   * Who says so, stable over its claims: `probe/<process>/<probe id>`, `source/<source id>/<their alert id>`, `calls/<process>`. A
   * newer claim of the same source replaces the older.
   */
  source: Type.String({ minLength: 1, maxLength: SOURCE_LENGTH }),
  group: Type.Enum(EVIDENCE_GROUPS),
  claim: Type.Enum(CLAIMS),
  /** In (0, 1]: how far the source alone can be trusted. */
  weight: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  /** When it was seen, milliseconds since 1970. */
  at: Type.Integer(),
  /** When it is worth nothing any more, milliseconds since 1970. */
  expiresAt: Type.Integer(),
  /** One clause for people, no telephone numbers, no secrets: `no answer to 2 OPTIONS in 2 s`. */
  because: Type.String({ maxLength: BECAUSE_LENGTH }),
});

export type Evidence = Static<typeof EvidenceSchema>;

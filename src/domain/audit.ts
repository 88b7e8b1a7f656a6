/** The audit trail: who changed what, from what to what, and why. */
import type { Actor } from './key.ts';

export interface AuditChange {
  /** `collection/id`. */
  subject: string;
  before: unknown;
  after: unknown;
}

export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  by: Actor;
  /** The second admin, of a change that needed one. */
  approvedBy?: Actor;
  /** `plans.put`, `primaries.divert`, `imports.apply` … */
  action: string;
  changes: readonly AuditChange[];
  /** The customer whose records were changed; absent for the provider's own. */
  customer?: string;
  reason?: string;
  requestId?: string;
  /** It was acknowledged at `at` by a process without Redis, and written at this moment: with what effect. */
  late?: { writtenAt: number; effect: 'turned' | 'already-so' | 'superseded' | 'void' | 'known' };
}

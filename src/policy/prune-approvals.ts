/** Forgets approvals that ended long ago; the audit trail remembers what came of them. */
import { prune } from '../store/prune.ts';
import type { Store } from '../store/store.ts';

const KEPT_MS = 30 * 86_400_000;

/** `now` in milliseconds since 1970. How many were forgotten. */
export function pruneApprovals(store: Store, now: number): Promise<number> {
  return prune(store, 'approvals', ({ endedAt, expiresAt }) => (now - (endedAt ?? expiresAt) > KEPT_MS ? 'old' : 'young'));
}

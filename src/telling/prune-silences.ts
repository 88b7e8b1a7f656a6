/** Forgets silences that ended long ago; the audit trail remembers who asked for them. */
import { prune } from '../store/prune.ts';
import type { Store } from '../store/store.ts';

/** So long it can still be seen that something was not told, and why, milliseconds. */
const KEPT_MS = 30 * 86_400_000;

/** `now` in milliseconds since 1970. How many were forgotten. */
export function pruneSilences(store: Store, now: number): Promise<number> {
  return prune(store, 'silences', ({ until }) => (now - Date.parse(until) > KEPT_MS ? 'old' : 'young'));
}

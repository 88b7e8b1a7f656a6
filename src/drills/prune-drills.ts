/** Forgets drills that ended long ago; the audit trail remembers that there were, and what was proven is kept beside. */
import { prune } from '../store/prune.ts';
import type { Store } from '../store/store.ts';

const KEPT_MS = 400 * 86_400_000;

/** `now` in milliseconds since 1970. How many were forgotten. */
export function pruneDrills(store: Store, now: number): Promise<number> {
  // Their ids are in the order in which they began.
  return prune(store, 'drills', ({ state, at }) => (now - at <= KEPT_MS ? 'stop' : state === 'open' ? 'young' : 'old'));
}

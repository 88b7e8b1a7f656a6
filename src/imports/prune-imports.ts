/** Forgets imports of long ago, when what belongs to them has run out. */
import { prune } from '../store/prune.ts';
import type { Store } from '../store/store.ts';
import { hasEnded } from './apply.ts';
import { LISTS_KEPT_SECONDS } from './kept.ts';

const KEPT_MS = LISTS_KEPT_SECONDS * 1000;

/** `now` in milliseconds since 1970. How many were forgotten. */
export function pruneImports(store: Store, now: number): Promise<number> {
  return prune(store, 'imports', (record) => {
    // Their ids are in the order in which they were started.
    if (now - record.startedAt <= KEPT_MS) return 'stop';
    return hasEnded(record) && now - (record.endedAt ?? record.stateAt) > KEPT_MS ? 'old' : 'young';
  });
}

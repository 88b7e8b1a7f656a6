/** How many strays each carrier has, for the metrics: read anew behind each scrape, so that none waits for Redis. */
import type { CheckStore } from '../store/check-store.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';

/** What was so at the time of the call before; empty at first, and as it was while Redis does not answer. */
export function createStrayCounts({ outcomes }: Pick<CheckStore, 'outcomes'>): () => ReadonlyMap<string, number> {
  let counts: ReadonlyMap<string, number> = new Map();
  const reading = oneAtATime(async () => {
    const found = await outcomes().catch(() => undefined);
    if (found) counts = new Map([...found].map(([carrier, { strays }]) => [carrier, strays]));
  });
  return () => {
    reading.begin();
    return counts;
  };
}

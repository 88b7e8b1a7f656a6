/** How many changes wait for a second admin, and for how long: nobody is told of them but who looks. */
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import { stateOf } from './decide-approval.ts';

/** Records that are looked at, at most: those that ended are kept for some time. */
const LOOKED_AT = 2000;
const PAGE = 200;

/** `now` in milliseconds since 1970. Throws `store_unavailable`. */
export async function waitingApprovals(store: Pick<Store, 'page' | 'findMany'>, now: number): Promise<{ waiting: number; oldestSeconds: number }> {
  let waiting = 0;
  let oldest = now;
  let after: string | undefined;
  for (let seen = 0; seen < LOOKED_AT; seen += PAGE) {
    const ids = await store.page(indexName('approvals'), after, PAGE);
    for (const found of await store.findMany('approvals', ids)) {
      if (!found || !('record' in found) || stateOf(found.record, now) !== 'waiting') continue;
      waiting += 1;
      oldest = Math.min(oldest, found.record.askedAt);
    }
    after = ids.at(-1);
    if (ids.length < PAGE) break;
  }
  return { waiting, oldestSeconds: (now - oldest) / 1000 };
}

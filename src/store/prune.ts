/** Forgets records of a kind that are old, in the order of their ids. Nobody did it, so the audit trail has no entry. */
import { createDraft } from './draft.ts';
import type { Collection } from './keys.ts';
import type { Records } from './codec.ts';
import { indexName } from './relations.ts';
import type { Store } from './store.ts';

/** Looked at, and forgotten in one commit. */
const PAGE = 100;

/** - `stop`: it is young, and so are all after it */
export type Age = 'old' | 'young' | 'stop';

/** What others change or refer to meanwhile is left for the next time; so is what cannot be read. How many were forgotten. */
export async function prune<C extends Collection>(store: Store, collection: C, ageOf: (record: Records[C]) => Age): Promise<number> {
  let forgotten = 0;
  for (let after: string | undefined; ; ) {
    const ids = await store.page(indexName(collection), after, PAGE);
    const found = await store.findMany(collection, ids);
    const draft = createDraft();
    let old = 0;
    let ends = ids.length < PAGE;
    for (const [at, one] of found.entries()) {
      const id = ids[at];
      if (id === undefined || !one || 'unreadable' in one) continue;
      const age = ageOf(one.record);
      ends ||= age === 'stop';
      if (age === 'stop') break;
      if (age === 'young') continue;
      draft.expect(collection, id, one.revision);
      draft.remove(collection, id, one.record);
      old += 1;
    }
    if (old > 0 && 'revision' in (await store.commit(draft))) forgotten += old;
    if (ends) return forgotten;
    after = ids.at(-1);
  }
}

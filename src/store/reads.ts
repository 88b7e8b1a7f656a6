/** Remembers what a judgement has read, for a commit on condition that nothing of it was changed meanwhile. */
import type { Draft } from './draft.ts';
import type { Collection } from './keys.ts';
import type { Found, Store } from './store.ts';

export interface Reads extends Pick<Store, 'find' | 'findMany'> {
  /** For the commit that leans on what was read; it fails when another writer was faster. */
  unchanged(draft: Draft): void;
}

export function createReads(store: Pick<Store, 'find' | 'findMany'>): Reads {
  const seen = new Map<string, (draft: Draft) => void>();

  /** As it was at first: what was read twice and differed fails too. */
  function note<C extends Collection>(collection: C, id: string, found: Found<C> | undefined): void {
    const subject = `${collection}/${id}`;
    if (!seen.has(subject)) seen.set(subject, (draft) => draft.expect(collection, id, found ? (found.revision ?? 'unreadable') : 'absent'));
  }

  return {
    async find(collection, id) {
      const found = await store.find(collection, id);
      note(collection, id, found);
      return found;
    },
    async findMany(collection, ids) {
      const found = await store.findMany(collection, ids);
      for (const [at, id] of ids.entries()) note(collection, id, found[at]);
      return found;
    },
    unchanged(draft) {
      for (const expect of seen.values()) expect(draft);
    },
  };
}

/** The first admin key: installed when there is no key at all, and shown once. */
import { SYSTEM, type StoredKey } from '../domain/key.ts';
import { edit } from '../store/edit.ts';
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import type { System } from '../system/system.ts';
import { hashKey, newKey } from './key-ring.ts';

const FIRST_KEY = 'admin';

/** The key when one was made here, for the one time that it is shown; undefined when there were keys or it was given. */
export async function installFirstKey(store: Store, given: string | undefined, system: System): Promise<string | undefined> {
  if ((await store.page(indexName('keys'), undefined, 1)).length > 0) return undefined;
  const made = given ?? newKey(system.random);
  const mine: StoredKey = { role: 'admin', name: 'First key', hash: hashKey(made), createdAt: system.clock.now() };
  const { record } = await edit(
    store,
    // Another process may install one at the same moment: the first wins.
    { collection: 'keys', id: FIRST_KEY, action: 'keys.put', change: (current) => current ?? mine, customerOf: () => undefined, shown: ({ hash: _hash, createdAt: _createdAt, ...rest }) => rest },
    { at: system.clock.now(), by: SYSTEM, reason: 'First start' },
  );
  return given === undefined && record?.hash === mine.hash ? made : undefined;
}

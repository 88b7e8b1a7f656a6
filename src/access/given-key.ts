/**
 * The way back in when the last admin key is lost: a `RINGTHROUGH_ADMIN_KEY` that was never installed here becomes the key
 * `admin`. Each is taken once in its life, so that one which was rotated or deleted does not come back with the next start.
 */
import type { Logger } from 'pino';
import { SYSTEM, type StoredKey } from '../domain/key.ts';
import { edit } from '../store/edit.ts';
import type { KeyNotes } from '../store/key-notes.ts';
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';
import { hashKey } from './key-ring.ts';

const ID = 'admin';
const PAGE = 200;

async function isThere(store: Store, hash: string): Promise<boolean> {
  for (let after: string | undefined; ; ) {
    const ids = await store.page(indexName('keys'), after, PAGE);
    const found = await store.findMany('keys', ids);
    if (found.some((one) => one && 'record' in one && one.record.hash === hash)) return true;
    after = ids.at(-1);
    if (after === undefined) return false;
  }
}

export async function installGivenKey({ store, notes, clock, log }: { store: Store; notes: KeyNotes; clock: Clock; log: Logger }, given: string | undefined): Promise<void> {
  if (given === undefined) return;
  const hash = hashKey(given);
  if (!(await isThere(store, hash))) {
    if (await notes.wasInstalled(hash)) {
      log.warn('RINGTHROUGH_ADMIN_KEY was rotated or deleted since it was installed, and is not taken again');
      return;
    }
    const now = clock.now();
    const mine: StoredKey = { role: 'admin', name: 'From RINGTHROUGH_ADMIN_KEY', hash, createdAt: now };
    await edit(
      store,
      // Another process may install the same at the same moment.
      { collection: 'keys', id: ID, action: 'keys.install', change: (current) => (current?.hash === hash ? current : mine), customerOf: () => undefined, shown: ({ role, name }) => ({ role, name }) },
      { at: now, by: SYSTEM, reason: 'RINGTHROUGH_ADMIN_KEY is set to a key that was never installed here' },
    );
    log.warn({ key: ID }, 'RINGTHROUGH_ADMIN_KEY was installed in place of the admin key that was there');
  }
  await notes.rememberInstalled(hash);
}

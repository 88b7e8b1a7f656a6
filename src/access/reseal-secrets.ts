/** Encrypts anew what is still stored under the other key, when SECRET_KEY is being replaced. What neither key opens stays as it is. */
import type { Logger } from 'pino';
import { withSecrets, type Carrier } from '../domain/carrier.ts';
import { Failure } from '../domain/errors.ts';
import { SYSTEM } from '../domain/key.ts';
import { edit } from '../store/edit.ts';
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';

const PAGE = 200;

/** See src/config/secrets.ts. */
interface SecretBox {
  resealed(stored: string): string | undefined;
}

/** Undefined when there is nothing to do. */
function resealed(carrier: Carrier, secrets: SecretBox): Carrier | undefined {
  let changed = false;
  const credentials = withSecrets(carrier, (stored) => {
    const anew = secrets.resealed(stored);
    if (anew !== undefined) changed = true;
    return anew ?? stored;
  });
  return changed ? { ...carrier, credentials } : undefined;
}

export async function resealSecrets({ store, secrets, clock, log }: { store: Store; secrets: SecretBox; clock: Clock; log: Logger }): Promise<void> {
  let carriers = 0;

  async function reseal(id: string): Promise<void> {
    const change = (current: Carrier | undefined): Carrier => {
      // Removed meanwhile, or unreadable: then it is not ours to write.
      if (!current) throw new Failure('not_found');
      return resealed(current, secrets) ?? current;
    };
    try {
      await edit(store, { collection: 'carriers', id, action: 'carriers.reseal', change, customerOf: () => undefined, shown: () => ({}) }, { at: clock.now(), by: SYSTEM, reason: 'SECRET_KEY was replaced' });
      carriers += 1;
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'not_found')) throw error;
    }
  }

  for (let after: string | undefined; ; ) {
    const ids = await store.page(indexName('carriers'), after, PAGE);
    const found = await store.findMany('carriers', ids);
    for (const [at, id] of ids.entries()) {
      const one = found[at];
      if (one && 'record' in one && resealed(one.record, secrets)) await reseal(id);
    }
    after = ids.at(-1);
    if (after === undefined) break;
  }
  log.info({ carriers }, 'what was stored under SECRET_KEY_OTHER is encrypted with SECRET_KEY');
}

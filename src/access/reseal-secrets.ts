/** Encrypts anew what is still stored under the other key, when SECRET_KEY is being replaced. What neither key opens stays as it is. */
import type { Logger } from 'pino';
import { withSecrets } from '../domain/carrier.ts';
import { Failure } from '../domain/errors.ts';
import { SYSTEM } from '../domain/key.ts';
import { withReceiverSecrets } from '../domain/receiver.ts';
import { withSourceSecrets } from '../domain/source.ts';
import { withSubscriberSecrets } from '../domain/subscriber.ts';
import type { Records } from '../store/codec.ts';
import { edit } from '../store/edit.ts';
import type { Collection } from '../store/keys.ts';
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';

const PAGE = 200;

/** See src/config/secrets.ts. */
interface SecretBox {
  resealed(stored: string): string | undefined;
}

interface ResealDeps {
  store: Store;
  secrets: SecretBox;
  clock: Clock;
}

/** All records of one kind; `each` puts every secret of one through `change`. Resolves with how many were written. */
async function resealAll<C extends Collection>(collection: C, each: (record: Records[C], change: (stored: string) => string) => Records[C], { store, secrets, clock }: ResealDeps): Promise<number> {
  let count = 0;

  /** Undefined when there is nothing to do. */
  function resealed(record: Records[C]): Records[C] | undefined {
    let changed = false;
    const anew = each(record, (stored) => {
      const secret = secrets.resealed(stored);
      if (secret !== undefined) changed = true;
      return secret ?? stored;
    });
    return changed ? anew : undefined;
  }

  async function reseal(id: string): Promise<void> {
    const change = (current: Records[C] | undefined): Records[C] => {
      // Removed meanwhile, or unreadable: then it is not ours to write.
      if (!current) throw new Failure('not_found');
      return resealed(current) ?? current;
    };
    try {
      await edit(store, { collection, id, action: `${collection}.reseal`, change, customerOf: () => undefined, shown: () => ({}) }, { at: clock.now(), by: SYSTEM, reason: 'SECRET_KEY was replaced' });
      count += 1;
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'not_found')) throw error;
    }
  }

  for (let after: string | undefined; ; ) {
    const ids = await store.page(indexName(collection), after, PAGE);
    const found = await store.findMany(collection, ids);
    for (const [at, id] of ids.entries()) {
      const one = found[at];
      if (one && 'record' in one && resealed(one.record)) await reseal(id);
    }
    after = ids.at(-1);
    if (after === undefined) return count;
  }
}

export async function resealSecrets({ log, ...deps }: ResealDeps & { log: Logger }): Promise<void> {
  const carriers = await resealAll('carriers', (carrier, change) => ({ ...carrier, credentials: withSecrets(carrier, change) }), deps);
  const sources = await resealAll('sources', withSourceSecrets, deps);
  const receivers = await resealAll('receivers', withReceiverSecrets, deps);
  const subscribers = await resealAll('subscribers', withSubscriberSecrets, deps);
  log.info({ carriers, sources, receivers, subscribers }, 'what was stored under SECRET_KEY_OTHER is encrypted with SECRET_KEY');
}

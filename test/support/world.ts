/** What most tests of the store need: connections to a throw-away Redis, a log that is kept, and a sample of records. */
import type { Logger } from 'pino';
import type { Redis } from 'ioredis';
import { SYSTEM } from '../../src/domain/key.ts';
import { createFastConnection, createReaderConnection, whenReady } from '../../src/store/connections.ts';
import { createFollower, type Follower } from '../../src/store/follower.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { createTableHolder, type RoutingTableHolder } from '../../src/calls/table-holder.ts';
import type { Records } from '../../src/store/codec.ts';
import { edit, type Deed } from '../../src/store/edit.ts';
import type { Collection } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { createKeptLog } from './kept-log.ts';

export interface World {
  redis: Redis;
  store: Store;
  lines: string[];
  log: Logger;
  /** Another process's view: an own table, kept in step. */
  follow(): Promise<{ follower: Follower; table: RoutingTableHolder }>;
  close(): Promise<void>;
}

export async function openWorld(url: string): Promise<World> {
  const { log, lines } = createKeptLog();
  const target = { url, onError: () => undefined };
  const redis = createFastConnection(target);
  await whenReady(redis);
  const followers: Follower[] = [];
  return {
    redis,
    store: createStore(redis, { auditKept: 1000 }),
    log,
    lines,
    async follow() {
      const table = createTableHolder();
      const follower = createFollower({ redis: createReaderConnection(target), table, log, system: realSystem });
      followers.push(follower);
      await follower.start();
      return { follower, table };
    },
    async close() {
      await Promise.all(followers.map((follower) => follower.stop()));
      redis.disconnect();
    },
  };
}

export const DEED: Deed = { at: 1_700_000_000_000, by: SYSTEM };

/** Writes one record as it is; returns the revision. */
export async function put<C extends Collection>(store: Store, collection: C, id: string, record: Records[C], ifMatch?: number | 'absent'): Promise<number> {
  const { revision } = await edit(store, { collection, id, action: `${collection}.put`, change: () => record, customerOf: () => undefined, ...(ifMatch === undefined ? {} : { ifMatch }) }, DEED);
  return revision;
}

export const ACCOUNT = `AC${'0'.repeat(32)}`;

/** One customer with one number, a plan, a primary and a carrier. */
export async function putSample(store: Store, number = '+442079460123'): Promise<void> {
  await put(store, 'customers', 'acme', { name: 'Acme' });
  await put(store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TWILIO_AUTH_TOKEN' } });
  await put(store, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await put(store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] });
  await put(store, 'numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
}

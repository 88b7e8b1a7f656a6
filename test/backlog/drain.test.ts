/** A drain that ends, on a real store. */
import { expect, it } from 'vitest';
import { createBudgets } from '../../src/backlog/budgets.ts';
import { createDeliverer } from '../../src/backlog/deliver.ts';
import { beginDrain, type Drain } from '../../src/backlog/drain.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore } from '../../src/store/backlog-store.ts';
import { realSystem } from '../../src/system/system.ts';
import { createSubscriber, SECRET } from '../../stand-ins/subscriber/subscriber.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
/** So many times as fast, it does not wait for long for what comes next. */
const system = { ...realSystem, steady: () => realSystem.steady() * 10 };

it('leaves what comes at its very end to the next one, also when it is told of it', async () => {
  const store = createBacklogStore(here.world.redis);
  const crm = await createSubscriber();
  const accept = (id: string) => store.accept([{ subscriber: 'crm', worth: 'standard', most: { count: 0, bytes: 0 }, notification: { id, kind: 'call.missed', key: 'k', class: 'history', at: Date.now(), data: '{}' } }], Date.now(), 0);
  let drain: Drain | undefined;
  const rest: BacklogStore['rest'] = async (...how) => {
    await accept('late');
    drain?.look();
    await store.rest(...how);
  };
  const record = { url: crm.url, secret: SECRET };
  const budgets = createBudgets({ redis: here.world.redis, maxInFlight: 10, system, log: here.world.log });
  const deliverer = createDeliverer({ source: 'https://calls.example.net', mayBePrivate: true, system });
  await accept('first');
  drain = await beginDrain('crm', 'me', {
    store: { ...store, rest }, budgets, deliverer, log: here.world.log, system,
    facts: () => ({ record, worth: 'standard', flow: 'all', scope: { subscriber: 'crm', ceiling: 10 }, maxInFlight: 10, retryForSeconds: 60 }),
    target: () => ({ url: crm.url, keys: [Buffer.from(SECRET.slice('whsec_'.length), 'base64')], timeoutMs: 1000 }),
  });
  await drain.done;
  expect((await store.status('crm')).counts).toMatchObject({ delivered: 1, waiting: 1 });
  expect(await store.due(Date.now(), 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
  deliverer.close();
  await budgets.close();
  await crm.close();
});

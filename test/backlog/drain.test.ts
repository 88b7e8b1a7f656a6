/** A drain that ends, on a real store. */
import { expect, it } from 'vitest';
import { createBudgets } from '../../src/backlog/budgets.ts';
import { createDeliverer } from '../../src/backlog/deliver.ts';
import { beginDrain, type Drain } from '../../src/backlog/drain.ts';
import type { SubscriberFacts } from '../../src/backlog/facts.ts';
import { storeUnavailable } from '../../src/store/answering.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore } from '../../src/store/backlog-store.ts';
import { realSystem } from '../../src/system/system.ts';
import { createSubscriber, SECRET, type Behaviour, type Subscriber } from '../../stand-ins/subscriber/subscriber.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
/** So many times as fast, it does not wait for long for what comes next. */
const system = { ...realSystem, steady: () => realSystem.steady() * 10 };

interface With {
  flow?(): SubscriberFacts['flow'];
  /** In place of those of the store. */
  store?: Partial<BacklogStore>;
  /** What is asked before each post, in place of the drain. */
  maySend?(): boolean;
  behaviour?: Behaviour;
}

async function begun(store: BacklogStore, { flow = () => 'all', store: other, maySend, behaviour = {} }: With): Promise<{ drain: Drain; crm: Subscriber; close(): Promise<void> }> {
  const crm = await createSubscriber({ behaviour });
  const record = { url: crm.url, secret: SECRET };
  const budgets = createBudgets({ redis: here.world.redis, maxInFlight: 10, system, log: here.world.log });
  const deliverer = createDeliverer({ source: 'https://calls.example.net', mayBePrivate: true, system });
  const drain = await beginDrain('crm', 'me', {
    store: { ...store, ...other }, budgets, deliverer: { to: (target, may) => deliverer.to(target, maySend ?? may) }, log: here.world.log, system, mayHold: () => 1_000_000,
    facts: () => ({ record, worth: 'standard', flow: flow(), scope: { subscriber: 'crm', ceiling: 10 }, maxInFlight: 10, retryForSeconds: 60 }),
    target: () => ({ url: crm.url, keys: [Buffer.from(SECRET.slice('whsec_'.length), 'base64')], timeoutMs: 1000 }),
  });
  async function close(): Promise<void> {
    deliverer.close();
    await budgets.close();
    await crm.close();
  }
  return { drain, crm, close };
}

const accept = (store: BacklogStore, id: string, at = Date.now(), key = 'k') =>
  store.accept([{ subscriber: 'crm', worth: 'standard', most: { count: 0, bytes: 0 }, notification: { id, kind: 'call.missed', key, class: 'history', at, data: '{}' } }], at, 0);

it('leaves what comes at its very end to the next one, also when it is told of it', async () => {
  const store = createBacklogStore(here.world.redis);
  let drain: Drain | undefined;
  await accept(store, 'first');
  const one = await begun(store, { store: { rest: async (...how) => {
    await accept(store, 'late');
    drain?.look();
    await store.rest(...how);
  } } });
  ({ drain } = one);
  await drain.done;
  expect((await store.status('crm')).counts).toMatchObject({ delivered: 1, waiting: 1 });
  expect(await store.due(Date.now(), 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
  await one.close();
});

it('leaves to the next one what may go from its very end on, also when it is asked for as one of many', async () => {
  const store = createBacklogStore(here.world.redis);
  let flow: SubscriberFacts['flow'] = 'live';
  await accept(store, 'old', Date.now() - 60_000);
  const { drain, close } = await begun(store, { flow: () => flow, store: { rest: async (...how) => {
    flow = 'all';
    // Its place is so far behind that its look is some seconds off.
    await store.wake(['crm'], Date.now() + 8000, 4);
    await store.rest(...how);
  } } });
  await drain.done;
  expect((await store.status('crm')).counts).toMatchObject({ delivered: 0, waiting: 1 });
  expect(await store.due(Date.now(), 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
  await close();
});

it('looks until it knows what was said at its very end, also when the store does not answer then', async () => {
  const store = createBacklogStore(here.world.redis);
  await accept(store, 'old');
  await store.stand('crm', { pausedAt: Date.now() });
  let failures = 3;
  const failing = <T>(work: () => Promise<T>): Promise<T> => (failures -= 1) < 0 ? work() : Promise.reject(storeUnavailable(new Error('late')));
  const { drain, close } = await begun(store, { store: {
    standing: (subscriber) => failing(() => store.standing(subscriber)),
    rest: async (...how) => {
      await store.stand('crm', { pausedAt: undefined });
      await store.ask('crm', Date.now());
      await store.rest(...how);
    },
  } });
  await drain.done;
  expect(failures).toBeLessThan(0);
  expect(await store.due(Date.now(), 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
  await close();
});

it('holds nothing against a subscriber to which it did not send, having waited too long for the connection to know whether the backlog is its own still', async () => {
  const store = createBacklogStore(here.world.redis);
  for (let line = 0; line < 10; line += 1) await accept(store, `on-${line}`, Date.now(), `line ${line}`);
  let refusals = 10;
  const { drain, close } = await begun(store, { maySend: () => (refusals -= 1) < 0 });
  await drain.done;
  expect((await store.status('crm')).counts).toMatchObject({ delivered: 10, waiting: 0 });
  expect((await store.attempts('crm', 20)).filter(({ status }) => status === 0)).toEqual([]);
  expect(refusals).toBeLessThan(0);
  await close();
});

it('sends nothing more to one that wants nothing any more, whose turn was waited for already', async () => {
  const store = createBacklogStore(here.world.redis);
  for (let line = 0; line < 10; line += 1) await accept(store, `on-${line}`, Date.now() - 60_000, `line ${line}`);
  const { drain, crm, close } = await begun(store, { behaviour: { status: 410 } });
  await drain.done;
  expect(crm.report().posts).toBe(1);
  expect((await store.status('crm')).counts).toMatchObject({ delivered: 0, waiting: 10 });
  await close();
});

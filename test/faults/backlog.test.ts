/** What waits is drained while workers are killed or hang, Redis goes and subscribers fail in every way: the counts add up, nothing is lost, order is kept. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDice } from '../../src/simulate/dice.ts';
import { killedWhileDraining, wrongs } from '../support/nothing-lost.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { createTcpProxy } from '../support/tcp-proxy.ts';
import { openBacklogSite, type BacklogSite, type Told } from './backlog-site.ts';

let redis: TestRedis;
let site: BacklogSite;
const closes: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  redis = await startTestRedis();
  site = await openBacklogSite(redis.url);
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
  await site.close();
  await redis.stop();
});

const release = (...told: Told[]) => site.piles.release(told.map(({ id }) => id));
const took = (told: Told, count: number) => expect.poll(told.taken, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(count);

test('workers are killed at random instants', async () => {
  const [api, crm] = [await site.tell('api', { afterMs: 20 }, { maxInFlight: 10 }), await site.tell('crm', { afterMs: 20 }, { maxInFlight: 10 })];
  for (const told of [api, crm]) await site.pile(told, 2000, 500);
  await fc.assert(fc.asyncProperty(fc.integer(), async (seed) => {
    await release(api, crm);
    let running: Promise<ServiceProcess> | undefined;
    const start = () => {
      running = site.work();
      return { kill: async () => (await running)?.end('SIGKILL') };
    };
    await killedWhileDraining({ dice: createDice(seed, 'kills').roll, times: 5, count: 4100, taken: async () => api.taken() + crm.taken(), start });
    await site.expectAll([api, crm]);
  }), { numRuns: 1, endOnFailure: true });
}, 120_000);

test('workers that hang are followed by others, and what they had in hand is not sent late', async () => {
  const told = await site.tell('api', { afterMs: 20 }, { maxInFlight: 10 });
  await site.pile(told, 2000, 200);
  const hung = await site.work();
  await release(told);
  await took(told, 200);
  // With all that it may have in flight being answered it is sending nothing: what was begun before it hung cannot be taken back.
  await expect.poll(() => {
    const { posts, taken } = told.receiver.report();
    return posts - taken === 10 && hung.child.kill('SIGSTOP');
  }, { timeout: 30_000, interval: 1 }).toBe(true);
  await site.work();
  await site.expectAll([told]);
  const { posts } = told.receiver.report();
  hung.child.kill('SIGCONT');
  await site.pile(told, 100, 50);
  await site.expectAll([told]);
  expect(told.receiver.report().posts).toBe(posts + 150);
}, 120_000);

test('Redis hangs, and is killed and started again', async () => {
  const told = await site.tell('api', { afterMs: 40 }, { maxInFlight: 10 });
  await site.pile(told, 2000, 200);
  await site.work();
  await release(told);
  await took(told, 200);
  await redis.kill('SIGSTOP');
  // What was in flight is answered, and then nothing more is sent.
  let posts = -1;
  await expect.poll(() => posts === (posts = told.receiver.report().posts), { timeout: 30_000, interval: 500 }).toBe(true);
  await redis.kill('SIGCONT');
  await took(told, 1000);
  await redis.kill();
  await redis.restart();
  await site.expectAll([told]);
}, 120_000);

test('subscribers fail in every way', async () => {
  const kinds = {
    resets: await site.tell('resets', { does: 'reset', oneIn: 10 }),
    lies: await site.tell('lies', { does: 'lie', oneIn: 10 }),
    hangs: await site.tell('hangs', { does: 'hang', oneIn: 50 }, { timeoutSeconds: 1 }),
    breaks: await site.tell('breaks', { status: 500, oneIn: 10 }),
    throttles: await site.tell('throttles', { status: 429, retryAfterSeconds: 1, oneIn: 100 }),
    overloaded: await site.tell('overloaded', { status: 503, oneIn: 10 }),
    unplugged: await site.tell('unplugged', { afterMs: 5 }, { timeoutSeconds: 1 }),
    small: await site.tell('small', { capacity: { workers: 4, serviceMs: 5, queue: 4 } }),
  };
  const { unplugged } = kinds;
  const proxy = await createTcpProxy(Number(new URL(unplugged.receiver.url).port));
  closes.push(() => proxy.close());
  await site.piles.subscribe([unplugged.id], `http://127.0.0.1:${proxy.port}`, { timeoutSeconds: 1 });
  const all = Object.values(kinds);
  for (const told of all) await site.pile(told, 300, 100);
  await site.work();
  await release(...all);
  await took(unplugged, 20);
  proxy.set('half-open');
  await expect.poll(async () => (await site.backlog.status('unplugged')).failingSince, { timeout: 30_000 }).toBeDefined();
  proxy.set('open');
  await site.expectAll(all);
}, 120_000);

test('far more waits than the workers have memory for', async () => {
  const inMemory = await startTestRedis(['--appendonly', 'no']);
  const other = await openBacklogSite(inMemory.url);
  closes.push(() => other.close(), () => inMemory.stop());
  const told = await other.tell('pbx', { afterMs: 5 });
  const ids = Array.from({ length: 150 }, (_, at) => `desk-${at}`);
  await other.piles.subscribe(ids, told.receiver.url);
  await other.piles.hold(ids);
  // 216 MB, and the workers may have 128; little at a time: it is not Redis that is to be short of anything.
  const pile = { count: 3600, class: 'history' as const, subscribers: ids, lines: 4, bytes: 60_000 };
  for (let from = 0; from < pile.count; from += 50) await other.piles.pile({ ...pile, count: 50, from });
  const workers = await other.work(128);
  await other.piles.release(ids);
  await other.piles.drained();
  expect(workers.child.exitCode ?? workers.child.signalCode).toBeNull();
  expect(await wrongs({ receiver: told.receiver, counts: (await other.backlog.totals()).counts, piles: [pile] })).toEqual([]);
}, 120_000);

test('one line in some is poison: it dies after its time, and holds up no other', async () => {
  const told = await site.tell('poisoned', { poisonOneIn: 10 }, { retryForSeconds: 2 });
  await site.pile(told, 100, 100);
  await site.work();
  await release(told);
  await site.expectAll([told], (line) => Number(/\d+$/.exec(line)?.[0]) % 10 === 0);
}, 120_000);

test('a subscriber that is gone is sent nothing until it is resumed, and then all', async () => {
  const told = await site.tell('gone', { status: 410, oneIn: 1 });
  await site.pile(told, 200, 50);
  await site.work();
  await release(told);
  await expect.poll(async () => (await site.backlog.status('gone')).disabledAt).toBeDefined();
  const { posts } = told.receiver.report();
  expect(posts).toBeLessThanOrEqual(60);
  told.receiver.behave({});
  await site.backlog.stand('gone', { disabledAt: undefined });
  await release(told);
  await site.expectAll([told]);
}, 120_000);

/** Which routings a change puts down as due, and that none is missed when a process ends in between. */
import { expect, it } from 'vitest';
import { createDueFeed } from '../../src/diversion/due-feed.ts';
import { UNJUDGED } from '../../src/domain/health-record.ts';
import type { PrimaryState } from '../../src/domain/primary.ts';
import { UNKNOWN_ROUTE } from '../../src/domain/route.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { keys } from '../../src/store/keys.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachWorld } from '../support/each-world.ts';
import { ACCOUNT, put, putSample } from '../support/world.ts';

const NOW = 1_800_000_000_000;
const [ONE, TWO, CALL] = ['+442079460001', '+442079460002', '+442079460003'];
const here = eachWorld(async ({ store }) => {
  await putSample(store, ONE);
  await put(store, 'plans', 'shared', { destinations: [{ to: 'voicemail' }] });
  await put(store, 'customers', 'beta', { name: 'Beta', class: 'critical', defaultPlan: 'shared' });
  await put(store, 'numbers', ONE, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
  await put(store, 'numbers', TWO, { customer: 'beta', primary: 'pbx', carrier: 'main', divertBy: 'number' });
  await put(store, 'numbers', CALL, { customer: 'beta', primary: 'pbx', carrier: 'main' });
});

async function open() {
  const { redis, store } = here.world;
  const { follower, table } = await here.world.follow();
  const due = createDueRoutes(redis);
  const routes = createRouteStore(redis);
  const feed = createDueFeed({ redis, table: () => table.current, status: follower.status, due, routes, clock: { now: () => NOW } });
  const units = async () => (await due.next('main', NOW, 10)).map(({ unit }) => unit);
  return {
    store, due, routes, units,
    async feed() {
      await follower.reached(await store.position(), 5000);
      await feed.feed();
    },
    async clear() {
      for (const taken of await due.next('main', NOW, 100)) await due.settle('main', taken, { rank: 'sweep', at: NOW + 1000 });
    },
  };
}

it('begins with all that are set at a carrier, the critical first', async () => {
  const { feed, units } = await open();
  await feed();
  expect(await units()).toEqual([TWO, ONE]);
});

it('then puts down what a change may matter for, and nothing else', async () => {
  const { store, feed, units, clear } = await open();
  await feed();
  const after = async (change: () => Promise<unknown>) => {
    await clear();
    await change();
    await feed();
    return units();
  };
  expect(await after(() => put(store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: '+447400123457' }] }))).toEqual([ONE]);
  expect(await after(() => put(store, 'plans', 'shared', { destinations: [{ to: 'announcement' }] }))).toEqual([TWO]);
  expect(await after(() => put(store, 'customers', 'acme', { name: 'Acme again' }))).toEqual([ONE]);
  expect(await after(() => put(store, 'provider', 'provider', { name: 'Provider' }))).toEqual([TWO, ONE]);
  expect(await after(() => put(store, 'primaries', 'dc2', { kind: 'pbx', target: 'sip:{number}@dc2.example.net' }))).toEqual([]);
  expect(await after(() => put(store, 'numbers', CALL, { customer: 'beta', primary: 'dc2', carrier: 'main' }))).toEqual([]);
  // Not ours to set any more: what was set is put back.
  expect(await after(() => put(store, 'numbers', ONE, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }))).toEqual([ONE]);
});

it('leaves numbers alone when what is written of their primary turns nothing', async () => {
  const { store, feed, units, clear } = await open();
  await feed();
  const after = async (state: PrimaryState) => {
    await clear();
    await put(store, 'states', 'pbx', state);
    await feed();
    return units();
  };
  const by = { key: 'boss', role: 'admin' };
  const health = { ...UNJUDGED, version: 1, state: 'down' as const };
  expect(await after({ is: 'down', since: 5, diversion: 'd1', health })).toEqual([TWO, ONE]);
  expect(await after({ is: 'down', since: 5, diversion: 'd1', health: { ...health, version: 2, condition: 'failing' } })).toEqual([]);
  expect(await after({ is: 'down', since: 5, diversion: 'd1', health, hold: { by, reason: 'wait', at: 6 } })).toEqual([]);
  expect(await after({ is: 'down', since: 5, diversion: 'd1', health: { ...health, atCarriers: true } })).toEqual([TWO, ONE]);
  expect(await after({ is: 'up', since: 7, health })).toEqual([TWO, ONE]);
});

it('lists the numbers of a diversion before anything is known of them', async () => {
  const { store, feed, routes } = await open();
  await feed();
  await put(store, 'states', 'pbx', { is: 'down', since: 1, diversion: 'd1' });
  await feed();
  expect(await routes.counts('d1')).toMatchObject({ pending: 2, diverted: 0 });
  expect((await routes.ofDiversion('d1', undefined, 10)).map(({ unit }) => unit)).toEqual([ONE, TWO]);
});

it('goes on where another process ended, also before it had noted how far it was; and looks at all when the stream is trimmed', async () => {
  const first = await open();
  await first.feed();
  const position = (await here.world.redis.get(keys.routesPosition)) ?? '';
  await first.clear();
  await put(first.store, 'customers', 'acme', { name: 'Acme again' });
  const second = await open();
  await second.feed();
  expect(await second.units()).toEqual([ONE]);
  await second.clear();
  await here.world.redis.set(keys.routesPosition, position);
  await second.feed();
  expect(await second.units()).toEqual([ONE]);
  await second.clear();
  await here.world.redis.set(keys.routesPosition, position);
  await here.world.redis.xtrim(keys.changes, 'MAXLEN', 0);
  await second.feed();
  expect(await second.units()).toEqual([TWO, ONE]);
});

it('of numbers that are moved with their group, puts down that, before the numbers; and the number itself when it is changed', async () => {
  const { store, routes, feed, units, clear } = await open();
  const known = { ...UNKNOWN_ROUTE, is: 'in step' as const, group: 'T1' };
  for (const number of [ONE, CALL]) await put(store, 'numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'trunk' });
  await routes.save({ carrier: 'main', unit: ONE }, 0, known);
  // This one has been moved by itself.
  await routes.save({ carrier: 'main', unit: CALL }, 0, { ...known, mixed: { why: 'routes', count: 1 } });
  await feed();
  await clear();
  await put(store, 'states', 'pbx', { is: 'down', since: 1, diversion: 'd1' });
  await feed();
  expect(await units()).toEqual([TWO, '@T1', CALL]);
  expect(await routes.counts('d1')).toMatchObject({ pending: 3 });
  await clear();
  await put(store, 'numbers', ONE, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
  await feed();
  expect(await units()).toEqual(['@T1', ONE]);
  // It has left it: what is known of it says so.
  await routes.save({ carrier: 'main', unit: ONE }, 1, { ...UNKNOWN_ROUTE, group: 'T2' });
  expect([await routes.inGroup('main', 'T1'), await routes.inGroup('main', 'T2'), await routes.inGroup('main', 'T')]).toEqual([[CALL], [ONE], []]);
});

it('puts down numbers that ask us where their fallback is kept: not for a turn of their primary, and once more when it is not kept any more', async () => {
  const { store, due, feed, units, clear } = await open();
  const carrier = { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN' } } as const;
  await put(store, 'carriers', 'main', { ...carrier, safetyNetUrl: 'https://net.example/?n={number}' });
  await feed();
  expect((await due.next('main', NOW, 10)).map(({ unit, rank }) => [unit, rank])).toEqual([[TWO, 'critical'], [ONE, 'standard'], [CALL, 'low']]);
  await clear();
  await put(store, 'plans', 'shared', { destinations: [{ to: '+447400123457' }] });
  await feed();
  expect(await units()).toEqual([TWO, CALL]);
  await clear();
  await put(store, 'states', 'pbx', { is: 'down', since: NOW, diversion: 'd1' });
  await feed();
  expect(await units()).toEqual([TWO, ONE]);
  await clear();
  await put(store, 'carriers', 'main', carrier);
  await feed();
  expect(new Set(await units())).toEqual(new Set([ONE, TWO, CALL]));
});

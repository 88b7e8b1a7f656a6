/** What waits for subscribers: in order, once, the newest state alone; within bounds; and every one of them accounted for. */
import { array, assert, asyncProperty, boolean, constant, constantFrom, integer, nat, oneof, option, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notification, NotificationClass } from '../../src/domain/notification.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { Arrival, BacklogStore, Held, Outcome } from '../../src/store/backlog-store.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const NOW = 1_800_000_000_000;
const backlogs = (): BacklogStore => createBacklogStore(here.world.redis);

let made = 0;
function notification(fields: Partial<Notification> = {}): Notification {
  made += 1;
  return { id: `n${made}`, kind: 'call.missed', key: 'k', class: 'history', at: NOW, data: '{"a":"é"}', ...fields };
}
const arrival = (fields: Partial<Notification> = {}, more: Partial<Arrival> = {}): Arrival => ({ subscriber: 'crm', worth: 'standard', notification: notification(fields), most: { count: 0, bytes: 0 }, ...more });

/** Read in both ways, which must say the same. */
async function waiting(kind: NotificationClass = 'history', subscriber = 'crm', now = NOW): Promise<Held[]> {
  const take = (counted: boolean) => backlogs().take(subscriber, 'me', now, { class: kind, after: '0', limit: 1000, seen: false, counted });
  const inOrder = await take(false);
  const counted = await take(true);
  expect(counted).toEqual(inOrder && { ...inOrder, held: inOrder.held.map((one, at) => ({ ...one, ofKey: counted?.held[at]?.ofKey })) });
  return counted?.held ?? [];
}
const ids = (held: readonly Held[]): string[] => held.map(({ notification: { id } }) => id);
const settle = (held: readonly Held[], outcome: Outcome, token = 'me') => backlogs().settle('crm', token, NOW, held.map(({ place, bytes, notification: of }) => ({ place, bytes, notification: of, outcome })), []);
const counts = async () => (await backlogs().status('crm')).counts;

describe('what is accepted', () => {
  it('waits as it was given, in the order in which it came, whatever the clock says', async () => {
    const full = notification({ key: 'ext 204 \0 "x"', expiresAt: NOW + 5000, contentType: 'text/plain', data: 'a\ud800b' });
    await backlogs().accept([arrival(), { ...arrival(), notification: full }], NOW, 0);
    await backlogs().accept([arrival({ id: 'late' })], NOW - 60_000, 0);
    await backlogs().begin('crm', 'me', NOW);
    const held = await waiting();
    expect(held.map(({ notification: of }) => of)[1]).toEqual({ ...full, data: 'a\ufffdb' });
    expect(ids(held).at(-1)).toBe('late');
    expect(held.map(({ ofKey }) => ofKey)).toEqual([2, 1, 2]);
  });

  it('counts once when it may come again', async () => {
    const one = arrival({}, { mayRepeat: true });
    expect(await backlogs().accept([one, one], NOW, 0)).toEqual(['accepted', 'repeated']);
    expect(await backlogs().accept([one], NOW, 0)).toEqual(['repeated']);
    expect(await counts()).toMatchObject({ accepted: 1, waiting: 1 });
  });

  it('asks for a look, unless nothing may be sent; who drains is told with it', async () => {
    await backlogs().accept([arrival(), arrival({}, { subscriber: 'pbx', worth: 'critical' })], NOW, 0);
    expect(await backlogs().due(NOW, 5000, 10)).toEqual([{ subscriber: 'pbx', drain: undefined }, { subscriber: 'crm', drain: undefined }]);
    await backlogs().begin('crm', 'me', NOW);
    expect((await backlogs().due(NOW, 5000, 10))[1]).toEqual({ subscriber: 'crm', drain: 'me' });
    expect((await backlogs().due(NOW + 6000, 5000, 10))[1]).toEqual({ subscriber: 'crm', drain: undefined });
    await backlogs().take('crm', 'me', NOW, { class: 'history', after: '0', limit: 10, seen: true, counted: true });
    expect(await backlogs().due(NOW, 5000, 10)).toHaveLength(1);
    // The drain is heard of no more.
    expect(await backlogs().due(NOW + 20_000, 5000, 10)).toHaveLength(2);
    await backlogs().rest('crm', 'me', NOW, NOW + 30_000, true);
    await backlogs().accept([arrival()], NOW, 0);
    expect(await backlogs().due(NOW + 29_999, 5000, 10)).toHaveLength(1);
    expect(await backlogs().due(NOW + 30_000, 5000, 10)).toHaveLength(2);
    await backlogs().ask('crm', NOW);
    expect(await backlogs().due(NOW, 5000, 10)).toHaveLength(2);
  });

  it('of many is looked at one after another, the critical first, then what came last; what arrives does not wait for its turn, nor is anybody looked at for whom nothing waits', async () => {
    const all = ['d', 'c', 'b', 'idle', 'a'];
    const accept = (subscriber: string, worth: Arrival['worth'], at = NOW) => backlogs().accept([arrival({}, { subscriber, worth })], at, 0);
    for (const subscriber of all.filter((one) => one !== 'idle')) await accept(subscriber, subscriber === 'a' ? 'critical' : 'standard', subscriber === 'b' ? NOW + 1 : NOW);
    for (const subscriber of all) {
      await backlogs().begin(subscriber, 'me', NOW);
      await backlogs().rest(subscriber, 'me', NOW, NOW + 60_000, true);
    }
    const due = async (at: number) => (await backlogs().due(at, 5000, 10)).map(({ subscriber }) => subscriber);
    expect(await backlogs().wake(all, NOW + 1000, 100)).toBe(4);
    expect([await due(NOW + 999), await due(NOW + 1000), await due(NOW + 1100), await due(NOW + 1200), await due(NOW + 50_000)]).toEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'd'], ['a', 'b', 'd', 'c']]);
    await accept('idle', 'low');
    await accept('c', 'standard');
    expect((await due(NOW)).toSorted()).toEqual(['c', 'idle']);
  });

  it('that came between the last look and the end of the drain is looked at at once', async () => {
    await backlogs().accept([arrival()], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    await backlogs().take('crm', 'me', NOW, { class: 'history', after: '0', limit: 10, seen: true, counted: true });
    await backlogs().accept([arrival()], NOW + 1, 0);
    await backlogs().rest('crm', 'me', NOW + 2, undefined);
    expect(await backlogs().due(NOW + 2, 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
  });

  it.each([true, false])('that comes while it is being looked asks for another look (counted: %s)', async (counted) => {
    await backlogs().accept([arrival()], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    const { redis } = here.world;
    let until: Promise<unknown> | undefined;
    /** Redis carries out what others ask for between any two commands: here an arrival, behind the first. */
    const interrupted = new Proxy(redis, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const before = until;
          const reply = (before ?? Promise.resolve()).then(() => Reflect.apply(value, target, args) as unknown);
          until ??= reply.catch(() => undefined).then(() => backlogs().accept([arrival({ id: 'late' })], NOW, 0));
          return reply;
        };
      },
    });
    const page = await createBacklogStore(interrupted).take('crm', 'me', NOW, { class: 'history', after: '0', limit: 10, seen: true, counted });
    await until;
    const due = await backlogs().due(NOW, 5000, 10);
    expect({ accepted: (await counts()).accepted, isKnown: ids(page?.held ?? []).includes('late') || due.length === 1 }).toEqual({ accepted: 2, isKnown: true });
  });

  it('that came then by a clock that is ahead is looked at, too, and a retry no later for it', async () => {
    for (const at of [undefined, NOW + 100]) {
      await backlogs().begin('crm', 'me', NOW);
      await backlogs().take('crm', 'me', NOW, { class: 'history', after: '0', limit: 10, seen: true, counted: true });
      await backlogs().accept([arrival()], NOW + 900, 0);
      await backlogs().rest('crm', 'me', NOW, at);
      expect(await backlogs().due(at ?? NOW + 900, 5000, 10)).toEqual([{ subscriber: 'crm', drain: undefined }]);
    }
  });
});

describe('a state', () => {
  it('takes the place of the older one that waits; one that is older than what is known changes nothing', async () => {
    const state = (id: string, at: number, key = 'lamp') => arrival({ id, class: 'state', kind: 'lamp.changed', key, at });
    expect(await backlogs().accept([state('a', NOW), state('x', NOW, 'other'), state('b', NOW + 1), state('c', NOW)], NOW, 0)).toEqual(['accepted', 'accepted', 'accepted', 'coalesced']);
    await backlogs().begin('crm', 'me', NOW);
    expect(ids(await waiting('state'))).toEqual(['x', 'b']);
    await settle((await waiting('state')).slice(1), { is: 'delivered' });
    expect(await backlogs().accept([state('d', NOW)], NOW, 0)).toEqual(['coalesced']);
    expect(await counts()).toEqual({ accepted: 5, waiting: 1, delivered: 1, coalesced: 3, expired: 0, dropped: 0, dead: 0 });
  });

  it('that was replaced while it was on its way is not counted twice', async () => {
    const state = (id: string) => arrival({ id, class: 'state', kind: 'lamp.changed' });
    await backlogs().accept([state('a')], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    const inFlight = await waiting('state');
    await backlogs().accept([state('b')], NOW, 0);
    await settle(inFlight, { is: 'delivered' });
    expect(await counts()).toMatchObject({ accepted: 2, waiting: 1, delivered: 0, coalesced: 1 });
    expect((await waiting('state'))[0]?.ofKey).toBe(1);
  });
});

describe('what ends', () => {
  it('is dead with its cause, and waits again when it is wanted, but never over a newer state', async () => {
    await backlogs().accept([arrival({ id: 'a', key: '1' }), arrival({ id: 's', kind: 'lamp', class: 'state' })], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    await settle([...(await waiting()), ...(await waiting('state'))], { is: 'dead', cause: 'answered 500', tries: 7 });
    const { letters } = await backlogs().deadLetters('crm', { kind: 'call.missed' }, '0', 10);
    expect(letters).toMatchObject([{ cause: 'answered 500', tries: 7, diedAt: NOW, notification: { id: 'a', key: '1', class: 'history', data: '{"a":"é"}' } }]);
    await backlogs().accept([arrival({ id: 't', kind: 'lamp', class: 'state', at: NOW + 1 })], NOW, 0);
    expect(await backlogs().redrive('crm', { from: NOW, to: NOW }, 'standard', NOW)).toEqual({ redriven: 1, coalesced: 1 });
    expect(await counts()).toEqual({ accepted: 3, waiting: 2, delivered: 0, coalesced: 1, expired: 0, dropped: 0, dead: 0 });
    expect([...ids(await waiting()), ...ids(await waiting('state'))]).toEqual(['a', 't']);
    expect(await backlogs().redrive('crm', {}, 'standard', NOW)).toEqual({ redriven: 0, coalesced: 0 });
  });

  it('is what one drain says: another has no say but of what was delivered', async () => {
    await backlogs().accept([arrival({ key: '1' }), arrival({ key: '2' })], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    const [one, two] = await waiting();
    if (!one || !two) throw new Error('nothing waits');
    await backlogs().begin('crm', 'other', NOW);
    expect(await settle([two], { is: 'dead', cause: '', tries: 1 })).toBe(false);
    expect(await settle([one], { is: 'delivered' })).toBe(false);
    expect(await backlogs().take('crm', 'me', NOW, { class: 'history', after: '0', limit: 1, seen: false, counted: true })).toBeUndefined();
    expect(await counts()).toMatchObject({ waiting: 1, delivered: 1, dead: 0 });
    await backlogs().rest('crm', 'me', NOW, undefined);
    expect((await backlogs().due(NOW, 5000, 10))[0]?.drain).toBe('other');
  });

  it('that is to be tried again is known to the next drain, until it ends in whatever way', async () => {
    await backlogs().accept([arrival({ key: '1', expiresAt: NOW + 10 }), arrival({ key: '1' })], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    const [first] = await waiting();
    if (!first) throw new Error('nothing waits');
    await settle([first], { is: 'retry', tries: 2, since: NOW - 5, at: NOW + 7 });
    expect((await backlogs().begin('crm', 'you', NOW)).retries).toEqual([{ class: 'history', key: '1', place: first.place, tries: 2, since: NOW - 5, at: NOW + 7 }]);
    expect(await backlogs().sweep('crm', NOW + 10, { class: 'history', after: '0', limit: 1 })).toBe(first.place);
    expect(await backlogs().begin('crm', 'me', NOW)).toMatchObject({ retries: [] });
    expect(await counts()).toMatchObject({ waiting: 1, expired: 1 });
  });
});

describe('beyond a bound', () => {
  it('of a subscriber, states go before history, the oldest first', async () => {
    const most = { count: 3, bytes: 0 };
    await backlogs().accept([arrival({ id: 'a', key: '1' }), arrival({ id: 's', class: 'state' }), arrival({ id: 'b', key: '2' }), arrival({ id: 'c', key: '3' }, { most })], NOW, 0);
    await backlogs().begin('crm', 'me', NOW);
    expect([...ids(await waiting()), ...ids(await waiting('state'))]).toEqual(['a', 'b', 'c']);
    await backlogs().accept([arrival({ id: 'd', key: '4' }, { most })], NOW, 0);
    expect(ids(await waiting())).toEqual(['b', 'c', 'd']);
    expect(await counts()).toMatchObject({ waiting: 3, dropped: 2 });
    await backlogs().accept([arrival({ id: 'e' }, { most: { count: 0, bytes: 200 } })], NOW, 0);
    const { bytes } = await backlogs().status('crm');
    expect(bytes).toBeLessThanOrEqual(200);
    expect(ids(await waiting()).at(-1)).toBe('e');
  });

  it('of all, those of low customers go first, then who has waited longest', async () => {
    const of = (subscriber: string, worth: Arrival['worth'], id: string) => arrival({ id, data: 'x'.repeat(1000) }, { subscriber, worth });
    await backlogs().accept([of('high', 'critical', 'a'), of('low', 'low', 'b'), of('mid', 'standard', 'c')], NOW, 0);
    await backlogs().accept([of('mid2', 'standard', 'd'), of('low', 'low', 'e')], NOW + 1, 0);
    await backlogs().accept([of('high', 'critical', 'f')], NOW + 2, 4500);
    const left = async () => Promise.all(['high', 'mid', 'mid2', 'low'].map(async (subscriber) => (await backlogs().status(subscriber)).counts.waiting));
    expect(await left()).toEqual([2, 1, 1, 0]);
    await backlogs().accept([of('high', 'critical', 'g')], NOW + 3, 4500);
    expect(await left()).toEqual([3, 0, 1, 0]);
    expect(await backlogs().totals()).toMatchObject({ counts: { accepted: 7, waiting: 4, dropped: 3 }, unaccounted: 0 });
  });
});

it('what is owed is given once, whoever is faster', async () => {
  const { redis } = here.world;
  const place = (await redis.xadd(keys.owed, '*', 'o', '{"kind":"x"}')) ?? '';
  expect(await backlogs().owed(10)).toEqual([{ place, text: '{"kind":"x"}' }]);
  const fed = await Promise.all([1, 2, 3].map(() => backlogs().feed([place], [arrival()], NOW, 0)));
  expect(fed.filter(Boolean)).toHaveLength(1);
  expect(await counts()).toMatchObject({ accepted: 1 });
  expect(await backlogs().owed(10)).toEqual([]);
});

it('a subscriber that is removed leaves nothing but what was counted of all', async () => {
  await backlogs().accept([arrival(), arrival({ class: 'state' }), arrival({}, { subscriber: 'pbx' })], NOW, 0);
  expect(await backlogs().remove('crm')).toBe(2);
  expect(await backlogs().totals()).toMatchObject({ counts: { accepted: 3, waiting: 1, dropped: 2 }, unaccounted: 0 });
  expect(await backlogs().known()).toEqual(['pbx']);
  expect(await here.world.redis.keys(`${keys.backlogPrefix}crm:*`)).toEqual([]);
});

it('however it is used, it is as a list would be, and every notification is accounted for', async () => {
  const step = oneof(
    record({ does: constant('accept' as const), class: constantFrom('history' as const, 'state' as const), key: constantFrom('1', '2', '3'), at: integer({ min: 0, max: 5 }), lives: option(integer({ min: 1, max: 20 }), { nil: undefined }), most: constantFrom(0, 0, 4) }),
    record({ does: constant('settle' as const), class: constantFrom('history' as const, 'state' as const), from: nat(3), count: integer({ min: 1, max: 3 }), counted: boolean(), is: constantFrom('delivered' as const, 'dead' as const, 'retry' as const) }),
    record({ does: constant('pass' as const), ms: integer({ min: 1, max: 10 }) }),
    record({ does: constant('redrive' as const) }),
  );
  await assert(asyncProperty(array(step, { maxLength: 40 }), async (steps) => {
    await here.server.flush();
    const store = backlogs();
    await store.begin('crm', 'me', NOW);
    let now = NOW;
    let lists: Record<NotificationClass, Notification[]> = { history: [], state: [] };
    let dead: Notification[] = [];
    const newest = new Map<string, number>();
    const ends = { accepted: 0, delivered: 0, coalesced: 0, expired: 0, dropped: 0 };
    const enter = (one: Notification): boolean => {
      if (one.class === 'state') {
        if ((newest.get(one.key) ?? 0) > one.at) return false;
        newest.set(one.key, one.at);
        const others = lists.state.filter(({ key }) => key !== one.key);
        ends.coalesced += lists.state.length - others.length;
        lists.state = others;
      }
      lists[one.class].push(one);
      return true;
    };
    for (const what of steps) {
      if (what.does === 'pass') now += what.ms;
      if (what.does === 'accept') {
        const one = notification({ class: what.class, key: what.key, at: NOW + what.at, ...(what.lives === undefined ? {} : { expiresAt: now + what.lives }) });
        await store.accept([{ subscriber: 'crm', worth: 'low', notification: one, most: { count: what.most, bytes: 0 } }], now, 0);
        ends.accepted += 1;
        const waits = enter(one);
        if (!waits) ends.coalesced += 1;
        while (waits && what.most > 0 && lists.history.length + lists.state.length > what.most) {
          (lists.state.length > 0 ? lists.state : lists.history).shift();
          ends.dropped += 1;
        }
      }
      if (what.does === 'redrive') {
        await store.redrive('crm', {}, 'low', now);
        const again = dead;
        dead = [];
        for (const one of again) if (!enter(one)) ends.coalesced += 1;
      }
      if (what.does === 'settle') {
        const { held } = (await store.take('crm', 'me', now, { class: what.class, after: '0', limit: 100, seen: false, counted: what.counted })) ?? { held: [] };
        const kept = lists[what.class].filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
        ends.expired += lists[what.class].length - kept.length;
        expect(ids(held)).toEqual(kept.map(({ id }) => id));
        for (const { notification: { key }, ofKey } of held) expect(ofKey).toBe(what.counted ? kept.filter((one) => one.key === key).length : undefined);
        const some = held.slice(what.from, what.from + what.count);
        const outcome: Outcome = what.is === 'delivered' ? { is: 'delivered' } : what.is === 'dead' ? { is: 'dead', cause: 'no', tries: 1 } : { is: 'retry', tries: 1, since: now, at: now };
        await store.settle('crm', 'me', now, some.map(({ place, bytes, notification: of }) => ({ place, bytes, notification: of, outcome })), []);
        const gone = what.is === 'retry' ? [] : ids(some);
        if (what.is === 'delivered') ends.delivered += gone.length;
        if (what.is === 'dead') dead.push(...kept.filter(({ id }) => gone.includes(id)));
        lists = { ...lists, [what.class]: kept.filter(({ id }) => !gone.includes(id)) };
      }
      const status = await store.status('crm');
      expect(status.counts).toEqual({ ...ends, dead: dead.length, waiting: lists.history.length + lists.state.length });
      expect(await store.totals()).toMatchObject({ counts: status.counts, bytes: status.bytes, unaccounted: 0 });
      if (status.counts.waiting === 0) expect(status.bytes).toBe(0);
    }
  }), { numRuns: 60 });
});

/** What waits and is delivered to nobody: it expires all the same, and everything is accounted for. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUpkeep, type Upkeep } from '../../src/backlog/upkeep.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { Arrival, Held, Settled } from '../../src/store/backlog-store.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const NOW = 1_800_000_000_000;
const store = () => createBacklogStore(here.world.redis);

let now = NOW;
let level = 0;
let tick: () => void = () => undefined;
let upkeep: Upkeep;
beforeEach(() => {
  now = NOW;
  level = 0;
  const timers = {
    after: () => () => undefined,
    every(_ms: number, task: () => void) {
      tick = task;
      return () => (tick = () => undefined);
    },
  };
  upkeep = createUpkeep({ backlog: store(), load: { get level() { return level as 0; } }, clock: { now: () => now }, timers, log: here.world.log });
});
afterEach(() => upkeep.close());

let made = 0;
function arrival(subscriber: string, fields: Partial<Notification> = {}, most = { count: 0, bytes: 0 }): Arrival {
  made += 1;
  return { subscriber, worth: 'standard', most, notification: { id: `n${made}`, kind: 'call.missed', key: `k${made}`, class: 'history', at: NOW, data: '{}', ...fields } };
}

/** Turn by turn, until it is so. */
const untilTurnsShow = (what: () => Promise<unknown>) =>
  expect.poll(async () => {
    tick();
    return what();
  }, { interval: 5 });
const said = (text: string): string[] => here.world.lines.filter((line) => line.includes(text));

describe('upkeep of backlogs', () => {
  it('ends what has expired, for every subscriber and however much it is, and leaves the rest', async () => {
    const short = Array.from({ length: 1200 }, () => arrival('crm', { expiresAt: NOW + 1000 }));
    await store().accept([arrival('crm'), ...short, arrival('crm'), arrival('pbx', { class: 'state', expiresAt: NOW + 1000 }), arrival('pbx')], NOW, 0);
    now = NOW + 2000;
    upkeep.start();
    await untilTurnsShow(async () => (await store().totals()).counts).toMatchObject({ accepted: 1204, waiting: 3, expired: 1201 });
    await store().accept([arrival('crm', { expiresAt: NOW + 3000 })], NOW, 0);
    now = NOW + 4000;
    await untilTurnsShow(async () => (await store().totals()).counts).toMatchObject({ waiting: 3, expired: 1202 });
    expect(said('not accounted for')).toEqual([]);
  });

  it('waits while the process has more to do than it can', async () => {
    level = 1;
    await store().accept([arrival('crm', { expiresAt: NOW + 1000 })], NOW, 0);
    now = NOW + 2000;
    upkeep.start();
    for (let at = 0; at < 5; at += 1) await untilTurnsShow(async () => (await store().totals()).counts.waiting).toBe(1);
    level = 0;
    await untilTurnsShow(async () => (await store().totals()).counts.waiting).toBe(0);
  });

  it('says what is not accounted for, once, and what was dropped', async () => {
    const one = { count: 1, bytes: 0 };
    await store().accept([arrival('crm', {}, one), arrival('crm', {}, one)], NOW, 0);
    expect((await store().totals()).counts.dropped).toBe(1);
    let turns = 0;
    const turn = async (): Promise<unknown> => (turns += 1);
    upkeep.start();
    await untilTurnsShow(turn).toBeGreaterThan(15);
    expect(said('were dropped')).toEqual([]);
    await store().accept([arrival('crm', {}, one), arrival('crm', {}, one)], NOW, 0);
    await untilTurnsShow(async () => said('were dropped').length).toBe(1);
    expect(said('were dropped')[0]).toContain('"dropped":2');
    // A notification that nobody knows of any more.
    await here.world.redis.hincrby(keys.backlogTotals, 'accepted', 3);
    await untilTurnsShow(async () => said('are not accounted for').length).toBe(1);
    expect(said('are not accounted for')[0]).toContain('"unaccounted":3');
  });

  it('forgets the newest states of keys of which nothing has come for a week, but for those that wait or can be redriven', async () => {
    const state = (key: string, at = NOW): Arrival => arrival('pbx', { class: 'state', kind: 'desk.lamp', key, at });
    const delivered = ['gone', 'dead', 'young'];
    await store().accept([state('dead', NOW - 1), ...['gone', 'waits', 'young'].map((key) => state(key, key === 'young' ? NOW + 1000 : NOW))], NOW, 0);
    await store().begin('pbx', 'drain', NOW);
    const take = async () => (await store().take('pbx', 'drain', NOW, { class: 'state', after: '0', limit: 100, seen: true, counted: true }))!.held;
    const end = (held: Held[], outcome: Settled['outcome']) => store().settle('pbx', 'drain', NOW, held.filter(({ notification }) => delivered.includes(notification.key)).map((one) => ({ ...one, outcome })), []);
    const [dead, ...others] = await take();
    await end([dead!], { is: 'dead', cause: 'refused', tries: 1 });
    await end(others, { is: 'delivered' });
    await store().accept([state('dead')], NOW, 0);
    await end(await take(), { is: 'delivered' });

    now = NOW + 7 * 86_400_000 + 1;
    upkeep.start();
    await untilTurnsShow(async () => new Set((await here.world.redis.hkeys(keys.backlog('pbx', 'states'))).map((name) => name.split('\0')[1]))).toEqual(new Set(['dead', 'waits', 'young']));
    expect(await store().redrive('pbx', {}, 'standard', now)).toEqual({ redriven: 0, coalesced: 1 });
    expect(await store().accept([state('waits', NOW - 1), state('gone', NOW - 1)], now, 0)).toEqual(['coalesced', 'accepted']);
    expect((await store().totals()).unaccounted).toBe(0);
  });

  it('comes to the states of every subscriber, also of more than an hour has turns', async () => {
    const all = Array.from({ length: 3700 }, (_, at) => `crm-${at}`);
    const gone = new Set<string>();
    const totals = { counts: { accepted: 0, waiting: 0, delivered: 0, coalesced: 0, expired: 0, dropped: 0, dead: 0 }, bytes: 0, unaccounted: 0 };
    const backlog: Parameters<typeof createUpkeep>[0]['backlog'] = {
      known: async () => all,
      sweep: async () => undefined,
      totals: async () => totals,
      async forget(subscriber) {
        gone.add(subscriber);
        return undefined;
      },
    };
    let turn: () => void = () => undefined;
    const timers = { after: () => () => undefined, every: (_ms: number, task: () => void) => ((turn = task), () => undefined) };
    const many = createUpkeep({ backlog, load: { level: 0 }, clock: { now: () => now }, timers, log: here.world.log });
    many.start();
    for (let turns = 0; turns < 2 * all.length && gone.size < all.length; turns += 1) {
      await setImmediate();
      turn();
    }
    await many.close();
    expect(gone.size).toBe(all.length);
  });
});

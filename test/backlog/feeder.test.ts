/** What is owed becomes notifications: for whom it concerns, in its order, once, whoever makes them and whoever dies meanwhile. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createFeeder, eventId, type Feeder, type OwedEnd } from '../../src/backlog/feeder.ts';
import { carryOut } from '../../src/diversion/divert.ts';
import { OUTCOME_RANK, type CallClaim, type Outcome } from '../../src/domain/call.ts';
import { storeUnavailable } from '../../src/store/answering.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore, Held } from '../../src/store/backlog-store.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { NOTIFICATION_CLASSES } from '../../src/domain/notification.ts';
import { eachWorld } from '../support/each-world.ts';
import { CRM } from '../support/owed.ts';
import { DEED, put, putSample } from '../support/world.ts';

const here = eachWorld(({ store }) => putSample(store));
const AT = DEED.at;
const NOW = AT + 1000;

let backlog: BacklogStore;
let ends: Partial<Record<OwedEnd, number>>;
beforeEach(() => {
  backlog = createBacklogStore(here.world.redis);
  ends = {};
});

async function feeder(store: Pick<BacklogStore, 'owed' | 'accept' | 'feed'> = backlog): Promise<Feeder> {
  const { redis, store: records, log } = here.world;
  const { follower, table } = await here.world.follow();
  return createFeeder({
    backlog: store, calls: createCallStore(redis), store: records, follower, table: () => table.current, maxBytes: 0,
    count: (end, entries) => (ends[end] = (ends[end] ?? 0) + entries),
    clock: { now: () => NOW }, timers: realSystem.timers, log,
  });
}

async function feedAll(): Promise<void> {
  const one = await feeder();
  while (await one.feed());
}

/** All that waits for a subscriber, in order. */
async function waiting(subscriber: string): Promise<Held[]> {
  await backlog.begin(subscriber, 'test', NOW);
  const all: Held[] = [];
  for (const each of NOTIFICATION_CLASSES) {
    for (let after = '0'; ; ) {
      const page = await backlog.take(subscriber, 'test', NOW, { class: each, after, limit: 500, seen: false, counted: true });
      all.push(...(page?.held ?? []));
      if (page?.last === undefined) break;
      after = page.last;
    }
  }
  return all;
}
const kindsOf = async (subscriber: string): Promise<string[]> => (await waiting(subscriber)).map(({ notification: { kind } }) => kind);
const dataOf = ({ notification }: Held): Record<string, unknown> => JSON.parse(notification.data) as Record<string, unknown>;

const subscribe = (id: string, more: object = {}) => put(here.world.store, 'subscribers', id, { ...CRM, ...more });
const MISSED = { is: 'missed', rank: OUTCOME_RANK.nobodyAnswered } as const;
function claims(ref: string, customer: string | undefined, outcome: { is: Outcome; rank: number; by?: string } = MISSED): CallClaim[] {
  const arrival = { number: '+442079460123', from: '+447700900123', route: 'plan' as const, protected: true, ...(customer === undefined ? {} : { customer, primary: 'pbx' }) };
  return [{ carrier: 'main', ref, at: AT, arrival }, { carrier: 'main', ref, at: AT + 5, outcome }];
}
const record = (...given: CallClaim[]) => createCallStore(here.world.redis).record(given);
const divert = (reason = 'Fire') => carryOut(here.world.store, { id: 'o1', primary: 'pbx', says: 'divert', at: AT, by: { key: 'anna', role: 'operator' }, reason, diversion: 'd1' });

describe('an event', () => {
  test('reaches whom it concerns: by kind, by customer, by primary', async () => {
    await put(here.world.store, 'customers', 'globex', { name: 'Globex', class: 'critical' });
    await put(here.world.store, 'primaries', 'other', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
    await subscribe('all');
    await subscribe('calls', { kinds: ['call.*'] });
    await subscribe('lights', { kinds: ['lamp.state', 'primary.state'] });
    await subscribe('acme', { customer: 'acme' });
    await subscribe('globex', { customer: 'globex' });
    await subscribe('pbx', { primary: 'pbx' });
    await subscribe('other', { primary: 'other' });
    await record(...claims('CA1', 'acme'), ...claims('CA2', 'globex'), ...claims('CA3', undefined));
    await divert();
    await feedAll();
    const turn = ['diversion.started', 'primary.state'];
    expect(await kindsOf('all')).toEqual(['call.missed', 'call.missed', 'call.missed', ...turn]);
    expect(await kindsOf('calls')).toEqual(['call.missed', 'call.missed', 'call.missed']);
    expect(await kindsOf('lights')).toEqual(['primary.state']);
    expect(await kindsOf('acme')).toEqual(['call.missed', ...turn]);
    expect((await waiting('globex')).map(dataOf)).toMatchObject([{ id: 'main:CA2', customer: 'globex' }]);
    expect(await kindsOf('pbx')).toEqual(['call.missed', 'call.missed', ...turn]);
    expect(await kindsOf('other')).toEqual([]);
    expect(ends).toEqual({ told: 5 });
    expect(await here.world.redis.xlen(keys.owed)).toBe(0);
  });

  test('of a call has the call as the API shows it, its key, its time and its expiry', async () => {
    await subscribe('crm');
    await record(...claims('CA1', 'acme', { is: 'answered', rank: OUTCOME_RANK.bridged, by: 'd1' }));
    await feedAll();
    const [held] = await waiting('crm');
    expect(held?.notification).toMatchObject({ id: expect.stringMatching(/^evt_[a-z]{26}$/) as string, kind: 'call.answered', key: 'main:CA1', class: 'history', at: AT + 5, expiresAt: AT + 5 + 30 * 86_400_000 });
    expect(held && dataOf(held)).toEqual({
      id: 'main:CA1', carrier: 'main', ref: 'CA1', number: '+442079460123', from: '+447700900123', customer: 'acme', primary: 'pbx', route: 'plan', protected: true,
      startedAt: new Date(AT).toISOString(), outcome: 'answered', answeredBy: 'd1', legs: [],
    });
  });

  test('that is corrected is told in order, each with what it was then', async () => {
    await subscribe('crm');
    await record(...claims('CA1', 'acme'), { carrier: 'main', ref: 'CA1', at: AT + 9, voicemail: { ref: 'RE1', seconds: 4 }, outcome: { is: 'voicemail', rank: OUTCOME_RANK.messageLeft, by: 'voicemail' } });
    await feedAll();
    const [missed, voicemail] = (await waiting('crm')).map(dataOf);
    expect(missed).toMatchObject({ outcome: 'missed' });
    expect(missed).not.toHaveProperty('voicemail');
    expect(voicemail).toMatchObject({ outcome: 'voicemail', previous: 'missed', voicemail: { recording: 'RE1', seconds: 4 } });
  });

  test('of a primary says nothing to a customer of why, nor of what was held back', async () => {
    await subscribe('all');
    await subscribe('acme', { customer: 'acme' });
    await divert('Fire at Globex');
    const draft = createDraft();
    draft.owe({ event: 'diversion.held-back', primary: 'pbx', at: AT, data: { primary: 'pbx', at: 'x', action: 'restore', brake: 'hold', by: 'automation', reason: 'Why' } });
    await here.world.store.commit(draft);
    await feedAll();
    expect((await waiting('all')).map((held) => dataOf(held)['reason'])).toEqual(['Fire at Globex', 'Why', 'Fire at Globex']);
    expect((await waiting('acme')).map(dataOf)).toEqual([
      { primary: 'pbx', diversion: 'd1', at: new Date(AT).toISOString(), by: 'operator' },
      { primary: 'pbx', is: 'down', since: new Date(AT).toISOString(), diversion: 'd1', by: 'operator' },
    ]);
  });

  test('that nobody wants, that cannot be read, or whose call is gone is taken off and counted', async () => {
    await subscribe('lights', { kinds: ['lamp.state'] });
    await record(...claims('CA1', 'acme'), ...claims('CA2', 'acme'));
    await here.world.redis.del(keys.call('main:CA2'));
    await here.world.redis.xadd(keys.owed, '*', 'o', 'no JSON');
    await here.world.redis.xadd(keys.owed, '*', 'o', '{"at":1,"event":"no.kind","primary":"pbx","data":{}}');
    await feedAll();
    expect(ends).toEqual({ unwanted: 1, gone: 1, unreadable: 2 });
    expect(await here.world.redis.xlen(keys.owed)).toBe(0);
    expect(here.world.lines.filter((line) => line.includes('not told of'))).toHaveLength(2);
  });
});

describe('feeding', () => {
  test('by several at once puts each down once, in the order of what was owed', async () => {
    await subscribe('one');
    await subscribe('two', { customer: 'acme' });
    const refs = Array.from({ length: 450 }, (_, at) => `CA${at}`);
    for (let at = 0; at < refs.length; at += 90) await record(...refs.slice(at, at + 90).flatMap((ref) => claims(ref, 'acme')));
    const feeders = await Promise.all([feeder(), feeder(), feeder()]);
    await Promise.all(feeders.map(async (one) => {
      while ((await backlog.owed(1)).length > 0) await one.feed();
    }));
    for (const subscriber of ['one', 'two']) {
      const held = await waiting(subscriber);
      expect(held.map((one) => dataOf(one)['ref'])).toEqual(refs);
      expect(new Set(held.map(({ notification: { id } }) => id)).size).toBe(450);
    }
    expect(ends).toEqual({ told: 450 });
    expect(await backlog.totals()).toMatchObject({ counts: { accepted: 900, waiting: 900 }, unaccounted: 0 });
  });

  test('that breaks off at any point, before it is written or after, loses nothing and doubles nothing', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('whole', 'before', 'after'), { minLength: 1, maxLength: 6 }), async (fates) => {
      await here.server.flush();
      await putSample(here.world.store);
      await subscribe('crm');
      for (const [at, fate] of fates.entries()) {
        await record(...claims(`CA${at}`, 'acme'));
        // Whoever feeds is gone after one try; the next is another.
        const one = await feeder({
          owed: backlog.owed,
          accept: backlog.accept,
          async feed(...given) {
            if (fate === 'before') throw storeUnavailable(undefined);
            const fed = await backlog.feed(...given);
            if (fate === 'after') throw storeUnavailable(undefined);
            return fed;
          },
        });
        await one.feed().catch(() => undefined);
      }
      await feedAll();
      expect((await waiting('crm')).map((held) => dataOf(held)['ref'])).toEqual(fates.map((_, at) => `CA${at}`));
    }), { numRuns: 8 });
  });

  test('of what very many are told of is divided, and each is told once, also by several at once of whom one dies on the way', async () => {
    const draft = createDraft();
    const ids = Array.from({ length: 450 }, (_, at) => `s${at}`);
    for (const id of ids) draft.put('subscribers', id, CRM, undefined);
    await here.world.store.commit(draft);
    await record(...claims('CA1', 'acme'));
    const dying = await feeder({ ...backlog, feed: () => Promise.reject(storeUnavailable(undefined)) });
    await expect(dying.feed()).rejects.toThrow();
    expect(await here.world.redis.xlen(keys.owed)).toBe(1);
    const others = await Promise.all([feeder(), feeder()]);
    await Promise.all(others.map((one) => one.feed()));
    expect(await here.world.redis.xlen(keys.owed)).toBe(0);
    expect(await backlog.totals()).toMatchObject({ counts: { accepted: 450, waiting: 450 }, unaccounted: 0 });
    expect(await kindsOf('s0')).toEqual(['call.missed']);
    expect(ends).toEqual({ told: 1 });
  });

  test('tells who was a subscriber when it was owed, also when the table has not heard of it yet', async () => {
    await subscribe('first');
    const { follower, table } = await here.world.follow();
    let isLate = true;
    const late = createFeeder({
      backlog, calls: createCallStore(here.world.redis), store: here.world.store, table: () => table.current, maxBytes: 0, count: () => undefined, clock: { now: () => NOW }, timers: realSystem.timers, log: here.world.log,
      follower: { status: follower.status, reached: async (revision, ms) => !isLate && follower.reached(revision, ms) },
    });
    await subscribe('second');
    await record(...claims('CA1', 'acme'));
    expect(await late.feed()).toBe(false);
    expect(await here.world.redis.xlen(keys.owed)).toBe(1);
    isLate = false;
    await late.feed();
    expect(await kindsOf('second')).toEqual(['call.missed']);
  });

  test('goes on by itself when Redis was away', async () => {
    await subscribe('crm');
    const one = await feeder();
    one.start();
    await here.server.restart();
    await expect.poll(() => record(...claims('CA1', 'acme')).then(() => true, () => false)).toBe(true);
    await expect.poll(() => here.world.redis.xlen(keys.owed)).toBe(0);
    await one.close();
    expect(await kindsOf('crm')).toEqual(['call.missed']);
  });
});

test('an id is the same for the same thing and subscriber, and another for any other', () => {
  const id = eventId('1-0', '{}', 'crm');
  expect(eventId('1-0', '{}', 'crm')).toBe(id);
  expect(new Set([id, eventId('1-1', '{}', 'crm'), eventId('1-0', '{} ', 'crm'), eventId('1-0', '{}', 'crn')]).size).toBe(4);
});

/** The audit trail: every change has its entry, in the same commit, with who, what, from what to what, why and in which request. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { openWorld, type World } from '../support/world.ts';
import { allPages, london, openApi, PLAN, PRIMARY, type Api, type Json } from './api.ts';

interface Entry {
  id: string;
  at: string;
  by: { key: string; role: string; customer?: string };
  action: string;
  changes: { subject: string; before: Json | null; after: Json | null }[];
  customer?: string;
  reason?: string;
  requestId?: string;
}

let now = Date.parse('2026-11-22T12:00:00Z');
let api: Api;
let world: World;
beforeAll(async () => {
  api = await openApi({ system: { clock: { now: () => now } } });
  world = await openWorld(api.redis.url);
});
afterAll(async () => {
  await world.close();
  await api.close();
});

const newest = async (): Promise<Entry> => {
  const { items } = (await api.as<{ items: Entry[] }>('admin', 'GET', '/v1/audit?limit=1')).body;
  if (!items[0]) throw new Error('there is no entry');
  return items[0];
};

test('a change says who did what, when, from what to what, why, and in which request', async () => {
  const created = await api.as('acmeAdmin', 'PUT', '/v1/plans/acme:told', { destinations: [{ to: 'voicemail' }] }, { 'ringthrough-reason': 'holidays' });
  const first = { customer: 'acme', destinations: [{ to: 'voicemail' }] };
  expect(await newest()).toEqual({
    id: `${await world.redis.get(keys.revision)}-0`,
    at: '2026-11-22T12:00:00.000Z',
    by: { key: 'acmeadmin', role: 'admin', customer: 'acme' },
    action: 'plans.put',
    changes: [{ subject: 'plans/acme:told', before: null, after: first }],
    customer: 'acme',
    reason: 'holidays',
    requestId: created.headers.get('x-request-id'),
  });

  now += 60_000;
  const second = { customer: 'acme', destinations: [{ to: 'announcement' }] };
  await api.ask('PUT', '/v1/plans/acme:told', second);
  expect(await newest()).toMatchObject({ at: '2026-11-22T12:01:00.000Z', by: { key: 'admin', role: 'admin' }, changes: [{ subject: 'plans/acme:told', before: first, after: second }], customer: 'acme' });
  expect((await newest()).reason).toBeUndefined();

  await api.as('admin', 'DELETE', '/v1/plans/acme:told', undefined, { 'ringthrough-reason': 'over' });
  expect(await newest()).toMatchObject({ action: 'plans.delete', changes: [{ subject: 'plans/acme:told', before: second, after: null }], customer: 'acme', reason: 'over' });
});

test('what is refused, or changes nothing, leaves no entry', async () => {
  const { id } = await newest();
  await api.as('admin', 'PUT', '/v1/plans/acme-desk', { ...PLAN, customer: 'acme' });
  await api.as('admin', 'PUT', '/v1/plans/acme-desk', { ...PLAN, customer: 'globex' });
  await api.as('admin', 'PUT', '/v1/plans/acme-desk', PLAN, { 'if-match': '"0"' });
  await api.as('admin', 'DELETE', '/v1/plans/acme-desk');
  await api.as('acmeAdmin', 'PUT', '/v1/plans/globex-desk', PLAN);
  await api.as('viewer', 'PUT', '/v1/plans/new', PLAN);
  expect((await newest()).id).toBe(id);
});

test("the reason of a divert is that of its body, and counts more than the header's", async () => {
  await api.as('operator', 'POST', '/v1/primaries/pbx/divert', { reason: 'fire in the house' }, { 'ringthrough-reason': 'other' });
  expect(await newest()).toMatchObject({ action: 'primaries.divert', by: { key: 'operator', role: 'operator' }, reason: 'fire in the house', changes: [{ subject: 'states/pbx', before: null, after: { is: 'down' } }] });
  await api.as('operator', 'POST', '/v1/primaries/pbx/restore', { reason: 'all clear' });
  expect(await newest()).toMatchObject({ action: 'primaries.restore', reason: 'all clear', changes: [{ subject: 'states/pbx', before: { is: 'down' }, after: { is: 'up' } }] });
});

test('a reason is cut at 500 characters', async () => {
  await api.as('admin', 'PUT', '/v1/plans/reasoned', PLAN, { 'ringthrough-reason': 'x'.repeat(2000) });
  expect((await newest()).reason).toBe('x'.repeat(500));
});

describe('the list', () => {
  test('is the newest first, without gap or double, in pages of any size', async () => {
    const { items } = await allPages<Entry>(api, 'admin', '/v1/audit?limit=3');
    const revisions = items.map(({ id }) => Number(id.split('-')[0]));
    expect(revisions).toEqual(revisions.toSorted((left, right) => right - left));
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items).toEqual((await allPages<Entry>(api, 'admin', '/v1/audit?limit=1000')).items);
  });

  test("shows one customer's when it is asked for", async () => {
    const { items } = await allPages<Entry>(api, 'admin', '/v1/audit?customer=globex&limit=2');
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(item.customer).toBe('globex');
    expect((await api.as('admin', 'GET', '/v1/audit?customer=nobody')).body).toEqual({ items: [] });
  });

  test('shows an entry that cannot be read as that, and all the others', async () => {
    const { items: before } = await allPages<Entry>(api, 'admin', '/v1/audit?limit=1000');
    const revision = await world.redis.incr(keys.revision);
    await world.redis.xadd(keys.audit, `${revision}-0`, 'c', '', 'e', '{"at":');
    await world.redis.xadd(keys.changes, `${revision}-0`, '', '');
    const { items } = await allPages<Entry>(api, 'admin', '/v1/audit?limit=1000');
    expect(items.slice(1)).toEqual(before);
    expect(items[0]).toMatchObject({ id: `${revision}-0`, action: 'unreadable', changes: [] });
  });
});

describe('the trail is the history', () => {
  const IDS = ['one', 'two', 'three'];
  const id = fc.constantFrom(...IDS);
  const plan = fc.constantFrom('acme-desk', 'shared', undefined, ...IDS);
  const number = fc.integer({ min: 900, max: 903 }).map(london);
  const write = fc.oneof(
    fc.record({ path: id.map((one) => `/v1/plans/${one}`), body: fc.option(fc.record({ destinations: fc.constantFrom([{ to: 'voicemail' }], [{ to: '+447400123456' }]), customer: fc.constantFrom('acme', 'globex', undefined) }), { nil: undefined }) }),
    fc.record({ path: id.map((one) => `/v1/customers/${one}`), body: fc.option(fc.record({ name: fc.string({ minLength: 1, maxLength: 5 }), defaultPlan: plan }), { nil: undefined }) }),
    fc.record({ path: id.map((one) => `/v1/primaries/${one}`), body: fc.option(fc.record({ kind: fc.constant('pbx'), target: fc.constantFrom(PRIMARY['target'], 'sip:other.example.net') }), { nil: undefined }) }),
    fc.record({ path: number.map((one) => `/v1/numbers/${one}`), body: fc.option(fc.record({ customer: fc.constantFrom('acme', 'globex', 'one'), primary: fc.constantFrom('pbx', 'one'), carrier: fc.constant('main'), plan }), { nil: undefined }) }),
    fc.record({ path: fc.constant('/v1/provider'), body: fc.record({ defaultPlan: plan }) }),
  );
  const turn = fc.record({ path: fc.tuple(id, fc.constantFrom('divert', 'restore')).map(([one, verb]) => `/v1/primaries/${one}/${verb}`), body: fc.record({ reason: fc.constantFrom('a', 'b') }) });

  /** An order that is given again notes when it was last heard, which is a clock and no history: it leaves no entry. */
  function lasting(subject: string, record: unknown): unknown {
    if (!subject.startsWith('states/') || record === null || record === undefined) return record ?? null;
    const { heard: _heard, ...rest } = record as Json;
    return rest['since'] === 0 ? null : rest;
  }

  /** What the entries, played in their order, say is there. */
  async function played(): Promise<Record<string, unknown>> {
    const { items } = await allPages<Entry>(api, 'admin', '/v1/audit?limit=1000');
    const state: Record<string, unknown> = {};
    for (const { changes } of items.toReversed()) {
      for (const { subject, before, after } of changes) {
        if (!subject.startsWith('keys/') && !subject.startsWith('carriers/')) expect(lasting(subject, before), subject).toEqual(state[subject] ?? null);
        if (after !== null) state[subject] = lasting(subject, after);
        else delete state[subject];
        // The state of a primary goes with it.
        if (after === null && subject.startsWith('primaries/')) delete state[subject.replace('primaries/', 'states/')];
      }
    }
    return state;
  }

  async function stored(): Promise<Record<string, unknown>> {
    const state: Record<string, unknown> = {};
    for (const collection of ['customers', 'plans', 'numbers', 'primaries', 'carriers', 'keys'] as const) {
      for (const { id: one, number: other, etag: _etag, status: _status, ...record } of (await allPages(api, 'admin', `/v1/${collection}?limit=1000`)).items) state[`${collection}/${String(one ?? other)}`] = record;
    }
    for (const [primary, text] of Object.entries(await world.redis.hgetall(keys.records('states')))) {
      const lasts = lasting(`states/${primary}`, JSON.parse(text.replace(/^1:\d+:/, '')));
      if (lasts !== null) state[`states/${primary}`] = lasts;
    }
    const provider = (await api.as('admin', 'GET', '/v1/provider')).body;
    return Object.keys(provider).length > 0 ? { ...state, 'provider/provider': provider } : state;
  }

  test('played from its beginning it gives what is stored now, whatever was written, refused or raced', async () => {
    const run = fc.asyncProperty(fc.array(fc.oneof({ arbitrary: write, weight: 4 }, { arbitrary: turn, weight: 1 }), { minLength: 10, maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (writes, atOnce) => {
      for (let from = 0; from < writes.length; from += atOnce) {
        const answers = await Promise.all(writes.slice(from, from + atOnce).map(({ path, body }) => api.as('admin', path.includes('/primaries/') && /divert|restore/.test(path) ? 'POST' : body === undefined ? 'DELETE' : 'PUT', path, body)));
        for (const answer of answers) expect([200, 201, 204, 404, 409, 422], JSON.stringify(answer.body)).toContain(answer.status);
      }
      const [history, records] = [await played(), await stored()];
      // A provider that says nothing shows as one that was never asked.
      if (!('provider/provider' in records)) delete history['provider/provider'];
      expect(history).toEqual(records);
    });
    await fc.assert(run, { numRuns: 15 });
  });

  test('every commit that changed a record has an entry of its own number, and the trail has no other', async () => {
    const last = new Map<string, string>();
    const changes = ([, fields]: [string, string[]]): boolean => {
      let changed = false;
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const subject = fields[at] ?? '';
        const text = fields[at + 1] ?? '';
        if (!subject.startsWith('states/')) {
          changed ||= subject !== '';
          continue;
        }
        const lasts = text === '-' ? 'null' : JSON.stringify(lasting(subject, JSON.parse(text.slice(1))));
        changed ||= lasts !== (last.get(subject) ?? 'null');
        last.set(subject, lasts);
      }
      return changed;
    };
    const commits = (await world.redis.xrange(keys.changes, '-', '+')).filter(changes).map(([one]) => one.split('-')[0]);
    const audited = (await allPages<Entry>(api, 'admin', '/v1/audit?limit=1000')).items.filter((entry) => entry.action !== 'unreadable').map((entry) => entry.id.split('-')[0]);
    expect([...new Set(audited)].toReversed()).toEqual(commits);
  });
});

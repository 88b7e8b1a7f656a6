/** Lists in pages: each record once, in order, whatever the size of the page; and cursors that are not ours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { edit } from '../../src/store/edit.ts';
import { openWorld, DEED, type World } from '../support/world.ts';
import { allPages, london, openApi, PLAN, type Api, type Json } from './api.ts';

const COUNT = 260;

let api: Api;
let world: World;
beforeAll(async () => {
  api = await openApi();
  world = await openWorld(api.redis.url);
  for (let at = 0; at < COUNT; at += 1) {
    const customer = at % 2 === 0 ? 'acme' : 'globex';
    const name = String(at).padStart(4, '0');
    await put('plans', `p-${name}`, { ...(PLAN as { destinations: [] }), customer });
    await put('numbers', london(600 + at), { customer, primary: 'pbx', carrier: 'main', ...(at % 3 === 0 ? { plan: `p-${name}` } : {}) });
    await put('customers', `c-${name}`, { name });
  }
});
afterAll(async () => {
  await world.close();
  await api.close();
});

async function put(collection: 'plans' | 'numbers' | 'customers', id: string, record: Json): Promise<void> {
  const customerOf = (): string | undefined => (collection === 'customers' ? id : (record['customer'] as string | undefined));
  await edit(world.store, { collection, id, action: `${collection}.put`, change: () => record as never, customerOf }, DEED);
}

describe.each(['/v1/plans', '/v1/numbers', '/v1/customers', '/v1/audit'])('%s', (path) => {
  test.each([1000, 100, 37, 7])('every record once, in pages of %i', async (limit) => {
    const whole = await allPages(api, 'admin', `${path}?limit=1000`);
    const { items, pages } = await allPages(api, 'admin', `${path}?limit=${limit}`);
    expect(items).toEqual(whole.items);
    const ids = items.map((item) => String(item['id'] ?? item['number']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(COUNT);
    expect(pages).toBeGreaterThanOrEqual(Math.floor(ids.length / limit));
  });

  test('a page is 100 records unless asked otherwise', async () => {
    expect((await api.as<{ items: [] }>('admin', 'GET', path)).body.items).toHaveLength(100);
  });

  test.each(['0', '1001', '-1', '1.5', 'ten', ''])('limit=%s is refused', async (limit) => {
    const answer = await api.as('admin', 'GET', `${path}?limit=${limit}`);
    expect([answer.status, answer.body['code']]).toEqual([400, 'request_invalid']);
  });

  test('a cursor that is not ours is refused', async () => {
    const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const strange = ['rubbish', '!', encoded('text'), encoded([]), encoded([1]), encoded({ a: 1 }), encoded(['a', 'b', 'c', 'd']), encoded(null), Buffer.from('["a"').toString('base64url')];
    for (const cursor of strange) {
      const answer = await api.as('admin', 'GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
      expect([answer.status, answer.body['code']], cursor).toEqual([400, 'cursor_invalid']);
    }
    expect((await api.as('admin', 'GET', `${path}?cursor=`)).body['code']).toBe('request_invalid');
  });

  test('an unknown parameter is refused by its name', async () => {
    const answer = await api.as<{ issues: { at: string }[] }>('admin', 'GET', `${path}?colour=red`);
    expect([answer.status, answer.body.issues.map((issue) => issue.at)]).toEqual([400, ['/colour']]);
  });
});

describe.each(['/v1/calls', '/v1/diversions', '/v1/imports'])('%s', (path) => {
  test('a cursor that is not ours is refused', async () => {
    const answer = await api.as('admin', 'GET', `${path}?cursor=rubbish`);
    expect([answer.status, answer.body['code']]).toEqual([400, 'cursor_invalid']);
  });
});

test.each(['99999999999999999999-0', '1', '-', '+', '1-x', ''])('a cursor of the audit trail that names no entry is refused: %s', async (position) => {
  const cursor = Buffer.from(JSON.stringify([position])).toString('base64url');
  const answer = await api.as('admin', 'GET', `/v1/audit?cursor=${cursor}`);
  expect([answer.status, answer.body['code']]).toEqual([400, 'cursor_invalid']);
});

test('records made and deleted between two pages disturb no other', async () => {
  const first = await api.as<{ items: Json[]; next: string }>('admin', 'GET', '/v1/customers?limit=50');
  const gone = String(first.body.items.at(-1)?.['id']);
  await api.as('admin', 'DELETE', `/v1/customers/${gone}`);
  await api.ask('PUT', '/v1/customers/a-first', { name: 'Before' });
  await api.ask('PUT', '/v1/customers/zzz-last', { name: 'After' });
  const rest = await allPages(api, 'admin', '/v1/customers?limit=50', first.body.next);
  const ids = [...first.body.items, ...rest.items].map((item) => String(item['id']));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('zzz-last');
  for (let at = 0; at < COUNT; at += 1) expect(ids).toContain(`c-${String(at).padStart(4, '0')}`);
});

test('numbers are filtered by customer, primary, carrier, plan and protection', async () => {
  await api.ask('PUT', '/v1/primaries/other', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
  await api.ask('PUT', '/v1/carriers/other', { kind: 'twilio', credentials: { accountSid: `AC${'1'.repeat(32)}`, authToken: 'env:OTHER' } });
  await api.ask('PUT', `/v1/numbers/${london(1)}`, { customer: 'acme', primary: 'other', carrier: 'other', plan: 'shared' });
  const all = (await allPages<Record<string, string>>(api, 'admin', '/v1/numbers?limit=1000')).items;
  const filters: [query: string, keeps: (item: Record<string, string>) => boolean][] = [
    ['customer=acme', (item) => item['customer'] === 'acme'],
    ['primary=other', (item) => item['primary'] === 'other'],
    ['carrier=other', (item) => item['carrier'] === 'other'],
    ['plan=p-0003', (item) => item['plan'] === 'p-0003'],
    ['protected=true', (item) => item['plan'] !== undefined],
    ['protected=false', (item) => item['plan'] === undefined],
    ['customer=globex&protected=false', (item) => item['customer'] === 'globex' && item['plan'] === undefined],
    ['primary=nothing', () => false],
  ];
  for (const [query, keeps] of filters) {
    for (const limit of [1000, 9]) {
      const { items } = await allPages(api, 'admin', `/v1/numbers?limit=${limit}&${query}`);
      expect(items, query).toEqual(all.filter(keeps));
    }
  }
  expect((await api.as('admin', 'GET', '/v1/numbers?protected=maybe')).body['code']).toBe('request_invalid');
});

test('plans and keys are filtered by customer', async () => {
  const all = (await allPages<Record<string, string>>(api, 'admin', '/v1/plans?limit=1000')).items;
  const acme = (await allPages<Record<string, string>>(api, 'admin', '/v1/plans?limit=9&customer=acme')).items;
  expect(acme.length).toBeGreaterThan(9);
  expect(acme).toEqual(all.filter((plan) => plan['customer'] === 'acme'));
  const keys = (await allPages<Record<string, string>>(api, 'admin', '/v1/keys?customer=globex')).items;
  expect(keys.length).toBeGreaterThan(0);
  expect(new Set(keys.map((key) => key['customer']))).toEqual(new Set(['globex']));
  expect((await api.as('admin', 'GET', '/v1/customers?customer=acme')).body['code']).toBe('request_invalid');
});

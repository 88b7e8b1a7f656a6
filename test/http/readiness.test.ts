/** `GET /v1/readiness`: what it says of a service's numbers, page by page, and to whom. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCallStore } from '../../src/store/call-store.ts';
import { openWorld } from '../support/world.ts';
import { ACME_NUMBER, allPages, GLOBEX_NUMBER, london, openApi, PLAN, type Api, type Json } from './api.ts';

interface Answer {
  numbers: Json;
  calls: Json;
  problems: { reason: string; is: string; numbers: number; calls: number }[];
  primaries: Json[];
  customers: Json[];
  items: { number: string; customer: string; answered: boolean; reasons: string[]; calls: Json }[];
  next?: string;
}

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const get = async (holder: Parameters<Api['as']>[0], query = ''): Promise<Answer> => (await api.as<Answer>(holder, 'GET', `/v1/readiness${query}`)).body;
const put = (path: string, body: Json) => api.as('admin', 'PUT', path, body);
const bare = (at: number, customer: string, more: Json = {}) => put(`/v1/numbers/${london(at)}`, { customer, primary: 'pbx', carrier: 'main', ...more });

test('all numbers have a plan, until one has none: who reads after writing sees it', async () => {
  expect(await get('viewer')).toMatchObject({ numbers: { all: 2, answered: 2, share: 1 }, problems: [], items: [], calls: { all: 0 } });
  for (const at of [10, 11, 12]) await bare(at, 'globex');
  await bare(20, 'acme');
  const world = await openWorld(api.redis.url);
  const now = Date.now();
  const calls = [[ACME_NUMBER, 'acme', 3], [london(20), 'acme', 1], [london(11), 'globex', 4]] as const;
  for (const [number, customer, count] of calls) await createCallStore(world.redis).record(Array.from({ length: count }, (_, at) => ({ carrier: 'main', ref: `${number}-${at}`, at: now - 10 * 86_400_000 * at, arrival: { number, from: '+447700900123', customer, primary: 'pbx', route: 'plan' as const, protected: true } })));
  await world.close();
  await put('/v1/primaries/spare', { kind: 'pbx', target: 'sip:{number}@spare.example.net' });
  const all = await get('viewer');
  expect(all).toMatchObject({
    numbers: { all: 6, answered: 2, share: 1 / 3 },
    calls: { all: 7, answered: 3, days: 28 },
    problems: [{ reason: 'no-plan', is: 'stops', numbers: 4, calls: 4 }],
    primaries: [{ primary: 'pbx', numbers: { all: 6 } }],
    customers: [{ customer: 'globex', numbers: { all: 4, answered: 1 } }, { customer: 'acme', numbers: { all: 2, answered: 1 } }],
  });
  expect(all.items.map(({ number }) => number)).toEqual([london(20), london(10), london(11), london(12)]);
  expect(all.items[2]).toMatchObject({ customer: 'globex', answered: false, reasons: ['no-plan'], calls: { last7Days: 1, last28Days: 3 } });
  expect(await get('viewer', '?customer=acme')).toMatchObject({ numbers: { all: 2, answered: 1 }, calls: { all: 4, answered: 3 }, items: [{ number: london(20) }] });
  expect(await get('viewer', '?primary=spare')).toMatchObject({ numbers: { all: 0 }, items: [] });
  expect((await get('viewer', '?primary=spare')).numbers).not.toHaveProperty('share');
  const { items, pages } = await allPages<{ number: string }>(api, 'viewer', '/v1/readiness?limit=2&reason=no-plan');
  expect(items.map(({ number }) => number)).toEqual(all.items.map(({ number }) => number));
  expect(pages).toBeGreaterThan(1);
  expect((await get('viewer', '?reason=policy')).items).toEqual([]);
  for (const query of ['?reason=nonsense', '?limit=0', '?cursor=nonsense', `?cursor=${Buffer.from('["acme","x"]').toString('base64url')}`]) expect((await api.as('viewer', 'GET', `/v1/readiness${query}`)).status, query).toBe(400);
});

test('a key of one customer sees its own numbers, and nothing of others or of carriers', async () => {
  const own = await get('acmeViewer');
  expect(own).toMatchObject({ numbers: { all: 2, answered: 1 }, calls: { all: 4 }, customers: [{ customer: 'acme' }], items: [{ number: london(20), reasons: ['no-plan'] }] });
  expect(JSON.stringify(own)).not.toContain('globex');
  expect((await api.as('acmeViewer', 'GET', '/v1/readiness?customer=globex')).body['code']).toBe('not_found');
  const theirs = await get('viewer', '?customer=globex&limit=1');
  expect((await get('acmeViewer', `?cursor=${theirs.next}`)).items).toEqual([]);
  await put('/v1/plans/leaning', { destinations: [{ to: GLOBEX_NUMBER }], customer: 'acme' });
  await bare(20, 'acme', { plan: 'leaning' });
  expect((await get('viewer', '?customer=acme')).items[0]).toMatchObject({ answered: false, reasons: ['same-fate'] });
  expect((await get('acmeViewer')).items[0]).toMatchObject({ answered: false, reasons: ['provider'] });
  await bare(20, 'acme', { plan: 'acme-desk' });
  expect(await get('acmeViewer')).toMatchObject({ numbers: { share: 1 }, items: [] });
});

test('a primary that is down already changes nothing, and the metrics have what was found', async () => {
  const before = await get('viewer');
  await api.as('operator', 'POST', '/v1/primaries/pbx/divert', { reason: 'a test' });
  const after = await get('viewer');
  expect(after.numbers).toEqual(before.numbers);
  expect(after.problems).toEqual(before.problems);
  await put('/v1/provider', { defaultPlan: 'shared' });
  await put('/v1/plans/shared', PLAN);
  expect((await get('viewer')).numbers).toMatchObject({ all: 6, answered: 6 });
  const { body } = await api.request<string>('GET', '/metrics', undefined, null);
  expect(body).toContain('ringthrough_readiness_share{of="numbers"} 1');
  expect(body).toContain('ringthrough_readiness_problems{reason="no-plan"} 0');
});

/** One customer never sees another's data, nor the provider's, and changes no more than its own plans and choices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCallStore } from '../../src/store/call-store.ts';
import { keys } from '../../src/store/keys.ts';
import { openWorld, type World } from '../support/world.ts';
import { ACME_NUMBER, allPages, GLOBEX_NUMBER, london, openApi, PLAN, type Api, type Holder, type Json } from './api.ts';

let api: Api;
let world: World;
beforeAll(async () => {
  api = await openApi();
  world = await openWorld(api.redis.url);
  const calls = createCallStore(world.redis);
  for (const [customer, number, from] of [['acme', ACME_NUMBER, '+14155550101'], ['globex', GLOBEX_NUMBER, '+14155550102']] as const) {
    const arrival = { number, from, customer, primary: 'pbx', route: 'plan', protected: true } as const;
    await calls.record([{ carrier: 'main', ref: `CA-${customer}`, at: 1_700_000_000_000, arrival, outcome: { is: 'missed', rank: 50 } }]);
  }
});
afterAll(async () => {
  await world.close();
  await api.close();
});

const escaped = encodeURIComponent;
/** Everything that a key of acme can read as a list or a whole. */
const READABLE = ['/v1/customers', '/v1/plans', '/v1/numbers', '/v1/calls', '/v1/lost-callers', '/v1/audit', '/v1/exports/numbers', '/v1/customers/acme', '/v1/plans/acme-desk', `/v1/numbers/${escaped(ACME_NUMBER)}`, `/v1/numbers/${escaped(ACME_NUMBER)}/steps`, `/v1/calls/${escaped('main:CA-acme')}`, '/v1/exports/numbers?customer=acme', '/v1/calls?customer=acme', '/v1/audit?customer=acme', '/v1/numbers?customer=acme', '/v1/lost-callers?customer=acme'];
const OF_GLOBEX = /globex|1002|14155550102/;

describe.each(['acmeViewer', 'acmeAdmin'] as const)('%s', (holder) => {
  test.each(READABLE)('%s is there, with nothing of another customer in it', async (path) => {
    const answer = await api.as<unknown>(holder, 'GET', path);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).toMatch(/acme|14155550101/);
    expect(JSON.stringify(answer.body)).not.toMatch(OF_GLOBEX);
  });

  test.each(['/v1/customers/globex', '/v1/plans/globex-desk', '/v1/plans/shared', `/v1/numbers/${escaped(GLOBEX_NUMBER)}`, `/v1/numbers/${escaped(GLOBEX_NUMBER)}/steps`, '/v1/calls/main:CA-globex'])('%s answers as if it were not there', async (path) => {
    const absent = path.replace(/globex-desk|shared|globex/, 'nobody').replace(escaped(GLOBEX_NUMBER), escaped(london(999)));
    const [theirs, none] = [await api.as(holder, 'GET', path), await api.as(holder, 'GET', absent)];
    expect([theirs.status, theirs.body['code']]).toEqual([404, 'not_found']);
    expect({ ...theirs.body, requestId: '' }).toEqual({ ...none.body, requestId: '' });
  });

  test.each(['/v1/numbers', '/v1/calls', '/v1/lost-callers', '/v1/audit', '/v1/exports/numbers'])("%s of another customer, or of none, is not there", async (path) => {
    for (const customer of ['globex', 'nobody']) expect([(await api.as(holder, 'GET', `${path}?customer=${customer}`)).status, customer]).toEqual([404, customer]);
  });

  test("another's number has no calls here", async () => {
    expect((await api.as(holder, 'GET', `/v1/calls?number=${escaped(GLOBEX_NUMBER)}`)).body).toEqual({ items: [] });
  });

  test("a cursor of the provider's opens no other's page", async () => {
    for (const path of ['/v1/plans', '/v1/numbers', '/v1/customers', '/v1/calls', '/v1/audit']) {
      const { next } = (await api.as('admin', 'GET', `${path}?limit=1`)).body;
      const answer = await api.as(holder, 'GET', `${path}?limit=1000&cursor=${String(next)}`);
      // Where an audit entry stands among all would tell how many there are.
      expect(answer.status, path).toBe(path === '/v1/audit' ? 400 : 200);
      expect(JSON.stringify(answer.body), path).not.toMatch(OF_GLOBEX);
    }
  });
});

describe("what belongs to another cannot be written, whatever is said of its state", () => {
  const attempts: [method: string, path: string, body?: Json][] = [
    ['PUT', '/v1/plans/globex-desk', { destinations: [{ to: 'voicemail' }] }],
    ['PUT', '/v1/plans/globex-desk', { ...PLAN, customer: 'globex' }],
    ['PUT', '/v1/plans/shared', { destinations: [{ to: 'voicemail' }] }],
    ['DELETE', '/v1/plans/globex-desk'],
    ['DELETE', '/v1/plans/shared'],
    ['PUT', '/v1/customers/globex', { name: 'Mine now' }],
    ['DELETE', '/v1/customers/globex'],
    ['PUT', `/v1/numbers/${escaped(GLOBEX_NUMBER)}`, { customer: 'acme', primary: 'pbx', carrier: 'main' }],
    ['PUT', `/v1/numbers/${escaped(GLOBEX_NUMBER)}`, { customer: 'globex', primary: 'pbx', carrier: 'main', plan: 'globex-desk' }],
    ['DELETE', `/v1/numbers/${escaped(GLOBEX_NUMBER)}`],
  ];

  test.each(attempts)('%s %s', async (method, path, body) => {
    const before = (await api.as('admin', 'GET', path)).body;
    for (const headers of [{}, { 'if-match': '"1"' }, { 'if-match': String(before['etag']) }, { 'if-match': '*' }, { 'if-none-match': '*' }]) {
      const answer = await api.as('acmeAdmin', method, path, body, headers);
      expect([answer.status, answer.body['code']], JSON.stringify(headers)).toEqual([404, 'not_found']);
      expect(JSON.stringify(answer.body)).not.toMatch(/revision|globex/);
    }
    expect((await api.as('admin', 'GET', path)).body).toEqual(before);
  });
});

describe("what a customer's admin may change", () => {
  test('its own plans: made without a word they are its own, in its own name alone', async () => {
    const created = await api.as('acmeAdmin', 'PUT', '/v1/plans/acme:night', { destinations: [{ to: 'voicemail' }] });
    expect([created.status, created.body['customer']]).toEqual([201, 'acme']);
    const replaced = await api.as('acmeAdmin', 'PUT', '/v1/plans/acme:night', { destinations: [{ to: 'announcement' }] });
    expect([replaced.status, replaced.body['customer']]).toEqual([200, 'acme']);
    expect((await api.as('globexAdmin', 'GET', '/v1/plans/acme:night')).status).toBe(404);
    expect((await api.as('acmeAdmin', 'DELETE', '/v1/plans/acme:night')).status).toBe(204);
  });

  test('no plan for another', async () => {
    for (const customer of ['globex', 'nobody']) {
      const answer = await api.as('acmeAdmin', 'PUT', '/v1/plans/acme:gift', { ...PLAN, customer });
      expect([answer.status, answer.body['code']], customer).toEqual([403, 'field_provider_only']);
    }
    expect((await api.as('acmeAdmin', 'PUT', '/v1/plans/acme-desk', { ...PLAN, customer: 'globex' })).body['code']).toBe('field_provider_only');
    expect((await api.as('admin', 'GET', '/v1/plans/acme:gift')).status).toBe(404);
  });

  test('its default plan and time zone, not its name or class, nor another record of a customer', async () => {
    const own = await api.as('acmeAdmin', 'GET', '/v1/customers/acme');
    const changed = await api.as('acmeAdmin', 'PUT', '/v1/customers/acme', { ...own.body, defaultPlan: 'acme-desk', timeZone: 'Europe/Dublin' });
    expect([changed.status, changed.body['defaultPlan']]).toEqual([200, 'acme-desk']);
    for (const [field, value] of [['name', 'Bigger'], ['class', 'critical']] as const) {
      const answer = await api.as('acmeAdmin', 'PUT', '/v1/customers/acme', { ...own.body, [field]: value });
      expect([answer.status, answer.body['code'], answer.body['issues']]).toEqual([403, 'field_provider_only', [{ at: `/${field}`, detail: 'only the provider changes this' }]]);
    }
    expect((await api.as('acmeAdmin', 'PUT', '/v1/customers/acme-two', { name: 'x' })).status).toBe(404);
    expect((await api.as('acmeAdmin', 'PUT', '/v1/customers/acme', { ...own.body, defaultPlan: 'globex-desk' })).body['code']).toBe('reference_unknown');
    const removed = await api.as('acmeAdmin', 'DELETE', '/v1/customers/acme');
    expect([removed.status, removed.body['code']]).toEqual([403, 'provider_only']);
  });

  test("the plan of its numbers: its own, the provider's or none, and nothing else of them", async () => {
    const path = `/v1/numbers/${escaped(ACME_NUMBER)}`;
    const { plan: _plan, ...own } = (await api.as('acmeAdmin', 'GET', path)).body;
    for (const plan of ['shared', undefined, 'acme-desk']) expect([(await api.as('acmeAdmin', 'PUT', path, { ...own, ...(plan ? { plan } : {}) })).status, plan]).toEqual([200, plan]);
    expect((await api.as('acmeAdmin', 'PUT', path, { ...own, plan: 'globex-desk' })).body['code']).toBe('reference_unknown');
    for (const [field, value] of [['customer', 'globex'], ['primary', 'other'], ['carrier', 'other'], ['carrierRef', 'PN2'], ['divertBy', 'call']] as const) {
      const answer = await api.as('acmeAdmin', 'PUT', path, { ...own, [field]: value });
      expect([answer.status, answer.body['code'], answer.body['issues']], field).toEqual([403, 'field_provider_only', [{ at: `/${field}`, detail: 'only the provider changes this' }]]);
    }
    expect((await api.as('acmeAdmin', 'DELETE', path)).body['code']).toBe('provider_only');
    expect((await api.as('acmeAdmin', 'PUT', `/v1/numbers/${escaped(london(998))}`, { customer: 'acme', primary: 'pbx', carrier: 'main' })).status).toBe(404);
  });
});

test("a record that cannot be read is the provider's to put right: no customer can see or take it", async () => {
  await api.ask('PUT', '/v1/plans/torn', { ...PLAN, customer: 'globex' });
  await world.redis.hset(keys.records('plans'), 'torn', '1:9999:{"customer":"globex"');
  for (const holder of ['acmeAdmin', 'globexAdmin'] as const) {
    expect((await api.as(holder, 'GET', '/v1/plans/torn')).status).toBe(404);
    expect((await api.as(holder, 'PUT', '/v1/plans/torn', PLAN)).status).toBe(404);
    expect((await api.as(holder, 'DELETE', '/v1/plans/torn')).status).toBe(404);
  }
  expect((await api.as('admin', 'GET', '/v1/plans/torn')).body['code']).toBe('record_unreadable');
  expect((await api.as('admin', 'GET', '/v1/plans')).status).toBe(200);
  expect((await api.as('admin', 'PUT', '/v1/plans/torn', { ...PLAN, customer: 'globex' })).status).toBeLessThan(300);
  expect((await api.as('globexAdmin', 'GET', '/v1/plans/torn')).status).toBe(200);
});

test("what goes from one customer to another is in the audit trail of neither, and in the provider's", async () => {
  const number = london(700);
  const body = { primary: 'pbx', carrier: 'main' };
  await api.ask('PUT', `/v1/numbers/${number}`, { ...body, customer: 'acme', plan: 'acme-desk' });
  await api.ask('PUT', `/v1/numbers/${number}`, { ...body, customer: 'globex', plan: 'globex-desk' });
  const entries = async (holder: Holder): Promise<string> => JSON.stringify((await allPages(api, holder, '/v1/audit?limit=1000')).items);
  expect(await entries('globexAdmin')).not.toContain('acme');
  expect(await entries('acmeAdmin')).not.toContain('globex');
  expect(await entries('acmeAdmin')).toContain(number);
  const [last] = (await api.as<{ items: Json[] }>('admin', 'GET', '/v1/audit?limit=1')).body.items;
  expect(last?.['changes']).toMatchObject([{ subject: `numbers/${number}`, before: { customer: 'acme' }, after: { customer: 'globex' } }]);
  expect((await api.as('acmeAdmin', 'GET', `/v1/numbers/${number}`)).status).toBe(404);
  expect(JSON.stringify((await api.as('acmeAdmin', 'GET', '/v1/exports/numbers')).body)).not.toContain(number);
});

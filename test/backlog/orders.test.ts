/** What operators see of a backlog and do about it, over the API; what drains it is played by the test. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Settled } from '../../src/store/backlog-store.ts';
import { eachBacklog, POSTED, SUBSCRIBER, type Json } from './support.ts';

const here = eachBacklog();
const NOW = Date.now();
const DRAIN = 'drain-of-the-test';

async function post(data: unknown, more: Json = {}): Promise<void> {
  await here.service.ask('POST', '/v1/notifications', { ...POSTED, data, ...more });
  await here.landed();
}
const see = (id = 'crm') => here.service.ask<Json & { counts: Json }>('GET', `/v1/subscribers/${id}/backlog`);
const order = (what: string, body: Json = {}, id = 'crm') => here.service.request<Json>('POST', `/v1/subscribers/${id}/${what}`, { reason: 'because', ...body });
const audited = async (action: string) => (await here.service.ask<{ items: Json[] }>('GET', '/v1/audit')).items.filter((entry) => entry['action'] === `subscribers.${action}`);

/** Everything that waits ends so. */
async function drain(outcome: Settled['outcome'], of: 'history' | 'state' = 'history'): Promise<void> {
  const store = here.backlog;
  await store.begin('crm', DRAIN, NOW);
  const { held = [] } = (await store.take('crm', DRAIN, NOW, { class: of, after: '0', limit: 100, seen: true, counted: true })) ?? {};
  const attempts = held.map(({ notification: { id, kind, key } }) => ({ id, kind, key, at: NOW, ms: 12, status: outcome.is === 'delivered' ? 204 : 500, said: outcome.is === 'delivered' ? '' : 'out of paper' }));
  expect(await store.settle('crm', DRAIN, NOW, held.map(({ place, bytes, notification }) => ({ place, bytes, notification, outcome })), attempts, 40)).toBe(true);
}

test('counts, what waits, since when, and how it stands', async () => {
  expect(await see()).toMatchObject({ is: 'idle', counts: { accepted: 0, waiting: 0 }, waiting: { history: 0, state: 0 }, bytes: 0 });
  await post(1);
  await post(2);
  await post(1, { class: 'state' });
  const seen = await see();
  expect(seen).toMatchObject({ is: 'waiting', counts: { accepted: 3, waiting: 3, delivered: 0, coalesced: 0, expired: 0, dropped: 0, dead: 0 }, waiting: { history: 2, state: 1 }, retries: 0, deadLetters: 0, oldestAt: expect.stringMatching(/Z$/) as string, why: expect.stringContaining('3 wait') as string });
  expect(seen['bytes']).toBeGreaterThan(0);
  const { items } = await here.service.ask<{ items: Json[] }>('GET', '/v1/subscribers');
  expect(items.map(({ id, status }) => [id, (status as Json)['is']])).toEqual([['acme:crm', 'idle'], ['crm', 'waiting']]);
});

test('it is held while its primary is down', async () => {
  await here.service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await here.service.ask('PUT', '/v1/subscribers/crm', { ...SUBSCRIBER, primary: 'pbx' });
  await post(1);
  await here.service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'fire' });
  expect(await see()).toMatchObject({ is: 'held', why: expect.stringContaining('`pbx` is down; 1 waits') as string });
});

describe('pause and resume', () => {
  test('are told once each, with their reason', async () => {
    for (let time = 0; time < 2; time += 1) expect((await order('pause')).body).toMatchObject({ is: 'paused' });
    expect((await here.backlog.begin('crm', DRAIN, NOW)).standing).toEqual({ pausedAt: expect.any(Number) as number });
    for (let time = 0; time < 2; time += 1) expect((await order('resume')).body).toMatchObject({ is: 'idle' });
    expect(await audited('pause')).toMatchObject([{ reason: 'because', changes: [{ subject: 'subscribers/crm', before: null, after: { paused: true } }] }]);
    expect(await audited('resume')).toMatchObject([{ changes: [{ before: { paused: true }, after: null }] }]);
    expect((await order('pause', { reason: '' })).status).toBe(400);
  });

  test('what answered 410, or fails, is sent to again, and looked at now', async () => {
    await post(1);
    await here.backlog.stand('crm', { disabledAt: NOW, failingSince: NOW, failingUntil: NOW + 60_000, failure: 'gone' });
    await here.backlog.begin('crm', DRAIN, NOW);
    await here.backlog.rest('crm', DRAIN, NOW, undefined, true);
    expect(await see()).toMatchObject({ is: 'disabled' });
    expect((await order('resume')).body).toMatchObject({ is: 'waiting' });
    expect(await audited('resume')).toMatchObject([{ changes: [{ before: { disabled: true, failing: true } }] }]);
    expect((await here.backlog.due(Date.now(), 1000, 10)).map(({ subscriber }) => subscriber)).toEqual(['crm']);
  });
});

describe('dead letters', () => {
  const letters = (query = '') => here.service.ask<{ items: Json[]; next?: string }>('GET', `/v1/subscribers/crm/dead-letters${query}`);
  const keysOf = async (query = '') => (await letters(query)).items.map(({ key }) => key);

  beforeEach(async () => {
    for (const at of [1, 2, 3]) await post({ at }, { key: `order/${at}`, kind: at === 3 ? 'order.gone' : 'order.changed' });
    await drain({ is: 'dead', cause: 'answered 500: out of paper', tries: 7 });
  });

  test('are shown with their cause and payload, by kind and key, in pages; and the tries', async () => {
    expect((await letters()).items[0]).toMatchObject({ kind: 'order.changed', key: 'order/1', class: 'history', data: { at: 1 }, cause: 'answered 500: out of paper', tries: 7, at: expect.stringMatching(/Z$/) as string });
    expect([await keysOf('?kind=order.gone'), await keysOf('?key=order/2'), await keysOf('?to=2020-01-01T00:00:00Z')]).toEqual([['order/3'], ['order/2'], []]);
    const first = await letters('?limit=2');
    expect(first.items).toHaveLength(2);
    expect(await keysOf(`?limit=2&cursor=${first.next}`)).toEqual(['order/3']);
    expect((await here.service.request('GET', `/v1/subscribers/crm/dead-letters?cursor=${Buffer.from('["x"]').toString('base64url')}`)).body['code']).toBe('cursor_invalid');
    const { items } = await here.service.ask<{ items: Json[] }>('GET', '/v1/subscribers/crm/attempts?limit=2');
    expect(items).toMatchObject([{ key: 'order/3', status: 500, said: 'out of paper', ms: 12 }, { key: 'order/2' }]);
  });

  test.each<[Json, number]>([[{ kind: 'order.changed' }, 2], [{ key: 'order/3' }, 1], [{ all: true }, 3], [{ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }, 0]])('%j puts back those alone', async (filter, redriven) => {
    expect((await order('redrive', filter)).body).toEqual({ redriven, coalesced: 0 });
    expect(await here.held()).toHaveLength(redriven);
    expect(await audited('redrive')).toMatchObject([{ reason: 'because', changes: [{ after: filter }] }]);
    expect((await here.backlog.totals()).unaccounted).toBe(0);
  });

  test('by id; and without a word which, none', async () => {
    const [first] = (await letters()).items;
    expect((await order('redrive', { ids: [first?.['id']] })).body).toEqual({ redriven: 1, coalesced: 0 });
    for (const body of [{}, { all: true, kind: 'order.changed' }]) expect((await order('redrive', body)).body['code']).toBe('request_invalid');
    expect(await audited('redrive')).toHaveLength(1);
  });

  test('a state of which a newer one is known is not sent any more', async () => {
    await post('old', { class: 'state' });
    await drain({ is: 'dead', cause: 'answered 400', tries: 1 }, 'state');
    await post('new', { class: 'state' });
    expect((await order('redrive', { all: true })).body).toEqual({ redriven: 3, coalesced: 1 });
    expect((await here.held('crm', 'state')).map(({ data }) => data)).toEqual(['"new"']);
  });
});

test('keys of a customer see and order theirs alone', async () => {
  const { key } = await here.service.ask<{ key: string }>('PUT', '/v1/keys/acme', { role: 'operator', customer: 'acme' });
  const asAcme = (method: string, path: string, body?: Json) => here.service.request(method, `/v1/subscribers/${path}`, body, key);
  await expect.poll(async () => (await asAcme('GET', 'acme:crm/backlog')).status).toBe(200);
  expect((await asAcme('POST', 'acme:crm/pause', { reason: 'ours' })).status).toBe(200);
  for (const what of ['backlog', 'dead-letters', 'attempts']) expect((await asAcme('GET', `crm/${what}`)).status).toBe(404);
  for (const what of ['pause', 'resume', 'redrive']) expect((await asAcme('POST', `crm/${what}`, { reason: 'theirs', ...(what === 'redrive' ? { all: true } : {}) })).status).toBe(404);
  const { body } = await here.service.request<{ items: Json[] }>('GET', '/v1/audit', undefined, key);
  expect(body.items.filter(({ action }) => action === 'subscribers.pause')).toHaveLength(1);
});

/** Guessing keys over HTTP: slowed down, told nothing, and nobody with a good key is kept out by it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../support/service.ts';
import { openApi, type Api, type Json } from './api.ts';

let now = Date.parse('2026-11-22T12:00:00Z');
let api: Api;
let ended: string[];
beforeAll(async () => {
  api = await openApi({ system: { clock: { now: () => now } }, settings: { AUTHENTICATION_BURST: 6 } });
  const [deleted, rotated] = await Promise.all(['deleted', 'rotated'].map(async (id) => String((await api.ask('PUT', `/v1/keys/${id}`, { role: 'admin' }))['key'])));
  await api.ask('DELETE', '/v1/keys/deleted');
  await api.ask('POST', '/v1/keys/rotated/rotate', {});
  ended = ['rt_unknown', String(api.keys.expired), String(deleted), String(rotated)];
});
afterAll(() => api.close());

const shape = ({ status, headers, body }: Answer<Json>) => ({ status, body: { ...body, requestId: '' }, headers: [...headers].filter(([name]) => !['date', 'x-request-id', 'retry-after'].includes(name)) });
const throttled = async (): Promise<number> => {
  const line = (await api.request<string>('GET', '/metrics', undefined, null)).body.split('\n').find((text) => text.startsWith('ringthrough_authentications_failed_total{answer="throttled"}'));
  return Number(line?.split(' ')[1] ?? 0);
};

test('unknown, expired, deleted and rotated keys are answered alike, before and after it is too much', async () => {
  const first = await Promise.all(ended.map((key) => api.request('GET', '/v1/plans', undefined, key)));
  for (const answer of first) expect(shape(answer)).toEqual(shape(first[0] ?? answer));
  expect(first[0]?.status).toBe(401);
  for (let at = 0; at < 3; at += 1) await api.request('GET', '/v1/plans', undefined, 'rt_guess');
  const second = await Promise.all(ended.map((key) => api.request('GET', '/v1/plans', undefined, key)));
  for (const answer of second) expect(shape(answer)).toEqual(shape(second[0] ?? answer));
  expect(second[0]?.body).toMatchObject({ status: 429, code: 'throttled_authentication' });
});

test('the wait grows, and is told; the metric counts', async () => {
  const counted = await throttled();
  const waits: number[] = [];
  for (let at = 0; at < 4; at += 1) {
    const wait = Number((await api.request('GET', '/v1/plans', undefined, 'rt_guess')).headers.get('retry-after'));
    waits.push(wait);
    now += wait * 1000;
  }
  expect(waits).toEqual([1, 2, 4, 8]);
  expect(await throttled()).toBe(counted + 4);
});

test('a good key from the same address is let in meanwhile, and carriers are answered', async () => {
  expect((await api.request('GET', '/v1/plans', undefined, 'rt_guess')).status).toBe(429);
  expect((await api.as('viewer', 'GET', '/v1/plans')).status).toBe(200);
  expect((await api.as('acmeAdmin', 'GET', '/v1/plans')).status).toBe(200);
  expect((await api.request('GET', '/v1/plans', undefined, 'rt_guess')).status).toBe(429);
  for (let at = 0; at < 20; at += 1) expect((await api.request('POST', '/webhooks/main/voice', '', 'rt_guess', { 'content-type': 'application/x-www-form-urlencoded' })).status).not.toBe(429);
  expect((await api.request('GET', '/healthz', undefined, 'rt_guess')).status).toBe(200);
});

test('who sends no key has guessed none', async () => {
  for (let at = 0; at < 20; at += 1) expect((await api.request('GET', '/v1/plans', undefined, null)).status).toBe(401);
});

test('secrets of sources of alerts are slowed down in the same way, and a genuine post is taken meanwhile', async () => {
  const secret = 'secret-of-a-source-0123456789';
  for (const kind of ['alertmanager', 'pagerduty', 'statuspage']) await api.ask('PUT', `/v1/sources/${kind}`, { kind, secret, map: [] });
  const guesses = [
    () => api.request('POST', '/intake/alertmanager', '{}', null, { authorization: 'Bearer a-guess-0123456789' }),
    () => api.request('POST', '/intake/pagerduty', '{}', null, { 'x-pagerduty-signature': `v1=${'0'.repeat(64)}` }),
    () => api.request('POST', '/intake/statuspage/a-guess-0123456789', '{}', null),
  ];
  for (let at = 0; at < 12; at += 1) await guesses[at % guesses.length]?.();
  for (const guess of guesses) expect((await guess()).body).toMatchObject({ status: 429, code: 'throttled_authentication' });
  expect((await api.request('POST', '/intake/alertmanager', { alerts: [] }, null, { authorization: `Bearer ${secret}` })).status).toBe(200);
  expect((await api.request('POST', '/intake/alertmanager', { alerts: [] }, null)).status).toBe(403);
});

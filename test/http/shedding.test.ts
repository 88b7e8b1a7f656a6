/** What is refused when the process comes late to its work, in which order, and what never is; and how much may be in flight at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Shedding } from '../../src/system/load.ts';
import { rawClients, statusLine, type RawClient } from '../support/raw-client.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { ACME_NUMBER, openApi, PLAN, type Api, type Json } from './api.ts';

/** Lateness that leads to each, with the setting as it comes. */
const LATE: Record<Shedding, number> = { nothing: 0, background: 250, admin: 600, webhooks: 1100 };

/** How late every look finds the process. */
let late = 0;
function lateSystem() {
  let time = 0;
  return { steady: () => (time += 20 + late) };
}
/** Its carriers have a second origin to ask. */
let api: Api;
let alone: Api;
beforeAll(async () => {
  api = await openApi({ system: lateSystem(), settings: { FALLBACK_BASE_URL: 'https://calls2.example.net' } });
  alone = await openApi({ system: lateSystem() });
  for (const one of [api, alone]) await one.ask('PUT', '/v1/carriers/signed', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: AUTH_TOKEN } });
});
afterAll(() => Promise.all([api.close(), alone.close()]));

async function until(shedding: Shedding): Promise<void> {
  late = LATE[shedding];
  for (const one of [api, alone]) await expect.poll(async () => (await one.request('GET', '/readyz')).body['shedding'], { timeout: 20_000, interval: 20 }).toBe(shedding);
}
beforeEach(() => until('nothing'));

let calls = 0;
async function webhook(at: Api, verb: string, more: Record<string, string> = {}): Promise<[status: number, body: string]> {
  calls += 1;
  // Another caller each time: the same one twice would look like a call that came back.
  const From = `+4477009${String(10_000 + calls)}`;
  const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, `/webhooks/signed/${verb}`, callParams(callSid(calls), ACME_NUMBER, { From, Caller: From, ...more }));
  const answer = await at.request<string>('POST', path, body, null, headers);
  return [answer.status, typeof answer.body === 'string' ? answer.body : String((answer.body as Json)['code'])];
}

async function refused(answer: Promise<{ status: number; headers: Headers; body: Json }>): Promise<boolean> {
  const { status, headers, body } = await answer;
  if (body['code'] !== 'overloaded') return false;
  expect([status, headers.get('content-type'), Number(headers.get('retry-after')) > 0, body['requestId']]).toEqual([503, 'application/problem+json; charset=utf-8', true, headers.get('x-request-id')]);
  return true;
}

/** Of all routes, those that are not refused, as anybody finds out. */
async function letThrough(): Promise<string[]> {
  const through: string[] = [];
  for (const { method, url } of api.routes) {
    if (method === 'HEAD' || method === 'OPTIONS' || url.startsWith('/webhooks/')) continue;
    if (!(await refused(api.as('none', method, url.replace('*', 'x').replace(/:\w+/g, 'x'))))) through.push(`${method} ${url}`);
  }
  return through.toSorted();
}

const BACKGROUND = ['GET /v1/audit/verify', 'GET /v1/exports/numbers', 'POST /v1/imports', 'GET /v1/readiness', 'GET /v1/diversions/:id/report', 'GET /v1/stream'];
const ALWAYS = ['GET /healthz', 'GET /metrics', 'GET /readyz', 'POST /v1/primaries/:id/divert', 'POST /v1/primaries/:id/restore'];

describe('as the process comes later and later to its work', () => {
  test('background work is refused first, then all but what an operator needs', async () => {
    const all = await letThrough();
    expect(all).toEqual(expect.arrayContaining([...BACKGROUND, ...ALWAYS]));
    await until('background');
    expect(await letThrough()).toEqual(all.filter((route) => !BACKGROUND.includes(route)));
    await until('admin');
    expect(await letThrough()).toEqual(ALWAYS);
    await until('webhooks');
    expect(await letThrough()).toEqual(ALWAYS);
    await until('nothing');
    expect(await letThrough()).toEqual(all);
  });

  test('what is refused is not done, and counted; divert and restore are done', async () => {
    await until('admin');
    const counted = (await api.request<string>('GET', '/metrics')).body;
    expect(await refused(api.as('admin', 'PUT', '/v1/plans/late', PLAN))).toBe(true);
    expect((await api.as('operator', 'POST', '/v1/primaries/pbx/divert', { reason: 'fire' })).body).toMatchObject({ state: 'down', changed: true });
    expect((await webhook(api, 'voice'))[1]).not.toContain('sip:');
    expect((await api.as('operator', 'POST', '/v1/primaries/pbx/restore', { reason: 'out' })).body).toMatchObject({ state: 'up', changed: true });
    expect((await webhook(api, 'voice'))[1]).toContain('sip:');
    const { body } = await api.request('GET', '/readyz');
    expect(body).toMatchObject({ status: 'ok', shedding: 'admin', detail: expect.stringContaining('too much to do') as string });
    await until('nothing');
    expect((await api.request('GET', '/v1/plans/late')).status).toBe(404);
    const shed = (text: string): number => Number(/ringthrough_overload_shed_total\{class="admin",why="load"\} (\d+)/.exec(text)?.[1] ?? 0);
    expect(shed((await api.request<string>('GET', '/metrics')).body) - shed(counted)).toBeGreaterThan(0);
  });

  test('calls are answered at every level, and where there is a second origin new ones are sent there in the end', async () => {
    for (const level of ['nothing', 'background', 'admin'] as const) {
      await until(level);
      for (const one of [api, alone]) expect(await webhook(one, 'voice')).toEqual([200, expect.stringContaining('<Dial')]);
    }
    await until('webhooks');
    expect(await webhook(alone, 'voice')).toEqual([200, expect.stringContaining('<Dial')]);
    expect(await webhook(api, 'voice')).toEqual([503, 'overloaded']);
    // Of calls that are under way, and those that the second origin could not take either.
    expect(await webhook(api, 'step', { DialCallStatus: 'busy' })).toEqual([200, expect.stringContaining('<Response>')]);
    expect(await webhook(api, 'recovery', { ErrorCode: '11200', ErrorUrl: `${PUBLIC_BASE_URL}/webhooks/signed/voice` })).toEqual([200, expect.stringContaining('<Dial')]);
    expect(await webhook(api, 'status', { CallStatus: 'completed', CallDuration: '7' })).toEqual([204, '']);
  });

  test('a call has its line in the log until requests are refused', async () => {
    const told = (): number => alone.lines.filter((line) => line.includes('call answered')).length;
    const before = told();
    await webhook(alone, 'voice');
    expect(told()).toBe(before + 1);
    await until('admin');
    await webhook(alone, 'voice');
    expect(told()).toBe(before + 1);
    expect(alone.lines.join('')).toContain('what is refused because of overload has changed');
  });
});

describe('in flight at once', () => {
  /** Uploads that never end, so many from each of these addresses. */
  async function uploads(from: readonly string[], each: number): Promise<RawClient[]> {
    const clients = await rawClients(from.length * each, api.url, (at) => from[at % from.length] ?? '');
    for (const { socket } of clients) socket.write(`POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.adminKey}\r\ncontent-type: text/csv\r\ncontent-length: 1000\r\n\r\nnumber,customer,primary,carrier\n`);
    return clients;
  }
  const refusedOnes = (clients: readonly RawClient[]): number => clients.filter(({ received }) => statusLine(received) === 'HTTP/1.1 503 Service Unavailable').length;

  test('one client has a share of the places, all together no more than there are, and each place is free again when its client goes', async () => {
    const greedy = await uploads(['127.0.0.9'], 7);
    await expect.poll(() => refusedOnes(greedy)).toBe(3);
    const others = await uploads(['127.0.0.10', '127.0.0.11'], 4);
    await expect.poll(() => refusedOnes(others)).toBe(4);
    expect(await refused(api.as('admin', 'GET', '/v1/exports/numbers'))).toBe(true);
    expect((await api.as('admin', 'GET', '/v1/plans')).status).toBe(200);
    for (const { socket } of [...greedy, ...others]) socket.destroy();
    await expect.poll(() => refused(api.as('admin', 'GET', '/v1/exports/numbers'))).toBe(false);
  });
});

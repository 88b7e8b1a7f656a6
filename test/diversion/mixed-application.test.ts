/** Numbers of a Telnyx application that others are on, too: the whole service, its worker and a strict stand-in. Telnyx forwards no such number, so it is led away by an application of ours. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTelnyx, type Telnyx } from '../../stand-ins/telnyx/telnyx.ts';
import telnyxKeys from '../carriers/telnyx/signature-vectors.json' with { type: 'json' };
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { PUBLIC_BASE_URL, startService, type RunningService } from '../support/service.ts';

const KEY = 'a-key-of-the-test';
const ONE = '+442079460001';
const TWO = '+442079460002';
const FOREIGN = '+442079460009';
const NOT_FORWARDED = { call_forwarding_enabled: false, forwarding_type: null, forwards_to: '' } as const;

let redis: TestRedis;
let telnyx: Telnyx;
let service: RunningService;
let application: string;

beforeAll(async () => { redis = await startTestRedis(); });
afterAll(() => redis.stop());

const put = (path: string, body: object) => service.ask('PUT', path, body);
const number = (id: string, more: object = {}) => put(`/v1/numbers/${id}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'trunk', ...more });
const carrier = (more: object = {}) =>
  put('/v1/carriers/main', { kind: 'telnyx', credentials: { apiKey: KEY, publicKey: telnyxKeys.publicKey }, baseUrl: telnyx.url, limits: { writesPerSecond: 500, atOnce: 4 }, ...more });
const shown = (id: string) => service.ask<{ is: string; group?: object; wanted: { targets: string[]; uncaught?: string } }>('GET', `/v1/numbers/${id}/route`);
const turn = (says: 'divert' | 'restore') => service.ask('POST', `/v1/primaries/pbx/${says}`, { reason: 'test' });
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });
const held = () => structuredClone([ONE, TWO, FOREIGN].map((id) => telnyx.number(id)));
const leadsTo = (id: string) => telnyx.application(telnyx.number(id)?.connection_id ?? '')?.voice_url;

beforeEach(async () => {
  await redis.flush();
  const origins = new Map<string, string>();
  telnyx = await createTelnyx({ apiKey: KEY, privateSeed: telnyxKeys.privateSeed, origins });
  application = telnyx.addApplication({ voice_url: 'https://theirs.example/voice' }).id;
  for (const id of [ONE, TWO, FOREIGN]) telnyx.addNumber(id, { connection_id: application, call_forwarding: { ...NOT_FORWARDED } });
  service = await startService({ redis });
  origins.set(PUBLIC_BASE_URL, service.url);
  await put('/v1/customers/acme', { name: 'Acme', allowedCountries: ['GB'] });
  await carrier();
  await put('/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await put('/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456' }] });
});
afterEach(async () => {
  await service.close();
  await telnyx.close();
});

it('are led to us one by one, answered by the plan, and put back, and the others stay', async () => {
  await number(ONE);
  await number(TWO, { divertBy: 'number' });
  await soon(() => shown(ONE)).toMatchObject({ is: 'in step', group: { moved: false, mixed: { why: 'not-asked' } } });
  await soon(() => shown(TWO)).toMatchObject({ is: 'in step', wanted: { uncaught: 'carrier-cannot' } });
  const before = held();
  await turn('divert');
  await soon(async () => [(await shown(ONE)).is, (await shown(TWO)).is]).toEqual(['diverted', 'diverted']);
  expect([ONE, TWO, FOREIGN].map(leadsTo)).toEqual([`${PUBLIC_BASE_URL}/webhooks/main/voice`, `${PUBLIC_BASE_URL}/webhooks/main/voice`, 'https://theirs.example/voice']);
  const call = await telnyx.placeCall({ from: '+447700900123', to: ONE, leg: () => ({ CallStatus: 'in-progress', DialCallStatus: 'completed' }) });
  expect([call.faults, call.dialled]).toEqual([[], ['+447400123456']]);
  await turn('restore');
  await soon(async () => [(await shown(ONE)).is, (await shown(TWO)).is]).toEqual(['in step', 'in step']);
  expect(held()).toEqual(before);
});

it('one that was led to a document by hand while we were gone stays there in peace, and goes back to its application after the next diversion', async () => {
  await carrier({ safetyNetUrl: 'https://net.example/?n={number}' });
  await number(ONE, { divertBy: 'number' });
  await soon(async () => (await shown(ONE)).is).toBe('in step');
  const before = held();
  const { id } = telnyx.addApplication({ friendly_name: 'Ringthrough-diverted', voice_url: 'https://net.example/?n=%2B447400123456', voice_method: 'get' });
  Object.assign(telnyx.number(ONE) ?? {}, { connection_id: id });
  for (let looks = 0; looks < 2; looks += 1) {
    const asked = telnyx.requests.length;
    await service.ask('POST', `/v1/numbers/${ONE}/route/retry`);
    await soon(() => telnyx.requests.length).toBeGreaterThan(asked);
    await soon(() => shown(ONE)).toMatchObject({ is: 'in step' });
  }
  expect(telnyx.number(ONE)?.connection_id).toBe(id);
  await turn('divert');
  await soon(async () => (await shown(ONE)).is).toBe('diverted');
  expect(leadsTo(ONE)).toBe(`${PUBLIC_BASE_URL}/webhooks/main/voice`);
  await turn('restore');
  await soon(async () => (await shown(ONE)).is).toBe('in step');
  expect(held()).toEqual(before);
});

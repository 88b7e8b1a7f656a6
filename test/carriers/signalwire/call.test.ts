/** A call on SignalWire, over real HTTP from its first webhook to the report of its end: wired by the service itself, and answered by it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSignalwire, type Signalwire } from '../../../stand-ins/signalwire/signalwire.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { PUBLIC_BASE_URL, startService, type RunningService } from '../../support/service.ts';
import { PROJECT, TOKEN } from './routing-fixture.ts';

const KEY = 'PSK-0123456789-of-the-test';
const NUMBER = '+442079460123';
const MOBILE = '+447400123456';

let redis: TestRedis;
let service: RunningService;
let signalwire: Signalwire;

beforeAll(async () => {
  redis = await startTestRedis();
  service = await startService({ redis, settings: { WORKERS: 'off' } });
  const { ask } = service;
  await ask('PUT', '/v1/customers/acme', { name: 'Acme', allowedCountries: ['GB'] });
  await ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await ask('PUT', '/v1/plans/acme', { customer: 'acme', destinations: [{ to: MOBILE, ringSeconds: 20 }, { to: 'announcement', say: 'Please call again tomorrow.' }] });
});
afterAll(async () => {
  await service?.close();
  await redis?.stop();
});
beforeEach(async () => {
  signalwire = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, signingKey: KEY, origins: new Map([[PUBLIC_BASE_URL, service.url]]) });
  signalwire.addNumber(NUMBER);
  await service.ask('PUT', '/v1/carriers/sw', { kind: 'signalwire', credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN, signingKey: KEY }, baseUrl: signalwire.url });
  await service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'sw', plan: 'acme' });
  expect(await service.ask('POST', `/v1/carriers/sw/wiring/${NUMBER}`, {})).toMatchObject({ state: 'wired', applied: true });
});
afterEach(() => signalwire.close());

it('the primary first, the plan when it fails, the words when nobody answers; and the record of it all', async () => {
  const call = await signalwire.placeCall({
    from: '+447700900123', to: NUMBER,
    leg: (dialled): Record<string, string> => (dialled.startsWith('sip:') ? { CallStatus: 'in-progress', DialCallStatus: 'failed', DialSipResponseCode: '503' } : { CallStatus: 'in-progress', DialCallStatus: 'no-answer' }),
  });
  expect(call.faults).toEqual([]);
  expect(call.dialled).toEqual([expect.stringMatching(/^sip:\+442079460123@pbx\.example\.net;transport=udp\?X-Ringthrough=/), MOBILE]);
  expect(call.heard).toEqual(['Please call again tomorrow.']);
  expect(call.webhooks.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
    ['/webhooks/sw/voice', 200], ['/webhooks/sw/step', 200], ['/webhooks/sw/step', 200], ['/webhooks/sw/status', 204],
  ]);
  const recorded = async () => (await service.ask<{ items: { ref: string }[] }>('GET', '/v1/calls')).items.find((one) => one.ref === call.callSid);
  await expect.poll(recorded, { timeout: 10_000, interval: 10 }).toMatchObject({ legs: [{ end: 'failed', cause: 'down' }, { to: MOBILE, end: 'no-answer' }], outcome: 'missed' });
});

it('whoever has another key is refused', async () => {
  const forger = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, signingKey: 'another', origins: new Map([[PUBLIC_BASE_URL, service.url]]) });
  forger.addNumber(NUMBER, { voice_url: `${PUBLIC_BASE_URL}/webhooks/sw/voice` });
  const call = await forger.placeCall({ from: '+447700900123', to: NUMBER, leg: () => ({}) });
  await forger.close();
  expect(call.webhooks.map(({ status }) => status)).toEqual([403]);
  expect(call.dialled).toEqual([]);
});

/** Wiring over the API: who may, what is answered, and what is kept. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT } from '../support/world.ts';

const TOKEN = 'a-token-of-the-test';
const NUMBER = '+442079460123';
const OLD = 'https://old.example/voice';
const WIRING = '/v1/carriers/main/wiring';

let redis: TestRedis;
let service: RunningService;
let twilio: Twilio;

beforeAll(async () => {
  redis = await startTestRedis();
  service = await startService({ redis, settings: { FALLBACK_BASE_URL: 'https://calls2.example.org', WORKERS: 'off' } });
  const { ask } = service;
  await ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  await ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
});
afterAll(async () => {
  await service?.close();
  await redis?.stop();
});
beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  twilio.addNumber(NUMBER, { voice_url: OLD });
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url });
  await service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
});
afterEach(() => twilio.close());

const sid = () => twilio.number(NUMBER)?.sid;

describe('what must be set', () => {
  it('is told without asking the carrier', async () => {
    expect(await service.ask('GET', WIRING)).toEqual({
      carrier: 'main',
      kind: 'twilio',
      number: expect.objectContaining({ voiceUrl: expect.stringMatching(/^https:\/\/calls\.example\.net\/webhooks\/main\/voice#/), voiceFallbackUrl: expect.stringMatching(/^https:\/\/calls2\.example\.org\/webhooks\/main\/recovery#/) }),
      trunk: { disasterRecoveryUrl: expect.stringMatching(/^https:\/\/calls2\.example\.org\//), disasterRecoveryMethod: 'POST' },
      warnings: [],
    });
    expect(twilio.requests).toEqual([]);
  });

  it("leads to the carrier's own fallback where it has one", async () => {
    const fallbackUrl = 'https://static.example.com/sorry.xml';
    await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, fallbackUrl });
    expect(await service.ask('GET', WIRING)).toMatchObject({ number: { voiceFallbackUrl: fallbackUrl, voiceFallbackMethod: 'GET' }, trunk: { disasterRecoveryUrl: fallbackUrl } });
  });
});

describe('one number', () => {
  it('is read, then set, and its id at the carrier is on its record at once', async () => {
    expect(await service.ask('GET', `${WIRING}/${NUMBER}`)).toMatchObject({ number: NUMBER, ref: sid(), state: 'differs', actual: { voiceUrl: OLD } });
    expect(await service.ask('POST', `${WIRING}/${NUMBER}`, {})).toMatchObject({ number: NUMBER, ref: sid(), state: 'wired', applied: true, before: { voiceUrl: OLD } });
    expect(await service.ask('GET', `/v1/numbers/${NUMBER}`)).toMatchObject({ carrierRef: sid() });
    expect(await service.ask('GET', `${WIRING}/${NUMBER}`)).toMatchObject({ state: 'wired', changes: [] });
  });

  it('what it had set is for the provider to see, and for no customer', async () => {
    await service.ask('POST', `${WIRING}/${NUMBER}`, {});
    const { key } = await service.ask<{ key: string }>('PUT', '/v1/keys/acme-admin', { role: 'admin', customer: 'acme' });
    const trail = async (as?: string) => JSON.stringify(await service.ask('GET', '/v1/audit', undefined, as));
    expect(await trail()).toContain(OLD);
    expect(await trail(key)).not.toContain(OLD);
  });

  it.each([
    ['GET', '/v1/carriers/nowhere/wiring', undefined, 404, 'not_found'],
    ['GET', '/v1/carriers/nowhere/wiring/+442079460123', undefined, 404, 'not_found'],
    ['GET', `${WIRING}/+442079460199`, undefined, 404, 'not_found'],
    ['GET', `${WIRING}/12`, undefined, 400, 'number_invalid'],
    ['GET', `${WIRING}/${NUMBER}?takeFromTrnk=true`, undefined, 400, 'request_invalid'],
    ['POST', `${WIRING}/${NUMBER}`, { takeFromTrunk: 'yes' }, 400, 'request_invalid'],
    ['POST', `${WIRING}/${NUMBER}`, { force: true }, 400, 'request_invalid'],
  ])('%s %s %j is answered %i %s', async (method, path, body, status, code) => {
    expect(await service.request(method, path, body)).toMatchObject({ status, body: { code } });
    expect(twilio.requests).toEqual([]);
  });

  it.each([
    ['throttled', 429, 'carrier_throttled'],
    ['broken', 503, 'carrier_unavailable'],
  ] as const)('a carrier that is %s is told as %i %s', async (fault, status, code) => {
    twilio.faults.next(1, fault);
    expect(await service.request('POST', `${WIRING}/${NUMBER}`, {})).toMatchObject({ status, body: { code } });
    expect(twilio.number(NUMBER)?.settings.voice_url).toBe(OLD);
  });
});

it('is for admins of the provider alone', async () => {
  const keyOf = async (id: string, settings: Record<string, string>) => (await service.ask<{ key: string }>('PUT', `/v1/keys/${id}`, settings)).key;
  const [operator, customer] = [await keyOf('operator', { role: 'operator' }), await keyOf('customer', { role: 'admin', customer: 'acme' })];
  for (const [method, path] of [['GET', WIRING], ['GET', `${WIRING}/${NUMBER}`], ['POST', `${WIRING}/${NUMBER}`]] as const) {
    const body = method === 'POST' ? {} : undefined;
    expect((await service.request(method, path, body, null)).status).toBe(401);
    expect(await service.request(method, path, body, operator)).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
    expect(await service.request(method, path, body, customer)).toMatchObject({ status: 403, body: { code: 'provider_only' } });
  }
  expect(twilio.requests).toEqual([]);
});

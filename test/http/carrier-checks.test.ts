/** Checks of a carrier over the API: asked for, made in the background, and told. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT } from '../support/world.ts';

const TOKEN = 'a-token-of-the-test';
const [ONE, TWO, THREE, FOUR] = ['+442079460001', '+442079460002', '+442079460003', '+442079460004'];

let redis: TestRedis;
let twilio: Twilio;
let service: RunningService;
beforeAll(async () => { redis = await startTestRedis(); });
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.flush();
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  service = await startService({ redis });
  await service.ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await putCarrier(TOKEN);
});
afterEach(async () => {
  await service.close();
  await twilio.close();
});

interface Shown {
  underWay?: { asked: string; by: string };
  last?: { asked: string; credentials: string; why?: { code: string; detail: string }; findings?: { held: number; ours: number; found: number; missing: { first: string[] }; strays: { count: number; first: object[] } } };
}

const PATH = '/v1/carriers/main/check';
const putCarrier = (authToken: string) => service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken }, baseUrl: twilio.url, safetyNetUrl: 'https://documents.example/?to={number}', limits: { writesPerSecond: 500, atOnce: 4 } });
const putNumber = (number: string, more: object = {}) => service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', ...more });

async function check(): Promise<NonNullable<Shown['last']>> {
  const { underWay } = await service.ask<Shown>('POST', PATH);
  const last = async (): Promise<Shown['last']> => (await service.ask<Shown>('GET', PATH)).last;
  await expect.poll(async () => (await last())?.asked, { timeout: 10_000 }).toBe(underWay?.asked);
  return (await last()) as NonNullable<Shown['last']>;
}

describe('a check', () => {
  it('says what can be done there before anything was asked, and nothing to who holds a key of one customer', async () => {
    expect(await service.ask('GET', PATH)).toEqual({
      carrier: 'main', kind: 'twilio', limits: { writesPerSecond: 500, atOnce: 4 },
      abilities: { perCall: true, number: ['web'], group: { word: 'trunk or application', targets: ['web', 'sip'], safetyNet: expect.arrayContaining(['web']) }, safetyNet: ['web'], safetyNetCatches: expect.any(String), most: 1 },
    });
    const { key } = await service.ask<{ key: string }>('PUT', '/v1/keys/jo', { role: 'admin', customer: 'acme', name: 'Jo' });
    for (const method of ['GET', 'POST']) expect((await service.request(method, PATH, undefined, key)).body).toMatchObject({ code: 'provider_only' });
    expect(twilio.requests).toEqual([]);
    expect((await service.request('GET', '/v1/carriers/none/check')).body).toMatchObject({ code: 'not_found' });
    expect((await service.request('POST', '/v1/carriers/none/check')).body).toMatchObject({ code: 'not_found' });
  });

  it('finds the numbers, and those that are still led to us, or by hand, though nothing is diverted', async () => {
    await service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123456' }] });
    twilio.addNumber(ONE, { voice_url: 'https://old.example/voice' });
    twilio.addNumber(TWO, { voice_url: `${service.publicBaseUrl}/webhooks/main/voice`, voice_method: 'GET' });
    twilio.addNumber(FOUR, { voice_url: 'https://documents.example/?to=%2B447400123456', voice_method: 'GET' });
    await putNumber(ONE);
    await putNumber(TWO, { divertBy: 'number' });
    await putNumber(THREE);
    await putNumber(FOUR, { plan: 'desk', divertBy: 'number' });
    const { credentials, findings } = await check();
    expect(credentials).toBe('accepted');
    expect(findings).toMatchObject({ held: 3, ours: 4, found: 3, missing: { first: [THREE] }, unknown: { count: 0 }, strays: { count: 2, first: [{ number: TWO, kind: 'web', ours: true }, { number: FOUR, kind: 'web', ours: true }] } });
    const metrics = async (): Promise<string> => (await service.request<string>('GET', '/metrics')).body;
    await expect.poll(metrics, { timeout: 10_000 }).toContain('ringthrough_carrier_strays{carrier="main"} 2');
    const warned = service.lines.map((line) => JSON.parse(line) as { level: string; strays?: number }).filter(({ level, strays }) => level === 'warn' && strays !== undefined);
    expect(warned).toMatchObject([{ strays: 2, missing: 1, carrier: 'main' }]);
  });

  it('says what the carrier said of the credentials, and when it does not answer', async () => {
    await putCarrier('wrong');
    expect(await check()).toMatchObject({ credentials: 'refused', why: { code: 'carrier_refused', detail: 'Twilio 20003: Authenticate' } });
    await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:NOT_SET_ANYWHERE' }, baseUrl: twilio.url });
    expect(await check()).toMatchObject({ credentials: 'unknown', why: { code: 'carrier_secret_missing' } });
    await putCarrier(TOKEN);
    twilio.faults.next(1, 'throttled');
    expect(await check()).toMatchObject({ credentials: 'accepted', findings: { held: 0 } });
  });
});

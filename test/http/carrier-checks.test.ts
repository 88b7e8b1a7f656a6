/** Checks of a carrier over the API: asked for, made in the background, and told. */
import { describe, expect, it } from 'vitest';
import { eachTwilio, TOKEN } from '../support/each-twilio.ts';
import { ACCOUNT } from '../support/world.ts';

const [ONE, TWO, THREE, FOUR] = ['+442079460001', '+442079460002', '+442079460003', '+442079460004'];

const here = eachTwilio(() => putCarrier(TOKEN));

interface Shown {
  underWay?: { asked: string; by: string };
  last?: { asked: string; credentials: string; why?: { code: string; detail: string }; findings?: { held: number; ours: number; found: number; missing: { first: string[] }; strays: { count: number; first: object[] } } };
}

const PATH = '/v1/carriers/main/check';
const DOCUMENTS = { safetyNetUrl: 'https://documents.example/?to={number}' };
const putCarrier = (authToken: string) => here.putCarrier({ ...DOCUMENTS, credentials: { accountSid: ACCOUNT, authToken } });
const putNumber = (number: string, more: object = {}) => here.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', ...more });

async function check(): Promise<NonNullable<Shown['last']>> {
  const { underWay } = await here.service.ask<Shown>('POST', PATH);
  const last = async (): Promise<Shown['last']> => (await here.service.ask<Shown>('GET', PATH)).last;
  await expect.poll(async () => (await last())?.asked, { timeout: 10_000 }).toBe(underWay?.asked);
  return (await last()) as NonNullable<Shown['last']>;
}

describe('a check', () => {
  it('says what can be done there before anything was asked, and nothing to who holds a key of one customer', async () => {
    expect(await here.service.ask('GET', PATH)).toEqual({
      carrier: 'main', kind: 'twilio', limits: { writesPerSecond: 500, atOnce: 4 },
      abilities: { perCall: true, number: ['web'], group: { word: 'trunk or application', targets: ['web', 'sip'], safetyNet: expect.arrayContaining(['web']) }, safetyNet: ['web'], safetyNetCatches: expect.any(String), most: 1 },
    });
    const { key } = await here.service.ask<{ key: string }>('PUT', '/v1/keys/jo', { role: 'admin', customer: 'acme', name: 'Jo' });
    for (const method of ['GET', 'POST']) expect((await here.service.request(method, PATH, undefined, key)).body).toMatchObject({ code: 'provider_only' });
    expect(here.twilio.requests).toEqual([]);
    expect((await here.service.request('GET', '/v1/carriers/none/check')).body).toMatchObject({ code: 'not_found' });
    expect((await here.service.request('POST', '/v1/carriers/none/check')).body).toMatchObject({ code: 'not_found' });
  });

  it('finds the numbers, and those that are still led to us, or by hand, though nothing is diverted', async () => {
    await here.service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123456' }] });
    here.twilio.addNumber(ONE, { voice_url: 'https://old.example/voice' });
    here.twilio.addNumber(TWO, { voice_url: `${here.service.publicBaseUrl}/webhooks/main/voice`, voice_method: 'GET' });
    here.twilio.addNumber(FOUR, { voice_url: 'https://documents.example/?to=%2B447400123456', voice_method: 'GET' });
    await putNumber(ONE);
    await putNumber(TWO, { divertBy: 'number' });
    await putNumber(THREE);
    await putNumber(FOUR, { plan: 'desk', divertBy: 'number' });
    const { credentials, findings } = await check();
    expect(credentials).toBe('accepted');
    expect(findings).toMatchObject({ held: 3, ours: 4, found: 3, missing: { first: [THREE] }, unknown: { count: 0 }, strays: { count: 2, first: [{ number: TWO, kind: 'web', ours: true }, { number: FOUR, kind: 'web', ours: true }] } });
    const metrics = async (): Promise<string> => (await here.service.request<string>('GET', '/metrics')).body;
    await expect.poll(metrics, { timeout: 10_000 }).toContain('ringthrough_carrier_strays{carrier="main"} 2');
    const warned = here.service.lines.map((line) => JSON.parse(line) as { level: string; strays?: number }).filter(({ level, strays }) => level === 'warn' && strays !== undefined);
    expect(warned).toMatchObject([{ strays: 2, missing: 1, carrier: 'main' }]);
  });

  it('says what the carrier said of the credentials, and when it does not answer', async () => {
    await putCarrier('wrong');
    expect(await check()).toMatchObject({ credentials: 'refused', why: { code: 'carrier_refused', detail: 'Twilio 20003: Authenticate' } });
    await putCarrier('env:NOT_SET_ANYWHERE');
    expect(await check()).toMatchObject({ credentials: 'unknown', why: { code: 'carrier_secret_missing' } });
    await putCarrier(TOKEN);
    here.twilio.faults.next(1, 'throttled');
    expect(await check()).toMatchObject({ credentials: 'accepted', findings: { held: 0 } });
  });
});

/** Vonage's APIs over real HTTP, against the stand-in: the requests to the letter, every failure, and reading back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createVonageApi } from '../../../src/carriers/vonage/api.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/vonage/wiring.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { createVonage, type Vonage } from '../../../stand-ins/vonage/vonage.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';

const ACCOUNT = { apiKey: '12345678', apiSecret: 'a-secret-of-the-test' };
const MSISDN = '442079460123';
const REF = `GB-${MSISDN}`;
const SMS = 'https://pbx.example.net/sms';
const DIVERTED = { voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' };
const ANSWER = { address: 'https://pbx.example.net/answer', http_method: 'GET' };
const WANTED = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;

let vonage: Vonage;
let api: CarrierApi;
const opened: CarrierApi[] = [];

function open({ baseUrl = vonage.url, timeoutMs = 10_000, ...credentials }: { baseUrl?: string; timeoutMs?: number; apiSecret?: string; voiceStatusCallback?: string } = {}): CarrierApi {
  const client = createVonageApi({ credentials: { ...ACCOUNT, ...credentials }, baseUrl, timeoutMs });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  vonage = await createVonage(ACCOUNT);
  vonage.addNumber('GB', `${MSISDN}9`);
  vonage.addNumber('GB', MSISDN);
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await vonage.close();
});

const held = () => vonage.number(MSISDN);
const forms = () => vonage.requests.filter(({ path }) => path === '/number/update').map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

describe('reading', () => {
  it('finds the very number among those that contain it', async () => {
    Object.assign(held() ?? {}, { voiceCallbackType: 'sip', voiceCallbackValue: 'sip:pbx@pbx.example.net', moHttpUrl: SMS });
    expect(await api.findNumber(`+${MSISDN}`)).toMatchObject({ ref: REF, routing: { voiceCallbackType: 'sip', voiceCallbackValue: 'sip:pbx@pbx.example.net', moHttpUrl: SMS, app_id: '', 'application.answer_url.address': '' } });
    const [asked] = vonage.requests;
    expect(asked).toMatchObject({ method: 'GET', path: '/account/numbers', headers: { authorization: `Basic ${Buffer.from('12345678:a-secret-of-the-test').toString('base64')}` } });
    expect(Object.fromEntries(asked?.query ?? [])).toEqual({ pattern: MSISDN, search_pattern: '1', size: '100' });
  });

  it('finds nothing for another', async () => {
    expect(await api.findNumber('+15550001111')).toBeUndefined();
  });

  it.each([['app_id', (id: string) => ({ app_id: id })], ['the callback "app"', (id: string) => ({ voiceCallbackType: 'app', voiceCallbackValue: id })]])('shows the application that has its calls, named by %s', async (_, settings) => {
    const { id } = vonage.addApplication({ capabilities: { voice: { webhooks: { answer_url: ANSWER }, signed_callbacks: true } } });
    Object.assign(held() ?? {}, settings(id));
    expect(await api.readRouting(REF)).toMatchObject({ 'application.answer_url.address': ANSWER.address, 'application.answer_url.http_method': 'GET', 'application.event_url.address': '', 'application.signed_callbacks': 'true' });
    expect(await api.readRouting(`applications/${id}`)).toMatchObject({ 'answer_url.address': ANSWER.address, 'fallback_answer_url.address': '', signed_callbacks: 'true' });
  });

  it('an application that is not heeded is not asked for', async () => {
    Object.assign(held() ?? {}, { ...DIVERTED, app_id: vonage.addApplication({ capabilities: { voice: { webhooks: { answer_url: ANSWER } } } }).id });
    expect(await api.readRouting(REF)).toMatchObject({ 'application.answer_url.address': '' });
    expect(vonage.requests).toHaveLength(1);
  });
});

describe('setting', () => {
  it('sends all that a number has with each change, for what is left out may be cleared', async () => {
    const { id } = vonage.addApplication({});
    Object.assign(held() ?? {}, { app_id: id, moHttpUrl: SMS });
    expect(await setAndReadBack(api, REF, DIVERTED)).toMatchObject({ ...DIVERTED, app_id: id, moHttpUrl: SMS });
    expect(forms()).toEqual([{ country: 'GB', msisdn: MSISDN, ...DIVERTED, app_id: id, moHttpUrl: SMS }]);
    expect(vonage.requests.find(({ path }) => path === '/number/update')).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    await setAndReadBack(api, REF, { voiceCallbackType: '', voiceCallbackValue: '' });
    expect(forms()[1]).toEqual({ country: 'GB', msisdn: MSISDN, voiceCallbackType: '', voiceCallbackValue: '', app_id: id, moHttpUrl: SMS });
  });

  it('sends the address for the end of calls that the record names, for it cannot be read', async () => {
    await open({ voiceStatusCallback: 'https://pbx.example.net/status' }).setRouting(REF, DIVERTED);
    expect(held()).toMatchObject({ ...DIVERTED, voiceStatusCallback: 'https://pbx.example.net/status' });
  });

  it('diverts and restores calls also when the address for messages is down, and tells that it is missing', async () => {
    Object.assign(held() ?? {}, { moHttpUrl: SMS });
    const before = await api.readRouting(REF);
    vonage.silence(SMS);
    await setAndReadBack(api, REF, DIVERTED);
    expect(forms().map((form) => form['moHttpUrl'])).toEqual([SMS, undefined]);
    expect(held()).toMatchObject(DIVERTED);
    const failure = await failureOf(setAndReadBack(api, REF, before));
    expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('moHttpUrl')]);
    expect([held()?.voiceCallbackType, held()?.moHttpUrl]).toEqual([undefined, undefined]);
  });

  it('replaces an application by one that differs in nothing else', async () => {
    const { id } = vonage.addApplication({ name: 'Desk', privacy: { improve_ai: false }, capabilities: { messages: { webhooks: {} }, voice: { signed_callbacks: true, webhooks: { answer_url: ANSWER } } } });
    const before = structuredClone(vonage.application(id));
    const routing = await api.readRouting(`applications/${id}`);
    await setAndReadBack(api, `applications/${id}`, { 'fallback_answer_url.address': 'https://b.example/', 'fallback_answer_url.http_method': 'GET', 'answer_url.socket_timeout': '2000' });
    expect(vonage.application(id)).toEqual({ ...before, capabilities: { ...before?.capabilities, voice: { signed_callbacks: true, webhooks: { answer_url: { ...ANSWER, socket_timeout: 2000 }, fallback_answer_url: { address: 'https://b.example/', http_method: 'GET' } } } } });
    await api.setRouting(`applications/${id}`, { 'fallback_answer_url.address': '', 'fallback_answer_url.http_method': '' });
    expect(await api.readRouting(`applications/${id}`)).toEqual({ ...routing, 'answer_url.socket_timeout': '2000' });
  });
});

describe('wiring', () => {
  it('makes one application for all numbers, and moves them to it', async () => {
    vonage.addNumber('GB', '442079460777', DIVERTED);
    for (const ref of [REF, 'GB-442079460777']) {
      const { fields } = wiringChanges(await api.readRouting(ref), WANTED, { takeFromTrunk: true });
      expect(wiringChanges(await setAndReadBack(api, ref, fields), WANTED).changes).toEqual([]);
    }
    const [made, ...more] = vonage.applications;
    expect(more).toEqual([]);
    expect(made).toMatchObject({
      name: 'Ringthrough',
      capabilities: { voice: {
        signed_callbacks: true,
        webhooks: {
          answer_url: { address: 'https://calls.example.net/webhooks/main/voice', http_method: 'POST', connection_timeout: 1000, socket_timeout: 3000 },
          fallback_answer_url: { address: 'https://calls.example.net/webhooks/main/voice', http_method: 'POST' },
          event_url: { address: 'https://calls.example.net/webhooks/main/status', http_method: 'POST' },
        },
      } },
    });
    expect([held()?.app_id, vonage.number('442079460777')]).toEqual([made?.id, { country: 'GB', msisdn: '442079460777', features: ['VOICE', 'SMS'], app_id: made?.id }]);
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', 'no such number', () => api.readRouting('GB-449999999')],
    ['a number of another country', 'carrier_number_unknown', 'no such number', () => api.setRouting(`IE-${MSISDN}`, DIVERTED)],
    ['the ref of another number', 'carrier_number_unknown', 'another number', () => api.readRouting(REF, `+${MSISDN}9`)],
    ['a ref that is none of theirs', 'carrier_number_unknown', 'no such number', () => api.readRouting('PN1')],
    ['an unknown application', 'carrier_number_unknown', 'no such application', () => api.readRouting('applications/aaaaaaaa-bbbb-cccc-dddd-999999999999')],
    ['a wrong secret', 'carrier_refused', '401 authentication failed', () => open({ apiSecret: 'wrong' }).findNumber(`+${MSISDN}`)],
    ['a backup that is no number', 'carrier_refused', '420 method failed', () => api.setRouting(REF, { ...DIVERTED, voiceCallbackValue: '+447400123456' })],
    ['an application that cannot be so', 'carrier_refused', 'Validation Error', () => api.setRouting(`applications/${vonage.addApplication({ capabilities: { voice: { webhooks: { answer_url: ANSWER } } } }).id}`, { 'answer_url.address': '' })],
    ['trouble at the carrier', 'carrier_unavailable', '500', () => { vonage.faults.next(1, 'broken'); return api.readRouting(REF); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open({ baseUrl: 'http://127.0.0.1:1' }).findNumber(`+${MSISDN}`)],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/442079460123|7400123456|a-secret-of-the-test/);
  });

  it('when throttled it says for how long, where Vonage does', async () => {
    vonage.faults.next(1, 'throttled');
    vonage.faults.next(1, 'throttled-with-wait');
    const failures = [await failureOf(api.readRouting(REF)), await failureOf(api.readRouting(REF))];
    expect(failures.map(({ code, retryAfterSeconds }) => [code, retryAfterSeconds])).toEqual([['carrier_throttled', undefined], ['carrier_throttled', 2]]);
  });

  it('a write of which nobody knows whether it was carried out is found out by reading', async () => {
    const impatient = open({ timeoutMs: 300 });
    for (const fault of ['hang', 'accept-then-hang'] as const) {
      vonage.faults.next(1, 'none');
      vonage.faults.next(1, fault);
      const outcome = setAndReadBack(impatient, REF, DIVERTED);
      if (fault === 'hang') expect((await failureOf(outcome)).code).toBe('carrier_outcome_unknown');
      else expect(await outcome).toMatchObject(DIVERTED);
    }
  });

  it.each([
    ['a gateway page', 502, '<html>Bad Gateway</html>'],
    ['a page instead of JSON', 200, '<html>Sign in</html>'],
    ['JSON that is no list of numbers', 200, '{"message":"welcome"}'],
    ['numbers that are none', 200, '{"count":1,"numbers":[{"id":1}]}'],
    ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, body) => {
    const client = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(client.findNumber(`+${MSISDN}`))).code).toBe('carrier_unavailable');
    expect((await failureOf(client.readRouting('applications/aaaaaaaa-bbbb-cccc-dddd-000000000001'))).code).toBe('carrier_unavailable');
  });
});

/** Telnyx' API over real HTTP, against the stand-in: the requests to the letter, every failure, and reading back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createTelnyxApi } from '../../../src/carriers/telnyx/api.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/telnyx/wiring.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { createTelnyx, type Telnyx } from '../../../stand-ins/telnyx/telnyx.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';

const KEY = 'KEY0123456789ABCDEF_of-the-test';
const NUMBER = '+442079460123';
const BACKUP = '+447400123456';
const PROFILE = '1293384261075731500';
const NO_APPLICATION = { 'connection.record_type': '', 'texml_application.voice_url': '', 'texml_application.voice_method': '', 'texml_application.voice_fallback_url': '', 'texml_application.status_callback': '', 'texml_application.status_callback_method': '' };
const WANTED = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;

let telnyx: Telnyx;
let api: CarrierApi;
let ref: string;
let pbx: string;
const opened: CarrierApi[] = [];

function open({ apiKey = KEY, baseUrl = telnyx.url, timeoutMs = 10_000 }: { apiKey?: string; baseUrl?: string; timeoutMs?: number } = {}): CarrierApi {
  const client = createTelnyxApi({ credentials: { apiKey, outboundVoiceProfileId: PROFILE }, baseUrl, timeoutMs });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  telnyx = await createTelnyx({ apiKey: KEY });
  pbx = telnyx.addConnection();
  telnyx.addNumber('+4420794601239');
  ref = telnyx.addNumber(NUMBER, { connection_id: pbx }).id;
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await telnyx.close();
});

const held = () => telnyx.number(NUMBER);
const sent = () => telnyx.requests.map(({ method, path, body }) => ({ method, path, ...(body === '' ? {} : { body: JSON.parse(body) as unknown }) }));
const DIVERTED = { 'call_forwarding.call_forwarding_enabled': 'true', 'call_forwarding.forwarding_type': 'always', 'call_forwarding.forwards_to': BACKUP };

describe('reading', () => {
  it('finds the very number, with forwarding and connection', async () => {
    Object.assign(held() ?? {}, { call_forwarding: { call_forwarding_enabled: false, forwarding_type: 'on-failure', forwards_to: BACKUP } });
    expect(await api.findNumber(NUMBER)).toEqual({
      ref,
      routing: { connection_id: pbx, 'call_forwarding.call_forwarding_enabled': 'false', 'call_forwarding.forwarding_type': 'on-failure', 'call_forwarding.forwards_to': BACKUP, ...NO_APPLICATION },
    });
    expect(telnyx.requests[0]).toMatchObject({ method: 'GET', path: '/v2/phone_numbers', headers: { authorization: `Bearer ${KEY}`, accept: 'application/json' } });
    expect(Object.fromEntries(telnyx.requests[0]?.query ?? [])).toEqual({ 'filter[phone_number]': NUMBER, 'page[size]': '50' });
    expect(sent().slice(1)).toEqual([{ method: 'GET', path: `/v2/phone_numbers/${ref}/voice` }, { method: 'GET', path: `/v2/texml_applications/${pbx}` }]);
  });

  it('finds nothing for another', async () => {
    expect(await api.findNumber('+15550001111')).toBeUndefined();
  });

  it('asks but once what a connection is', async () => {
    await api.readRouting(ref, NUMBER);
    await api.readRouting(ref, NUMBER);
    expect(sent().map(({ path }) => path)).toEqual([`/v2/phone_numbers/${ref}/voice`, `/v2/texml_applications/${pbx}`, `/v2/phone_numbers/${ref}/voice`]);
  });

  it('shows the application of a number, and the application itself', async () => {
    const { id } = telnyx.addApplication({ voice_url: 'https://a.example/voice', voice_method: 'get' });
    Object.assign(held() ?? {}, { connection_id: id });
    expect(await api.readRouting(ref)).toMatchObject({ connection_id: id, 'texml_application.voice_url': 'https://a.example/voice', 'texml_application.voice_method': 'get', 'texml_application.voice_fallback_url': '' });
    expect(await api.readRouting(`texml_applications/${id}`)).toEqual({ voice_url: 'https://a.example/voice', voice_method: 'get', voice_fallback_url: '', status_callback: '', status_callback_method: 'post' });
  });

  it('a type of forwarding that leads nowhere is none', async () => {
    Object.assign(held() ?? {}, { call_forwarding: { call_forwarding_enabled: true, forwarding_type: 'always', forwards_to: '' } });
    expect(await api.readRouting(ref)).toMatchObject({ 'call_forwarding.call_forwarding_enabled': 'true', 'call_forwarding.forwarding_type': '', 'call_forwarding.forwards_to': '' });
  });

  it('refuses the ref of another number', async () => {
    expect((await failureOf(api.readRouting(ref, '+4420794601239'))).code).toBe('carrier_number_unknown');
  });
});

describe('setting', () => {
  it('forwards all calls, in the words of Telnyx, and reads back', async () => {
    expect(await setAndReadBack(api, ref, DIVERTED)).toMatchObject({ ...DIVERTED, connection_id: pbx });
    expect(sent()[0]).toEqual({ method: 'PATCH', path: `/v2/phone_numbers/${ref}/voice`, body: { call_forwarding: { call_forwarding_enabled: true, forwarding_type: 'always', forwards_to: BACKUP } } });
    expect(telnyx.requests[0]?.headers['content-type']).toBe('application/json');
  });

  it('ends forwarding by saying so, never by leaving it out', async () => {
    await api.setRouting(ref, { 'call_forwarding.call_forwarding_enabled': 'false' });
    await api.setRouting(ref, { 'call_forwarding.forwarding_type': 'always', 'call_forwarding.forwards_to': BACKUP });
    expect(sent().filter(({ method }) => method === 'PATCH').map(({ body }) => body)).toEqual([
      { call_forwarding: { call_forwarding_enabled: false } },
      { call_forwarding: { call_forwarding_enabled: false, forwarding_type: 'always', forwards_to: BACKUP } },
    ]);
    expect(held()?.call_forwarding.call_forwarding_enabled).toBe(false);
  });

  it('moves a number to another connection', async () => {
    const other = telnyx.addConnection();
    expect(await setAndReadBack(api, ref, { connection_id: other })).toMatchObject({ connection_id: other });
    expect(sent()[0]).toEqual({ method: 'PATCH', path: `/v2/phone_numbers/${ref}`, body: { connection_id: other } });
  });

  it('sets an application with what each change of one must have', async () => {
    const { id } = telnyx.addApplication({ friendly_name: 'Desk', voice_url: 'https://a.example/voice' });
    const group = `texml_applications/${id}`;
    expect(await setAndReadBack(api, group, { voice_fallback_url: 'https://b.example/' })).toMatchObject({ voice_url: 'https://a.example/voice', voice_fallback_url: 'https://b.example/' });
    expect(sent()[1]).toEqual({ method: 'PATCH', path: `/v2/${group}`, body: { friendly_name: 'Desk', voice_url: 'https://a.example/voice', voice_fallback_url: 'https://b.example/' } });
    await setAndReadBack(api, group, { voice_fallback_url: '' });
    expect(telnyx.application(id)).toMatchObject({ friendly_name: 'Desk', voice_fallback_url: '' });
  });
});

describe('leading a number of an application elsewhere', () => {
  const DOCUMENT = 'https://net.example/?n=%2B447400123456';
  const OURS = 'https://calls.example.net/webhooks/main/voice';

  it('makes an application for the address, once, and reads it back as the address', async () => {
    const { id } = telnyx.addApplication({ voice_url: 'https://theirs.example/voice' });
    const other = telnyx.addNumber('+442079460777', { connection_id: id }).id;
    Object.assign(held() ?? {}, { connection_id: id });
    for (const one of [ref, other]) expect(await setAndReadBack(api, one, { connection_id: `to:${DOCUMENT}` })).toMatchObject({ connection_id: `to:${DOCUMENT}`, 'connection.record_type': 'texml_application' });
    await setAndReadBack(api, ref, { connection_id: `to:${OURS}` });
    const [, document, ours, ...more] = telnyx.applications;
    expect(more).toEqual([]);
    expect(document).toMatchObject({ friendly_name: 'Ringthrough-diverted', voice_url: DOCUMENT, voice_method: 'get', voice_fallback_url: '', status_callback: '', outbound: { outbound_voice_profile_id: PROFILE } });
    expect(ours).toMatchObject({ friendly_name: 'Ringthrough-diverted', voice_url: OURS, voice_method: 'post' });
    expect([held()?.connection_id, telnyx.number('+442079460777')?.connection_id]).toEqual([ours?.id, document?.id]);
    expect(await api.objects?.()).toEqual(new Map([[`to:${DOCUMENT}`, document?.id], [`to:${OURS}`, ours?.id]]));
    expect(await setAndReadBack(api, ref, { connection_id: id })).toMatchObject({ connection_id: id });
  });

  it('takes none that somebody has changed, and uses none that may not dial as ours do', async () => {
    const made = telnyx.addApplication({ friendly_name: 'Ringthrough-diverted', voice_url: DOCUMENT, voice_method: 'get' });
    await setAndReadBack(api, ref, { connection_id: `to:${DOCUMENT}` });
    expect(held()?.connection_id).not.toBe(made.id);
    Object.assign(telnyx.application(held()?.connection_id ?? '') ?? {}, { voice_method: 'post' });
    expect(await api.readRouting(ref)).toMatchObject({ connection_id: held()?.connection_id });
  });
});

describe('wiring', () => {
  it('makes one application for all numbers, and moves them to it', async () => {
    const other = telnyx.addNumber('+442079460777', { connection_id: pbx }).id;
    for (const one of [ref, other]) {
      const { fields } = wiringChanges(await api.readRouting(one), WANTED, { takeFromTrunk: true });
      expect(wiringChanges(await setAndReadBack(api, one, fields), WANTED).changes).toEqual([]);
    }
    const [made, ...more] = telnyx.applications;
    expect(more).toEqual([]);
    expect(made).toMatchObject({
      friendly_name: 'Ringthrough', voice_url: 'https://calls.example.net/webhooks/main/voice', voice_method: 'post', voice_fallback_url: 'https://calls.example.net/webhooks/main/voice',
      status_callback: 'https://calls.example.net/webhooks/main/status', status_callback_method: 'post', outbound: { outbound_voice_profile_id: PROFILE },
    });
    expect([held()?.connection_id, telnyx.number('+442079460777')?.connection_id]).toEqual([made?.id, made?.id]);
  });

  it('ends forwarding before the number leaves its connection', async () => {
    Object.assign(held() ?? {}, { call_forwarding: { call_forwarding_enabled: true, forwarding_type: 'on-failure', forwards_to: BACKUP } });
    const { fields } = wiringChanges(await api.readRouting(ref), WANTED, { takeFromTrunk: true });
    expect(await setAndReadBack(api, ref, fields)).toMatchObject(WANTED);
    expect(held()?.call_forwarding).toEqual({ call_forwarding_enabled: false, forwarding_type: 'on-failure', forwards_to: BACKUP });
  });

  it('adds to the settings that the number has by its application', async () => {
    const { id } = telnyx.addApplication({ voice_url: 'https://a.example/voice', status_callback: 'https://a.example/status' });
    Object.assign(held() ?? {}, { connection_id: id });
    await setAndReadBack(api, ref, { 'texml_application.voice_fallback_url': 'https://b.example/' });
    expect(telnyx.application(held()?.connection_id ?? '')).toMatchObject({ friendly_name: 'Ringthrough', voice_url: 'https://a.example/voice', status_callback: 'https://a.example/status', voice_fallback_url: 'https://b.example/' });
    expect(telnyx.application(id)).toMatchObject({ voice_fallback_url: '' });
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', 'no such number', () => api.readRouting('999')],
    ['an unknown number to set', 'carrier_number_unknown', 'no such number', () => api.setRouting('999', DIVERTED)],
    ['a ref that is none of theirs', 'carrier_number_unknown', 'no such number', () => api.readRouting('../texml_applications')],
    ['an unknown application', 'carrier_number_unknown', 'no such TeXML application', () => api.readRouting('texml_applications/999')],
    ['an unknown application to set', 'carrier_number_unknown', 'no such TeXML application', () => api.setRouting('texml_applications/999', { voice_url: 'https://a.example/' })],
    ['a wrong key', 'carrier_refused', '10009', () => open({ apiKey: 'wrong' }).findNumber(NUMBER)],
    ['the number itself as its backup', 'carrier_refused', '10015', () => api.setRouting(ref, { ...DIVERTED, 'call_forwarding.forwards_to': NUMBER })],
    ['a backup that is no number', 'carrier_refused', '10015', () => api.setRouting(ref, { ...DIVERTED, 'call_forwarding.forwards_to': '0442079460123' })],
    ['trouble at the carrier', 'carrier_unavailable', '500', () => { telnyx.faults.next(1, 'broken'); return api.readRouting(ref); }],
    ['trouble at the carrier while writing', 'carrier_outcome_unknown', '500', () => { telnyx.faults.next(1, 'broken'); return api.setRouting(ref, DIVERTED); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open({ baseUrl: 'http://127.0.0.1:1' }).setRouting(ref, DIVERTED)],
    ['forwarding of a number on an application', 'carrier_refused', 'only SIP Connections', () => { Object.assign(held() ?? {}, { connection_id: telnyx.addApplication({}).id }); return api.setRouting(ref, DIVERTED); }],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/442079460123|7400123456|KEY0123456789ABCDEF/);
  });

  it('when throttled it says for how long, where Telnyx does, and nothing was done', async () => {
    telnyx.faults.next(1, 'throttled');
    telnyx.faults.next(1, 'throttled-with-wait');
    const failures = [await failureOf(setAndReadBack(api, ref, DIVERTED)), await failureOf(setAndReadBack(api, ref, DIVERTED))];
    expect(failures.map(({ code, retryAfterSeconds }) => [code, retryAfterSeconds])).toEqual([['carrier_throttled', undefined], ['carrier_throttled', 3]]);
    expect(sent().map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
    expect(held()?.call_forwarding.forwards_to).toBe('');
    expect(api.saidLimits?.()).toEqual({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' });
  });

  it('finds out after a time-out whether it was carried out', async () => {
    const impatient = open({ timeoutMs: 300 });
    telnyx.faults.next(1, 'hang');
    expect((await failureOf(setAndReadBack(impatient, ref, DIVERTED))).code).toBe('carrier_outcome_unknown');
    telnyx.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(impatient, ref, DIVERTED)).toMatchObject(DIVERTED);
  });

  it.each([
    ['a gateway page', 502, '<html>Bad Gateway</html>'],
    ['a page instead of JSON', 200, '<html>Sign in</html>'],
    ['an empty answer', 200, ''],
    ['JSON without data', 200, '{"message":"welcome"}'],
    ['data of another kind', 200, '{"data":{"id":"1","record_type":"message"}}'],
    ['forwarding that is none', 200, '{"data":{"id":"1","phone_number":"+442079460123","call_forwarding":{"call_forwarding_enabled":"yes"}}}'],
    ['a request that took too long', 408, ''],
    ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, body) => {
    const client = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(client.readRouting('1'))).code).toBe('carrier_unavailable');
    expect((await failureOf(client.readRouting('texml_applications/1'))).code).toBe('carrier_unavailable');
    expect((await failureOf(client.findNumber(NUMBER))).code).toBe('carrier_unavailable');
  });

  it.each([['a page instead of JSON', 200, '<html>Sign in</html>'], ['a gateway page', 504, '']])('%s leaves open whether it was carried out', async (_, status, body) => {
    const client = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(client.setRouting('1', DIVERTED))).code).toBe('carrier_outcome_unknown');
  });
});

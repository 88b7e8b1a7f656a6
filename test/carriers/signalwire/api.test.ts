/** SignalWire's APIs over real HTTP: what is asked, field by field; what is read; and every way in which it fails. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createSignalwireApi } from '../../../src/carriers/signalwire/api.ts';
import { signalwireRouting as routing } from '../../../src/carriers/signalwire/routing.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/signalwire/wiring.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Fault } from '../../../stand-ins/faults.ts';
import { basic, formOf } from '../../../stand-ins/rest-server.ts';
import type { HeldNumber } from '../../../stand-ins/signalwire/account.ts';
import { createSignalwire, type Signalwire } from '../../../stand-ins/signalwire/signalwire.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';
import { PROJECT, TOKEN } from './routing-fixture.ts';

const NUMBER = '+442079460123';
const OLD = 'https://old.example/voice';
const NEW = 'https://new.example/voice';

let signalwire: Signalwire;
let api: CarrierApi;
let held: HeldNumber;
const opened: CarrierApi[] = [];

function open(apiToken = TOKEN, baseUrl = signalwire.url): CarrierApi {
  const client = createSignalwireApi({ credentials: { space: 'example', projectId: PROJECT, apiToken }, baseUrl, timeoutMs: 500 });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  signalwire = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN });
  signalwire.addNumber(`${NUMBER}4`, { voice_url: 'https://other.example/' });
  held = signalwire.addNumber(NUMBER, { voice_url: OLD });
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await signalwire.close();
});

const base = `/api/laml/2010-04-01/Accounts/${PROJECT}`;
const asked = () => signalwire.requests.map((one) => [one.method, one.path]);

describe('requests', () => {
  it('find a number among those that contain it, and what has its calls', async () => {
    expect(await api.findNumber(NUMBER)).toEqual({
      ref: held.sid,
      routing: { voiceUrl: OLD, voiceMethod: 'POST', voiceFallbackUrl: '', voiceFallbackMethod: 'POST', statusCallback: '', statusCallbackMethod: 'POST', voiceApplicationSid: '', callHandler: '', callHandlerTarget: '' },
    });
    expect(asked()).toEqual([['GET', `${base}/IncomingPhoneNumbers`], ['GET', `/api/relay/rest/phone_numbers/${held.sid}`]]);
    expect(Object.fromEntries(signalwire.requests[0]?.query ?? [])).toEqual({ PhoneNumber: NUMBER, PageSize: '50' });
    expect(signalwire.requests.every(({ headers }) => headers['authorization'] === basic(PROJECT, TOKEN))).toBe(true);
    expect(await api.findNumber('+15550001111')).toBeUndefined();
  });

  it('set the fields that are given in a form, and no others', async () => {
    await api.setRouting(held.sid, { voiceUrl: NEW, voiceMethod: 'GET', voiceFallbackUrl: NEW, voiceFallbackMethod: 'GET', statusCallback: NEW, statusCallbackMethod: 'POST', voiceApplicationSid: '' });
    const [one] = signalwire.requests;
    expect([one?.method, one?.path, one && Object.fromEntries(formOf(one) ?? [])]).toEqual(['POST', `${base}/IncomingPhoneNumbers/${held.sid}`, {
      VoiceUrl: NEW, VoiceMethod: 'GET', VoiceFallbackUrl: NEW, VoiceFallbackMethod: 'GET', StatusCallback: NEW, StatusCallbackMethod: 'POST', VoiceApplicationSid: '',
    }]);
    await api.setRouting(held.sid, { voiceUrl: OLD });
    expect(signalwire.requests.slice(1).map((later) => [later.path, later.body])).toEqual([[`${base}/IncomingPhoneNumbers/${held.sid}`, new URLSearchParams({ VoiceUrl: OLD }).toString()]]);
  });

  it('take a number from a resource of the dashboard by the native API, and give it back', async () => {
    Object.assign(held, { call_handler: 'ai_agent', companions: { call_ai_agent_id: 'a1' } });
    const original = await api.readRouting(held.sid, NUMBER);
    expect(original).toMatchObject({ callHandler: 'ai_agent', callHandlerTarget: 'a1' });
    const written = async (wanted: Parameters<typeof routing.writes>[1]) => {
      const from = signalwire.requests.length;
      for (const write of routing.writes(await api.readRouting(held.sid), wanted)) await api.setRouting(held.sid, write);
      return signalwire.requests.slice(from).filter(({ method }) => method === 'PUT').map(({ path, body }) => [path, JSON.parse(body) as unknown]);
    };
    const path = `/api/relay/rest/phone_numbers/${held.sid}`;
    expect(await written(routing.divertedTo('number', original, [{ kind: 'web', url: NEW }]))).toEqual([[path, { call_handler: 'laml_webhooks', call_request_url: NEW, call_request_method: 'GET' }]]);
    expect(held).toMatchObject({ call_handler: 'laml_webhooks', voice_url: NEW });
    expect(await written(original)).toEqual([[path, { call_handler: 'ai_agent', call_ai_agent_id: 'a1' }]]);
    expect(held).toMatchObject({ call_handler: 'ai_agent', voice_url: OLD });
  });

  it('read and set an application, whose id is told from that of a number', async () => {
    const application = signalwire.addApplication({ voice_url: OLD });
    held.voice_application_sid = application.sid;
    held.call_handler = 'laml_application';
    const group = routing.groupOf(await api.readRouting(held.sid)) ?? '';
    expect(group).toBe(`applications/${application.sid}`);
    expect(await setAndReadBack(api, group, { voiceUrl: NEW })).toMatchObject({ voiceUrl: NEW, voiceMethod: 'POST' });
    expect(signalwire.requests.at(-2)).toMatchObject({ method: 'POST', path: `${base}/Applications/${application.sid}`, body: new URLSearchParams({ VoiceUrl: NEW }).toString() });
  });
});

describe('wiring', () => {
  const wanted = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;

  it('sets the addresses, and finds nothing to do a second time', async () => {
    const after = await setAndReadBack(api, held.sid, wiringChanges(await api.readRouting(held.sid), wanted).fields);
    expect(wiringChanges(after, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
    expect(held).toMatchObject({ voice_url: wanted['voiceUrl'], voice_fallback_url: wanted['voiceFallbackUrl'], status_callback: wanted['statusCallback'] });
  });

  it.each([['an application', true], ['a resource', false]])('leaves a number of %s alone unless it is asked for', async (_, application) => {
    Object.assign(held, application ? { voice_application_sid: signalwire.addApplication().sid, call_handler: 'laml_application' } : { call_handler: 'relay_script', companions: { call_relay_script_url: OLD } });
    const actual = await api.readRouting(held.sid);
    expect(wiringChanges(actual, wanted)).toMatchObject({ changes: [], fields: {}, warnings: [expect.stringContaining('left alone')] });
    const { fields, warnings } = wiringChanges(actual, wanted, { takeFromApplication: true });
    expect(warnings).toEqual([expect.stringContaining('taken from')]);
    expect(await setAndReadBack(api, held.sid, fields)).toMatchObject({ ...wanted, voiceApplicationSid: '', callHandler: '' });
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', '20404', () => api.readRouting(PROJECT)],
    ['a ref of another form', 'carrier_number_unknown', 'no such id', () => api.readRouting('PN123')],
    ['writing to a ref of another form', 'carrier_number_unknown', 'no such id', () => api.setRouting('../x', { voiceUrl: NEW })],
    ['another number under that ref', 'carrier_number_unknown', 'another number', () => api.readRouting(held.sid, '+442079460999')],
    ['a wrong token', 'carrier_refused', '20003', () => open('wrong').readRouting(held.sid)],
    ['a wrong token when searching', 'carrier_refused', '20003', () => open('wrong').findNumber(NUMBER)],
    ['a bad address', 'carrier_refused', '21402', () => api.setRouting(held.sid, { voiceUrl: `ftp://${NUMBER}` })],
    ['an application that is not there', 'carrier_refused', '21420', () => api.setRouting(held.sid, { voiceApplicationSid: PROJECT })],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open(TOKEN, 'http://127.0.0.1:1').readRouting(held.sid)],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(new RegExp(`${TOKEN}|${Buffer.from(`${PROJECT}:${TOKEN}`).toString('base64')}|442079460`));
  });

  it.each<[Fault, ErrorCode, ErrorCode]>([
    ['throttled', 'carrier_throttled', 'carrier_throttled'], ['broken', 'carrier_unavailable', 'carrier_outcome_unknown'], ['accept-then-break', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['hang', 'carrier_unavailable', 'carrier_outcome_unknown'], ['accept-then-hang', 'carrier_unavailable', 'carrier_outcome_unknown'],
  ])('%s, when reading and when writing', async (fault, reading, writing) => {
    signalwire.faults.next(2, fault);
    expect((await failureOf(api.readRouting(held.sid))).code).toBe(reading);
    expect((await failureOf(api.setRouting(held.sid, { voiceUrl: NEW }))).code).toBe(writing);
    expect(held.voice_url).toBe(fault.startsWith('accept') ? NEW : OLD);
  });

  it('the wait is told where it is named', async () => {
    signalwire.faults.next(1, 'throttled-with-wait');
    expect((await failureOf(api.readRouting(held.sid))).retryAfterSeconds).toBe(7);
  });

  it.each([['a page instead of JSON', 200, '<html>Sign in</html>'], ['an empty answer', 200, ''], ['JSON that is no number', 200, '{"message":"welcome"}'], ['a list', 200, '[]'], ['a redirect', 302, '']])('%s means that the carrier does not answer', async (_, status, text) => {
    const odd = open(TOKEN, await oddCarrier({ status, body: text }));
    expect((await failureOf(odd.readRouting(held.sid))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.findNumber(NUMBER))).code).toBe('carrier_unavailable');
  });

  it('a write that was made without an answer is found by reading back', async () => {
    signalwire.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(api, held.sid, { voiceUrl: NEW })).toMatchObject({ voiceUrl: NEW });
  });
});

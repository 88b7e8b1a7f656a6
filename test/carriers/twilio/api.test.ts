/** The REST side, through the real SDK and real HTTP, against the stand-in; odd answers come from a bare server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createTwilioApi } from '../../../src/carriers/twilio/api.ts';
import { throttled, translate } from '../../../src/carriers/twilio/errors.ts';
import { atBase, createTwilioHttp } from '../../../src/carriers/twilio/http-client.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/twilio/wiring.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import { Failure, type ErrorCode } from '../../../src/domain/errors.ts';
import { formOf, type Asked } from '../../../stand-ins/rest-server.ts';
import { createTwilio, type Twilio } from '../../../stand-ins/twilio/twilio.ts';

/** The form that was sent. */
const fieldsOf = (asked: Asked) => Object.fromEntries(formOf(asked) ?? []);

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'a-token-of-the-test';
const OLD = 'https://old.example/voice';
const NEW = 'https://new.example/voice#ct=1500';

let twilio: Twilio;
let api: CarrierApi;
let ref: string;
const opened: CarrierApi[] = [];
const servers: Server[] = [];

function open(authToken = TOKEN, baseUrl = twilio.url): CarrierApi {
  const client = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken }, baseUrl, timeoutMs: 300 });
  opened.push(client);
  return client;
}

/** An API that answers every request in this way. */
async function openAt(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<CarrierApi> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return open(TOKEN, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  twilio.addNumber('+4420794601234', { voice_url: 'https://other.example/' });
  ref = twilio.addNumber('+442079460123', { voice_url: OLD }).sid;
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  await twilio.close();
});

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

const settings = () => twilio.number('+442079460123')?.settings;
const asked = () => twilio.requests.map(({ method }) => method);

describe('reading', () => {
  it('finds the very number among those that contain it', async () => {
    expect(await api.findNumber('+442079460123')).toEqual({
      ref,
      routing: { voiceUrl: OLD, voiceMethod: 'POST', voiceFallbackUrl: '', voiceFallbackMethod: 'POST', voiceApplicationSid: '', trunkSid: '', statusCallback: '', statusCallbackMethod: 'POST' },
    });
    expect(twilio.requests[0]?.query.get('PhoneNumber')).toBe('+442079460123');
  });

  it('finds nothing for another', async () => {
    expect(await api.findNumber('+15550001111')).toBeUndefined();
  });

  it('reads the routing; what is null or empty is not set', async () => {
    expect(await api.readRouting(ref)).toMatchObject({ voiceUrl: OLD, voiceFallbackUrl: '', trunkSid: '' });
    const other = await openAt((_, response) => { response.end(JSON.stringify({ sid: ref, voice_url: null })); });
    expect(await other.readRouting(ref)).toMatchObject({ voiceUrl: '', trunkSid: '' });
  });
});

describe('wiring', () => {
  it('sets the fields, leaves the others, and reads back', async () => {
    expect(await setAndReadBack(api, ref, { voiceUrl: NEW, voiceFallbackUrl: 'https://f.example/' })).toMatchObject({ voiceUrl: NEW, voiceFallbackUrl: 'https://f.example/', voiceMethod: 'POST' });
    expect(settings()).toMatchObject({ voice_url: NEW, voice_fallback_url: 'https://f.example/', status_callback: '', friendly_name: '+442079460123' });
    expect(asked()).toEqual(['POST', 'GET']);
    expect(twilio.requests.map(fieldsOf)[0]).toEqual({ VoiceUrl: NEW, VoiceFallbackUrl: 'https://f.example/' });
  });

  it('wires a number as wanted, and a second time finds nothing to do', async () => {
    const wanted = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;
    const after = await setAndReadBack(api, ref, wiringChanges(await api.readRouting(ref), wanted).fields);
    expect(wiringChanges(after, wanted).changes).toEqual([]);
    expect(settings()).toMatchObject({ voice_url: wanted['voiceUrl'], voice_fallback_url: wanted['voiceFallbackUrl'], status_callback: wanted['statusCallback'] });
  });

  it('takes a number from its trunk when asked', async () => {
    Object.assign(settings() ?? {}, { trunk_sid: `TK${'b'.repeat(32)}` });
    const wanted = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;
    const { fields } = wiringChanges(await api.readRouting(ref), wanted, { takeFromTrunk: true });
    expect(await setAndReadBack(api, ref, fields)).toMatchObject({ trunkSid: '', voiceUrl: wanted['voiceUrl'] });
    expect(settings()?.trunk_sid).toBe('');
  });

  it('tells when the carrier says yes and does not do it', async () => {
    const forgetful = await openAt((_, response) => { response.end(JSON.stringify({ sid: ref, voice_url: OLD })); });
    const failure = await failureOf(setAndReadBack(forgetful, ref, { voiceUrl: NEW }));
    expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('voiceUrl')]);
  });

  it('finds out after a time-out that it was carried out', async () => {
    twilio.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(api, ref, { voiceUrl: NEW })).toMatchObject({ voiceUrl: NEW });
    expect(asked()).toEqual(['POST', 'GET']);
  });

  it('finds out after a time-out that it was not', async () => {
    twilio.faults.next(1, 'hang');
    const failure = await failureOf(setAndReadBack(api, ref, { voiceUrl: NEW }));
    expect([failure.code, failure.message]).toEqual(['carrier_outcome_unknown', expect.stringContaining('unknown')]);
    expect(asked()).toEqual(['POST', 'GET']);
    expect(settings()?.voice_url).toBe(OLD);
  });

  it('stays in doubt when it cannot be read back either', async () => {
    twilio.faults.next(2, 'accept-then-hang');
    expect((await failureOf(setAndReadBack(api, ref, { voiceUrl: NEW }))).message).toContain('unknown');
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', 'Twilio 20404', () => api.readRouting(`PN${'9'.repeat(32)}`)],
    ['a wrong token', 'carrier_refused', 'Twilio 20003', () => open('wrong').readRouting(ref)],
    ['a wrong token when searching', 'carrier_refused', 'Twilio 20003', () => open('wrong').findNumber('+442079460123')],
    ['a bad address', 'carrier_refused', 'Twilio 21402', () => api.setRouting(ref, { voiceUrl: 'ftp://+442079460123' })],
    ['trouble at the carrier', 'carrier_unavailable', '500', () => { twilio.faults.next(1, 'broken'); return api.readRouting(ref); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open(TOKEN, 'http://127.0.0.1:1').readRouting(ref)],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(failure.message).not.toContain('442079460123');
  });

  it('is never tried again when throttled', async () => {
    twilio.faults.next(1, 'throttled');
    expect((await failureOf(setAndReadBack(api, ref, { voiceUrl: NEW }))).code).toBe('carrier_throttled');
    expect(asked()).toEqual(['POST']);
    expect(settings()?.voice_url).toBe(OLD);
  });

  it('carries Retry-After', async () => {
    const busy = await openAt((_, response) => { response.writeHead(429, { 'retry-after': '7' }).end('{}'); });
    const failure = await failureOf(busy.readRouting(ref));
    expect([failure.code, failure.retryAfterSeconds]).toEqual(['carrier_throttled', 7]);
  });

  it.each([
    ['a gateway page', 502, '<html>Bad Gateway</html>'],
    ['a page instead of JSON', 200, '<html>Sign in</html>'],
    ['an empty answer', 200, ''],
    ['JSON that is no number', 200, '{"message":"welcome"}'],
    ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, body) => {
    const odd = await openAt((_request, response) => { response.writeHead(status, { location: '/x' }).end(body); });
    expect((await failureOf(odd.readRouting(ref))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.findNumber('+442079460123'))).code).toBe('carrier_unavailable');
  });

  it('an answer that drips is given up as a whole', async () => {
    const dripping = await openAt((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect((await failureOf(dripping.readRouting(ref))).code).toBe('carrier_unavailable');
  });

  it('never carries the token, nor what the SDK threw, which holds it', async () => {
    const cut = await openAt((_, response) => { response.destroy(); });
    const failure = await failureOf(setAndReadBack(cut, ref, { voiceUrl: NEW }));
    expect(failure.cause).toBeUndefined();
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(new RegExp(`${TOKEN}|${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`));
  });
});

describe('the environment', () => {
  const names = ['TWILIO_EDGE', 'TWILIO_REGION', 'TWILIO_CA_BUNDLE', 'TWILIO_LOG_LEVEL', 'HTTP_PROXY'];
  afterEach(() => { for (const name of names) delete process.env[name]; });

  it('changes nothing', async () => {
    for (const name of names) process.env[name] = name === 'HTTP_PROXY' ? 'http://127.0.0.1:1' : 'debug';
    expect(await open().readRouting(ref)).toMatchObject({ voiceMethod: 'POST' });
    const http = createTwilioHttp({ baseUrl: undefined, timeoutMs: 300 });
    expect(http.client.axios.defaults.httpsAgent).toBeInstanceOf(Agent);
    http.close();
  });
});

it('translates whatever is thrown', () => {
  for (const thrown of [undefined, null, 'x', new Error('x'), { status: 'x' }, { code: {} }]) expect(translate(thrown)).toMatchObject({ failure: { code: 'carrier_unavailable' }, unknown: true });
  const ours = new Failure('carrier_refused');
  expect(translate(ours).failure).toBe(ours);
});

it.each([['7', 7], ['0', 0], ['999999999', 86_400], ['Wed, 21 Oct 2026 07:28:00 GMT', undefined], [undefined, undefined]])('Retry-After %s is %s seconds', (header, seconds) => {
  expect(throttled(header).retryAfterSeconds).toBe(seconds);
});

it.each([
  ['http://127.0.0.1:1', 'http://127.0.0.1:1/2010-04-01/x.json?a=1'],
  ['https://proxy.example/twilio/', 'https://proxy.example/twilio/2010-04-01/x.json?a=1'],
])('asks %s instead of Twilio', (base, url) => {
  expect(atBase('https://api.twilio.com/2010-04-01/x.json?a=1', base)).toBe(url);
});

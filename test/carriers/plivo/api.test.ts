/** Plivo's API over real HTTP: what is asked, field by field; what is read; and every way in which it fails. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createPlivoApi } from '../../../src/carriers/plivo/api.ts';
import { plivoRouting as routing } from '../../../src/carriers/plivo/routing.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/plivo/wiring.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Fault } from '../../../stand-ins/faults.ts';
import type { HeldApplication, HeldNumber } from '../../../stand-ins/plivo/account.ts';
import { createPlivo, type Plivo } from '../../../stand-ins/plivo/plivo.ts';
import { basic } from '../../../stand-ins/rest-server.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';
import { AUTH_ID, TOKEN } from './routing-fixture.ts';

const NUMBER = '+442079460123';
const REF = '442079460123';
const OLD = 'https://old.example/answer';
const NEW = 'https://new.example/answer';
const BASE = `/v1/Account/${AUTH_ID}`;

let plivo: Plivo;
let api: CarrierApi;
let held: HeldNumber;
let application: HeldApplication;
const opened: CarrierApi[] = [];

function open(authToken = TOKEN, baseUrl = plivo.url): CarrierApi {
  const client = createPlivoApi({ credentials: { authId: AUTH_ID, authToken }, baseUrl, timeoutMs: 500 });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  plivo = await createPlivo({ authId: AUTH_ID, authToken: TOKEN });
  application = plivo.addApplication({ answer_url: OLD });
  held = plivo.addNumber(NUMBER, { app_id: application.app_id });
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await plivo.close();
});

const asked = () => plivo.requests.map(({ method, path, body }) => [method, path.slice(BASE.length), body === '' ? undefined : (JSON.parse(body) as unknown)]);

describe('requests', () => {
  it('find a number by its digits, and what its application has set', async () => {
    expect(await api.findNumber(NUMBER)).toEqual({
      ref: REF,
      routing: {
        app_id: application.app_id, 'application.answer_url': OLD, 'application.answer_method': 'POST', 'application.fallback_answer_url': '', 'application.fallback_method': 'POST', 'application.hangup_url': '', 'application.hangup_method': 'POST',
      },
    });
    expect(asked()).toEqual([['GET', `/Number/${REF}/`, undefined], ['GET', `/Application/${application.app_id}/`, undefined]]);
    expect(plivo.requests.every(({ headers }) => headers['authorization'] === basic(AUTH_ID, TOKEN))).toBe(true);
    expect(await api.findNumber('+15550001111')).toBeUndefined();
  });

  it('tell that a number without an application has nothing set', async () => {
    held.app_id = null;
    expect(Object.values(await api.readRouting(REF))).toEqual(['', '', '', '', '', '', '']);
  });

  it('move a number to an application that is made for the address, and is found the next time', async () => {
    const wanted = routing.divertedTo('number', {}, [{ kind: 'web', url: NEW }]);
    expect(wanted).toEqual({ app_id: `to:${NEW}` });
    await api.setRouting(REF, wanted);
    const made = held.app_id;
    expect(asked()).toEqual([
      ['GET', '/Application/', undefined], ['POST', '/Application/', { app_name: 'Ringthrough-diverted', answer_url: NEW, answer_method: 'GET' }], ['POST', `/Number/${REF}/`, { app_id: made }],
    ]);
    expect(await api.readRouting(REF)).toMatchObject({ app_id: `to:${NEW}`, 'application.answer_url': NEW });
    held.app_id = application.app_id;
    await api.setRouting(REF, wanted);
    expect([held.app_id, plivo.account.applications.size]).toEqual([made, 2]);
    await api.setRouting(REF, { app_id: application.app_id });
    expect(asked().at(-1)).toEqual(['POST', `/Number/${REF}/`, { app_id: application.app_id }]);
    await api.setRouting(REF, { app_id: '' });
    expect(asked().at(-1)).toEqual(['POST', `/Number/${REF}/`, { app_id: null }]);
  });

  it('look through all pages for the one that is there', async () => {
    for (let count = 0; count < 45; count += 1) plivo.addApplication();
    const there = plivo.addApplication({ app_name: 'Ringthrough-diverted', answer_url: NEW, answer_method: 'GET' });
    await api.setRouting(REF, { app_id: `to:${NEW}` });
    expect(held.app_id).toBe(there.app_id);
    expect(plivo.requests.filter(({ method }) => method === 'GET').map(({ query }) => query.get('offset'))).toEqual(['0', '20', '40']);
  });

  it('set the fields of an application that many numbers share, and no others', async () => {
    const group = routing.groupOf(await api.readRouting(REF)) ?? '';
    expect(group).toBe(`applications/${application.app_id}`);
    const from = plivo.requests.length;
    expect(await setAndReadBack(api, group, { answer_url: NEW, answer_method: 'GET' })).toMatchObject({ answer_url: NEW, answer_method: 'GET', hangup_method: 'POST' });
    expect(asked().slice(from)).toEqual([['POST', `/Application/${application.app_id}/`, { answer_url: NEW, answer_method: 'GET' }], ['GET', `/Application/${application.app_id}/`, undefined]]);
  });

  it('take an application of ours for no group: nobody else has its calls', async () => {
    await api.setRouting(REF, { app_id: `to:${NEW}` });
    expect(routing.groupOf(await api.readRouting(REF))).toBeUndefined();
  });
});

describe('wiring', () => {
  const wanted = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number;

  it('moves a free number to an application with our addresses, and finds nothing to do a second time', async () => {
    held.app_id = null;
    const after = await setAndReadBack(api, REF, wiringChanges(await api.readRouting(REF), wanted).fields);
    expect(wiringChanges(after, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
    expect(plivo.account.applications.get(held.app_id ?? '')).toMatchObject({ app_name: 'Ringthrough', answer_url: 'https://calls.example.net/webhooks/main/voice#ct=1500&rt=3000&rp=ct,rt,5xx', answer_method: 'POST' });
  });

  it('leaves a number of an application alone unless it is asked for', async () => {
    const actual = await api.readRouting(REF);
    expect(wiringChanges(actual, wanted)).toMatchObject({ changes: [], fields: {}, warnings: [expect.stringContaining('left alone')] });
    const { fields, warnings } = wiringChanges(actual, wanted, { takeFromApplication: true });
    expect(warnings).toEqual([expect.stringContaining('taken from')]);
    expect(await setAndReadBack(api, REF, fields)).toMatchObject(wanted);
    expect(application.answer_url).toBe(OLD);
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', 'no such number', () => api.readRouting('15550001111')],
    ['writing to an unknown number', 'carrier_number_unknown', 'no such number', () => api.setRouting('15550001111', { app_id: application.app_id })],
    ['a ref of another form', 'carrier_number_unknown', 'no such number', () => api.readRouting('PN1')],
    ['an unknown application', 'carrier_number_unknown', 'no such application', () => api.setRouting('applications/1', { answer_url: NEW })],
    ['another number under that ref', 'carrier_number_unknown', 'another number', () => api.readRouting(REF, '+442079460999')],
    ['a wrong token', 'carrier_refused', '401', () => open('wrong').readRouting(REF)],
    ['a wrong token when searching', 'carrier_refused', '401', () => open('wrong').findNumber(NUMBER)],
    ['a bad address', 'carrier_refused', 'invalid url', () => api.setRouting(`applications/${application.app_id}`, { answer_url: `ftp://${NUMBER}` })],
    ['an application that is not there', 'carrier_refused', 'no such application', () => api.setRouting(REF, { app_id: '1' })],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open(TOKEN, 'http://127.0.0.1:1').findNumber(NUMBER)],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(new RegExp(`${TOKEN}|${Buffer.from(`${AUTH_ID}:${TOKEN}`).toString('base64')}|442079460`));
  });

  it.each<[Fault, ErrorCode, ErrorCode]>([
    ['throttled', 'carrier_throttled', 'carrier_throttled'], ['broken', 'carrier_unavailable', 'carrier_outcome_unknown'], ['accept-then-break', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['hang', 'carrier_unavailable', 'carrier_outcome_unknown'], ['accept-then-hang', 'carrier_unavailable', 'carrier_outcome_unknown'],
  ])('%s, when reading and when writing', async (fault, reading, writing) => {
    plivo.faults.next(2, fault);
    expect((await failureOf(api.readRouting(REF))).code).toBe(reading);
    expect((await failureOf(api.setRouting(REF, { app_id: '' }))).code).toBe(writing);
    expect(held.app_id).toBe(fault.startsWith('accept') ? null : application.app_id);
  });

  it('the wait is told where it is named', async () => {
    plivo.faults.next(1, 'throttled-with-wait');
    expect((await failureOf(api.findNumber(NUMBER))).retryAfterSeconds).toBe(5);
  });

  it.each([
    ['a page instead of JSON', 200, '<html>Sign in</html>'], ['an empty answer', 200, ''], ['JSON that is no number', 200, '{"message":"welcome"}'], ['another number', 200, '{"number":"15550001111"}'],
    ['an application of another form', 200, '{"number":"442079460123","application":7}'], ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, text) => {
    const odd = open(TOKEN, await oddCarrier({ status, body: text }));
    expect((await failureOf(odd.readRouting(REF))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.findNumber(NUMBER))).code).toBe('carrier_unavailable');
  });
});

/** Described carriers over real HTTP, against the stand-in: the requests as they are sent, credentials, what answers mean, and reading back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { HttpApi } from '../../../src/domain/http-api.ts';
import type { AuthWay } from '../../../stand-ins/http/credentials.ts';
import type { HttpCarrier } from '../../../stand-ins/http/http-carrier.ts';
import type { HeldNumber } from '../../../stand-ins/http/numbers.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';
import { AUTHS, openDescribed, openStandIn, PATHS, SECRET, WORDS } from './described.ts';

const NUMBER = '+14155550100';
const BACKUP = '+14155550111';
const DIVERTED = { 'forwarding.enabled': 'true', 'forwarding.to': BACKUP };

let carrier: HttpCarrier;
let held: HeldNumber;
let api: CarrierApi;
const opened: CarrierApi[] = [];

function open(description: HttpApi = PATHS.api, url = `${carrier.url}/v1`, secret = SECRET): CarrierApi {
  const client = openDescribed(description, url, { secret });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  carrier = await openStandIn();
  carrier.addNumber('+144155550100');
  held = carrier.addNumber(NUMBER);
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await carrier.close();
});

const asked = () => carrier.requests.map(({ method, path, query, body }) => [method, path + (query.size > 0 ? `?${query.toString()}` : ''), ...(body === '' ? [] : [body])]);
const words = () => open(WORDS.api, carrier.url);

describe('with paths', () => {
  it('finds the very number among those that contain it, and reads it by its id', async () => {
    expect(await api.findNumber(NUMBER)).toEqual({ ref: 'n-2', routing: { 'forwarding.enabled': 'false', 'forwarding.to': '', failover: '' } });
    expect(asked()).toEqual([['GET', '/v1/numbers?number=%2B14155550100'], ['GET', '/v1/numbers/n-2']]);
    expect(await api.findNumber('+14155550199')).toBeUndefined();
  });

  it('writes JSON with the types of the fields, one request for each that sets something, in their order', async () => {
    await api.setRouting('n-2', { failover: BACKUP, ...DIVERTED });
    expect(asked()).toEqual([
      ['PATCH', '/v1/numbers/n-2', JSON.stringify({ forwarding: { enabled: true, to: BACKUP } })],
      ['PUT', '/v1/numbers/n-2/failover', JSON.stringify({ to: BACKUP })],
    ]);
    expect(held).toMatchObject({ forwarding: { enabled: true, to: BACKUP }, failover: BACKUP, note: 'of the customer' });
  });

  it('sends what a request carries beside as it is', async () => {
    held.forwarding = { enabled: false, to: 'sip:old@pbx.example.net' };
    await api.setRouting('n-2', { 'forwarding.enabled': 'true' });
    expect(held.forwarding).toEqual({ enabled: true, to: 'sip:old@pbx.example.net' });
    expect(asked().map(([method]) => method)).toEqual(['GET', 'PATCH']);
  });

  it('clears with what the carrier takes for nothing', async () => {
    held.forwarding = { enabled: true, to: BACKUP };
    expect(await setAndReadBack(api, 'n-2', { 'forwarding.enabled': 'false', 'forwarding.to': '' })).toMatchObject({ 'forwarding.to': '' });
    expect(held.forwarding).toEqual({ enabled: false, to: null });
  });

  it('writes nothing for nothing, and no field that it does not have', async () => {
    await api.setRouting('n-2', {});
    await api.setRouting('n-2', { other: 'x' });
    expect(asked()).toEqual([]);
  });

  it('writes XML in which no value can be anything but a value', async () => {
    const description: HttpApi = { ...PATHS.api, write: [PATHS.api.write[0]!, { method: 'PUT', path: '/numbers/{ref}/failover.xml', body: { xml: '<failover to="{failover}"/>' } }] };
    const uri = `sip:a"/><x>&'{ref}'@pbx.example.net`;
    expect(await setAndReadBack(open(description), 'n-2', { failover: uri })).toMatchObject({ failover: uri });
    expect(held.failover).toBe(uri);
    expect(carrier.requests[0]?.headers['content-type']).toBe('application/xml; charset=utf-8');
  });

  it('never takes an id that could be another address', async () => {
    for (const ref of ['..', '', 'n-2/failover', 'n 2', 'n-2?x=1']) expect((await failureOf(api.readRouting(ref))).code).toBe('carrier_number_unknown');
    expect(asked()).toEqual([]);
  });

  it('knows that an id leads to another number', async () => {
    expect((await failureOf(api.readRouting('n-1', NUMBER))).code).toBe('carrier_number_unknown');
    expect(await api.readRouting('n-2', NUMBER)).toMatchObject({ failover: '' });
  });

  it('finds out after a time-out that it was done, or not', async () => {
    carrier.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(api, 'n-2', DIVERTED)).toMatchObject(DIVERTED);
    carrier.faults.next(1, 'hang');
    expect((await failureOf(setAndReadBack(api, 'n-2', { failover: BACKUP }))).code).toBe('carrier_outcome_unknown');
  });

  it('is in doubt when the second of two requests is refused', async () => {
    const failure = await failureOf(api.setRouting('n-2', { ...DIVERTED, failover: 'nonsense' }));
    expect([failure.code, failure.message]).toEqual(['carrier_outcome_unknown', expect.stringContaining('1 of 2')]);
    expect(held.forwarding.enabled).toBe(true);
  });
});

describe('with words', () => {
  it('reads and writes in forms, with the credentials in them, and the number as its own id', async () => {
    const found = await words().findNumber(NUMBER);
    expect(found).toEqual({ ref: '4155550100', routing: { forward: '', active: 'no', ring: '20' } });
    expect(await setAndReadBack(words(), '4155550100', { active: 'yes', forward: `011${BACKUP.slice(1)}` })).toEqual({ forward: '01114155550111', active: 'yes', ring: '20' });
    expect(held).toMatchObject({ forwarding: { enabled: true, to: BACKUP }, ring_seconds: 20 });
    expect(asked()[0]).toEqual(['POST', '/api.php', 'login=office&key=a-secret%26of%3Dthe%2Btest&action=get&did=4155550100']);
  });

  it('asks nothing for a number of another country', async () => {
    expect(await words().findNumber('+442079460123')).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it('is in doubt of a write alone, whatever its method', async () => {
    carrier.faults.next(1, 'hang');
    expect((await failureOf(words().readRouting('4155550100'))).code).toBe('carrier_unavailable');
  });

  it.each<[string, ErrorCode, ErrorCode]>([
    ['{"result":"limit"}', 'carrier_throttled', 'carrier_throttled'],
    ['{"result":"no_such_did"}', 'carrier_number_unknown', 'carrier_number_unknown'],
    ['{"result":"bad_parameter"}', 'carrier_refused', 'carrier_refused'],
    ['{"message":"hello"}', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['<html>Sign in</html>', 'carrier_unavailable', 'carrier_outcome_unknown'],
  ])('%s', async (body, reading, writing) => {
    const odd = open(WORDS.api, await oddCarrier({ status: 200, body }));
    expect((await failureOf(odd.readRouting('4155550100'))).code).toBe(reading);
    expect((await failureOf(odd.setRouting('4155550100', { active: 'yes', forward: '', ring: '20' }))).code).toBe(writing);
  });
});

describe('credentials', () => {
  it.each(Object.entries(AUTHS) as [AuthWay, HttpApi['auth']][])('%s: the right ones are taken, and wrong ones refused', async (way, auth) => {
    const here = await openStandIn(way);
    try {
      here.addNumber(NUMBER);
      const right = open({ ...PATHS.api, auth }, `${here.url}/v1/`);
      expect(await right.findNumber(NUMBER)).toMatchObject({ ref: 'n-1' });
      expect(await setAndReadBack(right, 'n-1', DIVERTED)).toMatchObject(DIVERTED);
      const failure = await failureOf(open({ ...PATHS.api, auth }, `${here.url}/v1`, 'wrong').readRouting('n-1'));
      expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('Who are you?')]);
    } finally {
      await here.close();
    }
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['a number that is gone', 'carrier_number_unknown', 'There is no number', () => api.readRouting('n-9')],
    ['a target that it does not call', 'carrier_refused', '422 "+123', () => api.setRouting('n-2', { 'forwarding.enabled': 'true', 'forwarding.to': '+1234567890123456' })],
    ['a value that the field cannot be', 'carrier_refused', 'is a boolean', () => api.setRouting('n-2', { 'forwarding.enabled': 'maybe', 'forwarding.to': BACKUP })],
    ['trouble while reading', 'carrier_unavailable', '500', () => { carrier.faults.next(1, 'broken'); return api.readRouting('n-2'); }],
    ['trouble while writing', 'carrier_outcome_unknown', '500', () => { carrier.faults.next(1, 'accept-then-break'); return api.setRouting('n-2', DIVERTED); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open(PATHS.api, 'http://127.0.0.1:1').setRouting('n-2', DIVERTED)],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(failure.message).not.toMatch(/\d{7}/);
  });

  it('waits as long as its own header says', async () => {
    carrier.faults.next(1, 'throttled-with-wait');
    expect(await failureOf(api.setRouting('n-2', DIVERTED))).toMatchObject({ code: 'carrier_throttled', retryAfterSeconds: 9 });
    expect(held.forwarding.enabled).toBe(false);
  });

  const number = { e164: NUMBER, forwarding: { enabled: true, to: null }, failover: null };
  it.each<[string, object]>([
    ['no number in it', { numbers: [] }],
    ['a field that is not there', { number: { ...number, forwarding: { enabled: true } } }],
    ['a field of another type', { number: { ...number, forwarding: { enabled: 'yes', to: null } } }],
    ['a field with a field in it', { number: { ...number, failover: { to: null } } }],
  ])('is not taken for "nothing is set": %s', async (_, body) => {
    expect((await failureOf(open(PATHS.api, await oddCarrier({ status: 200, body: JSON.stringify(body) })).readRouting('n-2'))).code).toBe('carrier_unavailable');
  });

  it('takes what is optional for not set where it is absent', async () => {
    const { failover: _, ...without } = number;
    expect(await open(PATHS.api, await oddCarrier({ status: 200, body: JSON.stringify({ number: without }) })).readRouting('n-2')).toEqual({ 'forwarding.enabled': 'true', 'forwarding.to': '', failover: '' });
  });

  it.each(['{"numbers":{"n":1}}', '{}', `{"numbers":[{"e164":"${NUMBER}","id":"../x"}]}`, '<html></html>'])('finds nothing usable in %s', async (body) => {
    const result = open(PATHS.api, await oddCarrier({ status: 200, body })).findNumber(NUMBER);
    if (body === '{"numbers":{"n":1}}') expect(await result).toBeUndefined();
    else expect((await failureOf(result)).code).toBe('carrier_unavailable');
  });

  it('cuts the secret out of what the carrier says, and never carries it', async () => {
    const echo = JSON.stringify({ error: { message: `bad key ${SECRET} for ${NUMBER}` } });
    const failure = await failureOf(open(PATHS.api, await oddCarrier({ status: 403, body: echo })).readRouting('n-2'));
    expect(failure.message).toBe('The carrier: 403 bad key *** for +141*****100');
    const cut = await failureOf(open(PATHS.api, await oddCarrier('cut')).setRouting('n-2', DIVERTED));
    expect([cut.code, cut.cause]).toEqual(['carrier_outcome_unknown', undefined]);
    expect(`${cut.stack} ${JSON.stringify(cut)}`).not.toContain('a-secret');
  });
});

/** Bandwidth's options of numbers over real HTTP, against the stand-in: the requests to the letter, orders to their end, every failure. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createBandwidthApi } from '../../../src/carriers/bandwidth/api.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { createBandwidth, type Bandwidth } from '../../../stand-ins/bandwidth/bandwidth.ts';
import type { Fault } from '../../../stand-ins/faults.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';

const ACCOUNT = { accountId: '9900012', username: 'api-user', password: 'a-password-of-the-test' };
const NUMBER = '+12052160156';
const TN = '2052160156';
const BACKUP = '7042661720';

let bandwidth: Bandwidth;
let api: CarrierApi;
const opened: CarrierApi[] = [];

function open({ password = ACCOUNT.password, baseUrl = bandwidth.url, timeoutMs = 10_000 } = {}): CarrierApi {
  const client = createBandwidthApi({ credentials: { ...ACCOUNT, password }, baseUrl, timeoutMs });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  bandwidth = await createBandwidth(ACCOUNT);
  bandwidth.book.addNumber(TN, { siteId: '30611', peerId: '617819' });
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await bandwidth.close();
});

const options = () => bandwidth.book.number(TN)?.options;
const asked = () => bandwidth.requests.map(({ method, path }) => `${method} ${path}`);
const READS = [`GET /api/tns/${TN}/tndetails`, `GET /api/accounts/9900012/sites/30611/sippeers/617819/tns/${TN}`];

describe('reading', () => {
  it('finds a number by its ten digits, at its location', async () => {
    bandwidth.book.addNumber(TN, { siteId: '30611', peerId: '617819', options: { CallForward: BACKUP, FinalDestinationURI: 'desk@192.0.2.5:5060' } });
    expect(await api.findNumber(NUMBER)).toEqual({ ref: TN, routing: { CallForward: BACKUP, FinalDestinationURI: 'desk@192.0.2.5:5060' } });
    expect(asked()).toEqual(READS);
    expect(bandwidth.requests[0]?.headers).toMatchObject({ accept: 'application/xml', authorization: 'Basic YXBpLXVzZXI6YS1wYXNzd29yZC1vZi10aGUtdGVzdA==' });
  });

  it.each([['sip:desk@192.0.2.5:5060', 'desk@192.0.2.5:5060'], ['+13332221111@PSTN', '3332221111'], ['systemDefault', '']])('reads %s as it would be written', async (shown, read) => {
    bandwidth.book.addNumber(TN, { options: { FinalDestinationURI: shown } });
    expect(await api.readRouting(TN)).toEqual({ CallForward: '', FinalDestinationURI: read });
  });

  it.each(['+12065550000', '+442079460123', 'nonsense'])('does not hold %s', async (number) => {
    expect(await api.findNumber(number)).toBeUndefined();
  });

  it('another account of the same user holds it: so this one does not', async () => {
    bandwidth.book.addNumber(TN, { accountId: '9900013' });
    expect(await api.findNumber(NUMBER)).toBeUndefined();
  });
});

describe('setting', () => {
  it('makes an order, follows it to its end, and reads back', async () => {
    const { order = '' } = await api.setRouting(TN, { CallForward: BACKUP, FinalDestinationURI: '' });
    expect(bandwidth.requests[0]).toMatchObject({ method: 'POST', path: '/api/accounts/9900012/tnoptions', headers: { 'content-type': 'application/xml; charset=utf-8' } });
    expect(bandwidth.requests[0]?.body).toBe('<TnOptionOrder><CustomerOrderId>ringthrough</CustomerOrderId><TnOptionGroups><TnOptionGroup><CallForward>7042661720</CallForward><FinalDestinationURI>systemDefault</FinalDestinationURI>'
      + '<TelephoneNumbers><TelephoneNumber>2052160156</TelephoneNumber></TelephoneNumbers></TnOptionGroup></TnOptionGroups></TnOptionOrder>');
    const seen = [];
    for (let look = 0; look < 3; look += 1) seen.push([(await api.orderState?.(order))?.is, options()?.CallForward]);
    expect(seen).toEqual([['working', ''], ['working', ''], ['done', BACKUP]]);
    expect(asked().slice(1)).toEqual(Array.from({ length: 3 }, () => `GET /api/accounts/9900012/tnoptions/${order}`));
    expect(await api.readRouting(TN)).toEqual({ CallForward: BACKUP, FinalDestinationURI: '' });
  });

  it('leaves alone what it is not told to set', async () => {
    bandwidth.book.addNumber(TN, { options: { CallForward: BACKUP } });
    bandwidth.book.slowness = 0;
    expect(await setAndReadBack(api, TN, { FinalDestinationURI: 'desk@192.0.2.5' })).toEqual({ CallForward: BACKUP, FinalDestinationURI: 'desk@192.0.2.5' });
  });

  it('an order that is still under way is one whose outcome is not known', async () => {
    const failure = await failureOf(setAndReadBack(api, TN, { CallForward: BACKUP }));
    expect([failure.code, failure.message]).toEqual(['carrier_outcome_unknown', expect.stringContaining('not carried it out yet')]);
  });

  it('an order that fails says why, without the numbers in it', async () => {
    bandwidth.book.slowness = 0;
    const { order = '' } = await api.setRouting(TN, { CallForward: TN });
    expect(await api.orderState?.(order)).toEqual({ is: 'failed', why: '5088 Call forward number +205****156 cannot be the same as the telephone number.' });
    const failure = await failureOf(setAndReadBack(api, TN, { CallForward: TN }));
    expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('5088')]);
    expect(options()?.CallForward).toBe('');
  });

  it.each(['ddbdc72e-0000', '../../tns'])('an order that nobody made (%s) has failed', async (order) => {
    expect(await api.orderState?.(order)).toMatchObject({ is: 'failed' });
  });
});

describe('whether it was done', () => {
  beforeEach(() => {
    api = open({ timeoutMs: 300 });
    bandwidth.book.slowness = 0;
  });

  it.each<[Fault, ErrorCode, number | undefined]>([
    ['hang', 'carrier_outcome_unknown', undefined], ['broken', 'carrier_outcome_unknown', undefined], ['throttled', 'carrier_throttled', undefined], ['throttled-with-wait', 'carrier_throttled', 7],
  ])('%s: nothing was', async (fault, code, seconds) => {
    bandwidth.faults.next(1, fault);
    const failure = await failureOf(setAndReadBack(api, TN, { CallForward: BACKUP }));
    expect([failure.code, failure.retryAfterSeconds, options()?.CallForward]).toEqual([code, seconds, '']);
  });

  it('an order whose answer never came is carried out all the same, before the next', async () => {
    bandwidth.faults.next(1, 'accept-then-hang');
    expect((await failureOf(setAndReadBack(api, TN, { CallForward: BACKUP }))).code).toBe('carrier_outcome_unknown');
    await setAndReadBack(api, TN, { FinalDestinationURI: '3332221111' });
    expect(await api.readRouting(TN)).toEqual({ CallForward: BACKUP, FinalDestinationURI: '3332221111' });
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', '404', () => api.readRouting('2065550000')],
    ['what is no ref', 'carrier_number_unknown', 'no such number', () => api.setRouting('../tns', { CallForward: '' })],
    ['another number than was meant', 'carrier_number_unknown', 'no such number', () => api.readRouting(TN, '+12065550000')],
    ['a wrong password', 'carrier_refused', '401', () => open({ password: 'wrong' }).readRouting(TN)],
    ['a wrong password when searching', 'carrier_refused', '401', () => open({ password: 'wrong' }).findNumber(NUMBER)],
    ['a target that it does not take', 'carrier_refused', '5080', () => api.setRouting(TN, { CallForward: '442079460123' })],
    ['trouble at the carrier', 'carrier_unavailable', '500', () => { bandwidth.faults.next(1, 'broken'); return api.readRouting(TN); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open({ baseUrl: 'http://127.0.0.1:1' }).setRouting(TN, { CallForward: '' })],
    ['an order of somebody else under way', 'carrier_unavailable', 'another order', async () => open({ baseUrl: await oddCarrier({ status: 409, body: '<R><ResponseStatus><Description>busy</Description></ResponseStatus></R>' }) }).setRouting(TN, { CallForward: '' })],
    ['an order without an id', 'carrier_outcome_unknown', 'which order', async () => open({ baseUrl: await oddCarrier({ status: 201, body: '<TnOptionOrderResponse/>' }) }).setRouting(TN, { CallForward: '' })],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/2052160156|2079460123|a-password-of|YXBpLXVz/);
  });

  it.each([
    ['a gateway page', 502, '<html>Bad Gateway</html>'],
    ['a page instead of XML', 200, '<!DOCTYPE html><html>Sign in</html>'],
    ["somebody else's 404", 404, 'Not here'],
    ['an empty answer', 200, ''],
    ['XML that is no number', 200, '<TelephoneNumberResponse/>'],
    ['a number that is nowhere', 200, `<TelephoneNumberResponse><TelephoneNumberDetails><FullNumber>${TN}</FullNumber><AccountId>9900012</AccountId></TelephoneNumberDetails></TelephoneNumberResponse>`],
    ['XML that is cut off', 200, '<TelephoneNumberResponse><TelephoneNumberDetails>'],
    ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, body) => {
    const odd = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(odd.readRouting(TN))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.findNumber(NUMBER))).code).toBe('carrier_unavailable');
  });
});

/** Flowroute's voice routes over real HTTP, against the stand-in: the requests to the letter, every failure, and reading back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createFlowrouteApi } from '../../../src/carriers/flowroute/api.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Fault } from '../../../stand-ins/faults.ts';
import { createFlowroute, type Flowroute } from '../../../stand-ins/flowroute/flowroute.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';

const KEYS = { accessKey: 'access-key', secretKey: 'a-secret-of-the-test' };
const NUMBER = '+12065551234';
const REF = '12065551234';
const BACKUP = 'number:12065559876';

let flowroute: Flowroute;
let api: CarrierApi;
const opened: CarrierApi[] = [];

function open({ secretKey = KEYS.secretKey, baseUrl = flowroute.url, timeoutMs = 10_000 } = {}): CarrierApi {
  const client = createFlowrouteApi({ credentials: { ...KEYS, secretKey }, baseUrl, timeoutMs });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  flowroute = await createFlowroute(KEYS);
  flowroute.addNumber(REF);
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await flowroute.close();
});

const held = () => flowroute.number(REF)?.routes;
const asked = () => flowroute.requests.map(({ method, path }) => `${method} ${path}`);
const relation = (field: string) => `/v2/numbers/${REF}/relationships/${field}`;

describe('reading', () => {
  it('finds a number by its digits, with what its routes are', async () => {
    const pbx = flowroute.addRoute({ route_type: 'host', value: 'pbx.example.net:5060', alias: 'pbx' });
    flowroute.addNumber(REF, { primary_route: pbx.id, failover_route: '0' });
    expect(await api.findNumber(NUMBER)).toEqual({ ref: REF, routing: { primary_route: `${pbx.id}=host:pbx.example.net:5060`, failover_route: '0=sip-reg' } });
    expect(flowroute.requests[0]).toMatchObject({ method: 'GET', path: `/v2/numbers/${REF}`, headers: { accept: 'application/vnd.api+json', authorization: 'Basic YWNjZXNzLWtleTphLXNlY3JldC1vZi10aGUtdGVzdA==' } });
  });

  it('what has no route is empty', async () => {
    flowroute.addNumber(REF, { primary_route: null });
    expect(await api.readRouting(REF)).toEqual({ primary_route: '', failover_route: '' });
  });

  it.each(['+12065550000', '+442079460123', 'nonsense'])('does not hold %s', async (number) => {
    expect(await api.findNumber(number)).toBeUndefined();
  });
});

describe('setting', () => {
  it('makes the route, points the number at it, and reads back', async () => {
    expect(await setAndReadBack(api, REF, { primary_route: BACKUP })).toEqual({ primary_route: BACKUP, failover_route: '' });
    expect(asked()).toEqual(['GET /v2/routes', 'POST /v2/routes', `PATCH ${relation('primary_route')}`, `GET /v2/numbers/${REF}`]);
    const [list, made, set] = flowroute.requests;
    const alias = flowroute.routes()[1]?.alias;
    expect(list?.query.toString()).toBe('limit=200&offset=0');
    expect(JSON.parse(made?.body ?? '')).toEqual({ data: { type: 'route', attributes: { route_type: 'number', value: '12065559876', alias } } });
    expect(JSON.parse(set?.body ?? '')).toEqual({ data: { type: 'route', id: flowroute.routes()[1]?.id } });
    for (const request of [made, set]) expect(request?.headers['content-type']).toBe('application/vnd.api+json');
    expect(alias).toMatch(/^ringthrough-[0-9a-f]{16}$/);
  });

  it('uses the route that it made, also for the failover, another number and in another process', async () => {
    flowroute.addNumber('12065555678');
    for (let more = 0; more < 250; more += 1) flowroute.addRoute({ route_type: 'host', value: `h${more}.example.net`, alias: `h${more}` });
    await setAndReadBack(api, REF, { primary_route: BACKUP, failover_route: BACKUP });
    await setAndReadBack(open(), '12065555678', { primary_route: BACKUP });
    expect(flowroute.routes().filter(({ value }) => value === '12065559876')).toHaveLength(1);
  });

  it('two at the same moment make one route', async () => {
    flowroute.addNumber('12065555678');
    await Promise.all([setAndReadBack(api, REF, { primary_route: BACKUP }), setAndReadBack(open(), '12065555678', { primary_route: BACKUP })]);
    expect(flowroute.routes()).toHaveLength(2);
    expect(flowroute.number('12065555678')?.routes).toEqual(held());
  });

  it('puts back by its id what was there, and not another that means the same', async () => {
    const [one, two] = ['a', 'b'].map((alias) => flowroute.addRoute({ route_type: 'host', value: 'pbx.example.net', alias }));
    flowroute.addNumber(REF, { primary_route: two?.id ?? '' });
    const before = await api.readRouting(REF);
    await setAndReadBack(api, REF, { primary_route: BACKUP });
    expect(await setAndReadBack(api, REF, before)).toEqual(before);
    expect([held()?.primary_route, one?.id === two?.id]).toEqual([two?.id, false]);
    expect(JSON.parse(flowroute.requests.findLast(({ method }) => method === 'PATCH')?.body ?? '')).toEqual({ data: { type: 'route', id: two?.id } });
  });

  it('takes a route away', async () => {
    flowroute.addNumber(REF, { failover_route: '0' });
    await setAndReadBack(api, REF, { failover_route: '' });
    expect(held()).toEqual({ primary_route: '0', failover_route: null });
    expect(flowroute.requests[0]).toMatchObject({ method: 'DELETE', path: relation('failover_route'), body: '', headers: { 'content-type': 'application/vnd.api+json' } });
  });

  it('a route of ours that somebody changed is seen, and is what it was made for again when it is set', async () => {
    await setAndReadBack(api, REF, { primary_route: BACKUP });
    const route = flowroute.route(held()?.primary_route ?? '');
    Object.assign(route ?? {}, { route_type: 'host', value: 'elsewhere.example.net' });
    expect(await api.readRouting(REF)).toEqual({ primary_route: `${route?.id}=host:elsewhere.example.net`, failover_route: '' });
    await setAndReadBack(api, REF, { primary_route: BACKUP });
    expect(route).toMatchObject({ route_type: 'number', value: '12065559876' });
  });

  it('a route of ours that somebody removed is made anew', async () => {
    await setAndReadBack(api, REF, { primary_route: BACKUP });
    flowroute.removeRoute(held()?.primary_route ?? '');
    expect((await failureOf(setAndReadBack(api, REF, { failover_route: BACKUP }))).code).toBe('carrier_refused');
    expect(await setAndReadBack(api, REF, { failover_route: BACKUP })).toMatchObject({ failover_route: BACKUP });
  });

  it('an original that is gone cannot be put back, and says so', async () => {
    const failure = await failureOf(api.setRouting(REF, { primary_route: '4711=host:pbx.example.net' }));
    expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('primary_route')]);
  });
});

describe('whether it was done', () => {
  const known = { primary_route: '0=sip-reg' };

  beforeEach(() => { api = open({ timeoutMs: 300 }); });

  it.each<[Fault, ErrorCode]>([['hang', 'carrier_outcome_unknown'], ['broken', 'carrier_outcome_unknown'], ['throttled', 'carrier_throttled'], ['throttled-with-wait', 'carrier_throttled']])('%s: nothing was', async (fault, code) => {
    const before = held();
    flowroute.faults.next(1, fault);
    const failure = await failureOf(setAndReadBack(api, REF, { failover_route: '0=sip-reg' }));
    expect([failure.code, failure.retryAfterSeconds]).toEqual([code, fault === 'throttled-with-wait' ? 7 : undefined]);
    expect(held()).toEqual(before);
  });

  it('accept-then-hang: it was, and reading back says so', async () => {
    flowroute.addNumber(REF, { primary_route: null });
    flowroute.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(api, REF, known)).toEqual({ ...known, failover_route: '' });
    expect(asked()).toEqual([`PATCH ${relation('primary_route')}`, `GET /v2/numbers/${REF}`]);
  });

  it('of two routes, that one was set is not told as nothing', async () => {
    flowroute.addNumber(REF, { primary_route: null });
    const setting = api.setRouting(REF, { primary_route: '0=sip-reg', failover_route: '4711=host:gone.example.net' });
    expect((await failureOf(setting)).code).toBe('carrier_outcome_unknown');
    expect(held()).toEqual({ primary_route: '0', failover_route: null });
  });

  it('stays in doubt when it cannot be read back either', async () => {
    flowroute.faults.next(2, 'accept-then-hang');
    expect((await failureOf(setAndReadBack(api, REF, known))).code).toBe('carrier_outcome_unknown');
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['an unknown number', 'carrier_number_unknown', '404', () => api.readRouting('12065550000')],
    ['an unknown number that is set', 'carrier_number_unknown', '404', () => api.setRouting('12065550000', { primary_route: '0=sip-reg' })],
    ['what is no ref', 'carrier_number_unknown', 'no such number', () => api.readRouting('../routes')],
    ['another number than was meant', 'carrier_number_unknown', 'no such number', () => api.readRouting(REF, '+12065550000')],
    ['a wrong key', 'carrier_refused', 'Authentication failed', () => open({ secretKey: 'wrong' }).readRouting(REF)],
    ['a wrong key when searching', 'carrier_refused', 'Unauthorized', () => open({ secretKey: 'wrong' }).findNumber(NUMBER)],
    ['a target that it does not take', 'carrier_refused', '422', () => api.setRouting(REF, { primary_route: 'number:442079460123' })],
    ['a route of a kind that cannot be made', 'carrier_refused', 'no route', () => api.setRouting(REF, { primary_route: 'sip-reg:x' })],
    ['trouble at the carrier', 'carrier_unavailable', '500', () => { flowroute.faults.next(1, 'broken'); return api.readRouting(REF); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open({ baseUrl: 'http://127.0.0.1:1' }).setRouting(REF, { primary_route: '' })],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/2065551234|2079460123|a-secret-of|YWNjZXNz/);
  });

  it.each([
    ['a gateway page', 502, '<html>Bad Gateway</html>'],
    ['a page instead of JSON', 200, '<html>Sign in</html>'],
    ["somebody else's 404", 404, '<html>Not here</html>'],
    ['an empty answer', 200, ''],
    ['JSON that is no number', 200, '{"data":{"type":"number","id":"1"}}'],
    ['a number without its routes', 200, JSON.stringify({ data: { type: 'number', id: REF, relationships: {} } })],
    ['a route that is not told', 200, JSON.stringify({ data: { type: 'number', id: REF, relationships: { primary_route: { data: { type: 'route', id: '1' } }, failover_route: { data: null } } } })],
    ['a redirect', 302, ''],
  ])('%s means that the carrier does not answer', async (_, status, body) => {
    const odd = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(odd.readRouting(REF))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.findNumber(NUMBER))).code).toBe('carrier_unavailable');
    expect((await failureOf(odd.setRouting(REF, { primary_route: BACKUP }))).code).toBe('carrier_unavailable');
  });
});

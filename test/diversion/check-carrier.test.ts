/** What an account holds compared with what is here: against strict stand-ins over real HTTP, with the real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import type { CarrierApi, Routing, Send } from '../../src/carriers/api.ts';
import { httpRouting } from '../../src/carriers/http/routing.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { createTelnyxApi } from '../../src/carriers/telnyx/api.ts';
import { telnyxRouting } from '../../src/carriers/telnyx/routing.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { checkNumbers } from '../../src/diversion/check-carrier.ts';
import { createGroupCheck, isAskedOf } from '../../src/diversion/check-groups.ts';
import { CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { Failure } from '../../src/domain/errors.ts';
import type { NumberRecord } from '../../src/domain/number.ts';
import { UNKNOWN_ROUTE, type Route } from '../../src/domain/route.ts';
import { createRouteStore, groupUnit } from '../../src/store/route-store.ts';
import { keys } from '../../src/store/keys.ts';
import { createWiringStore } from '../../src/store/wiring-store.ts';
import { createTelnyx, type Telnyx } from '../../stand-ins/telnyx/telnyx.ts';
import { openDescribed, openStandIn, PATHS } from '../carriers/http/described.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';

const KEY = 'a-key-of-the-test';
const PHONE = '+447400123456';
const FORWARDED = { call_forwarding_enabled: true, forwarding_type: 'always' as const, forwards_to: PHONE };
const numberAt = (at: number): string => `+44207946${String(at).padStart(4, '0')}`;

const here = eachWorld(async ({ store }) => {
  await put(store, 'customers', 'acme', { name: 'Acme' });
  await put(store, 'carriers', 'main', { kind: 'telnyx', credentials: { apiKey: 'env:KEY', publicKey: 'env:PUBLIC' } });
  await put(store, 'carriers', 'other', { kind: 'telnyx', credentials: { apiKey: 'env:KEY', publicKey: 'env:PUBLIC' } });
  await put(store, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await put(store, 'plans', 'desk', { destinations: [{ to: PHONE }, { to: 'voicemail' }] });
});

let telnyx: Telnyx;
/** Each look at it is later. */
let now = 0;
const clock = { now: () => (now += 1) };
let api: CarrierApi;
beforeEach(async () => {
  telnyx = await createTelnyx({ apiKey: KEY, mostOfAPage: 50 });
  api = createTelnyxApi({ credentials: { apiKey: KEY }, baseUrl: telnyx.url, timeoutMs: 10_000 });
});
afterEach(async () => {
  api.close();
  await telnyx.close();
});

const ours = (number: string, more: Partial<Pick<NumberRecord, 'carrier' | 'carrierRef' | 'divertBy'>> = {}) => put(here.world.store, 'numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', ...more });

async function check({ send = (request) => request(), ...parts }: { api?: CarrierApi; routing?: typeof telnyxRouting; send?: Send } = {}) {
  const { redis, store } = here.world;
  const { table } = await here.world.follow();
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  const sight = () => ({ table: table.current, judge, baseUrl: 'https://calls.example.net' });
  return checkNumbers({ api, routing: telnyxRouting, store, wirings: createWiringStore(redis), clock, routes: createRouteStore(redis), sight, send, progress: () => Promise.resolve(), ...parts }, 'main');
}

describe('the numbers of an account', () => {
  it('are those here, or are named: not held, held besides, known by another id, and forwarded for nothing', async () => {
    const [agreeing, missing, elsewhere, wrongId, stray, diverted, unknown, foreign] = Array.from({ length: 8 }, (_, at) => numberAt(at)) as [string, string, string, string, string, string, string, string];
    for (const number of [agreeing, wrongId]) telnyx.addNumber(number);
    for (const number of [elsewhere, stray, diverted, foreign]) telnyx.addNumber(number, { call_forwarding: { ...FORWARDED } });
    telnyx.addNumber(unknown, { call_forwarding: { ...FORWARDED, forwarding_type: 'on-failure' } });
    await ours(agreeing, { carrierRef: telnyx.number(agreeing)?.id ?? '', divertBy: 'number' });
    await ours(missing);
    await ours(elsewhere, { carrier: 'other' });
    await ours(wrongId, { carrierRef: '17' });
    await ours(stray, { divertBy: 'number' });
    await ours(diverted, { divertBy: 'number' });
    await createRouteStore(here.world.redis).save({ carrier: 'main', unit: diverted }, 0, { ...UNKNOWN_ROUTE, is: 'diverted', divert: { original: {}, set: {}, sent: [], confirmed: true } });
    expect(await check()).toEqual({
      listed: true, held: 7, ours: 5, found: 4,
      missing: { count: 1, first: [missing] },
      unknown: { count: 3, first: [elsewhere, foreign, unknown] },
      otherRef: { count: 1, first: [{ number: wrongId, carrierRef: '17', ref: telnyx.number(wrongId)?.id }] },
      strays: { count: 3, first: [elsewhere, stray, foreign].map((number) => ({ number, kind: 'phone', to: PHONE, ours: number === stray })) },
      unwired: { count: 1, first: [wrongId] },
      groups: { count: 0, faulty: 0, first: [] },
    });
    expect(telnyx.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('are counted all, and a hundred of each sort are named', async () => {
    for (let at = 0; at < 130; at += 1) telnyx.addNumber(numberAt(at), { call_forwarding: { ...FORWARDED } });
    for (let at = 500; at < 620; at += 1) await ours(numberAt(at));
    const found = await check();
    expect(found).toMatchObject({ held: 130, ours: 120, found: 0, missing: { count: 120 }, unknown: { count: 130 }, strays: { count: 130 } });
    expect([found.missing, found.unknown, found.strays].map(({ first }) => first.length)).toEqual([100, 100, 100]);
  });

  it('that were put back since they were listed are no strays', async () => {
    const held = telnyx.addNumber(numberAt(1), { call_forwarding: { ...FORWARDED } });
    await ours(numberAt(1), { divertBy: 'number' });
    const found = await check({ send: async (request) => {
      const answer = await request();
      if (telnyx.requests.some(({ path }) => path === '/v2/phone_numbers')) held.call_forwarding = { call_forwarding_enabled: false, forwarding_type: null, forwards_to: '' };
      return answer;
    } });
    expect(found).toMatchObject({ held: 1, found: 1, strays: { count: 0, first: [] } });
  });

  it('that came while they were listed are not missing', async () => {
    for (let at = 0; at < 60; at += 1) telnyx.addNumber(numberAt(at));
    await ours(numberAt(100));
    let late = false;
    const found = await check({ send: async (request) => {
      const answer = await request();
      if (!late && telnyx.requests.filter(({ path }) => path === '/v2/phone_numbers').length === 2) {
        late = true;
        telnyx.addNumber(numberAt(100), { call_forwarding: { ...FORWARDED } });
      }
      return answer;
    } });
    expect(found).toMatchObject({ held: 60, ours: 1, found: 1, missing: { count: 0 }, strays: { count: 1, first: [{ number: numberAt(100), ours: true }] } });
  });
});

describe('the applications that numbers are on', () => {
  const OURS = 'https://calls.example.net/webhooks/main/voice';

  it('are told with who of ours is on them, and what is not as it should be first', async () => {
    const [asking, lost, trunked, changed, led, diverted] = Array.from({ length: 6 }, (_, at) => numberAt(at)) as [string, string, string, string, string, string];
    const on = async (number: string, settings: object, divertBy: 'call' | 'trunk', route?: Partial<Route>): Promise<string> => {
      const { id } = telnyx.addApplication(settings);
      telnyx.addNumber(number, { connection_id: id });
      await ours(number, { divertBy });
      const ref = `texml_applications/${id}`;
      if (route) await createRouteStore(here.world.redis).save(groupUnit('main', ref), 0, { ...UNKNOWN_ROUTE, is: 'in step', ...route });
      return ref;
    };
    const layer = (set: Routing) => ({ original: {}, set, sent: [set], confirmed: true });
    const refs = {
      asking: await on(asking, { voice_url: OURS }, 'call'),
      lost: await on(lost, { voice_url: 'https://theirs.example/voice' }, 'call'),
      trunked: await on(trunked, { voice_url: 'https://theirs.example/voice' }, 'trunk', { mixed: { why: 'not-asked', count: 1 } }),
      changed: await on(changed, { voice_url: 'https://theirs.example/voice', voice_fallback_url: 'https://else.example/' }, 'trunk', { net: layer({ voice_fallback_url: 'https://ours.example/' }) }),
      led: await on(led, { voice_url: OURS, voice_method: 'post' }, 'trunk'),
      diverted: await on(diverted, { voice_url: OURS, voice_method: 'post' }, 'trunk', { is: 'diverted', divert: layer({ voice_url: OURS, voice_method: 'post' }) }),
    };
    telnyx.addNumber(numberAt(7), { connection_id: refs.trunked.split('/')[1] ?? '' });
    telnyx.addNumber(numberAt(8), { connection_id: telnyx.addApplication({ voice_url: OURS }).id });
    const told = (number: string, ref: string, is: string, more: object = {}) => ({ ref, held: 1, ours: 1, first: [number], calls: 0, is, ...more });
    expect(await check()).toMatchObject({
      unwired: { count: 0 },
      groups: {
        count: 6, faulty: 3,
        first: [
          told(lost, refs.lost, 'elsewhere', { calls: 1 }),
          told(changed, refs.changed, 'changed', { fields: ['voice_fallback_url'] }),
          told(led, refs.led, 'stray'),
          told(asking, refs.asking, 'asks-us', { calls: 1 }),
          told(trunked, refs.trunked, 'elsewhere', { held: 2, mixed: 'not-asked' }),
          told(diverted, refs.diverted, 'diverted'),
        ],
      },
    });
    expect(telnyx.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('are not told as a fault for what was set while they were read', async () => {
    const { id } = telnyx.addApplication({ voice_url: OURS, voice_method: 'post' });
    telnyx.addNumber(numberAt(1), { connection_id: id });
    await ours(numberAt(1), { divertBy: 'trunk' });
    let reads = 0;
    const found = await check({ api: { ...api, async readRouting(ref, number) {
      const routing = await api.readRouting(ref, number);
      reads += 1;
      Object.assign(telnyx.application(id) ?? {}, { voice_url: 'https://theirs.example/voice' });
      return routing;
    } } });
    expect([reads, found.groups]).toMatchObject([2, { faulty: 0, first: [{ is: 'elsewhere' }] }]);
  });

  it('may be gone', async () => {
    const groups = createGroupCheck({ carrier: 'main', api: { readRouting: () => Promise.reject(new Failure('carrier_number_unknown', 'no')) }, routing: telnyxRouting, routes: createRouteStore(here.world.redis), sight: () => { throw new Error('nobody asks'); }, send: (request) => request() });
    groups.count(numberAt(1), { connection_id: '7', 'connection.record_type': 'texml_application', 'texml_application.voice_url': OURS }, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    expect(await groups.look()).toMatchObject({ count: 1, faulty: 1, first: [{ ref: 'texml_applications/7', is: 'gone' }] });
  });
});

it.each(CARRIER_KINDS.filter((kind) => CARRIER_PARTS[kind].wiring && kind !== 'bandwidth'))('a number of %s that is wired asks us', (kind) => {
  const { wiring, routing } = CARRIER_PARTS[kind];
  const site = { baseUrl: 'https://calls.example.net', carrierId: 'main', fallbackUrl: 'https://static.example/' };
  const wanted = wiring?.wantedWiring(site).number ?? {};
  const asks = (fields: Routing) => (typeof routing === 'function' ? undefined : routing.asks?.(fields));
  expect([isAskedOf('main', asks(wanted)), isAskedOf('other', asks(wanted)), asks({})]).toEqual([true, false, undefined]);
});

describe('how numbers that ask us for each call are set', () => {
  const [asking, set, gone] = [numberAt(1), numberAt(2), numberAt(3)] as [string, string, string];
  const noted = () => createWiringStore(here.world.redis).readMany('main', [asking, set, gone]);

  it('is known afterwards, without what is set by hand over it, and forgotten with the number', async () => {
    const { id } = telnyx.addApplication({ voice_url: 'https://calls.example.net/webhooks/main/voice' });
    for (const number of [asking, gone]) {
      telnyx.addNumber(number, { connection_id: id });
      await ours(number);
    }
    telnyx.addNumber(set, { connection_id: id });
    await ours(set, { divertBy: 'number' });
    await check();
    const first = await noted();
    expect(first).toMatchObject([{ ref: telnyx.number(asking)?.id, routing: { connection_id: id } }, undefined, { ref: telnyx.number(gone)?.id }]);
    Object.assign(telnyx.number(asking) ?? {}, { connection_id: telnyx.addConnection(), call_forwarding: { ...FORWARDED } });
    Object.assign(telnyx.number(gone) ?? {}, { phone_number: numberAt(9) });
    await check();
    expect(await noted()).toEqual([first[0], undefined, undefined]);
    expect(await here.world.redis.hlen(keys.wiringForms('main'))).toBe(1);
    const other = telnyx.addConnection();
    Object.assign(telnyx.number(asking) ?? {}, { connection_id: other, call_forwarding: { ...FORWARDED, call_forwarding_enabled: false } });
    await check();
    expect(await noted()).toMatchObject([{ routing: { connection_id: other, 'call_forwarding.call_forwarding_enabled': 'false' } }, undefined, undefined]);
  });
});

describe('a carrier that cannot list', () => {
  it('is asked for ours one by one, and nothing is said of others', async () => {
    const carrier = await openStandIn();
    const { list: _list, ...described } = PATHS.api;
    const client = openDescribed(described, `${carrier.url}/v1`);
    try {
      carrier.addNumber('+14155550100', { forwarding: { enabled: true, to: PHONE } });
      carrier.addNumber('+14155550101');
      carrier.addNumber('+14155550102', { forwarding: { enabled: true, to: PHONE } });
      for (const number of ['+14155550100', '+14155550101', '+14155550109']) await ours(number);
      await ours('+14155550102', { carrier: 'other' });
      expect(await check({ api: client, routing: httpRouting(described) })).toEqual({
        listed: false, ours: 3, found: 2, missing: { count: 1, first: ['+14155550109'] }, unknown: { count: 0, first: [] }, otherRef: { count: 0, first: [] },
        strays: { count: 1, first: [{ number: '+14155550100', kind: 'phone', to: PHONE, ours: true }] },
      });
    } finally {
      client.close();
      await carrier.close();
    }
  });
});

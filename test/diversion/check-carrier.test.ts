/** What an account holds compared with what is here: against strict stand-ins over real HTTP, with the real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import type { CarrierApi, Send } from '../../src/carriers/api.ts';
import { httpRouting } from '../../src/carriers/http/routing.ts';
import { createTelnyxApi } from '../../src/carriers/telnyx/api.ts';
import { telnyxRouting } from '../../src/carriers/telnyx/routing.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { checkNumbers } from '../../src/diversion/check-carrier.ts';
import { UNKNOWN_ROUTE } from '../../src/domain/route.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
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
  api = createTelnyxApi({ credentials: { apiKey: KEY }, baseUrl: telnyx.url, timeoutMs: 500 });
});
afterEach(async () => {
  api.close();
  await telnyx.close();
});

const ours = (number: string, more: { carrier?: string; carrierRef?: string; divertBy?: 'call' | 'number' } = {}) => put(here.world.store, 'numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', ...more });

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

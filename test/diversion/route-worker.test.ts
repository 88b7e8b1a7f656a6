/** Numbers whose routing is set at the carrier: the whole service, its worker, a strict stand-in, and Redis. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT, openWorld, type World } from '../support/world.ts';

const TOKEN = 'a-token-of-the-test';
const TRUNK = `TK${'b'.repeat(32)}`;
const numberAt = (at: number): string => `+44207946${String(at).padStart(4, '0')}`;

let redis: TestRedis;
let world: World;
let twilio: Twilio;
let service: RunningService;

beforeAll(async () => { redis = await startTestRedis(); });
afterAll(() => redis.stop());

beforeEach(async () => {
  await redis.flush();
  world = await openWorld(redis.url);
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  service = await startService({ redis });
  await service.ask('PUT', '/v1/customers/acme', { name: 'Acme', class: 'low' });
  await service.ask('PUT', '/v1/customers/urgent', { name: 'Urgent', class: 'critical' });
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, limits: { writesPerSecond: 200, atOnce: 4 } });
  await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] });
});
afterEach(async () => {
  await service.close();
  await twilio.close();
  await world.close();
});

const routeOf = async (number: string) => (await createRouteStore(world.redis).read({ carrier: 'main', unit: number })).route;

async function addNumber(number: string, customer = 'acme'): Promise<void> {
  twilio.addNumber(number, { trunk_sid: TRUNK, voice_url: 'https://old.example/voice', voice_method: 'POST' });
  await service.ask('PUT', `/v1/numbers/${number}`, { customer, primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
}

const turn = (says: 'divert' | 'restore') => service.ask<{ diversion: string }>('POST', `/v1/primaries/pbx/${says}`, { reason: 'test' });
const trunks = (numbers: readonly string[]) => numbers.map((number) => twilio.number(number)?.settings.trunk_sid);

describe('the worker', () => {
  it('diverts and restores the numbers of a primary, and writes nothing for those that ask for each call', async () => {
    const numbers = [1, 2, 3].map(numberAt);
    for (const number of numbers) await addNumber(number);
    twilio.addNumber(numberAt(9), { voice_url: 'https://old.example/voice' });
    await service.ask('PUT', `/v1/numbers/${numberAt(9)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    const before = numbers.map((number) => twilio.number(number)?.settings);
    const { diversion } = await turn('divert');
    await expect.poll(() => trunks(numbers)).toEqual(['', '', '']);
    expect(twilio.number(numberAt(1))?.settings).toMatchObject({ voice_url: `${service.publicBaseUrl}/webhooks/main/voice`, voice_method: 'GET' });
    await expect.poll(() => createRouteStore(world.redis).counts(diversion)).toMatchObject({ diverted: 3, pending: 0 });
    await turn('restore');
    await expect.poll(() => numbers.map((number) => twilio.number(number)?.settings)).toEqual(before);
    await expect.poll(() => createRouteStore(world.redis).counts(diversion)).toMatchObject({ 'in step': 3, diverted: 0 });
    expect(twilio.number(numberAt(9))?.settings.voice_url).toBe('https://old.example/voice');
    const told = async () => (await service.request<string>('GET', '/metrics')).body.split('\n').filter((line) => /^ringthrough_route.*"main"/.test(line));
    await expect.poll(told).toEqual(expect.arrayContaining([
      'ringthrough_routes{carrier="main",unit="number",state="in step"} 3', 'ringthrough_routes{carrier="main",unit="number",state="diverted"} 0',
      // Put back in two writes each: the trunk by itself, then the addresses.
      'ringthrough_route_writes_total{carrier="main",outcome="done"} 9', 'ringthrough_route_read_backs_total{carrier="main"} 9',
    ]));
  });

  it('keeps a safety net that holds when we are gone, on what others serve', async () => {
    const body = (template: string) => ({ kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, safetyNetUrl: template });
    twilio.addNumber(numberAt(1), { voice_url: 'https://old.example/voice', voice_fallback_url: 'https://old.example/fallback' });
    await service.ask('PUT', '/v1/carriers/main', body('https://net.example/?n={number}'));
    await service.ask('PUT', `/v1/numbers/${numberAt(1)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
    const fallback = () => twilio.number(numberAt(1))?.settings.voice_fallback_url;
    await expect.poll(fallback).toBe('https://net.example/?n=%2B447400123456');
    await service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123457' }, { to: 'voicemail' }] });
    await expect.poll(fallback).toBe('https://net.example/?n=%2B447400123457');
    await service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: 'voicemail' }] });
    await expect.poll(fallback).toBe('https://old.example/fallback');
    expect(await service.ask('GET', `/v1/numbers/${numberAt(1)}/route`)).toMatchObject({ wanted: { uncaught: 'no-destination' } });
  });

  it('puts back a number that is taken from it while it is diverted', async () => {
    await addNumber(numberAt(1));
    await turn('divert');
    await expect.poll(() => trunks([numberAt(1)])).toEqual(['']);
    await service.ask('PUT', `/v1/numbers/${numberAt(1)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    await expect.poll(() => trunks([numberAt(1)])).toEqual([TRUNK]);
    await expect.poll(() => routeOf(numberAt(1))).toBeUndefined();
  });

  it('serves the critical first', async () => {
    const low = Array.from({ length: 12 }, (_, at) => numberAt(at));
    const urgent = Array.from({ length: 4 }, (_, at) => numberAt(100 + at));
    await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, limits: { writesPerSecond: 30, atOnce: 2 } });
    for (const number of low) await addNumber(number);
    for (const number of urgent) await addNumber(number, 'urgent');
    await expect.poll(async () => new Set((await Promise.all([...low, ...urgent].map(routeOf))).map((route) => route?.is))).toEqual(new Set(['in step']));
    await expect.poll(() => createDueRoutes(world.redis).next('main', Date.now(), 1)).toEqual([]);
    await turn('divert');
    await expect.poll(() => new Set(trunks([...low, ...urgent]))).toEqual(new Set(['']));
    const order = twilio.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
    const sids = urgent.map((number) => twilio.number(number)?.sid ?? 'none');
    // Two are under way at a time: the last of them may be overtaken by the first of the others.
    expect(order.map((path) => sids.some((sid) => path.includes(sid))).lastIndexOf(true)).toBeLessThanOrEqual(sids.length);
  });

  it('goes on after throttling, faults, and writes whose answer never came', async () => {
    const numbers = Array.from({ length: 8 }, (_, at) => numberAt(at));
    for (const number of numbers) await addNumber(number);
    await expect.poll(async () => (await routeOf(numbers.at(-1) ?? ''))?.is).toBe('in step');
    twilio.faults.next(2, 'throttled');
    twilio.faults.next(2, 'broken');
    await turn('divert');
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 30_000 }).toEqual(new Set(['']));
    await turn('restore');
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 30_000 }).toEqual(new Set([TRUNK]));
  });

  it('goes on after Redis was killed and came back', async () => {
    const numbers = Array.from({ length: 40 }, (_, at) => numberAt(at));
    for (const number of numbers) await addNumber(number);
    await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, limits: { writesPerSecond: 40, atOnce: 4 } });
    await turn('divert');
    await expect.poll(() => trunks(numbers).filter((trunk) => trunk === '').length).toBeGreaterThan(5);
    await redis.restart();
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 40_000 }).toEqual(new Set(['']));
    await expect.poll(() => service.request('POST', '/v1/primaries/pbx/restore', { reason: 'test' }).then(({ status }) => status)).toBe(200);
    await expect.poll(() => trunks(numbers).filter((trunk) => trunk !== '').length).toBeGreaterThan(5);
    await redis.restart();
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 40_000 }).toEqual(new Set([TRUNK]));
  });

  it('one carrier that hangs keeps no other waiting', async () => {
    const hanging = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
    hanging.faults.next(1000, 'hang');
    try {
      await service.ask('PUT', '/v1/carriers/slow', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: hanging.url });
      for (let at = 200; at < 220; at += 1) await service.ask('PUT', `/v1/numbers/${numberAt(at)}`, { customer: 'urgent', primary: 'pbx', carrier: 'slow', plan: 'desk', divertBy: 'number' });
      await addNumber(numberAt(1));
      await turn('divert');
      await expect.poll(() => trunks([numberAt(1)])).toEqual(['']);
      await turn('restore');
      await expect.poll(() => trunks([numberAt(1)])).toEqual([TRUNK]);
    } finally {
      await hanging.close();
    }
  });
});

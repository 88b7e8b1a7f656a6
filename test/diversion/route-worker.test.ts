/** Numbers whose routing is set at the carrier: the whole service, its worker, a strict stand-in, and Redis. */
import { describe, expect, it } from 'vitest';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachTwilio, TOKEN } from '../support/each-twilio.ts';
import { ACCOUNT } from '../support/world.ts';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';

const TRUNK = `TK${'b'.repeat(32)}`;
const numberAt = (at: number): string => `+44207946${String(at).padStart(4, '0')}`;

const here = eachTwilio(async ({ service, putCarrier }) => {
  await service.ask('PUT', '/v1/customers/acme', { name: 'Acme', class: 'low' });
  await service.ask('PUT', '/v1/customers/urgent', { name: 'Urgent', class: 'critical' });
  await putCarrier({ limits: { writesPerSecond: 200, atOnce: 4 } });
});

const routeOf = async (number: string) => (await createRouteStore(here.world.redis).read({ carrier: 'main', unit: number })).route;

async function addNumber(number: string, customer = 'acme'): Promise<void> {
  here.twilio.addNumber(number, { trunk_sid: TRUNK, voice_url: 'https://old.example/voice', voice_method: 'POST' });
  await here.service.ask('PUT', `/v1/numbers/${number}`, { customer, primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
}

const turn = (says: 'divert' | 'restore') => here.service.ask<{ diversion: string }>('POST', `/v1/primaries/pbx/${says}`, { reason: 'test' });
const trunks = (numbers: readonly string[]) => numbers.map((number) => here.twilio.number(number)?.settings.trunk_sid);

describe('the worker', () => {
  it('diverts and restores the numbers of a primary, and writes nothing for those that ask for each call', async () => {
    const numbers = [1, 2, 3].map(numberAt);
    for (const number of numbers) await addNumber(number);
    here.twilio.addNumber(numberAt(9), { voice_url: 'https://old.example/voice' });
    await here.service.ask('PUT', `/v1/numbers/${numberAt(9)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    const before = numbers.map((number) => here.twilio.number(number)?.settings);
    const { diversion } = await turn('divert');
    await expect.poll(() => trunks(numbers)).toEqual(['', '', '']);
    expect(here.twilio.number(numberAt(1))?.settings).toMatchObject({ voice_url: `${here.service.publicBaseUrl}/webhooks/main/voice`, voice_method: 'GET' });
    await expect.poll(() => createRouteStore(here.world.redis).counts(diversion)).toMatchObject({ diverted: 3, pending: 0 });
    await turn('restore');
    await expect.poll(() => numbers.map((number) => here.twilio.number(number)?.settings)).toEqual(before);
    await expect.poll(() => createRouteStore(here.world.redis).counts(diversion)).toMatchObject({ 'in step': 3, diverted: 0 });
    expect(here.twilio.number(numberAt(9))?.settings.voice_url).toBe('https://old.example/voice');
    const told = async () => (await here.service.request<string>('GET', '/metrics')).body.split('\n').filter((line) => /^ringthrough_route.*"main"/.test(line));
    await expect.poll(told).toEqual(expect.arrayContaining([
      'ringthrough_routes{carrier="main",unit="number",state="in step"} 3', 'ringthrough_routes{carrier="main",unit="number",state="diverted"} 0',
      // Put back in two writes each: the trunk by itself, then the addresses.
      'ringthrough_route_writes_total{carrier="main",outcome="done"} 9', 'ringthrough_route_read_backs_total{carrier="main"} 9',
    ]));
  });

  it('keeps a safety net that holds when we are gone, on what others serve', async () => {
    here.twilio.addNumber(numberAt(1), { voice_url: 'https://old.example/voice', voice_fallback_url: 'https://old.example/fallback' });
    await here.putCarrier({ safetyNetUrl: 'https://net.example/?n={number}' });
    await here.service.ask('PUT', `/v1/numbers/${numberAt(1)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
    const fallback = () => here.twilio.number(numberAt(1))?.settings.voice_fallback_url;
    await expect.poll(fallback).toBe('https://net.example/?n=%2B447400123456');
    await here.service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123457' }, { to: 'voicemail' }] });
    await expect.poll(fallback).toBe('https://net.example/?n=%2B447400123457');
    await here.service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: 'voicemail' }] });
    await expect.poll(fallback).toBe('https://old.example/fallback');
    expect(await here.service.ask('GET', `/v1/numbers/${numberAt(1)}/route`)).toMatchObject({ wanted: { uncaught: 'no-destination' } });
  });

  it('puts back a number that is taken from it while it is diverted', async () => {
    await addNumber(numberAt(1));
    await turn('divert');
    await expect.poll(() => trunks([numberAt(1)])).toEqual(['']);
    await here.service.ask('PUT', `/v1/numbers/${numberAt(1)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    await expect.poll(() => trunks([numberAt(1)])).toEqual([TRUNK]);
    await expect.poll(() => routeOf(numberAt(1))).toBeUndefined();
  });

  it('serves the critical first', async () => {
    const low = Array.from({ length: 12 }, (_, at) => numberAt(at));
    const urgent = Array.from({ length: 4 }, (_, at) => numberAt(100 + at));
    await here.putCarrier({ limits: { writesPerSecond: 30, atOnce: 2 } });
    for (const number of low) await addNumber(number);
    for (const number of urgent) await addNumber(number, 'urgent');
    await expect.poll(async () => new Set((await Promise.all([...low, ...urgent].map(routeOf))).map((route) => route?.is))).toEqual(new Set(['in step']));
    await expect.poll(() => createDueRoutes(here.world.redis).next('main', Date.now(), 1)).toEqual([]);
    await turn('divert');
    await expect.poll(() => new Set(trunks([...low, ...urgent]))).toEqual(new Set(['']));
    const order = here.twilio.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
    const sids = urgent.map((number) => here.twilio.number(number)?.sid ?? 'none');
    // Two are under way at a time: the last of them may be overtaken by the first of the others.
    expect(order.map((path) => sids.some((sid) => path.includes(sid))).lastIndexOf(true)).toBeLessThanOrEqual(sids.length);
  });

  it('goes on after throttling, faults, and writes whose answer never came', async () => {
    const numbers = Array.from({ length: 8 }, (_, at) => numberAt(at));
    for (const number of numbers) await addNumber(number);
    await expect.poll(async () => (await routeOf(numbers.at(-1) ?? ''))?.is).toBe('in step');
    here.twilio.faults.next(2, 'throttled');
    here.twilio.faults.next(2, 'broken');
    await turn('divert');
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 30_000 }).toEqual(new Set(['']));
    await turn('restore');
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 30_000 }).toEqual(new Set([TRUNK]));
  });

  it('goes on after Redis was killed and came back', async () => {
    const numbers = Array.from({ length: 40 }, (_, at) => numberAt(at));
    for (const number of numbers) await addNumber(number);
    await here.putCarrier({ limits: { writesPerSecond: 40, atOnce: 4 } });
    await turn('divert');
    await expect.poll(() => trunks(numbers).filter((trunk) => trunk === '').length).toBeGreaterThan(5);
    await here.redis.restart();
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 40_000 }).toEqual(new Set(['']));
    await expect.poll(() => here.service.request('POST', '/v1/primaries/pbx/restore', { reason: 'test' }).then(({ status }) => status)).toBe(200);
    await expect.poll(() => trunks(numbers).filter((trunk) => trunk !== '').length).toBeGreaterThan(5);
    await here.redis.restart();
    await expect.poll(() => new Set(trunks(numbers)), { timeout: 40_000 }).toEqual(new Set([TRUNK]));
  });

  it('one carrier that hangs keeps no other waiting', async () => {
    const hanging = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
    hanging.faults.next(1000, 'hang');
    try {
      await here.service.ask('PUT', '/v1/carriers/slow', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: hanging.url });
      for (let at = 200; at < 220; at += 1) await here.service.ask('PUT', `/v1/numbers/${numberAt(at)}`, { customer: 'urgent', primary: 'pbx', carrier: 'slow', plan: 'desk', divertBy: 'number' });
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

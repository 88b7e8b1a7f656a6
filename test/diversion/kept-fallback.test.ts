/** Numbers that ask us for each call: their fallback is kept equal to the document of their plan. The whole service, its worker, a strict stand-in, and Redis. */
import { describe, expect, it } from 'vitest';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachTwilio } from '../support/each-twilio.ts';

const [WIRED, OTHER] = ['+442079460001', '+442079460002'];
const SETTING = { safetyNetUrl: 'https://net.example/?n={number}', limits: { writesPerSecond: 500, atOnce: 4 } };
const documentOf = (digits: string): string => `https://net.example/?n=%2B${digits}`;

const here = eachTwilio();

const settings = (number = WIRED) => here.twilio.number(number)?.settings;
const fallback = (number = WIRED) => [settings(number)?.voice_fallback_url, settings(number)?.voice_fallback_method];
const routeOf = async (number = WIRED) => (await createRouteStore(here.world.redis).read({ carrier: 'main', unit: number })).route;
const putPlan = (...to: string[]) => here.service.ask('PUT', '/v1/plans/desk', { destinations: [...to, 'voicemail'].map((one) => ({ to: one })) });
const wire = (number = WIRED) => here.service.ask<{ after: object }>('POST', `/v1/carriers/main/wiring/${number}`, {});
const placed = async () => createDueRoutes(here.world.redis).known('main', [WIRED, OTHER]);

/** It was looked at, and is not to be looked at again soon. */
async function lookedAt(number: string): Promise<void> {
  const due = createDueRoutes(here.world.redis);
  await expect.poll(async () => [await due.known('main', [number]), await due.next('main', Date.now(), 10)]).toEqual([[number], []]);
}

async function addNumber(number = WIRED): Promise<void> {
  here.twilio.addNumber(number, { voice_url: 'https://old.example/voice' });
  await here.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
}

describe('the fallback of a number that asks us', () => {
  it('follows the plan, whoever has its calls just now, and is as before where the plan leads nowhere', async () => {
    await addNumber();
    await wire();
    const plain = fallback();
    expect(plain).toEqual([expect.stringContaining('/webhooks/main/recovery'), 'POST']);
    await here.putCarrier(SETTING);
    await expect.poll(() => fallback()).toEqual([documentOf('447400123456'), 'GET']);
    const { voice_url: ours } = settings() ?? {};
    await here.service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
    await putPlan('+447400123457');
    await expect.poll(() => fallback()).toEqual([documentOf('447400123457'), 'GET']);
    await putPlan();
    await expect.poll(() => fallback()).toEqual(plain);
    expect(settings()).toMatchObject({ voice_url: ours, voice_method: 'POST' });
    await expect.poll(async () => (await routeOf())?.is).toBe('in step');
  });

  it('is another one of ours when it was wired with that before, and goes when nobody keeps documents any more', async () => {
    await here.putCarrier(SETTING);
    await addNumber();
    await wire();
    expect(fallback()).toEqual([documentOf('447400123456'), 'GET']);
    await putPlan('+447400123457');
    await expect.poll(() => fallback()).toEqual([documentOf('447400123457'), 'GET']);
    await here.putCarrier();
    await expect.poll(() => fallback()).toEqual([expect.stringContaining('/webhooks/main/recovery'), 'POST']);
    await expect.poll(() => routeOf()).toBeUndefined();
    await expect.poll(placed).toEqual([]);
  });

  it('stays as it is where somebody else has set it, or somebody else has the calls', async () => {
    for (const number of [WIRED, OTHER]) await addNumber(number);
    await wire();
    Object.assign(settings() ?? {}, { voice_fallback_url: 'https://other.example/fallback' });
    await here.putCarrier(SETTING);
    for (const number of [WIRED, OTHER]) await lookedAt(number);
    expect([fallback()[0], fallback(OTHER)[0]]).toEqual(['https://other.example/fallback', '']);
    expect(await Promise.all([routeOf(), routeOf(OTHER)])).toEqual([undefined, undefined]);
  });

  it('is a conflict once ours was changed, until somebody says how it is to be', async () => {
    await here.putCarrier(SETTING);
    await addNumber();
    await wire();
    await putPlan('+447400123458');
    await expect.poll(() => fallback()[0]).toBe(documentOf('447400123458'));
    Object.assign(settings() ?? {}, { voice_fallback_url: 'https://other.example/fallback' });
    await putPlan('+447400123457');
    await expect.poll(async () => (await routeOf())?.conflict?.of).toBe('net');
    expect(fallback()[0]).toBe('https://other.example/fallback');
    expect(await here.service.ask('GET', `/v1/numbers/${WIRED}/route`)).toMatchObject({ wanted: { is: 'original' } });
    await here.service.ask('POST', `/v1/numbers/${WIRED}/route/resolve`, { how: 'ours', reason: 'test' });
    await expect.poll(() => fallback()[0]).toBe(documentOf('447400123457'));
  });

  it('is put back when the number goes, and left alone while it is led elsewhere by hand', async () => {
    await addNumber();
    await wire();
    const plain = fallback();
    await here.putCarrier(SETTING);
    await expect.poll(() => fallback()[0]).toBe(documentOf('447400123456'));
    await expect.poll(async () => (await routeOf())?.net?.confirmed).toBe(true);
    const wired = { voice_url: settings()?.voice_url, voice_method: 'POST' };
    Object.assign(settings() ?? {}, { voice_url: documentOf('447400123456'), voice_method: 'GET' });
    const before = here.twilio.requests.length;
    await putPlan('+447400123457');
    await expect.poll(() => here.twilio.requests.length).toBeGreaterThan(before);
    await lookedAt(WIRED);
    expect(new Set(here.twilio.requests.slice(before).map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(fallback()[0]).toBe(documentOf('447400123456'));
    Object.assign(settings() ?? {}, wired);
    await here.service.ask('DELETE', `/v1/numbers/${WIRED}`);
    await expect.poll(() => fallback()).toEqual(plain);
  });
});

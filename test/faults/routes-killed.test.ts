/** The worker that sets routings at a carrier is killed three times, or hangs and wakes, in the middle of 300 numbers: another goes on, and nothing is lost. */
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { createDraft } from '../../src/store/draft.ts';
import { createRouteStore, type RouteStore } from '../../src/store/route-store.ts';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis } from '../support/redis.ts';
import { launchService, newDataDir, type ServiceProcess } from '../support/service-process.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT, openWorld } from '../support/world.ts';

const TOKEN = 'a-token-of-the-test';
const TRUNK = `TK${'b'.repeat(32)}`;
const NUMBERS = Array.from({ length: 300 }, (_, at) => `+4420794${String(60_000 + at)}`);

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

async function open(): Promise<{ routes: RouteStore; twilio: Twilio; service: RunningService; worker: () => ServiceProcess }> {
  const redis = await startTestRedis();
  closes.push(() => redis.stop());
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  closes.push(() => twilio.close());
  const service = await startService({ redis, settings: { WORKERS: 'off' } });
  closes.push(() => service.close());
  const dataDir = await newDataDir();
  await service.ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, limits: { writesPerSecond: 250, atOnce: 10 } });
  await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456' }] });
  for (const number of NUMBERS) twilio.addNumber(number, { trunk_sid: TRUNK, voice_url: `https://old.example/${number.slice(1)}`, voice_method: 'POST' });
  const world = await openWorld(redis.url);
  closes.push(() => world.close());
  const draft = createDraft();
  for (const number of NUMBERS) draft.put('numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' }, undefined);
  await world.store.commit(draft);
  return { routes: createRouteStore(world.redis), twilio, service, worker: () => launchService(dataDir, { REDIS_URL: redis.url, SECRET_KEY: service.settings.SECRET_KEY }, 'workers/main.js') };
}

test('300 numbers are diverted and put back exactly, whoever is killed on the way', async () => {
  const { routes, twilio, service, worker } = await open();
  const before = NUMBERS.map((number) => twilio.number(number)?.settings);
  const writes = (): number => twilio.requests.filter(({ method }) => method === 'POST').length;
  const states = async (diversion: string) => routes.counts(diversion);

  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 270 }), async (first, second, third) => {
    let running = worker();
    async function killedAfter(count: number): Promise<void> {
      const from = writes();
      await expect.poll(() => writes() - from, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(count);
      await running.end('SIGKILL');
      running = worker();
    }
    const { diversion } = await service.ask<{ diversion: string }>('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
    await killedAfter(first);
    await killedAfter(second);
    await expect.poll(() => states(diversion), { timeout: 50_000 }).toMatchObject({ diverted: NUMBERS.length });
    for (const number of NUMBERS) expect(twilio.number(number)?.settings).toMatchObject({ trunk_sid: '', voice_url: `${service.publicBaseUrl}/webhooks/main/voice` });

    await service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'test' });
    await killedAfter(third);
    await expect.poll(() => states(diversion), { timeout: 50_000 }).toMatchObject({ 'in step': NUMBERS.length, diverted: 0, pending: 0, conflict: 0 });
    expect(NUMBERS.map((number) => twilio.number(number)?.settings)).toEqual(before);
    await running.end('SIGTERM');
  }), { numRuns: 1, endOnFailure: true });
}, 180_000);

test('a worker that hangs is followed by another, and changes nothing when it wakes', async () => {
  const { routes, twilio, service, worker } = await open();
  const before = NUMBERS.map((number) => twilio.number(number)?.settings);
  const writes = (): number => twilio.requests.filter(({ method }) => method === 'POST').length;

  const hung = worker();
  const { diversion } = await service.ask<{ diversion: string }>('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
  await expect.poll(writes, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(100);
  hung.child.kill('SIGSTOP');
  const other = worker();
  await expect.poll(() => routes.counts(diversion), { timeout: 60_000 }).toMatchObject({ diverted: NUMBERS.length });
  await service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'test' });
  await expect.poll(() => routes.counts(diversion), { timeout: 60_000 }).toMatchObject({ 'in step': NUMBERS.length });
  const done = writes();
  hung.child.kill('SIGCONT');
  // Alone, it takes its work up again: what it still had in hand before is then behind it.
  await other.end('SIGTERM');
  await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'again' });
  await expect.poll(() => twilio.number(NUMBERS.at(-1) ?? '')?.settings.trunk_sid, { timeout: 60_000 }).toBe('');
  await service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'again' });
  await expect.poll(() => NUMBERS.map((number) => twilio.number(number)?.settings), { timeout: 60_000, interval: 500 }).toEqual(before);
  expect(writes()).toBeGreaterThan(done);
  await hung.end('SIGTERM');
}, 240_000);

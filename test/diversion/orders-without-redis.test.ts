/** Orders to processes that cannot reach Redis: in force there at once, everywhere afterwards, once; and of two that differ the later holds. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { carryOut } from '../../src/diversion/divert.ts';
import type { Order } from '../../src/diversion/order.ts';
import { ADMIN_KEY, PUBLIC_BASE_URL, startService, type RunningService } from '../support/service.ts';
import { keys } from '../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { ACCOUNT, openWorld, type World } from '../support/world.ts';

const NUMBER = '+442079460123';
let now = Date.parse('2026-11-22T03:15:00Z');
const system = { clock: { now: () => now } };
let redis: TestRedis;
let world: World;
let proxies: TcpProxy[] = [];
let services: RunningService[] = [];
beforeAll(async () => {
  process.env['TOKEN_OF_TESTS'] = AUTH_TOKEN;
  redis = await startTestRedis();
});
afterAll(async () => {
  delete process.env['TOKEN_OF_TESTS'];
  await redis.stop();
});
beforeEach(async () => {
  await redis.flush();
  now += 3_600_000;
  world = await openWorld(redis.url);
  for (let at = 0; at < 2; at += 1) await newProcess();
  const [first] = services;
  await first?.ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  await first?.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN_OF_TESTS' } });
  await first?.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await first?.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] });
  await first?.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
  await Promise.all(services.map((service) => service.follower.reached(a().follower.status().revision, 5000)));
});
afterEach(async () => {
  for (const proxy of proxies) proxy.set('open');
  for (const service of services) await service.close();
  for (const proxy of proxies) await proxy.close();
  [services, proxies] = [[], []];
  await world.close();
});

/** Another process, with a network of its own to Redis. */
async function newProcess(settings = {}): Promise<RunningService> {
  const proxy = await createTcpProxy(redis.url);
  proxies.push(proxy);
  const service = await startService({ redis: { ...redis, url: proxy.url }, settings: { WORKERS: 'off', ...settings }, system });
  services.push(service);
  return service;
}

const a = (): RunningService => services[0]!;
const b = (): RunningService => services[1]!;

async function cut(...which: number[]): Promise<void> {
  for (const at of which) proxies[at]?.set('cut');
  await expect.poll(() => which.map((at) => services[at]?.follower.status().is), { timeout: 10_000 }).toEqual(which.map(() => 'stale'));
}

async function mend(...which: number[]): Promise<void> {
  for (const at of which) proxies[at]?.set('open');
  for (const at of which) {
    await expect.poll(async () => (await services[at]!.ask('GET', '/readyz')), { timeout: 5000 }).toMatchObject({ status: 'ok', spooled: 0 });
  }
}

const give = (service: RunningService, says: 'divert' | 'restore', reason: string) => service.request('POST', `/v1/primaries/pbx/${says}`, { reason });

let calls = 0;
/** Where a call goes that comes to this process. */
async function goes(service: RunningService): Promise<'primary' | 'plan'> {
  calls += 1;
  const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/voice', callParams(callSid(calls), NUMBER, { From: `+4477009${String(10_000 + calls)}` }));
  const text = await (await fetch(service.url + path, { method: 'POST', headers, body })).text();
  return text.includes('sip:') ? 'primary' : 'plan';
}

const everywhere = async (where: 'primary' | 'plan') => {
  await expect.poll(() => Promise.all(services.map(goes)), { timeout: 10_000 }).toEqual(services.map(() => where));
};
const diversions = async () => (await a().ask<{ items: Record<string, unknown>[] }>('GET', '/v1/diversions?primary=pbx')).items;
const trail = async () => (await a().ask<{ items: { action: string; reason?: string; at: string; late?: { effect: string; writtenAt: string }; requestId?: string }[] }>('GET', '/v1/audit?limit=1000')).items.filter(({ action }) => /divert|restore/.test(action)).toReversed();
const effects = async () => (await trail()).map(({ action, reason, late }) => `${action.slice('primaries.'.length)} ${reason}: ${late?.effect ?? 'at once'}`);

test('in force there at once, everywhere when Redis is back, as if it had come then', async () => {
  await cut(0);
  const saidAt = now;
  const answer = await give(a(), 'divert', 'Fire');
  expect(answer).toMatchObject({ status: 202, body: { primary: 'pbx', state: 'down', changed: true, pending: true, why: expect.stringMatching(/"Fire".*this process alone/) } });
  expect([await goes(a()), await goes(b())]).toEqual(['plan', 'primary']);
  now += 60_000;
  await mend(0);
  await everywhere('plan');
  expect(await diversions()).toEqual([{ id: answer.body['diversion'], primary: 'pbx', started: { at: new Date(saidAt).toISOString(), by: { key: 'admin', role: 'admin' }, reason: 'Fire' } }]);
  expect(await trail()).toEqual([expect.objectContaining({ action: 'primaries.divert', reason: 'Fire', at: new Date(saidAt).toISOString(), requestId: answer.headers.get('x-request-id'), late: { writtenAt: new Date(now).toISOString(), effect: 'turned' } })]);
  expect((await a().ask<{ status: object }>('GET', '/v1/primaries/pbx')).status).not.toHaveProperty('pending');
  expect(await give(a(), 'restore', 'Out')).toMatchObject({ status: 200, body: { state: 'up', changed: true, diversion: answer.body['diversion'] } });
  await everywhere('primary');
});

test('a restore too, and divert and restore one after the other, in their order', async () => {
  await give(a(), 'divert', 'Fire');
  await cut(0);
  expect(await give(a(), 'restore', 'Out')).toMatchObject({ status: 202, body: { state: 'up', changed: true, diversion: expect.any(String) } });
  expect([await goes(a()), await goes(b())]).toEqual(['primary', 'plan']);
  expect((await give(a(), 'divert', 'Again')).body).toMatchObject({ state: 'down', changed: true });
  expect((await give(a(), 'divert', 'I say again')).body).toMatchObject({ state: 'down', changed: false });
  expect((await give(a(), 'restore', 'Out at last')).body).toMatchObject({ state: 'up', changed: true });
  await mend(0);
  await everywhere('primary');
  expect(await effects()).toEqual(['divert Fire: at once', 'restore Out: turned', 'divert Again: turned', 'divert I say again: already-so', 'restore Out at last: turned']);
  const all = await diversions();
  expect(all.map(({ ended }) => (ended as { reason: string }).reason)).toEqual(expect.arrayContaining(['Out', 'Out at last']));
  expect(all).toHaveLength(2);
});

describe('two that met different orders', () => {
  test.each([
    ['the later restore holds', 'divert', 'restore', 1, 'primary'],
    ['the later divert holds', 'restore', 'divert', 1, 'plan'],
    ['of the same moment, divert holds', 'restore', 'divert', 0, 'plan'],
  ] as const)('%s, whichever is told first', async (_name, first, second, apart, where) => {
    for (const order of [[0, 1], [1, 0]]) {
      await cut(0, 1);
      now += 1000;
      await give(a(), first, 'One');
      now += apart;
      await give(b(), second, 'Two');
      for (const at of order) await mend(at);
      await everywhere(where);
      const open = (await diversions()).filter(({ ended }) => ended === undefined);
      expect(open).toHaveLength(where === 'plan' ? 1 : 0);
      if (where === 'plan') {
        now += 1000;
        await give(a(), 'restore', 'Back to where it began');
        await everywhere('primary');
      }
    }
  });

  test('what came too late is noted, and changes nothing', async () => {
    await cut(0);
    await give(a(), 'divert', 'Old');
    now += 1000;
    await give(b(), 'divert', 'New');
    now += 1000;
    await give(b(), 'restore', 'Newer');
    await mend(0);
    await everywhere('primary');
    expect(await effects()).toEqual(['divert New: at once', 'restore Newer: at once', 'divert Old: superseded']);
    expect(await diversions()).toHaveLength(1);
  });

  test('a word said again counts by when it was last said', async () => {
    await give(b(), 'divert', 'Fire');
    await cut(0);
    now += 1000;
    await give(a(), 'restore', 'Out, I hear');
    now += 1000;
    expect((await give(b(), 'divert', 'Still burning')).body).toMatchObject({ changed: false });
    await mend(0);
    await everywhere('plan');
    expect(await effects()).toEqual(['divert Fire: at once', 'restore Out, I hear: superseded']);
  });
});

test('a primary that was deleted meanwhile: noted, and nothing else', async () => {
  await a().ask('PUT', '/v1/primaries/other', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
  await cut(0);
  expect((await a().request('POST', '/v1/primaries/other/divert', { reason: 'Fire' })).status).toBe(202);
  expect((await b().request('DELETE', '/v1/primaries/other')).status).toBe(204);
  await mend(0);
  expect(await effects()).toEqual(['divert Fire: void']);
  expect(await world.store.find('states', 'other')).toBeUndefined();
});

test('told twice, as after a crash before it was noted as done, it is carried out once', async () => {
  const order: Order = { id: 'order-1', primary: 'pbx', says: 'divert', at: now, by: { key: 'admin', role: 'admin' }, reason: 'Fire', diversion: 'a-diversion' };
  expect((await carryOut(world.store, order, now)).effect).toBe('turned');
  await give(b(), 'restore', 'Out');
  expect((await carryOut(world.store, order, now)).effect).toBe('known');
  const again = { ...order, id: 'order-2', at: now + 9, diversion: 'another-diversion' };
  expect((await Promise.all([carryOut(world.store, again, now), carryOut(world.store, again, now)])).map(({ effect }) => effect).toSorted()).toEqual(['known', 'turned']);
  expect(await effects()).toEqual(['divert Fire: turned', 'restore Out: at once', 'divert Fire: turned']);
});

test('one that timed out and was carried out all the same is carried out once', async () => {
  proxies[0]?.loseAnswerTo('primaries.divert');
  expect(await give(a(), 'divert', 'Fire')).toMatchObject({ status: 202, body: { pending: true } });
  await expect.poll(() => goes(b()), { timeout: 10_000 }).toBe('plan');
  await mend(0);
  await everywhere('plan');
  expect(await effects()).toEqual(['divert Fire: at once']);
  expect(await diversions()).toHaveLength(1);
});

test('one that timed out, and had nothing to change, is in the trail all the same', async () => {
  proxies[0]?.loseAnswerTo(keys.auditHead);
  expect(await give(a(), 'restore', 'All is well')).toMatchObject({ status: 202, body: { pending: true, changed: false } });
  await mend(0);
  await expect.poll(effects, { timeout: 10_000 }).toEqual(['restore All is well: already-so']);
});

test('what one process leaves on its disk, the next ships', async () => {
  await cut(0);
  const { DATA_DIR } = a().settings;
  await give(a(), 'divert', 'Fire');
  await a().close();
  services.splice(0, 1);
  expect(await goes(services[0]!)).toBe('primary');
  await newProcess({ DATA_DIR });
  await everywhere('plan');
  await expect.poll(effects, { timeout: 10_000 }).toEqual(['divert Fire: turned']);
});

test('neither Redis nor disk: refused, and not in force', async () => {
  const { DATA_DIR } = a().settings;
  await a().close();
  services.splice(0, 1);
  await rm(join(DATA_DIR, 'spool'), { recursive: true });
  await writeFile(join(DATA_DIR, 'spool'), '');
  const service = await newProcess({ DATA_DIR });
  proxies[2]?.set('cut');
  await expect.poll(() => service.follower.status().is, { timeout: 10_000 }).toBe('stale');
  const refused = await give(service, 'divert', 'Fire');
  expect([refused.status, refused.body['code'], Number(refused.headers.get('retry-after'))]).toEqual([503, 'store_unavailable', 2]);
  expect(await goes(service)).toBe('primary');
});

test('what is not there, and who may not: refused without Redis as with it', async () => {
  await a().ask('PUT', '/v1/keys/looker', { role: 'viewer' });
  await cut(0);
  expect((await a().request('POST', '/v1/primaries/nothing/divert', { reason: 'x' })).body).toMatchObject({ code: 'not_found' });
  expect((await a().request('POST', '/v1/primaries/pbx/divert', { reason: 'x' }, `${ADMIN_KEY}-not`)).body).toMatchObject({ code: 'unauthenticated' });
  expect((await a().request('PUT', '/v1/customers/late', { name: 'Late' })).body).toMatchObject({ code: 'store_unavailable' });
});

test('destinations that were changed shortly before raise the alarm when Redis is back', async () => {
  const { key } = await a().ask<{ key: string }>('PUT', '/v1/keys/own', { role: 'admin', customer: 'acme' });
  await a().ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123457' }] }, key);
  const alarms = () => a().lines.filter((line) => line.includes('destinations were changed shortly before this diversion'));
  const counted = async () => (await a().request<string>('GET', '/metrics', undefined, null)).body.match(/^ringthrough_destinations_changed_before_diversion_total (\d+)$/m)?.[1];
  await cut(0);
  now += 60_000;
  expect((await give(a(), 'divert', 'Fire')).status).toBe(202);
  expect([alarms(), await counted()]).toEqual([[], '0']);
  await mend(0);
  await expect.poll(alarms).toHaveLength(1);
  expect(alarms()[0]).toMatch(/"subject":"plans\/desk"/);
  expect(alarms()[0]).toContain('"key":"own"');
  expect(Number(await counted())).toBeGreaterThan(0);
  await cut(0);
  expect((await give(a(), 'restore', 'Out')).status).toBe(202);
  await mend(0);
  await everywhere('primary');
  expect(alarms()).toHaveLength(1);
});

/** Posts that come to several processes, and while Redis is away: one order for all, and nobody is told that something was taken that could be lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRIMARY } from '../../http/api.ts';
import { keys } from '../../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startService, type RunningService } from '../../support/service.ts';
import { openWorld } from '../../support/world.ts';
import { ALERTMANAGER_FIRING, ALERTMANAGER_RESOLVED } from './bodies.ts';
import { SECRET } from './senders.ts';

let redis: TestRedis;
let one: RunningService;
let other: RunningService;
beforeAll(async () => {
  redis = await startTestRedis();
  [one, other] = [await startService({ redis, settings: { WORKERS: 'off' } }), await startService({ redis, settings: { WORKERS: 'off' } })];
  await one.ask('PUT', '/v1/primaries/pbx', PRIMARY);
  await one.ask('PUT', '/v1/sources/prom', { kind: 'alertmanager', secret: SECRET, map: [{ match: {}, primary: 'pbx' }] });
});
afterAll(async () => {
  await Promise.all([one, other].map((service) => service.close()));
  await redis.stop();
});

const [alert] = ALERTMANAGER_FIRING.alerts;
const [ended] = ALERTMANAGER_RESOLVED.alerts;
const firing = (startsAt: string, fingerprint = 'a1') => ({ ...ALERTMANAGER_FIRING, alerts: [{ ...alert, startsAt, fingerprint }] });
const resolved = (startsAt: string, fingerprint = 'a1') => ({ ...ALERTMANAGER_RESOLVED, alerts: [{ ...ended, startsAt, fingerprint }] });
const post = (to: RunningService, body: unknown) => to.request('POST', '/intake/prom', body, null, { authorization: `Bearer ${SECRET}` });

async function sources(at: RunningService): Promise<string[]> {
  const { body } = await at.request<{ status?: { evidence: { source: string }[] } }>('GET', '/v1/primaries/pbx');
  return (body.status?.evidence ?? []).map(({ source }) => source);
}

test('what one process was told is known to the other, and the order of the sender holds over both', async () => {
  await expect.poll(async () => (await other.request('POST', '/intake/prom', '{}', null)).status).toBe(403);
  await post(one, firing('2026-01-01T11:00:00Z'));
  await expect.poll(() => sources(other)).toEqual(['source/prom/a1']);
  // This process has heard nothing of the alert from its sender before.
  expect((await post(other, resolved('2026-01-01T10:00:00Z'))).status).toBe(200);
  expect([await sources(one), await sources(other)]).toEqual([['source/prom/a1'], ['source/prom/a1']]);
  await post(other, resolved('2026-01-01T11:00:00Z'));
  await expect.poll(() => sources(one)).toEqual([]);
  expect(await one.ask('GET', '/v1/sources/prom')).toMatchObject({ status: { counts: { posts: 3, outdated: 1 }, openCount: 0 } });
});

test('without Redis it is evidence here at once, and the sender is told to come again', async () => {
  await redis.kill();
  const answer = await post(one, firing('2026-01-02T11:00:00Z', 'b2'));
  expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '2']);
  // Forged ones are known as such all the same, and order holds by what was seen here.
  expect((await one.request('POST', '/intake/prom', firing('2026-01-02T11:00:00Z'), null, { authorization: 'Bearer another-secret-0123456789' })).status).toBe(403);
  expect((await post(one, resolved('2026-01-02T10:00:00Z', 'b2'))).status).toBe(503);
  await redis.restart();
  await expect.poll(() => sources(one)).toEqual(['source/prom/b2']);
  await expect.poll(() => sources(other)).toEqual(['source/prom/b2']);
  await expect.poll(async () => (await post(other, firing('2026-01-02T11:00:00Z', 'b2'))).status).toBe(200);
  expect(await sources(other)).toEqual(['source/prom/b2']);
});

test('what a source has said outlasts all processes', async () => {
  await post(one, firing('2026-01-03T11:00:00Z', 'c3'));
  await Promise.all([one, other].map((service) => service.close()));
  const { redis: client, close } = await openWorld(redis.url);
  await client.del(keys.evidence, keys.evidenceNews);
  await close();
  [one, other] = [await startService({ redis, settings: { WORKERS: 'off' } }), await startService({ redis, settings: { WORKERS: 'off' } })];
  for (const service of [one, other]) await expect.poll(() => sources(service)).toContain('source/prom/c3');
});

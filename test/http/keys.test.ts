/** API keys: shown once, never readable, in force at once and no longer than said; the last one that can do all stays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys as redisKeys } from '../../src/store/keys.ts';
import { startService, type RunningService } from '../support/service.ts';
import { openWorld, type World } from '../support/world.ts';
import { openApi, type Api } from './api.ts';

const HOUR = 3_600_000;

let now = Date.parse('2026-11-22T12:00:00Z');
let api: Api;
let second: RunningService;
let world: World;
beforeAll(async () => {
  const system = { clock: { now: () => now } };
  api = await openApi({ system });
  second = await startService({ redis: api.redis, settings: { WORKERS: 'off' }, system });
  world = await openWorld(api.redis.url);
});
afterAll(async () => {
  await world.close();
  await second.close();
  await api.close();
});

async function make(id: string, settings: Record<string, unknown>): Promise<string> {
  return String((await api.ask('PUT', `/v1/keys/${id}`, settings))['key']);
}
const statusWith = async (key: string, service: RunningService = api): Promise<number> => (await service.request('GET', '/v1/plans', undefined, key)).status;

test('a key is shown in the answer that makes it, and never again', async () => {
  const made = await api.as('admin', 'PUT', '/v1/keys/shown', { role: 'viewer', name: 'Shown' });
  const key = String(made.body['key']);
  expect(key).toMatch(/^rt_[A-Za-z0-9_-]{43}$/);
  expect(await statusWith(key)).toBe(200);
  const hash = JSON.parse((await world.redis.hget(redisKeys.records('keys'), 'shown'))?.replace(/^1:\d+:/, '') ?? '{}') as { hash: string };
  expect(hash.hash).toMatch(/^[0-9a-f]{64}$/);
  const replaced = await api.as('admin', 'PUT', '/v1/keys/shown', { role: 'viewer', name: 'Shown again' });
  const texts = [replaced.body, (await api.as('admin', 'GET', '/v1/keys/shown')).body, (await api.as('admin', 'GET', '/v1/keys')).body, (await api.as('admin', 'GET', '/v1/audit?limit=1000')).body].map((body) => JSON.stringify(body));
  for (const text of texts) {
    expect(text).toContain('shown');
    expect(text).not.toContain(key);
    expect(text).not.toContain(hash.hash);
  }
  expect(await statusWith(key)).toBe(200);
});

test('two keys of the same settings differ', async () => {
  expect(await make('twin-one', { role: 'viewer' })).not.toBe(await make('twin-two', { role: 'viewer' }));
});

test('a new role or customer holds from the next request on', async () => {
  const key = await make('changing', { role: 'viewer' });
  expect((await api.request('PUT', '/v1/customers/x', { name: 'x' }, key)).status).toBe(403);
  await api.ask('PUT', '/v1/keys/changing', { role: 'admin' });
  expect((await api.request('PUT', '/v1/customers/x', { name: 'x' }, key)).status).toBe(201);
  await api.ask('PUT', '/v1/keys/changing', { role: 'admin', customer: 'acme' });
  expect((await api.request('GET', '/v1/customers/x', undefined, key)).status).toBe(404);
});

test('a key that is deleted is refused at once here, and very soon in every other process', async () => {
  const key = await make('leaver', { role: 'admin' });
  await expect.poll(() => statusWith(key, second)).toBe(200);
  expect((await api.as('admin', 'DELETE', '/v1/keys/leaver')).status).toBe(204);
  expect(await statusWith(key)).toBe(401);
  await expect.poll(() => statusWith(key, second)).toBe(401);
  expect(await make('leaver', { role: 'admin' })).not.toBe(key);
  expect(await statusWith(key)).toBe(401);
});

test('a key holds until the moment that it expires, not at it', async () => {
  const key = await make('brief', { role: 'viewer', expiresAt: new Date(now + HOUR).toISOString() });
  now += HOUR - 1;
  expect(await statusWith(key)).toBe(200);
  now += 1;
  expect(await statusWith(key)).toBe(401);
  await api.ask('PUT', '/v1/keys/brief', { role: 'viewer', expiresAt: new Date(now + HOUR).toISOString() });
  expect(await statusWith(key)).toBe(200);
});

test.each(['2026-11-22T12:00:00', '2026-11-22 12:00:00Z', '2026-11-22', '2026-11-22t12:00:00z', '2016-12-31T23:59:60Z', '2026-02-30T00:00:00Z', '2026-11-22T24:00:00Z', 'never', ''])('a moment that not everybody reads alike is refused: %s', async (expiresAt) => {
  const answer = await api.as('admin', 'PUT', '/v1/keys/vague', { role: 'admin', expiresAt });
  expect([answer.status, answer.body['code']]).toEqual([400, 'request_invalid']);
});

test.each(['2099-11-22T12:00:00Z', '2099-11-22T12:00:00.123456Z', '2099-11-22T12:00:00+05:30'])('a moment that is clear is taken, and read back: %s', async (expiresAt) => {
  await api.ask('PUT', '/v1/keys/clear', { role: 'viewer', expiresAt });
  expect((await api.as('admin', 'GET', '/v1/keys/clear')).body['expiresAt']).toBe(expiresAt);
});

describe('the last key that can do everything', () => {
  const others = async (): Promise<string[]> => {
    const { items } = (await api.as<{ items: { id: string; role: string; customer?: string; expiresAt?: string }[] }>('admin', 'GET', '/v1/keys?limit=1000')).body;
    return items.filter((key) => key.role === 'admin' && key.customer === undefined && key.expiresAt === undefined && key.id !== 'admin').map((key) => key.id);
  };

  test('cannot be deleted, lowered, given an end or given to a customer, as long as no other is there', async () => {
    for (const id of await others()) expect((await api.as('admin', 'DELETE', `/v1/keys/${id}`)).status).toBe(204);
    await api.ask('PUT', '/v1/keys/ending', { role: 'admin', expiresAt: new Date(now + HOUR).toISOString() });
    await api.ask('PUT', '/v1/keys/tenant', { role: 'admin', customer: 'acme' });
    const attempts = [['DELETE', undefined], ['PUT', { role: 'operator' }], ['PUT', { role: 'admin', customer: 'acme' }], ['PUT', { role: 'admin', expiresAt: '2099-01-01T00:00:00Z' }]] as const;
    for (const [method, body] of attempts) {
      const answer = await api.as('admin', method, '/v1/keys/admin', body);
      expect([answer.status, answer.body['code']], JSON.stringify(body)).toEqual([409, 'last_admin_key']);
    }
    expect((await api.as('admin', 'PUT', '/v1/keys/admin', { role: 'admin', name: 'Renamed' })).status).toBe(200);
    expect((await api.as('admin', 'DELETE', '/v1/keys/ending')).status).toBe(204);
  });

  test('two of them that are deleted at the same moment: one stays, whoever asks and whatever way they go', async () => {
    for (let round = 0; round < 12; round += 1) {
      await make('rival-one', { role: 'admin' });
      const key = await make('rival-two', { role: 'admin' });
      await expect.poll(() => statusWith(key, second)).toBe(200);
      await api.as('admin', 'PUT', '/v1/keys/admin', { role: 'admin', expiresAt: new Date(now + HOUR).toISOString() });
      const answers = await Promise.all([
        api.request('DELETE', '/v1/keys/rival-one', undefined, key),
        round % 2 === 0 ? second.request('DELETE', '/v1/keys/rival-two', undefined, key) : second.request('PUT', '/v1/keys/rival-two', { role: 'viewer' }, key),
      ]);
      // The second of them may also find that its own key is gone.
      expect(answers.filter((answer) => answer.status < 300)).toHaveLength(1);
      const left = await world.redis.hgetall(redisKeys.records('keys'));
      expect(Object.values(left).filter((stored) => stored.includes('"role":"admin"') && !stored.includes('customer') && !stored.includes('expiresAt')), `round ${round}`).toHaveLength(1);
      const { key: fresh } = await api.ask<{ key: string }>('PUT', '/v1/keys/rescue', { role: 'admin' });
      await api.request('PUT', '/v1/keys/admin', { role: 'admin' }, fresh);
      for (const id of ['rival-one', 'rival-two', 'rescue']) await api.as('admin', 'DELETE', `/v1/keys/${id}`);
    }
  });
});

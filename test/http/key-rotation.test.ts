/** A new key in place of an old one, the time of grace, when keys were last used, and the way back in when the last admin key is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashKey } from '../../src/access/key-ring.ts';
import { NOTE_USES_MS } from '../../src/access/key-use.ts';
import { decode } from '../../src/store/codec.ts';
import { keys as redisKeys } from '../../src/store/keys.ts';
import { realSystem, type Timers } from '../../src/system/system.ts';
import { ringthrough } from '../cli/terminal.ts';
import { startService, type RunningService } from '../support/service.ts';
import { openWorld, type World } from '../support/world.ts';
import { openApi, type Api } from './api.ts';

const DAY = 86_400_000;

let now = Date.parse('2026-11-22T12:00:00Z');
/** What would run once a minute: run by the tests. */
const minutely = new Set<() => void>();
const timers: Timers = {
  after: realSystem.timers.after,
  every(ms, task) {
    if (ms !== NOTE_USES_MS) return realSystem.timers.every(ms, task);
    minutely.add(task);
    return () => void minutely.delete(task);
  },
};
const system = { clock: { now: () => now }, timers };

let api: Api;
let world: World;
beforeAll(async () => {
  api = await openApi({ system });
  world = await openWorld(api.redis.url);
});
afterAll(async () => {
  await world.close();
  await api.close();
});

const make = async (id: string, settings: Record<string, unknown> = { role: 'viewer' }): Promise<string> => String((await api.ask('PUT', `/v1/keys/${id}`, settings))['key']);
const rotate = (id: string, body: unknown = {}, headers = {}) => api.as('admin', 'POST', `/v1/keys/${id}/rotate`, body, headers);
const statusWith = async (key: string, service: RunningService = api): Promise<number> => (await service.request('GET', '/v1/plans', undefined, key)).status;
const statusOf = async (id: string): Promise<Record<string, string>> => (await api.ask<{ status: Record<string, string> }>('GET', `/v1/keys/${id}`)).status;

describe('a rotation', () => {
  test('makes a new key, shown once, and ends the old one at once', async () => {
    const old = await make('plain', { role: 'operator', customer: 'acme', name: 'Plain' });
    const { status, body } = await rotate('plain');
    expect([status, body]).toEqual([200, { id: 'plain', etag: expect.stringMatching(/^".{22}"$/), key: expect.stringMatching(/^rt_[A-Za-z0-9_-]{43}$/) }]);
    const key = String(body['key']);
    expect([key === old, await statusWith(old), await statusWith(key)]).toEqual([false, 401, 200]);
    const after = await api.as('admin', 'GET', '/v1/keys/plain');
    expect(after.body).toMatchObject({ role: 'operator', customer: 'acme', name: 'Plain', etag: body['etag'] });
    const texts = [after.body, (await api.as('admin', 'GET', '/v1/keys')).body, (await api.as('admin', 'GET', '/v1/audit')).body].map((one) => JSON.stringify(one));
    for (const text of texts) for (const secret of [key, hashKey(key), old, hashKey(old)]) expect(text).not.toContain(secret);
    expect(texts[2]).toContain('keys.rotate');
  });

  test('with a time of grace both are good until its end, not at it; a change meanwhile does not shorten it', async () => {
    const old = await make('graceful');
    const { body } = await rotate('graceful', { graceSeconds: 86_400 });
    const key = String(body['key']);
    expect(body['oldKeyUntil']).toBe(new Date(now + DAY).toISOString());
    await api.ask('PUT', '/v1/keys/graceful', { role: 'operator' });
    expect((await statusOf('graceful'))['oldKeyUntil']).toBe(body['oldKeyUntil']);
    now += DAY - 1;
    expect([await statusWith(old), await statusWith(key)]).toEqual([200, 200]);
    now += 1;
    expect([await statusWith(old), await statusWith(key)]).toEqual([401, 200]);
    expect(await statusOf('graceful')).not.toHaveProperty('oldKeyUntil');
  });

  test('a second one ends the oldest, and one without grace all but the newest', async () => {
    const first = await make('twice');
    const second = String((await rotate('twice', { graceSeconds: 600 })).body['key']);
    const third = String((await rotate('twice', { graceSeconds: 600 })).body['key']);
    expect([await statusWith(first), await statusWith(second), await statusWith(third)]).toEqual([401, 200, 200]);
    const fourth = String((await rotate('twice')).body['key']);
    expect([await statusWith(second), await statusWith(third), await statusWith(fourth)]).toEqual([401, 401, 200]);
  });

  test('an end that a key has holds for the new one and the old one', async () => {
    const old = await make('ending', { role: 'viewer', expiresAt: new Date(now + 1000).toISOString() });
    const key = String((await rotate('ending', { graceSeconds: 600 })).body['key']);
    expect([await statusWith(old), await statusWith(key)]).toEqual([200, 200]);
    now += 1000;
    expect([await statusWith(old), await statusWith(key)]).toEqual([401, 401]);
  });

  test('deleting a key ends its old one, too', async () => {
    const old = await make('deleted');
    await rotate('deleted', { graceSeconds: 600 });
    await api.ask('DELETE', '/v1/keys/deleted');
    expect(await statusWith(old)).toBe(401);
  });

  test.each([[{ graceSeconds: -1 }], [{ graceSeconds: 2_592_001 }], [{ graceSeconds: 1.5 }], [{ graceSeconds: '60' }], [{ key: 'mine' }]])('%j is refused', async (body) => {
    const key = await make('kept');
    expect((await rotate('kept', body)).body['code']).toBe('request_invalid');
    expect(key === 'undefined' || (await statusWith(key)) === 200).toBe(true);
  });

  test('is done only on what is there, and as the condition says', async () => {
    expect((await rotate('nobody')).body['code']).toBe('not_found');
    const key = await make('conditional');
    expect((await rotate('conditional', {}, { 'if-match': '"aaaaaaaaaaaaaaaaaaaaaa"' })).status).toBe(412);
    expect(await statusWith(key)).toBe(200);
    const etag = (await api.as('admin', 'GET', '/v1/keys/conditional')).headers.get('etag') ?? '';
    expect((await rotate('conditional', {}, { 'if-match': etag })).status).toBe(200);
    expect((await rotate('conditional', {}, { 'if-match': etag })).status).toBe(412);
  });

  test('a record from before there were rotations is read as it was', () => {
    expect(decode('keys', `1:7:${JSON.stringify({ role: 'admin', hash: 'a'.repeat(64), createdAt: 1 })}`)?.record).toEqual({ role: 'admin', hash: 'a'.repeat(64), createdAt: 1 });
  });

  test('by the command line', async () => {
    const old = await make('typed');
    const cli = (...argv: string[]) => ringthrough(argv, { url: api.url, key: api.adminKey });
    const graceful = await cli('keys', 'rotate', 'typed', '--grace', '12h');
    expect(graceful).toMatchObject({ exit: 0, output: expect.stringMatching(/^New key typed, shown this once:\n\n {2}rt_\S+\n\nThe old key is good until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(UTC\)\.\n$/) });
    expect(await statusWith(old)).toBe(200);
    expect((await cli('keys', 'rotate', 'typed')).output).toContain('The old key opens nothing any more.');
    expect(await statusWith(old)).toBe(401);
    expect((await cli('keys', 'rotate', 'typed', '--grace', 'soon')).exit).toBe(2);
  });
});

describe('when a key was last used', () => {
  const pass = (): void => minutely.forEach((task) => task());

  test('is noted once a minute, beside the trail of commits, and shown with the key and in the list', async () => {
    const key = await make('seen');
    const revision = await world.redis.get(redisKeys.revision);
    expect(await statusOf('seen')).not.toHaveProperty('lastUsedAt');
    await statusWith(key);
    now += 5000;
    await statusWith(key);
    const at = new Date(now).toISOString();
    expect(await statusOf('seen')).not.toHaveProperty('lastUsedAt');
    pass();
    await expect.poll(async () => (await statusOf('seen'))['lastUsedAt']).toBe(at);
    const { items } = await api.ask<{ items: { id: string; status: { lastUsedAt?: string } }[] }>('GET', '/v1/keys?limit=1000');
    expect(items.find(({ id }) => id === 'seen')?.status.lastUsedAt).toBe(at);
    expect(await world.redis.get(redisKeys.revision)).toBe(revision);
  });

  test('is of no key that is refused, and not of another of the same name', async () => {
    const key = await make('again');
    await statusWith(key);
    pass();
    await expect.poll(async () => (await statusOf('again'))['lastUsedAt']).toBeDefined();
    await api.ask('DELETE', '/v1/keys/again');
    now += 1000;
    await make('again');
    await statusWith(key);
    expect(await statusOf('again')).not.toHaveProperty('lastUsedAt');
    pass();
    await expect.poll(() => world.redis.hexists(redisKeys.keyUses, 'again')).toBe(0);
  });

  test('a later use that another process noted stays', async () => {
    const key = await make('shared');
    await statusWith(key);
    await world.redis.hset(redisKeys.keyUses, 'shared', String(now + 60_000));
    pass();
    const mark = await make('mark');
    await statusWith(mark);
    pass();
    await expect.poll(async () => (await statusOf('mark'))['lastUsedAt']).toBeDefined();
    expect((await statusOf('shared'))['lastUsedAt']).toBe(new Date(now + 60_000).toISOString());
  });

  test('what was not noted yet is noted at the end', async () => {
    const key = await make('parting');
    const other = await startService({ redis: api.redis, settings: { WORKERS: 'off' }, system });
    await expect.poll(() => statusWith(key, other)).toBe(200);
    await other.close();
    expect((await statusOf('parting'))['lastUsedAt']).toBe(new Date(now).toISOString());
  });
});

describe('when the last admin key is lost', () => {
  const NEW = 'a-new-key-of-the-machine';
  const restart = (key: string) => startService({ redis: api.redis, settings: { WORKERS: 'off', RINGTHROUGH_ADMIN_KEY: key }, system });
  const warnings = (service: RunningService): string => service.lines.filter((line) => line.includes('RINGTHROUGH_ADMIN_KEY')).join('\n');

  test('one that was never installed takes its place at the next start, with a warning and an entry in the trail', async () => {
    const service = await restart(NEW);
    expect(await statusWith(NEW, service)).toBe(200);
    expect(await statusWith(api.adminKey, service)).toBe(401);
    expect(warnings(service)).toMatch(/"level":"warn".*RINGTHROUGH_ADMIN_KEY was installed/);
    expect(warnings(service)).not.toContain(NEW);
    const { items } = await service.ask<{ items: unknown[] }>('GET', '/v1/audit', undefined, NEW);
    expect(items[0]).toMatchObject({ by: { key: 'system' }, action: 'keys.install', changes: [{ subject: 'keys/admin' }] });
    expect(JSON.stringify(items)).not.toContain(hashKey(NEW));
    await service.close();
  });

  test('another start with the same changes nothing', async () => {
    const revision = await world.redis.get(redisKeys.revision);
    const service = await restart(NEW);
    expect(await world.redis.get(redisKeys.revision)).toBe(revision);
    expect(warnings(service)).not.toContain('installed');
    await service.close();
  });

  test('one that was rotated, deleted or replaced does not come back because it is still set', async () => {
    const { key } = await api.ask<{ key: string }>('POST', '/v1/keys/admin/rotate', {}, NEW);
    for (const spent of [NEW, api.adminKey]) {
      const service = await restart(spent);
      expect([await statusWith(spent, service), await statusWith(key, service)], spent).toEqual([401, 200]);
      expect(warnings(service)).toMatch(/"level":"warn".*is not taken again/);
      await service.close();
    }
  });
});

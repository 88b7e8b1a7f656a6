/** The first admin key: made or taken once, by whichever process is first, and never again. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { installFirstKey } from '../../src/access/bootstrap.ts';
import { hashKey } from '../../src/access/key-ring.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, put, type World } from '../support/world.ts';

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.flush();
  world = await openWorld(server.url);
});
afterEach(() => world.close());

const GIVEN = 'given-key-of-twenty-characters';
const stored = async (): Promise<Record<string, { hash: string; role: string }>> =>
  Object.fromEntries(Object.entries(await world.redis.hgetall(keys.records('keys'))).map(([id, text]) => [id, JSON.parse(text.replace(/^1:\d+:/, '')) as { hash: string; role: string }]));

test('where there is no key one is made, and handed out this once', async () => {
  const key = await installFirstKey(world.store, undefined, realSystem);
  expect(key).toMatch(/^rt_[A-Za-z0-9_-]{43}$/);
  expect(await stored()).toEqual({ admin: expect.objectContaining({ role: 'admin', hash: hashKey(key ?? '') }) });
  expect(await installFirstKey(world.store, undefined, realSystem)).toBeUndefined();
  expect(await installFirstKey(world.store, GIVEN, realSystem)).toBeUndefined();
  expect((await stored())['admin']?.hash).toBe(hashKey(key ?? ''));
});

test('one that is given is taken, and not handed out', async () => {
  expect(await installFirstKey(world.store, GIVEN, realSystem)).toBeUndefined();
  expect((await stored())['admin']?.hash).toBe(hashKey(GIVEN));
});

test('where there is any key, none is made', async () => {
  await put(world.store, 'keys', 'other', { role: 'viewer', hash: '0'.repeat(64), createdAt: 1 });
  expect(await installFirstKey(world.store, GIVEN, realSystem)).toBeUndefined();
  expect(Object.keys(await stored())).toEqual(['other']);
});

test('of many processes that start at the same moment one hands out the key, and it is the one that is stored', async () => {
  for (let round = 0; round < 10; round += 1) {
    await server.flush();
    const worlds = await Promise.all(Array.from({ length: 6 }, () => openWorld(server.url)));
    const handedOut = (await Promise.all(worlds.map(({ store }) => installFirstKey(store, undefined, realSystem)))).filter((key) => key !== undefined);
    expect(handedOut).toHaveLength(1);
    expect(await stored()).toEqual({ admin: expect.objectContaining({ hash: hashKey(handedOut[0] ?? '') }) });
    expect(await world.store.audit({ before: undefined, limit: 10, customer: undefined })).toHaveLength(1);
    await Promise.all(worlds.map((one) => one.close()));
  }
});

test('the audit trail says that it was made, and nothing of the key', async () => {
  const key = await installFirstKey(world.store, undefined, realSystem);
  const [entry] = await world.store.audit({ before: undefined, limit: 10, customer: undefined });
  expect(entry?.entry).toMatchObject({ by: { key: 'system', role: 'system' }, action: 'keys.put', reason: 'First start', changes: [{ subject: 'keys/admin', before: null, after: { role: 'admin', name: 'First key' } }] });
  expect(JSON.stringify(entry)).not.toContain(key);
  expect(JSON.stringify(entry)).not.toContain(hashKey(key ?? ''));
});

/** The first admin key: made or taken once, by whichever process is first, and never again. */
import { expect, test } from 'vitest';
import { installFirstKey } from '../../src/access/bootstrap.ts';
import { hashKey } from '../../src/access/key-ring.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { openWorld, put } from '../support/world.ts';

const here = eachWorld();

const GIVEN = 'given-key-of-twenty-characters';
const stored = async (): Promise<Record<string, { hash: string; role: string }>> =>
  Object.fromEntries(Object.entries(await here.world.redis.hgetall(keys.records('keys'))).map(([id, text]) => [id, JSON.parse(text.replace(/^1:\d+:/, '')) as { hash: string; role: string }]));

test('where there is no key one is made, and handed out this once', async () => {
  const key = await installFirstKey(here.world.store, undefined, realSystem);
  expect(key).toMatch(/^rt_[A-Za-z0-9_-]{43}$/);
  expect(await stored()).toEqual({ admin: expect.objectContaining({ role: 'admin', hash: hashKey(key ?? '') }) });
  expect(await installFirstKey(here.world.store, undefined, realSystem)).toBeUndefined();
  expect(await installFirstKey(here.world.store, GIVEN, realSystem)).toBeUndefined();
  expect((await stored())['admin']?.hash).toBe(hashKey(key ?? ''));
});

test('one that is given is taken, and not handed out', async () => {
  expect(await installFirstKey(here.world.store, GIVEN, realSystem)).toBeUndefined();
  expect((await stored())['admin']?.hash).toBe(hashKey(GIVEN));
});

test('where there is any key, none is made', async () => {
  await put(here.world.store, 'keys', 'other', { role: 'viewer', hash: '0'.repeat(64), createdAt: 1 });
  expect(await installFirstKey(here.world.store, GIVEN, realSystem)).toBeUndefined();
  expect(Object.keys(await stored())).toEqual(['other']);
});

test('of many processes that start at the same moment one hands out the key, and it is the one that is stored', async () => {
  for (let round = 0; round < 10; round += 1) {
    await here.server.flush();
    const worlds = await Promise.all(Array.from({ length: 6 }, () => openWorld(here.server.url)));
    const handedOut = (await Promise.all(worlds.map(({ store }) => installFirstKey(store, undefined, realSystem)))).filter((key) => key !== undefined);
    expect(handedOut).toHaveLength(1);
    expect(await stored()).toEqual({ admin: expect.objectContaining({ hash: hashKey(handedOut[0] ?? '') }) });
    expect(await here.world.store.audit({ before: undefined, limit: 10, customer: undefined })).toHaveLength(1);
    await Promise.all(worlds.map((one) => one.close()));
  }
});

test('the audit trail says that it was made, and nothing of the key', async () => {
  const key = await installFirstKey(here.world.store, undefined, realSystem);
  const [entry] = await here.world.store.audit({ before: undefined, limit: 10, customer: undefined });
  expect(entry?.entry).toMatchObject({ by: { key: 'system', role: 'system' }, action: 'keys.put', reason: 'First start', changes: [{ subject: 'keys/admin', before: null, after: { role: 'admin', name: 'First key' } }] });
  expect(JSON.stringify(entry)).not.toContain(key);
  expect(JSON.stringify(entry)).not.toContain(hashKey(key ?? ''));
});

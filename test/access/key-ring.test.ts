/** Who presents a key: told from the table in force, at the moment of asking. */
import { expect, test } from 'vitest';
import { createKeyRing, hashKey, newKey } from '../../src/access/key-ring.ts';
import { createTableHolder } from '../../src/calls/table-holder.ts';
import { roleCovers, ROLES, type StoredKey } from '../../src/domain/key.ts';
import { encodePayload } from '../../src/store/codec.ts';
import { realSystem } from '../../src/system/system.ts';

function ring(now = 0) {
  const tables = createTableHolder();
  const clock = { at: now, now: () => clock.at };
  const set = (id: string, key: StoredKey | undefined): void => {
    tables.current.apply('keys', id, key === undefined ? undefined : encodePayload('keys', key));
    tables.changed('keys', id);
  };
  return { tables, clock, set, keyRing: createKeyRing(tables, clock) };
}
const stored = (key: string, more: Partial<StoredKey> = {}): StoredKey => ({ role: 'viewer', hash: hashKey(key), createdAt: 0, ...more });

test('the holder is who the record says, from the moment that it is in the table', () => {
  const { keyRing, set } = ring();
  expect(keyRing.identify('secret')).toBeUndefined();
  set('desk', stored('secret', { role: 'operator', customer: 'acme' }));
  expect(keyRing.identify('secret')).toEqual({ key: 'desk', role: 'operator', customer: 'acme' });
  set('desk', stored('secret'));
  expect(keyRing.identify('secret')).toEqual({ key: 'desk', role: 'viewer' });
  set('desk', stored('other'));
  expect([keyRing.identify('secret'), keyRing.identify('other')?.key]).toEqual([undefined, 'desk']);
  set('desk', undefined);
  expect(keyRing.identify('other')).toBeUndefined();
});

test('another table that takes the place of the first brings its own keys', () => {
  const { keyRing, set, tables } = ring();
  set('desk', stored('secret'));
  const fresh = tables.fresh();
  fresh.apply('keys', 'new', encodePayload('keys', stored('new secret')));
  tables.replace(fresh);
  expect([keyRing.identify('secret'), keyRing.identify('new secret')?.key]).toEqual([undefined, 'new']);
});

test('the hash of a key is none', () => {
  const { keyRing, set } = ring();
  set('desk', stored('secret'));
  for (const presented of [hashKey('secret'), 'desk', '', 'SECRET', 'secret ']) expect(keyRing.identify(presented), presented).toBeUndefined();
});

test('a key is refused from its end on, and always where its end cannot be read', () => {
  const { keyRing, set, clock } = ring(1000);
  set('brief', stored('secret', { expiresAt: new Date(2000).toISOString() }));
  clock.at = 1999;
  expect(keyRing.identify('secret')?.key).toBe('brief');
  clock.at = 2000;
  expect(keyRing.identify('secret')).toBeUndefined();
});

test('new keys are of 256 random bits, and say whose they are', () => {
  const made = Array.from({ length: 100 }, () => newKey(realSystem.random));
  expect(new Set(made).size).toBe(100);
  for (const key of made) expect(key).toMatch(/^rt_[A-Za-z0-9_-]{43}$/);
});

test('an admin may what an operator may, who may what a viewer may; nobody may nothing', () => {
  const table = (['none', 'system', ...ROLES] as const).map((held) => [held, ROLES.filter((needed) => roleCovers(held, needed))]);
  expect(table).toEqual([['none', []], ['system', []], ['viewer', ['viewer']], ['operator', ['viewer', 'operator']], ['admin', ['viewer', 'operator', 'admin']]]);
});

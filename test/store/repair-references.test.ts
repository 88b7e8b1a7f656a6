/** A record that is broken in Redis by hand and then overwritten or removed leaves references counted: they are put right, once, and never too many. */
import { beforeEach, expect, test } from 'vitest';
import { countReferences } from '../../src/calls/table-references.ts';
import { edit } from '../../src/store/edit.ts';
import { keys } from '../../src/store/keys.ts';
import { repairReferences, type RepairDeps } from '../../src/store/repair-references.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { startService } from '../support/service.ts';
import { DEED, put, putSample } from '../support/world.ts';

const NUMBER = '+442079460123';
const SECOND = '+442079460124';
const here = eachWorld(({ store }) => putSample(store));

/** As a process that has just loaded everything. */
async function loaded(): Promise<RepairDeps> {
  const { store, redis, log } = here.world;
  const { follower, table } = await here.world.follow();
  return { redis, store, follower, counts: () => countReferences(table.current), clock: realSystem.clock, log };
}

const references = () => here.world.redis.hgetall(keys.references);
const spoil = (number: string) => here.world.redis.hset(keys.home('numbers', number), number, '1:7:nonsense');
const remove = (collection: 'plans' | 'numbers', id: string) => edit(here.world.store, { collection, id, action: 'test', change: () => undefined, customerOf: () => undefined }, DEED);

let before: Record<string, string>;
beforeEach(async () => {
  await put(here.world.store, 'plans', 'other', { customer: 'acme', destinations: [{ to: 'voicemail' }] });
  await put(here.world.store, 'numbers', SECOND, { customer: 'acme', primary: 'pbx', carrier: 'main' });
  before = await references();
});

test('what is counted in a sound store is what the table counts', async () => {
  const deps = await loaded();
  expect(Object.fromEntries([...deps.counts()].map(([subject, count]) => [subject, String(count)]))).toEqual(before);
  expect(await repairReferences(deps)).toBe('sound');
  expect(await references()).toEqual(before);
});

test('overwritten: what the record referred to before can be deleted again', async () => {
  await spoil(NUMBER);
  await put(here.world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'other' });
  await expect(remove('plans', 'desk')).rejects.toMatchObject({ code: 'in_use' });
  expect(await repairReferences(await loaded())).toBe('repaired');
  expect(await references()).toEqual({ ...Object.fromEntries(Object.entries(before).filter(([subject]) => subject !== 'plans/desk')), 'plans/other': '1' });
  await remove('plans', 'desk');
  await expect(remove('plans', 'other')).rejects.toMatchObject({ code: 'in_use' });
  const [{ entry } = { entry: undefined }] = (await here.world.store.audit({ before: undefined, limit: 10, customer: undefined })).filter(({ entry: one }) => one.action === 'references.repair');
  expect(entry?.changes).toContainEqual({ subject: 'references/plans/desk', before: 1, after: 0 });
});

test('removed: the same', async () => {
  await spoil(NUMBER);
  await remove('numbers', NUMBER);
  expect(await repairReferences(await loaded())).toBe('repaired');
  expect(await references()).toEqual({ 'customers/acme': '3', 'primaries/pbx': '1', 'carriers/main': '1' });
});

test('not while there is a record that cannot be read: it may be put back as it was', async () => {
  const stored = (await here.world.redis.hget(keys.home('numbers', NUMBER), NUMBER)) ?? '';
  await spoil(NUMBER);
  expect(await repairReferences(await loaded())).toBe('unknown');
  expect(await references()).toEqual(before);
  await here.world.redis.hset(keys.home('numbers', NUMBER), NUMBER, stored);
  expect(await repairReferences(await loaded())).toBe('sound');
});

test('by several at once, while others write, once', async () => {
  await spoil(NUMBER);
  await put(here.world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'other' });
  const all = [await loaded(), await loaded(), await loaded()];
  const writing = Promise.all(Array.from({ length: 30 }, (_, at) => put(here.world.store, 'numbers', `+4420794602${at + 10}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'other' })));
  const repaired = await Promise.all(all.map((deps) => repairReferences(deps)));
  await writing;
  expect(repaired).not.toContain('unknown');
  const [deps] = [await loaded()];
  expect(await repairReferences(deps)).toBe('sound');
  expect(await references()).toEqual(Object.fromEntries([...deps.counts()].map(([subject, count]) => [subject, String(count)])));
  expect((await here.world.store.audit({ before: undefined, limit: 100, customer: undefined })).filter(({ entry }) => entry.action === 'references.repair')).toHaveLength(1);
});

test('a service does it when it starts', async () => {
  await spoil(NUMBER);
  await put(here.world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'other' });
  const service = await startService({ redis: here.server, settings: { WORKERS: 'off' } });
  await expect.poll(async () => (await references())['plans/desk']).toBeUndefined();
  expect((await service.request('DELETE', '/v1/plans/desk')).status).toBe(204);
  await service.close();
});

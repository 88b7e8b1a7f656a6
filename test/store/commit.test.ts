/** One commit: all of it or nothing, numbered without a gap, each with its entry in the change stream. */
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { entriesAfter } from '../../src/store/change-stream.ts';
import { createDraft, type Draft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { createStore } from '../../src/store/store.ts';
import { eachWorld } from '../support/each-world.ts';
import { ACCOUNT, put, putSample } from '../support/world.ts';

const here = eachWorld();

const ENTRY: AuditEntry = { at: 1, by: { key: 'boss', role: 'admin' }, action: 'test', changes: [] };
const drafted = (fill: (draft: Draft) => void): Draft => {
  const draft = createDraft();
  fill(draft);
  return draft;
};
/** All that Redis holds, to see that nothing was changed. */
async function dump(): Promise<Record<string, Buffer | null>> {
  const names = (await here.world.redis.keys('*')).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await here.world.redis.dumpBuffer(name)] as const)));
}

test('commits are numbered from 1 without gaps, and each has its change entry', async () => {
  for (let at = 1; at <= 5; at += 1) expect(await put(here.world.store, 'customers', `c${at}`, { name: `${at}` })).toBe(at);
  const entries = await entriesAfter(here.world.redis, 0, false);
  expect(entries.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5]);
  expect(entries[2]?.changes).toEqual([{ collection: 'customers', id: 'c3', payload: '{"name":"3"}' }]);
});

test('a commit that changes no record has its number and entry all the same', async () => {
  expect(await here.world.store.commit(drafted((draft) => draft.audit(ENTRY)))).toEqual({ revision: 1 });
  expect(await entriesAfter(here.world.redis, 0, false)).toMatchObject([{ revision: 1, changes: [] }]);
});

test('several records, references, indexes, lists and audit entries are one commit', async () => {
  const outcome = await here.world.store.commit(drafted((draft) => {
    draft.put('plans', 'desk', { destinations: [{ to: 'voicemail' }] }, undefined);
    draft.put('customers', 'acme', { name: 'Acme' }, undefined);
    draft.push('list', 'one', 100);
    draft.push('list', 'two', 100);
    draft.audit(ENTRY);
    draft.audit({ ...ENTRY, customer: 'acme' });
  }));
  expect(outcome).toEqual({ revision: 1 });
  expect((await entriesAfter(here.world.redis, 0, false))[0]?.changes.map(({ collection, id }) => `${collection}/${id}`)).toEqual(['plans/desk', 'customers/acme']);
  expect(await here.world.store.find('plans', 'desk')).toEqual({ revision: 1, record: { destinations: [{ to: 'voicemail' }] } });
  expect(await here.world.redis.lrange('list', 0, -1)).toEqual(['one', 'two']);
  expect(await here.world.redis.ttl('list')).toBeGreaterThan(90);
  expect((await here.world.store.audit({ before: undefined, limit: 10, customer: undefined })).map(({ id }) => id)).toEqual(['1-1', '1-0']);
  expect((await here.world.store.audit({ before: undefined, limit: 10, customer: 'acme' })).map(({ id }) => id)).toEqual(['1-1']);
});

describe('a check that fails', () => {
  const checks: [name: string, check: (draft: Draft) => void, subject: string][] = [
    ['absent, and it is there', (draft) => draft.expect('customers', 'acme', 'absent'), 'customers/acme'],
    ['present, and it is not', (draft) => draft.expect('customers', 'nobody', 'present'), 'customers/nobody'],
    ['a revision, and it is another', (draft) => draft.expect('customers', 'acme', 999), 'customers/acme'],
    ['a revision, and it is not there', (draft) => draft.expect('customers', 'nobody', 1), 'customers/nobody'],
    ['unreadable, and it can be read', (draft) => draft.expect('customers', 'acme', 'unreadable'), 'customers/acme'],
    ['unused, and it is used', (draft) => draft.expectUnused('customers', 'acme'), 'customers/acme'],
    ['a reference that leads nowhere', (draft) => draft.put('plans', 'x', { customer: 'nobody', destinations: [{ to: 'voicemail' }] }, undefined), 'customers/nobody'],
    ['a removal of what is referred to', (draft) => draft.remove('plans', 'desk', { customer: 'acme', destinations: [{ to: 'voicemail' }] }), 'plans/desk'],
  ];

  test.each(checks)('%s: nothing at all is written, and the check is named', async (_name, check, subject) => {
    await putSample(here.world.store);
    const before = await dump();
    const outcome = await here.world.store.commit(drafted((draft) => {
      draft.put('customers', 'other', { name: 'Other' }, undefined);
      draft.push('list', 'x', 100);
      draft.audit(ENTRY);
      check(draft);
      draft.put('customers', 'last', { name: 'Last' }, undefined);
    }));
    expect(outcome).toEqual({ failed: expect.objectContaining({ subject }) });
    expect(await dump()).toEqual(before);
  });

  test('one that holds lets the commit through: a revision, an unreadable record, an unused one', async () => {
    const revision = await put(here.world.store, 'customers', 'acme', { name: 'Acme' });
    await here.world.redis.hset(keys.records('customers'), 'torn', 'torn');
    const outcome = await here.world.store.commit(drafted((draft) => {
      draft.expect('customers', 'acme', revision);
      draft.expect('customers', 'torn', 'unreadable');
      draft.expect('customers', 'torn', 'present');
      draft.expectUnused('customers', 'acme');
    }));
    expect(outcome).toEqual({ revision: revision + 1 });
  });
});

test('a thousand records in one commit keep their references and one number', async () => {
  await putSample(here.world.store);
  const numbers = Array.from({ length: 1000 }, (_, at) => `+4420794${61_000 + at}`);
  const outcome = await here.world.store.commit(drafted((draft) => {
    for (const number of numbers) draft.put('numbers', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }, undefined);
  }));
  expect(outcome).toEqual({ revision: 6 });
  expect(await here.world.store.referenceCount('plans', 'desk')).toBe(1001);
  expect((await entriesAfter(here.world.redis, 5, false))[0]?.changes).toHaveLength(1000);
});

test('many commits at once: no number twice, none left out', async () => {
  const outcomes = await Promise.all(Array.from({ length: 200 }, (_, at) => here.world.store.commit(drafted((draft) => draft.put('customers', `c${at}`, { name: 'x' }, undefined)))));
  const revisions = outcomes.map((outcome) => ('revision' in outcome ? outcome.revision : 0));
  expect(revisions.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  expect((await entriesAfter(here.world.redis, 0, false)).map(({ revision }) => revision)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
});

test('the script is there again after Redis was started anew, and what was acknowledged is too', async () => {
  await put(here.world.store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:X' } });
  await here.server.restart();
  await expect.poll(() => here.world.redis.status).toBe('ready');
  expect(await put(here.world.store, 'customers', 'acme', { name: 'Acme' })).toBe(2);
  expect(await here.world.store.find('carriers', 'main')).toMatchObject({ revision: 1 });
});

test('while Redis is away every question is refused as that, at once', async () => {
  await here.server.kill();
  await expect.poll(() => here.world.redis.status).not.toBe('ready');
  for (const ask of [() => here.world.store.find('customers', 'x'), () => here.world.store.findMany('customers', ['x']), () => here.world.store.page('customers', undefined, 1), () => here.world.store.audit({ before: undefined, limit: 1, customer: undefined }), () => here.world.store.commit(createDraft()), () => here.world.store.ping(), () => here.world.store.referenceCount('customers', 'x')]) {
    await expect(ask()).rejects.toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 2 });
  }
  await here.server.restart();
});

test('of the audit trail about as many entries are kept as is said', async () => {
  const store = createStore(here.world.redis, { auditKept: 100 });
  for (let at = 0; at < 500; at += 1) await store.commit(drafted((draft) => draft.audit({ ...ENTRY, reason: `${at}` })));
  const kept = await store.audit({ before: undefined, limit: 1000, customer: undefined });
  expect(kept.length).toBeGreaterThanOrEqual(100);
  expect(kept.length).toBeLessThan(400);
  expect(kept[0]?.entry.reason).toBe('499');
});

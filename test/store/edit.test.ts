/** One record edited: who was faster is noticed, who insists is told, and what changes nothing leaves nothing behind. */
import { expect, test } from 'vitest';
import type { Customer } from '../../src/domain/customer.ts';
import { Failure } from '../../src/domain/errors.ts';
import { edit, ownerOfChange, type Edit } from '../../src/store/edit.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, put, putSample } from '../support/world.ts';

const here = eachWorld();

type Change = Edit<'customers'>['change'];
const change = (how: Change, more: Partial<Edit<'customers'>> = {}) => edit(here.world.store, { collection: 'customers', id: 'acme', action: 'customers.put', change: how, customerOf: () => 'acme', ...more }, DEED);
const entries = async () => (await here.world.store.audit({ before: undefined, limit: 100, customer: undefined })).map(({ entry }) => entry);
const codeOfRejection = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'taken', (error: unknown) => (error as Failure).code);

test('a change sees what is there, and answers with both', async () => {
  expect(await change(() => ({ name: 'One' }))).toEqual({ revision: 1, record: { name: 'One' }, before: undefined });
  expect(await change((current) => ({ name: `${current?.name} and two` }))).toEqual({ revision: 2, record: { name: 'One and two' }, before: { name: 'One' } });
  expect(await change(() => undefined)).toEqual({ revision: 3, record: undefined, before: { name: 'One and two' } });
  expect(await here.world.store.find('customers', 'acme')).toBeUndefined();
});

test('what is already so is not written: no number, no entry, whatever order its fields have', async () => {
  await change(() => ({ name: 'One', class: 'low' }));
  expect(await change((current) => current)).toMatchObject({ revision: 1 });
  expect(await change(() => ({ name: 'One', class: 'low' }))).toMatchObject({ revision: 1 });
  expect(await change(() => ({ class: 'low', name: 'One' }))).toMatchObject({ revision: 1 });
  expect(await entries()).toHaveLength(1);
});

test('the removal of what is not there writes nothing', async () => {
  expect(await change(() => undefined)).toEqual({ revision: 0, record: undefined, before: undefined });
  expect(await here.world.redis.dbsize()).toBe(0);
});

test('who was slower decides again on the newer record, so that no change is lost', async () => {
  await change(() => ({ name: '0' }));
  await Promise.all(Array.from({ length: 30 }, () => change((current) => ({ name: String(Number(current?.name) + 1) }))));
  expect(await here.world.store.find('customers', 'acme')).toEqual({ revision: 31, record: { name: '30' } });
  const names = (await entries()).map(({ changes }) => [changes[0]?.before, changes[0]?.after] as [Customer | null, Customer]);
  for (const [before, after] of names.slice(0, -1)) expect(Number(after.name)).toBe(Number(before?.name) + 1);
});

test('a writer who is overtaken every time gives up, and says so', async () => {
  let rival = 0;
  const overtaken = change(async () => {
    rival += 1;
    await put(here.world.store, 'customers', 'acme', { name: `rival ${rival}` });
    return { name: 'never' };
  });
  expect(await codeOfRejection(overtaken)).toBe('write_contended');
  expect(rival).toBe(100);
});

test('with a condition, the slower one is told instead', async () => {
  await change(() => ({ name: 'One' }));
  const raced = change(
    async () => {
      await put(here.world.store, 'customers', 'acme', { name: 'Rival' });
      return { name: 'Mine' };
    },
    { ifMatch: 1 },
  );
  expect(await codeOfRejection(raced)).toBe('etag_mismatch');
  expect(await here.world.store.find('customers', 'acme')).toMatchObject({ record: { name: 'Rival' } });
});

test('conditions: a revision, absent, present', async () => {
  for (const [ifMatch, code] of [[1, 'etag_mismatch'], ['present', 'etag_mismatch'], ['absent', 'taken']] as const) expect(await codeOfRejection(change(() => ({ name: 'One' }), { ifMatch })), String(ifMatch)).toBe(code);
  for (const [ifMatch, code] of [['absent', 'etag_mismatch'], [2, 'etag_mismatch'], [1, 'taken']] as const) expect(await codeOfRejection(change(() => ({ name: 'Two' }), { ifMatch })), String(ifMatch)).toBe(code);
  expect(await codeOfRejection(change(() => ({ name: 'Three' }), { ifMatch: 'present' }))).toBe('taken');
});

test('who is not admitted learns nothing of what is there: not even that a condition does not hold', async () => {
  await change(() => ({ name: 'One' }));
  const admit = (): void => {
    throw new Failure('not_found');
  };
  for (const ifMatch of [1, 99, 'absent', 'present'] as const) expect(await codeOfRejection(change(() => ({ name: 'Mine' }), { ifMatch, admit }))).toBe('not_found');
});

test('what a change refuses is refused, and nothing written', async () => {
  const refused = change(() => {
    throw new Failure('plan_invalid');
  });
  expect(await codeOfRejection(refused)).toBe('plan_invalid');
  expect(await here.world.redis.dbsize()).toBe(0);
});

test('a record that cannot be read can be replaced and removed, also when it says nothing of its revision', async () => {
  for (const torn of ['torn', '1:77:{"na', '']) {
    await here.world.redis.hset(keys.records('customers'), 'acme', torn);
    expect(await change((current) => (current === undefined ? { name: 'Mended' } : { name: 'wrong' }))).toMatchObject({ record: { name: 'Mended' } });
    expect(await here.world.store.find('customers', 'acme')).toMatchObject({ record: { name: 'Mended' } });
    await here.world.redis.hset(keys.records('customers'), 'acme', torn);
    await change(() => undefined);
    expect(await here.world.store.find('customers', 'acme')).toBeUndefined();
  }
});

test('more for the same commit is made or refused with it', async () => {
  await putSample(here.world.store);
  const renamed = change(() => ({ name: 'New' }), { also: (draft) => draft.expect('plans', 'gone', 'present') });
  expect(await codeOfRejection(renamed)).toBe('reference_unknown');
  expect(await here.world.store.find('customers', 'acme')).toMatchObject({ record: { name: 'Acme' } });
  await change(() => ({ name: 'New' }), { also: (draft) => draft.put('customers', 'beside', { name: 'Beside' }, undefined) });
  expect(await here.world.store.find('customers', 'beside')).toMatchObject({ record: { name: 'Beside' } });
});

test('the entry shows what may be shown, and whose it is', async () => {
  await change(() => ({ name: 'Secret' }), { shown: () => ({ name: '(hidden)' }) });
  expect(await entries()).toEqual([{ ...DEED, action: 'customers.put', changes: [{ subject: 'customers/acme', before: null, after: { name: '(hidden)' } }], customer: 'acme' }]);
  expect(JSON.stringify(await here.world.redis.xrange(keys.audit, '-', '+'))).not.toContain('Secret');
});

test('a change belongs to the one owner that it has before and after; what changes hands to none', () => {
  expect(ownerOfChange(undefined, 'acme', false)).toBe('acme');
  expect(ownerOfChange('acme', undefined, false)).toBe('acme');
  expect(ownerOfChange('acme', 'acme', true)).toBe('acme');
  expect(ownerOfChange('acme', 'globex', true)).toBeUndefined();
  expect(ownerOfChange(undefined, 'acme', true)).toBeUndefined();
  expect(ownerOfChange('acme', undefined, true)).toBeUndefined();
});

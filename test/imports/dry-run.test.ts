/** Imports that are judged before they are applied: dry runs, those that wait for a person, and complete ones that remove. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ImportRecord } from '../../src/domain/import.ts';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { applyImport, cancelImport, expireImport, WAITING_MAX_MS } from '../../src/imports/decide.ts';
import { createImportLists, type ImportLists } from '../../src/imports/import-lists.ts';
import type { ImportOptions } from '../../src/imports/receive.ts';
import type { Draft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, put } from '../support/world.ts';
import { applyAll, csv, csvRows, importOf, londonNumber, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));
let lists: ImportLists;
beforeEach(() => {
  lists = createImportLists(here.world.redis);
});

const SAMPLE = '+442079460123';

async function advance(rows: readonly string[], options: ImportOptions): Promise<{ id: string; record: ImportRecord }> {
  const id = await receive(here.world, csv(rows), 'csv', options);
  await applyAll(here.world.store, here.world.redis, id);
  return { id, record: await importOf(here.world.store, id) };
}

const apply = async (id: string, allowRemoving?: number): Promise<ImportRecord> => {
  await applyImport({ store: here.world.store, lists }, id, DEED, allowRemoving);
  await applyAll(here.world.store, here.world.redis, id);
  return importOf(here.world.store, id);
};

const numbersOf = (customer: string): Promise<string[]> => here.world.store.page(`numbers@${customer}`, undefined, 5000);
/** Rows that all belong to acme, as many as asked, the sample's own first. */
const acmeRows = (count: number): string[] => [`${SAMPLE},acme,pbx,main,desk,,`, ...csvRows(count)];
/** Everything of the import that lives beside its record while it is under way. */
const staged = async (id: string): Promise<string[]> => (await here.world.redis.keys(`{ringthrough}:import:${id}:*`)).filter((key) => /:(?:rows|named|customers|anchor)/.test(key));

describe('a dry run', () => {
  test('counts what the import would do, and writes nothing else', async () => {
    await advance(csvRows(150), {});
    const before = await here.world.redis.get(keys.revision);
    const rows = [...csvRows(100), `${londonNumber(100)},acme,pbx,main,shared,PN1,`, ...csvRows(300, 150), '+1,acme,pbx,main,,,'];
    const dry = await advance(rows, { dryRun: true });
    expect(dry.record).toMatchObject({ state: 'done', dryRun: true, rows: 402, created: 300, changed: 1, unchanged: 100, rejected: 1, removed: 0, images: 0 });
    expect(await numbersOf('acme')).toHaveLength(151);
    expect(await staged(dry.id)).toEqual([]);
    expect(await lists.rejected(dry.id, 0, 10, 'judged')).toMatchObject([{ line: 403, code: 'number_invalid' }]);
    const audit = await here.world.store.audit({ before: undefined, limit: 100, customer: 'acme' });
    expect(audit.filter(({ id }) => Number(id.split('-')[0]) > Number(before))).toEqual([]);
    const real = await advance(rows, {});
    const { created, changed, unchanged, rejected } = dry.record;
    expect(real.record).toMatchObject({ created, changed, unchanged, rejected });
  });

  test('refuses ways of diverting that the carrier does not have, as the import itself does', async () => {
    await put(here.world.store, 'carriers', 'american', { kind: 'flowroute', credentials: { accessKey: 'a', secretKey: 'env:NONE' } });
    const rows = [`${londonNumber(1)},acme,pbx,american,desk,,trunk`, `${londonNumber(2)},acme,pbx,american,desk,,number`, `${londonNumber(3)},acme,pbx,american,desk,,`, '+12065550100,acme,pbx,american,desk,,number'];
    const ways: readonly ImportOptions[] = [{ dryRun: true }, {}];
    for (const options of ways) {
      const { id, record } = await advance(rows, options);
      expect(record).toMatchObject({ created: 2, rejected: 2 });
      expect(await lists.rejected(id, 0, 10, options.dryRun === undefined ? 'applied' : 'judged')).toMatchObject([
        { line: 2, code: 'carrier_ability_missing', detail: expect.stringContaining('it can lead a number to a telephone number or a SIP address') },
        { line: 3, code: 'carrier_ability_missing', detail: 'divertBy: carrier american (flowroute) has no way to write this number' },
      ]);
    }
  });

  test('keeps the first hundred changes of each kind, from what to what', async () => {
    await advance([`${londonNumber(900)},acme,pbx,main,desk,,`], {});
    const { id } = await advance([...csvRows(250), `${londonNumber(900)},acme,pbx,main,shared,,`, `${SAMPLE},acme,pbx,main,desk,,`], { dryRun: true });
    expect(await lists.changes(id, 'judged', 'created', 0, 1000)).toHaveLength(100);
    expect((await lists.changes(id, 'judged', 'created', 0, 1))[0]).toMatchObject({ number: londonNumber(0), before: null, after: { customer: 'acme' } });
    expect(await lists.changes(id, 'judged', 'changed', 0, 1000)).toMatchObject([{ number: londonNumber(900), before: { plan: 'desk' }, after: { plan: 'shared' } }]);
    expect(await lists.changes(id, 'judged', 'unchanged', 0, 1000)).toMatchObject([{ number: SAMPLE }]);
  });
});

describe('an import to be confirmed', () => {
  test('waits after it was judged, and is judged again when it is applied', async () => {
    const { id, record } = await advance(csvRows(450), { confirm: true });
    expect(record).toMatchObject({ state: 'waiting', created: 450, chunksDone: 3 });
    expect(await numbersOf('acme')).toEqual([SAMPLE]);
    expect(await applyNextChunk({ store: here.world.store, lists }, id, DEED.at)).toBe('waiting');
    await put(here.world.store, 'numbers', londonNumber(0), { customer: 'acme', primary: 'pbx', carrier: 'main' });
    const applied = await apply(id);
    expect(applied).toMatchObject({ state: 'done', created: 449, changed: 1, judged: { created: 450, changed: 0, unchanged: 0, rejected: 0, removed: 0 }, appliedBy: { key: 'system' } });
    expect(await numbersOf('acme')).toHaveLength(451);
    // Said twice: nothing changes.
    expect(await apply(id)).toEqual(applied);
  });

  test('cancelled it leaves nothing, and is not applied any more', async () => {
    const { id } = await advance(csvRows(250), { confirm: true, complete: true });
    await cancelImport({ store: here.world.store, lists }, id, DEED);
    expect((await cancelImport({ store: here.world.store, lists }, id, DEED)).state).toBe('cancelled');
    expect(await staged(id)).toEqual([]);
    await expect(apply(id)).rejects.toMatchObject({ code: 'import_state' });
    expect(await numbersOf('acme')).toEqual([SAMPLE]);
  });

  test('expires after a day, also when nobody has looked', async () => {
    const { id } = await advance(csvRows(10), { confirm: true });
    await expireImport({ store: here.world.store, lists }, id, DEED.at + WAITING_MAX_MS);
    expect((await importOf(here.world.store, id)).state).toBe('waiting');
    await expect(applyImport({ store: here.world.store, lists }, id, { ...DEED, at: DEED.at + WAITING_MAX_MS + 1 }, undefined)).rejects.toMatchObject({ code: 'import_state' });
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'expired' });
    expect(await staged(id)).toEqual([]);
  });

  test('one that is applied cannot be cancelled', async () => {
    const { id } = await advance(csvRows(10), {});
    await expect(cancelImport({ store: here.world.store, lists }, id, DEED)).rejects.toMatchObject({ code: 'import_state' });
  });
});

describe('a complete import', () => {
  test('removes what the file does not have, of the customers that it names alone', async () => {
    await advance([...acmeRows(450), `${londonNumber(800)},globex,pbx,main,globex-desk,,`], {});
    const { id, record } = await advance(acmeRows(400), { complete: true });
    expect(record).toMatchObject({ state: 'done', created: 0, unchanged: 401, removed: 50, judged: { removed: 50 } });
    expect(record.removalRefused).toBeUndefined();
    expect(await numbersOf('acme')).toHaveLength(401);
    expect(await numbersOf('globex')).toEqual([londonNumber(800)]);
    expect(await here.world.store.referenceCount('customers', 'acme')).toBe(401 + 1);
    expect(await lists.changes(id, 'applied', 'removed', 0, 1)).toMatchObject([{ number: londonNumber(400), before: { customer: 'acme' }, after: null }]);
    expect(await staged(id)).toEqual([]);
  });

  test('refuses to remove more than a fifth of a customer, before anything is written', async () => {
    await advance(acmeRows(99), {});
    const kept = await advance(acmeRows(78), { complete: true });
    expect(kept.record).toMatchObject({ state: 'refused', removalRefused: { because: 'share', customer: 'acme', removed: 21, of: 100 } });
    expect(await numbersOf('acme')).toHaveLength(100);
    expect((await advance(acmeRows(79), { complete: true })).record).toMatchObject({ state: 'done', removed: 20 });
    expect((await advance(acmeRows(9), { complete: true, allowRemoving: 69 })).record).toMatchObject({ state: 'refused', removalRefused: { because: 'limit', removed: 70, of: 80 } });
    expect((await advance(acmeRows(9), { complete: true, allowRemoving: 70 })).record).toMatchObject({ state: 'done', removed: 70 });
    expect(await numbersOf('acme')).toHaveLength(10);
  });

  test('to be confirmed shows what it would remove, and wants it allowed', async () => {
    await advance(acmeRows(9), {});
    const { id, record } = await advance(acmeRows(4), { complete: true, confirm: true });
    expect(record).toMatchObject({ state: 'waiting', removed: 5, unchanged: 5, removalRefused: { because: 'share' } });
    expect(await lists.changes(id, 'judged', 'removed', 0, 100)).toHaveLength(5);
    await expect(apply(id)).rejects.toMatchObject({ code: 'removal_refused' });
    await expect(apply(id, 4)).rejects.toMatchObject({ code: 'removal_refused' });
    expect(await apply(id, 5)).toMatchObject({ state: 'done', removed: 5 });
    expect(await numbersOf('acme')).toHaveLength(5);
  });

  test('what has come since it was judged counts when it is applied: too much is not removed', async () => {
    await advance(acmeRows(99), {});
    const { id } = await advance(acmeRows(89), { complete: true, confirm: true });
    await advance(csvRows(200, 300), {});
    expect(await apply(id)).toMatchObject({ state: 'done', unchanged: 90, removed: 0, removalRefused: { because: 'share', removed: 210, of: 300 } });
    expect(await numbersOf('acme')).toHaveLength(300);
  });

  test('is not the whole truth with rows whose number cannot be read; refused for another reason a row still names its number', async () => {
    await advance(acmeRows(9), {});
    const unreadable = await advance([...acmeRows(8), '+4420,acme,pbx,main,,,'], { complete: true, allowRemoving: 9 });
    expect(unreadable.record).toMatchObject({ state: 'refused', removalRefused: { because: 'unreadable-rows', of: 1 } });
    const named = await advance([...acmeRows(8), `${londonNumber(8)},acme,pbx,main,no-plan,,`], { complete: true });
    expect(named.record).toMatchObject({ state: 'done', rejected: 1, removed: 0 });
    expect(await numbersOf('acme')).toHaveLength(10);
  });

  test('of one customer, with an empty file, is that customer without numbers', async () => {
    await advance([...acmeRows(9), `${londonNumber(800)},globex,pbx,main,globex-desk,,`], {});
    expect((await advance([], { complete: true, customer: 'acme' })).record).toMatchObject({ state: 'refused' });
    expect((await advance([], { complete: true, customer: 'acme', allowRemoving: 10 })).record).toMatchObject({ state: 'done', removed: 10 });
    expect([await numbersOf('acme'), await numbersOf('globex')]).toEqual([[], [londonNumber(800)]]);
    expect((await advance([], { complete: true })).record).toMatchObject({ state: 'done', removed: 0 });
  });

  test('dry, removes nothing', async () => {
    await advance(acmeRows(9), {});
    expect((await advance(acmeRows(8), { complete: true, dryRun: true })).record).toMatchObject({ state: 'done', removed: 1, unchanged: 9 });
    expect(await numbersOf('acme')).toHaveLength(10);
  });

  test('a number that goes from one customer to another is not removed', async () => {
    await advance(acmeRows(9), {});
    const rows = acmeRows(9).map((row, at) => (at === 5 ? `${londonNumber(4)},globex,pbx,main,globex-desk,,` : row));
    expect((await advance(rows, { complete: true })).record).toMatchObject({ state: 'done', changed: 1, removed: 0 });
    expect(await numbersOf('globex')).toEqual([londonNumber(4)]);
  });

  test('removes nothing when what was noted of the file is gone', async () => {
    await advance(acmeRows(9), {});
    const { id } = await advance(acmeRows(8), { complete: true, confirm: true });
    await here.world.redis.del(keys.importAnchor(id));
    expect(await apply(id)).toMatchObject({ state: 'done', removed: 0, removalRefused: { because: 'unreadable-rows' } });
    expect(await numbersOf('acme')).toHaveLength(10);
  });

  test('a number that is changed while it is removed is removed as it is then, and one that moves away stays', async () => {
    await advance(acmeRows(99), {});
    const id = await receive(here.world, csv(acmeRows(89)), 'csv', { complete: true });
    let moved = false;
    const store = {
      ...here.world.store,
      commit: async (draft: Draft) => {
        const record = await importOf(here.world.store, id);
        if (record.walk?.deleting && !moved) {
          moved = true;
          await put(here.world.store, 'numbers', londonNumber(95), { customer: 'globex', primary: 'pbx', carrier: 'main' });
          await put(here.world.store, 'numbers', londonNumber(96), { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: 'PNnew' });
        }
        return here.world.store.commit(draft);
      },
    };
    while ((await applyNextChunk({ store, lists }, id, DEED.at)) === 'more');
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'done', removed: 9 });
    expect([(await numbersOf('acme')).length, await numbersOf('globex')]).toEqual([90, [londonNumber(95)]]);
  });
});

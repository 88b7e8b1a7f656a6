/** An import put back: what it left as it is goes to what it was, what was changed since stays. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ImportRecord } from '../../src/domain/import.ts';
import { revertImport } from '../../src/imports/decide.ts';
import { createImportLists, type ImportLists } from '../../src/imports/import-lists.ts';
import type { ImportOptions } from '../../src/imports/receive.ts';
import { createDraft } from '../../src/store/draft.ts';
import { keys, NUMBER_SHARDS } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, put } from '../support/world.ts';
import { applyAll, csv, csvRows, importOf, londonNumber, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));
let lists: ImportLists;
beforeEach(() => {
  lists = createImportLists(here.world.redis);
});

async function take(rows: readonly string[], options: ImportOptions = {}): Promise<string> {
  const id = await receive(here.world, csv(rows), 'csv', options);
  await applyAll(here.world.store, here.world.redis, id);
  expect(await importOf(here.world.store, id)).toMatchObject({ state: 'done' });
  return id;
}

async function revert(id: string): Promise<{ id: string; record: ImportRecord }> {
  const begun = await revertImport({ store: here.world.store, lists, random: realSystem.random }, id, DEED);
  await applyAll(here.world.store, here.world.redis, begun.id);
  return { id: begun.id, record: await importOf(here.world.store, begun.id) };
}

/** Every number as it is stored, its revision aside, with all that is counted and listed of it. */
async function state(): Promise<unknown> {
  const pipeline = here.world.redis.pipeline();
  for (let shard = 0; shard < NUMBER_SHARDS; shard += 1) pipeline.hgetall(keys.numberShard(shard));
  const shards = ((await pipeline.exec()) ?? []).map(([, shard]) => shard as Record<string, string>);
  const numbers = shards.flatMap((shard) => Object.entries(shard).map(([number, stored]) => `${number} ${stored.replace(/^1:\d+:/, '')}`)).toSorted();
  const indexes = await Promise.all(['acme', 'globex'].map((customer) => here.world.store.page(`numbers@${customer}`, undefined, 10_000)));
  return { numbers, indexes, references: await here.world.redis.hgetall(keys.references) };
}

const row = (at: number, rest: string): string => `${londonNumber(at)},${rest}`;

describe('reverting an import', () => {
  test('puts back what was created, changed and removed', async () => {
    await take([...csvRows(300), row(700, 'globex,pbx,main,globex-desk,PN7,call')]);
    const before = await state();
    const rows = ['+442079460123,acme,pbx,main,desk,,', ...csvRows(250).map((line, at) => (at < 30 ? row(at, 'globex,pbx,main,,,') : line)), ...csvRows(200, 400)];
    const id = await take([...rows, row(700, 'globex,pbx,main,globex-desk,PN7,call')], { complete: true });
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 200, changed: 30, unchanged: 222, removed: 50 });
    const { id: revertId, record } = await revert(id);
    expect(record).toMatchObject({ state: 'done', kind: 'revert', reverts: id, rows: 280, created: 50, changed: 30, removed: 200, unchanged: 0, rejected: 0 });
    expect(await state()).toEqual(before);
    expect(await importOf(here.world.store, id)).toMatchObject({ revertedBy: revertId });
    expect(await here.world.redis.keys(`{ringthrough}:import:${revertId}:named:*`)).toEqual([]);
  });

  test('leaves alone what was changed since, and names it', async () => {
    const id = await take(csvRows(250));
    await put(here.world.store, 'numbers', londonNumber(3), { customer: 'globex', primary: 'pbx', carrier: 'main' });
    const gone = await here.world.store.find('numbers', londonNumber(4));
    const removal = createDraft();
    removal.remove('numbers', londonNumber(4), gone && 'record' in gone ? gone.record : undefined);
    await here.world.store.commit(removal);
    const { id: revertId, record } = await revert(id);
    // The one that was deleted is as it was before already.
    expect(record).toMatchObject({ rows: 250, removed: 248, unchanged: 1, rejected: 1 });
    expect(await lists.rejected(revertId, 0, 10)).toEqual([{ line: 0, number: londonNumber(3), code: 'import_conflict', detail: 'it was changed since the import' }]);
    expect(await here.world.store.page('numbers@globex', undefined, 10)).toEqual([londonNumber(3)]);
    expect(await here.world.store.page('numbers@acme', undefined, 10)).toEqual(['+442079460123']);
  });

  test('what was changed since its last row is not undone to its first', async () => {
    const filler = csvRows(250, 10);
    const id = await take([row(1, 'acme,pbx,main,desk,,'), ...filler, row(1, 'acme,pbx,main,shared,,')]);
    const byHand = { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' };
    await put(here.world.store, 'numbers', londonNumber(1), byHand);
    const { record } = await revert(id);
    expect(record).toMatchObject({ removed: 250, unchanged: 1, rejected: 1 });
    expect(await here.world.store.find('numbers', londonNumber(1))).toMatchObject({ record: byHand });
  });

  test('does not put back what refers to something that is gone', async () => {
    await put(here.world.store, 'plans', 'brief', { destinations: [{ to: 'voicemail' }] });
    await take([row(1, 'acme,pbx,main,brief,,'), row(2, 'acme,pbx,main,,,')]);
    const id = await take([row(1, 'acme,pbx,main,,,'), row(2, 'acme,pbx,main,desk,,')]);
    const removal = createDraft();
    removal.remove('plans', 'brief', { destinations: [{ to: 'voicemail' }] });
    await here.world.store.commit(removal);
    const { id: revertId, record } = await revert(id);
    expect(record).toMatchObject({ changed: 1, rejected: 1 });
    expect(await lists.rejected(revertId, 0, 10)).toMatchObject([{ number: londonNumber(1), code: 'reference_unknown' }]);
  });

  test('a record that could not be read before is not made up', async () => {
    await here.world.redis.hset(keys.home('numbers', londonNumber(1)), londonNumber(1), '1:9:x');
    const id = await take([row(1, 'acme,pbx,main,,,')]);
    const { id: revertId, record } = await revert(id);
    expect(record).toMatchObject({ rejected: 1 });
    expect(await lists.rejected(revertId, 0, 10)).toMatchObject([{ code: 'record_unreadable' }]);
  });

  test('asked twice it is the same revert, and a revert can be reverted', async () => {
    const id = await take(csvRows(30));
    const after = await state();
    const first = await revert(id);
    expect((await revert(id)).id).toBe(first.id);
    const back = await revert(first.id);
    expect(back.record).toMatchObject({ kind: 'revert', reverts: first.id, created: 30 });
    expect(await state()).toEqual(after);
  });

  test('tells the audit trail, a customer at a time', async () => {
    const { id } = await revert(await take([row(1, 'globex,pbx,main,,,')]));
    const [entry] = await here.world.store.audit({ before: undefined, limit: 1, customer: 'globex' });
    expect(entry?.entry).toMatchObject({ action: 'imports.revert', by: { key: 'system' }, changes: [{ subject: `numbers/${londonNumber(1)}`, before: { customer: 'globex' }, after: null }] });
    const all = await here.world.store.audit({ before: undefined, limit: 10, customer: undefined });
    expect(all.map((one) => one.entry.changes[0]?.subject)).toContain(`imports/${id}`);
  });

  test('what is not done, was a dry run, or is kept no longer cannot be reverted', async () => {
    const refused = async (id: string): Promise<unknown> => revert(id).catch((error: unknown) => error);
    const waiting = await receive(here.world, csv(csvRows(5)), 'csv', { confirm: true });
    expect(await refused(waiting)).toMatchObject({ code: 'import_state' });
    expect(await refused(await take(csvRows(5), { dryRun: true }))).toMatchObject({ code: 'import_state' });
    const old = await take(csvRows(5));
    await here.world.redis.del(keys.importImages(old));
    expect(await refused(old)).toMatchObject({ code: 'import_images_gone' });
    expect(await refused('nothing')).toMatchObject({ code: 'not_found' });
    // One that changed nothing has nothing to put back.
    expect((await revert(await take(csvRows(5)))).record).toMatchObject({ state: 'done', rows: 0 });
  });

  test('after any import, on any state, with any number twice in the file, all is as before', async () => {
    const rest = fc.constantFrom('acme,pbx,main,desk,,', 'acme,pbx,main,shared,PN1,', 'acme,pbx,main,,,call', 'globex,pbx,main,globex-desk,,', 'globex,pbx,main,,PN2,', 'nobody,pbx,main,,,');
    const line = fc.tuple(fc.integer({ min: 0, max: 120 }), rest).map(([at, fields]) => row(at, fields));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 150, size: 'max' }), fc.array(line, { maxLength: 700, size: 'max' }), fc.boolean(), async (prior, file, complete) => {
        await here.server.flush();
        await putPeople(here.world.store);
        await take(prior);
        const before = await state();
        const id = await take(file, complete ? { complete, allowRemoving: 1_000_000 } : {});
        const { record } = await revert(id);
        expect(record.rejected).toBe(0);
        expect(await state()).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });
});

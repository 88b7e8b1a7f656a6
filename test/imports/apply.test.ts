import { describe, expect, test } from 'vitest';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, openWorld, put } from '../support/world.ts';
import { applyAll, csv, csvRows, importOf, londonNumber, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));

async function numberOf(number: string) {
  const found = await here.world.store.find('numbers', number);
  return found && 'record' in found ? found.record : undefined;
}

/** Imports one file to its end; the record and the rejected rows. */
async function take(text: string, format: 'csv' | 'ndjson' = 'csv') {
  const id = await receive(here.world, text, format);
  await applyAll(here.world.store, here.world.redis, id);
  return { id, record: await importOf(here.world.store, id), rejected: await createImportLists(here.world.redis).rejected(id, 0, 1000) };
}

const ONE = londonNumber(1);

describe('applying an import', () => {
  test('names each bad row by line, code and reason, and takes the good ones', async () => {
    const { record, rejected } = await take(
      csv([
        `${ONE},acme,pbx,main,desk,,call`,
        '02079460002,acme,pbx,main,,,',
        '+441,acme,pbx,main,,,',
        ',acme,pbx,main,,,',
        `${londonNumber(3)},,pbx,main,,,`,
        `${londonNumber(4)},Acme Ltd,pbx,main,,,`,
        `${londonNumber(5)},acme,pbx,main,,,by-pigeon`,
        `${londonNumber(6)},nobody,pbx,main,,,`,
        `${londonNumber(7)},acme,nothing,main,,,`,
        `${londonNumber(8)},acme,pbx,nowhere,,,`,
        `${londonNumber(9)},acme,pbx,main,no-plan,,`,
        `${londonNumber(10)},acme,pbx,main,globex-desk,,`,
        `${londonNumber(11)},acme,pbx,main`,
        `${londonNumber(12)},"acme,pbx,main,,,`,
        '',
        `"${londonNumber(13)}","acme","pbx","main","shared","",""`,
      ]),
    );
    expect(rejected.map(({ line, code, detail }) => [line, code, detail.split(':')[0]])).toEqual([
      [3, 'number_invalid', 'number'],
      [4, 'number_invalid', 'number'],
      [5, 'number_invalid', 'number'],
      [6, 'row_invalid', 'customer'],
      [7, 'row_invalid', 'customer'],
      [8, 'row_invalid', 'divertBy'],
      [9, 'reference_unknown', 'customer'],
      [10, 'reference_unknown', 'primary'],
      [11, 'reference_unknown', 'carrier'],
      [12, 'reference_unknown', 'plan'],
      [13, 'plan_foreign', 'plan'],
      [14, 'row_malformed', 'the row has 4 fields where the header has 7'],
      [15, 'row_malformed', 'the row a quote is not closed'],
    ]);
    expect(record).toMatchObject({ state: 'done', rows: 15, created: 2, changed: 0, unchanged: 0, rejected: 13, endedAt: DEED.at });
    expect(await numberOf(ONE)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'call' });
    expect(await numberOf(londonNumber(13))).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'shared' });
  });

  test('names what is wrong in NDJSON, and takes empty and null as absent', async () => {
    const good = { number: ONE, customer: 'acme', primary: 'pbx', carrier: 'main' };
    const lines = [{ ...good, plan: null, carrierRef: '' }, { ...good, colour: 'red' }, { ...good, number: 442079460001 }, { ...good, customer: 7 }, { ...good, plan: {} }, { number: ONE }, 5];
    const { record, rejected } = await take(lines.map((line) => JSON.stringify(line)).join('\r\n'), 'ndjson');
    expect(rejected.map(({ line, code, detail }) => `${line} ${code} ${detail}`)).toEqual([
      '2 row_invalid colour: unknown field',
      '3 number_invalid number: "442079460001" is not a valid number in E.164, such as +442079460123',
      '4 row_invalid customer: must be string, is "7"',
      '5 row_malformed the row the field "plan" is not a text',
      '6 row_invalid customer: is missing',
      '7 row_malformed the row is not a JSON object',
    ]);
    expect(record).toMatchObject({ created: 1, rejected: 6 });
    expect(await numberOf(ONE)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main' });
  });

  test('of several rows for one number the last remains, and each counts for what it did', async () => {
    const row = (plan: string) => `${ONE},acme,pbx,main,${plan},,`;
    const { record } = await take(csv([row('desk'), row('desk'), row('shared'), row(''), `${ONE.slice(0, 3)} 20 7946 1001,acme,pbx,main,shared,,`]));
    expect(record).toMatchObject({ created: 1, changed: 3, unchanged: 1, rejected: 0 });
    expect(await numberOf(ONE)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'shared' });
    expect(await here.world.store.referenceCount('plans', 'shared')).toBe(1);
    expect(await here.world.store.referenceCount('plans', 'desk')).toBe(1);
  });

  test('the same file again changes nothing and writes no audit', async () => {
    const file = csv(csvRows(250));
    expect((await take(file)).record).toMatchObject({ created: 250, unchanged: 0, changed: 0, chunks: 2 });
    const revisionOfOne = await here.world.store.find('numbers', ONE);
    expect((await take(file)).record).toMatchObject({ created: 0, changed: 0, unchanged: 250 });
    expect(await here.world.store.find('numbers', ONE)).toEqual(revisionOfOne);
    const audit = await here.world.store.audit({ before: undefined, limit: 100, customer: 'acme' });
    expect(audit.filter(({ entry }) => entry.action === 'imports.apply')).toHaveLength(2);
  });

  test('tells the audit trail who, why, from what to what, a customer at a time', async () => {
    await take(csv([`${ONE},globex,pbx,main,,,`, '+442079460123,globex,pbx,main,globex-desk,,', `${londonNumber(2)},acme,pbx,main,,,`]));
    const common = { at: DEED.at, by: { key: 'boss', role: 'admin' }, action: 'imports.apply', reason: 'moving in' };
    const entries = (await here.world.store.audit({ before: undefined, limit: 10, customer: undefined })).map(({ entry }) => entry).filter(({ action }) => action === 'imports.apply');
    expect(new Set(entries)).toEqual(
      new Set([
        { ...common, customer: 'globex', changes: [{ subject: `numbers/${ONE}`, before: null, after: { customer: 'globex', primary: 'pbx', carrier: 'main' } }] },
        { ...common, customer: 'acme', changes: [{ subject: `numbers/${londonNumber(2)}`, before: null, after: { customer: 'acme', primary: 'pbx', carrier: 'main' } }] },
        // From one customer to another: the provider's own business.
        {
          ...common,
          changes: [{ subject: 'numbers/+442079460123', before: { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }, after: { customer: 'globex', primary: 'pbx', carrier: 'main', plan: 'globex-desk' } }],
        },
      ]),
    );
    expect(await here.world.store.page('numbers@acme', undefined, 10)).toEqual([londonNumber(2)]);
    expect(await here.world.store.referenceCount('plans', 'desk')).toBe(0);
  });

  test.each([['garbage'], ['1:3:\t\t\t']])('overwrites a stored record that cannot be read: %j', async (stored) => {
    await here.world.redis.hset(keys.home('numbers', ONE), ONE, stored);
    expect((await take(csv([`${ONE},acme,pbx,main,,,`]))).record).toMatchObject({ created: 0, changed: 1 });
    expect(await numberOf(ONE)).toEqual({ customer: 'acme', primary: 'pbx', carrier: 'main' });
  });

  test('an edit between reading and writing is not undone, nor does it stop the import', async () => {
    const id = await receive(here.world, csv(csvRows(10)));
    let edits = 0;
    const store = {
      ...here.world.store,
      commit: async (draft: ReturnType<typeof createDraft>) => {
        edits += 1;
        if (edits === 1) await put(here.world.store, 'numbers', ONE, { customer: 'globex', primary: 'pbx', carrier: 'main' });
        if (edits === 2) await put(here.world.store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: 'announcement' }] });
        return here.world.store.commit(draft);
      },
    };
    expect(await applyNextChunk({ store, lists: createImportLists(here.world.redis) }, id, DEED.at)).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 9, changed: 1, rejected: 0 });
    expect(await here.world.store.page('numbers@globex', undefined, 10)).toEqual([]);
    expect(edits).toBe(3);
  });

  test('a reference that vanishes meanwhile refuses its rows alone', async () => {
    await put(here.world.store, 'plans', 'brief', { destinations: [{ to: 'voicemail' }] });
    const id = await receive(here.world, csv([`${ONE},acme,pbx,main,brief,,`, `${londonNumber(2)},acme,pbx,main,,,`]));
    let removed = false;
    const store = {
      ...here.world.store,
      commit: async (draft: ReturnType<typeof createDraft>) => {
        if (!removed) {
          removed = true;
          const removal = createDraft();
          removal.remove('plans', 'brief', { destinations: [{ to: 'voicemail' }] });
          await here.world.store.commit(removal);
        }
        return here.world.store.commit(draft);
      },
    };
    expect(await applyNextChunk({ store, lists: createImportLists(here.world.redis) }, id, DEED.at)).toBe('done');
    expect(await importOf(here.world.store, id)).toMatchObject({ created: 1, rejected: 1 });
  });

  test('gives up with a code when others never stop changing the same numbers', async () => {
    const id = await receive(here.world, csv([`${ONE},acme,pbx,main,,,`]));
    let edits = 0;
    const store = {
      ...here.world.store,
      commit: async (draft: ReturnType<typeof createDraft>) => {
        edits += 1;
        await put(here.world.store, 'numbers', ONE, { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: `PN${edits}` });
        return here.world.store.commit(draft);
      },
    };
    await expect(applyNextChunk({ store, lists: createImportLists(here.world.redis) }, id, DEED.at)).rejects.toMatchObject({ code: 'write_contended' });
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'applying', chunksDone: 0, created: 0 });
  });

  test('two that apply the same import at once take every row once', async () => {
    const other = await openWorld(here.server.url);
    const id = await receive(here.world, csv(csvRows(1000)));
    await Promise.all([applyAll(here.world.store, here.world.redis, id), applyAll(other.store, other.redis, id)]);
    await other.close();
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'done', chunks: 5, chunksDone: 5, created: 1000, changed: 0, rejected: 0 });
  });

  test('imports of the same numbers at once end with one of them whole for each number', async () => {
    const other = await openWorld(here.server.url);
    const numbers = Array.from({ length: 400 }, (_, at) => londonNumber(200 + at));
    const first = await receive(here.world, csv(numbers.map((number) => `${number},acme,pbx,main,desk,PN1,`)));
    const second = await receive(here.world, csv(numbers.toReversed().map((number) => `${number},globex,pbx,main,globex-desk,PN2,`)));
    await Promise.all([applyAll(here.world.store, here.world.redis, first), applyAll(other.store, other.redis, second)]);
    await other.close();
    const acme = (await here.world.store.page('numbers@acme', undefined, 1000)).length - 1;
    const globex = (await here.world.store.page('numbers@globex', undefined, 1000)).length;
    expect(acme + globex).toBe(400);
    expect(await here.world.store.referenceCount('plans', 'desk')).toBe(acme + 1);
    expect(await here.world.store.referenceCount('plans', 'globex-desk')).toBe(globex);
    for (const id of [first, second]) {
      const { created, changed, rejected } = await importOf(here.world.store, id);
      expect([created + changed, rejected]).toEqual([400, 0]);
    }
  });

  test('an import without rows is done at once; staged rows that are gone are owned up to', async () => {
    expect((await take(csv([]))).record).toMatchObject({ state: 'done', rows: 0, rejected: 0 });
    const id = await receive(here.world, csv(csvRows(400, 200)));
    expect(await applyNextChunk({ store: here.world.store, lists: createImportLists(here.world.redis) }, id, DEED.at)).toBe('more');
    await here.world.redis.del(keys.importRows(id));
    await applyAll(here.world.store, here.world.redis, id);
    expect(await importOf(here.world.store, id)).toMatchObject({ state: 'done', created: 200, rejected: 200 });
    expect(await createImportLists(here.world.redis).rejected(id, 0, 10)).toMatchObject([{ line: 0, code: 'internal' }]);
  });

  test('there is nothing to apply of an import that is unknown, and the staged rows go when it is done', async () => {
    const lists = createImportLists(here.world.redis);
    expect(await applyNextChunk({ store: here.world.store, lists }, 'nowhere', DEED.at)).toBe('gone');
    const { id } = await take(csv(csvRows(3)));
    expect(await here.world.redis.exists(keys.importRows(id))).toBe(0);
    expect(await applyNextChunk({ store: here.world.store, lists }, id, DEED.at)).toBe('done');
  });
});

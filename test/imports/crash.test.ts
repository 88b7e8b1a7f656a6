import { setImmediate as breathe } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, type World } from '../support/world.ts';
import { applyInProcess } from './killed.ts';
import { applyAll, csv, csvRows, putPeople, receive } from './support.ts';

const here = eachWorld((world) => putPeople(world.store));

const ROWS = 450;
/** Rows of all kinds, so that a doubled or a lost one of each shows in the counts. */
const FILE = csv([...csvRows(ROWS - 3), '+44,acme,pbx,main,,,', '"', ...csvRows(1)]);
const EXPECTED = { state: 'done', rows: ROWS, chunks: 3, chunksDone: 3, created: ROWS - 3, changed: 0, unchanged: 1, rejected: 2 };

/** All that is so in Redis after an import, its ids aside. */
async function outcome(id: string) {
  const found = await here.world.store.find('imports', id);
  const audit = await here.world.store.audit({ before: undefined, limit: 100, customer: 'acme' });
  return {
    record: found && 'record' in found ? found.record : undefined,
    numbers: (await here.world.store.page('numbers@acme', undefined, 10_000)).length,
    references: await Promise.all([here.world.store.referenceCount('customers', 'acme'), here.world.store.referenceCount('plans', 'desk'), here.world.store.referenceCount('primaries', 'pbx')]),
    rejected: await createImportLists(here.world.redis).rejected(id, 0, 100),
    audited: audit.filter(({ entry }) => entry.action === 'imports.apply').flatMap(({ entry }) => entry.changes.map(({ subject }) => subject)).length,
  };
}

function assertWhole(result: Awaited<ReturnType<typeof outcome>>): void {
  expect(result.record).toMatchObject(EXPECTED);
  expect(result.numbers).toBe(ROWS - 3 + 1);
  // The sample has a number, and two plans of which one is shared among customers.
  expect(result.references).toEqual([ROWS - 3 + 1 + 1, Math.ceil((ROWS - 3) / 3) + 1, ROWS - 3 + 1]);
  expect(result.rejected.map(({ line, code }) => [line, code])).toEqual([[ROWS - 1, 'number_invalid'], [ROWS, 'row_malformed']]);
  expect(result.audited).toBe(ROWS - 3);
}

describe('a crash while an import is applied', () => {
  test('kill -9 of its process, again and again: whoever goes on takes every row exactly once', async () => {
    // A chunk takes some 380 commands, those within a commit included.
    const instants = fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 3, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(instants, async (kills) => {
        await here.server.flush();
        await putPeople(here.world.store);
        const id = await receive(here.world, FILE);
        for (const commands of kills) await applyInProcess(here.server.url, id, commands);
        await applyAll(here.world.store, here.world.redis, id);
        assertWhole(await outcome(id));
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  test('after the commit and before its answer: the next goes on behind it', async () => {
    const id = await receive(here.world, FILE);
    const store = {
      ...here.world.store,
      commit: async (draft: Parameters<World['store']['commit']>[0]) => {
        await here.world.store.commit(draft);
        throw new Error('killed');
      },
    };
    const lists = createImportLists(here.world.redis);
    for (let crash = 0; crash < 3; crash += 1) await expect(applyNextChunk({ store, lists }, id, DEED.at)).rejects.toThrow('killed');
    expect(await applyNextChunk({ store: here.world.store, lists }, id, DEED.at)).toBe('done');
    assertWhole(await outcome(id));
  });

  test('of Redis itself, again and again: nothing acknowledged is lost', async () => {
    const id = await receive(here.world, FILE);
    const lists = createImportLists(here.world.redis);
    for (let kill = 0; kill < 12; kill += 1) {
      const step = applyNextChunk({ store: here.world.store, lists }, id, DEED.at).catch(() => undefined);
      // At another moment of a chunk each time: as many turns of the event loop into it.
      for (let turn = 0; turn < kill * 3; turn += 1) await breathe();
      await here.server.restart();
      await step;
      await expect.poll(() => here.world.redis.status).toBe('ready');
    }
    await applyAll(here.world.store, here.world.redis, id);
    assertWhole(await outcome(id));
  });
});

/** kill -9 of the process while an import is judged, removes, or is reverted: whoever goes on comes to the same end. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyImport, revertImport } from '../../src/imports/decide.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import type { ImportOptions } from '../../src/imports/receive.ts';
import { keys, NUMBER_SHARDS } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { DEED, put } from '../support/world.ts';
import { applyInProcess } from './killed.ts';
import { applyAll, csv, csvRows, importOf, londonNumber, putPeople, receive } from './support.ts';

const here = eachWorld();

const PRIOR = csv(['+442079460123,acme,pbx,main,desk,,', ...csvRows(600)]);
/** Of the prior ones 50 changed, 450 as they are, 100 not there; 100 new; and rows that are refused, one whose number is there. */
const FILE = csv([
  '+442079460123,acme,pbx,main,desk,,',
  ...csvRows(500).map((line, at) => (at < 50 ? `${londonNumber(at)},acme,pbx,main,shared,PNchanged,` : line)),
  ...csvRows(100, 700),
  `${londonNumber(500)},acme,pbx,main,no-plan,,`,
]);
const COUNTS = { created: 100, changed: 50, unchanged: 451, rejected: 1, removed: 99 };

async function prior(): Promise<void> {
  await here.server.flush();
  await putPeople(here.world.store);
  await applyAll(here.world.store, here.world.redis, await receive(here.world, PRIOR));
}

async function numbers(): Promise<unknown> {
  const pipeline = here.world.redis.pipeline();
  for (let shard = 0; shard < NUMBER_SHARDS; shard += 1) pipeline.hgetall(keys.numberShard(shard));
  const stored = ((await pipeline.exec()) ?? []).flatMap(([, shard]) => Object.entries(shard as Record<string, string>));
  return { stored: stored.map(([number, value]) => `${number} ${value.replace(/^1:\d+:/, '')}`).toSorted(), references: await here.world.redis.hgetall(keys.references), index: await here.world.store.page('numbers@acme', undefined, 10_000) };
}

/** How often each number is in the audit trail under an action, as `times -> numbers`. */
async function audited(action: string): Promise<Record<number, number>> {
  const subjects = (await here.world.store.audit({ before: undefined, limit: 1000, customer: 'acme' })).flatMap(({ entry }) => (entry.action === action ? entry.changes.map(({ subject }) => subject) : []));
  const times = new Map<string, number>();
  for (const subject of subjects) times.set(subject, (times.get(subject) ?? 0) + 1);
  const tally: Record<number, number> = {};
  for (const count of times.values()) tally[count] = (tally[count] ?? 0) + 1;
  return tally;
}

/** In a process that is killed again and again, then here to its end; true when a kill has hit. */
async function survive(id: string, kills: readonly number[]): Promise<boolean> {
  let hit = false;
  for (const commands of kills) hit = !(await applyInProcess(here.server.url, id, commands)) || hit;
  await applyAll(here.world.store, here.world.redis, id);
  return hit;
}

const begin = (options: ImportOptions): Promise<string> => receive(here.world, FILE, 'csv', options);
/** Each state takes some thousand commands, those within a commit included. */
const kills = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 3, maxLength: 5 });
const property = (check: (instants: readonly number[]) => Promise<void>): Promise<void> => fc.assert(fc.asyncProperty(kills, check), { numRuns: 3, endOnFailure: true });

describe('kill -9 again and again', () => {
  test('while it is judged: the counts are exact, and no number is touched', async () => {
    await property(async (instants) => {
      await prior();
      const before = await numbers();
      const id = await begin({ confirm: true, complete: true });
      expect(await survive(id, instants)).toBe(true);
      expect(await importOf(here.world.store, id)).toMatchObject({ state: 'waiting', ...COUNTS });
      const lists = createImportLists(here.world.redis);
      expect(await lists.rejected(id, 0, 10, 'judged')).toHaveLength(1);
      expect(await lists.changes(id, 'judged', 'removed', 0, 200)).toHaveLength(99);
      expect(await lists.changes(id, 'judged', 'changed', 0, 200)).toHaveLength(50);
      expect(await numbers()).toEqual(before);
    });
  });

  test('while it is applied and removes: each number is changed and audited once', async () => {
    await prior();
    const calm = await begin({ complete: true });
    await applyAll(here.world.store, here.world.redis, calm);
    const expected = await numbers();
    await property(async (instants) => {
      await prior();
      const id = await begin({ complete: true, confirm: true });
      await applyAll(here.world.store, here.world.redis, id);
      await applyImport({ store: here.world.store, lists: createImportLists(here.world.redis) }, id, DEED, undefined);
      expect(await survive(id, instants)).toBe(true);
      expect(await importOf(here.world.store, id)).toMatchObject({ state: 'done', ...COUNTS, judged: COUNTS });
      expect(await numbers()).toEqual(expected);
      // 601 of the prior import less those that this one touches as well, and its own.
      expect(await audited('imports.apply')).toEqual({ 1: 451 + 100, 2: 149 });
    });
  });

  test('while it is reverted: all is as before, each number once, what was changed since is named once', async () => {
    await property(async (instants) => {
      await prior();
      const before = await numbers();
      const id = await begin({ complete: true });
      await applyAll(here.world.store, here.world.redis, id);
      const byHand = { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: 'PNbyHand' };
      await put(here.world.store, 'numbers', londonNumber(0), byHand);
      const lists = createImportLists(here.world.redis);
      const revert = await revertImport({ store: here.world.store, lists, random: realSystem.random }, id, DEED);
      expect(await survive(revert.id, instants)).toBe(true);
      expect(await importOf(here.world.store, revert.id)).toMatchObject({ state: 'done', rows: 249, created: 99, changed: 49, removed: 100, unchanged: 0, rejected: 1 });
      expect(await lists.rejected(revert.id, 0, 10)).toMatchObject([{ number: londonNumber(0), code: 'import_conflict' }]);
      expect(await audited('imports.revert')).toEqual({ 1: 248 });
      await put(here.world.store, 'numbers', londonNumber(0), { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', carrierRef: 'PN0', divertBy: 'call' });
      expect(await numbers()).toEqual(before);
    });
  });
});

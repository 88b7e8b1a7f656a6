/** Imports and approvals of long ago are forgotten, whole; what is young, under way or cannot be read stays. */
import { expect, test } from 'vitest';
import type { Approval } from '../../src/domain/approval.ts';
import type { ImportRecord } from '../../src/domain/import.ts';
import { pruneImports } from '../../src/imports/prune-imports.ts';
import { timedId } from '../../src/system/timed-id.ts';
import { pruneApprovals } from '../../src/policy/prune-approvals.ts';
import { keys } from '../../src/store/keys.ts';
import { indexName } from '../../src/store/relations.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { startService } from '../support/service.ts';
import { put } from '../support/world.ts';

const here = eachWorld();
const DAY_MS = 86_400_000;
const NOW = 1_795_348_800_000;
const by = { key: 'ann', role: 'admin' };
const NONE = { rows: 1, chunks: 1, chunksDone: 1, created: 1, changed: 0, unchanged: 0, rejected: 0, removed: 0, nameless: 0, images: 1 };

async function anImport(startedDaysAgo: number, endedDaysAgo: number | undefined, state: ImportRecord['state'] = 'done'): Promise<string> {
  const startedAt = NOW - startedDaysAgo * DAY_MS;
  const endedAt = endedDaysAgo === undefined ? undefined : NOW - endedDaysAgo * DAY_MS;
  const id = timedId(startedAt, realSystem.random);
  await put(here.world.store, 'imports', id, { state, kind: 'import', format: 'csv', by, startedAt, stateAt: endedAt ?? startedAt, ...(endedAt === undefined ? {} : { endedAt }), ...NONE });
  return id;
}

test('imports: 30 days after their end', async () => {
  const { store, redis } = here.world;
  const old = await Promise.all(Array.from({ length: 250 }, (_, at) => anImport(40 + at, 31 + at)));
  const kept = [await anImport(40, 29), await anImport(200, undefined, 'applying'), await anImport(29, 29), await anImport(1, 1)];
  await redis.hset(keys.records('imports'), old[7] ?? '', 'nonsense');
  expect(await pruneImports(store, NOW)).toBe(249);
  expect(await store.page(indexName('imports'), undefined, 1000)).toEqual([...kept, old[7] ?? ''].toSorted());
  expect(Object.keys(await redis.hgetall(keys.records('imports'))).toSorted()).toEqual([...kept, old[7] ?? ''].toSorted());
  expect(await pruneImports(store, NOW)).toBe(0);
});

test('approvals: 30 days after they ended, or expired', async () => {
  const { store } = here.world;
  const approval = (more: Partial<Approval>): Approval => ({ state: 'waiting', collection: 'plans', id: 'desk', action: 'plans.put', before: null, after: null, numbers: 5, recent: 0, by, account: 'ann', askedAt: 0, expiresAt: NOW, ...more });
  const all = { young: approval({}), ended: approval({ state: 'approved', endedAt: NOW - 31 * DAY_MS }), expired: approval({ expiresAt: NOW - 31 * DAY_MS }), refused: approval({ state: 'refused', endedAt: NOW - 29 * DAY_MS }) };
  for (const [id, record] of Object.entries(all)) await put(store, 'approvals', id, record);
  expect(await pruneApprovals(store, NOW)).toBe(2);
  expect(await store.page(indexName('approvals'), undefined, 10)).toEqual(['refused', 'young']);
});

test('by the worker that runs beside the service', async () => {
  const id = await anImport(40, 31);
  const service = await startService({ redis: here.server, system: { clock: { now: () => NOW } } });
  await expect.poll(() => here.world.store.find('imports', id), { timeout: 10_000 }).toBeUndefined();
  await service.close();
});

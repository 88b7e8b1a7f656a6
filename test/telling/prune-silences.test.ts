/** Silences that ended long ago are forgotten, and no other. */
import { expect, test } from 'vitest';
import { pruneSilences } from '../../src/telling/prune-silences.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';

const here = eachWorld();
const NOW = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

test('30 days after their end', async () => {
  const { store } = here.world;
  for (const [id, days] of [['old', -31], ['ended', -29], ['goes-on', 1]] as const) await put(store, 'silences', id, { match: {}, until: new Date(NOW + days * DAY_MS).toISOString(), reason: 'planned work' });
  expect(await pruneSilences(store, NOW)).toBe(1);
  expect(await store.find('silences', 'old')).toBeUndefined();
  for (const id of ['ended', 'goes-on']) expect(await store.find('silences', id)).toBeDefined();
  expect(await pruneSilences(store, NOW)).toBe(0);
});

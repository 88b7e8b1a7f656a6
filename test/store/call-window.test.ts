/** The calls of a stretch of time: all of them within its ends, those that nobody answered, or an even sample. */
import { beforeEach, expect, test } from 'vitest';
import { createCallStore } from '../../src/store/call-store.ts';
import { readCallWindow } from '../../src/store/call-window.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const START = 1_700_000_000_000;

beforeEach(async () => {
  await createCallStore(here.world.redis).record(Array.from({ length: 1000 }, (_, at) => ({
    carrier: 'main', ref: String(at), at: START + at * 1000, arrival: { number: '+442079460123', from: '+447700900123', customer: 'acme', primary: 'pbx', route: 'plan' as const, protected: true },
    ...(at % 100 === 0 ? { outcome: { is: 'missed' as const, rank: 50 } } : {}),
  })));
});

const read = async (more: { from: number; to: number; most: number; only?: 'unanswered' }) => {
  const { total, calls } = await readCallWindow(here.world.redis, { ...more, from: START + more.from * 1000, to: START + more.to * 1000 });
  return { total, at: calls.map(({ startedAt }) => (startedAt - START) / 1000) };
};

test('all of them, both ends within it, in the order of their time', async () => {
  expect(await read({ from: 10, to: 640, most: 5000 })).toEqual({ total: 631, at: Array.from({ length: 631 }, (_, at) => 10 + at) });
  expect(await read({ from: 2000, to: 3000, most: 5000 })).toEqual({ total: 0, at: [] });
  expect(await read({ from: 150, to: 1000, most: 5000, only: 'unanswered' })).toEqual({ total: 8, at: [200, 300, 400, 500, 600, 700, 800, 900] });
});

test('an even sample where there are more', async () => {
  const { total, at } = await read({ from: 0, to: 1000, most: 400 });
  expect([total, at.length]).toEqual([1000, 400]);
  expect(new Set(at).size).toBe(400);
  for (const half of [at.filter((one) => one < 500), at.filter((one) => one >= 500)]) expect(half).toHaveLength(200);
});

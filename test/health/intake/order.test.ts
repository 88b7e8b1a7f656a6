/** However posts of one alert come, twice, late and through several processes, what holds in the end is its sender's newest word. */
import { array, asyncProperty, assert, constantFrom, integer, record, shuffledSubarray } from 'fast-check';
import { expect, test } from 'vitest';
import { createAlertLedger, ALERTS_KEPT } from '../../../src/store/alert-ledger.ts';
import { keys } from '../../../src/store/keys.ts';
import { eachWorld } from '../../support/each-world.ts';

const here = eachWorld();
const NOW = 1_700_000_000_000;
const LATER = NOW + 3_600_000;

test('the newest word of each alert holds, in whatever order they come', async () => {
  const ledger = createAlertLedger(here.world.redis);
  const word = record({ alert: constantFrom('a', 'b', 'c'), minutes: integer({ min: 1, max: 50 }) });
  const words = array(word, { minLength: 1, maxLength: 20 }).chain((all) => shuffledSubarray([...all, ...all], { minLength: all.length, maxLength: 2 * all.length }));
  let run = 0;
  await assert(asyncProperty(words, async (all) => {
    run += 1;
    const source = `run-${run}`;
    for (const { alert, minutes } of all) await ledger.note(source, { now: NOW, alerts: [{ alert, at: NOW + minutes, expiresAt: LATER, text: `at ${minutes}` }], counts: {}, unmatched: [] });
    const newest = new Map<string, number>();
    for (const { alert, minutes } of all) newest.set(alert, Math.max(minutes, newest.get(alert) ?? 0));
    const { alerts, fields } = await ledger.read(source, NOW);
    expect(new Map(alerts.map(({ alert, text }) => [alert, text]))).toEqual(new Map([...newest].map(([alert, minutes]) => [alert, `at ${minutes}`])));
    expect(fields['posts']).toBe(String(all.length));
  }), { numRuns: 40 });
});

test('of one moment the later to come holds, and the same again is known', async () => {
  const ledger = createAlertLedger(here.world.redis);
  const say = async (text: string, at = NOW, expiresAt = LATER) => (await ledger.note('prom', { now: NOW, alerts: [{ alert: 'a', at, expiresAt, text }], counts: {}, unmatched: [] }))[0];
  expect([await say('open'), await say('open'), await say('closed'), await say('open'), await say('closed', NOW - 1)]).toEqual(['news', 'known', 'news', 'news', 'outdated']);
});

test('what has expired is no word any more', async () => {
  const ledger = createAlertLedger(here.world.redis);
  await ledger.note('prom', { now: NOW, alerts: [{ alert: 'a', at: NOW, expiresAt: NOW + 1000, text: 'open' }], counts: {}, unmatched: [] });
  expect((await ledger.read('prom', NOW + 1000)).alerts).toEqual([]);
  expect(await ledger.note('prom', { now: NOW + 1000, alerts: [{ alert: 'a', at: NOW - 5000, expiresAt: LATER, text: 'open' }], counts: {}, unmatched: [] })).toEqual(['news']);
});

test('so many alerts are kept and no more: what expires first goes', async () => {
  const ledger = createAlertLedger(here.world.redis);
  const alerts = Array.from({ length: ALERTS_KEPT + 10 }, (_, at) => ({ alert: `a${at}`, at: NOW, expiresAt: LATER + at, text: '{}' }));
  await ledger.note('prom', { now: NOW, alerts: alerts.toReversed(), counts: { alerts: alerts.length }, unmatched: Array.from({ length: 30 }, (_, at) => `${at}`) });
  const { alerts: kept, unmatched, fields } = await ledger.read('prom', NOW);
  expect(new Set(kept.map(({ alert }) => alert))).toEqual(new Set(alerts.slice(10).map(({ alert }) => alert)));
  expect(unmatched).toEqual(Array.from({ length: 10 }, (_, at) => `${at}`));
  expect(fields).toMatchObject({ posts: '1', alerts: String(alerts.length), lastPostAt: String(NOW) });
  for (const key of [keys.sourceAlerts('prom'), keys.sourceNotes('prom'), keys.sourceUnmatched('prom')]) expect(await here.world.redis.pttl(key)).toBeGreaterThan(0);
  await ledger.forget('prom');
  expect(await here.world.redis.keys('*source:prom*')).toEqual([]);
});

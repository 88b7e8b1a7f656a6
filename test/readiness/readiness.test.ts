/** Readiness kept at hand: surveyed anew when something has changed, told when it drops, and there while Redis is away. */
import { expect, it } from 'vitest';
import { createActiveLegs } from '../../src/calls/active-legs.ts';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { createReadiness } from '../../src/readiness/readiness.ts';
import { summaryOf } from '../../src/readiness/view.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { put, putSample } from '../support/world.ts';

const here = eachWorld(({ store }) => putSample(store));
const london = (at: number): string => `+4420794${61_000 + at}`;

it('tells a drop once, says so when it is over, and goes on without Redis', async () => {
  const { redis, store, log, lines } = here.world;
  const { follower, table: tables } = await here.world.follow();
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  const readiness = createReadiness({ redis, tables, sight: () => ({ table: tables.current, judge, baseUrl: 'https://calls.example.net' }), legs: createActiveLegs(), metrics: { watchReadiness: () => undefined }, alarmAt: () => shippedPolicy().readiness.alarm, load: { level: 0 }, system: realSystem, log });
  const look = async (revision?: number) => {
    if (revision !== undefined) await follower.reached(revision, 2000);
    const survey = await readiness.survey();
    return { survey, numbers: summaryOf(survey, tables.current, { scoped: false }).numbers };
  };
  const told = (what: string) => lines.filter((line) => line.includes(what));

  const first = await look();
  expect(first.numbers).toEqual({ all: 1, answered: 1, passing: 0, atRisk: 0 });
  expect((await look()).survey).toBe(first.survey);

  expect((await look(await put(store, 'numbers', london(1), { customer: 'acme', primary: 'pbx', carrier: 'main' }))).numbers).toMatchObject({ all: 2, answered: 1 });
  await Promise.all([look(), look()]);
  expect((await look(await put(store, 'primaries', 'spare', { kind: 'pbx', target: 'sip:{number}@spare.example.net' }))).numbers).toMatchObject({ answered: 1 });
  expect(told('readiness has dropped')).toHaveLength(1);
  expect(JSON.parse(told('readiness has dropped')[0] ?? '')).toMatchObject({ numbersShare: 0.5, notAnswered: 1, reasons: { 'no-plan': 1 } });

  expect((await look(await put(store, 'numbers', london(1), { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }))).numbers).toMatchObject({ answered: 2 });
  expect(told('readiness is again')).toHaveLength(1);

  redis.disconnect();
  tables.events.emit('replaced');
  const without = await look();
  expect(without.numbers).toMatchObject({ all: 2, answered: 2 });
  expect(without.survey.sample).toBeUndefined();
  expect(without.survey).not.toBe(first.survey);
  await readiness.stop();
});

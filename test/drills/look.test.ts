/** The looks at open drills: stopped at any step and begun again by another process, nobody is called twice, and every drill comes to its end. */
import { describe, expect, it } from 'vitest';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { createActiveLegs } from '../../src/calls/active-legs.ts';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { Failure } from '../../src/domain/errors.ts';
import type { Drill } from '../../src/domain/drill.ts';
import { createLook } from '../../src/drills/look.ts';
import { pruneDrills } from '../../src/drills/prune-drills.ts';
import { createSchedule } from '../../src/drills/schedule.ts';
import { realSystem } from '../../src/system/system.ts';
import { createDrillStore, type DrillStore } from '../../src/store/drill-store.ts';
import { eachWorld } from '../support/each-world.ts';
import { put, putSample } from '../support/world.ts';

const NUMBER = '+442079460123';
const TOS = ['+447400123456', '+447400123457'];
const HOUR_MS = 3_600_000;
/** A Wednesday, 10:00 in London. */
const BEGAN = Date.UTC(2026, 10, 18, 10);

const here = eachWorld(async ({ store }) => {
  await putSample(store, NUMBER);
  await put(store, 'plans', 'desk', { customer: 'acme', destinations: TOS.map((to) => ({ to })) });
});

const drillOf = (more: Partial<Drill> = {}): Drill => ({
  state: 'open', by: { key: 'k', role: 'operator' }, scope: { plan: 'desk' }, customer: 'acme', at: BEGAN, until: BEGAN + 2 * HOUR_MS,
  tests: TOS.map((to) => ({ to, plans: ['desk'], customer: 'acme', primaries: ['pbx'], carrier: 'main', from: NUMBER, timeZone: 'Europe/London', ringSeconds: 20 })), ...more,
});

/** A world in which time passes by hand, and a carrier that takes every call. */
async function scene(more: Partial<Drill> = {}) {
  const { store, redis, follow, log } = here.world;
  const { table } = await follow();
  await put(store, 'drills', 'd1', drillOf(more));
  const drills = createDrillStore(redis);
  const time = { now: BEGAN };
  const placed: string[] = [];
  const ended: string[] = [];
  const policy = { ...shippedPolicy().drills, everySeconds: 0, againMinutes: 0 };
  const api: Partial<CarrierApi> = {
    placeCall: ({ to }) => {
      placed.push(to);
      return Promise.resolve({ ref: `CA${placed.length}` });
    },
    placedCall: () => Promise.resolve({ is: 'ended', status: 'no-answer' }),
    endCall: (ref) => {
      ended.push(ref);
      return Promise.resolve();
    },
  };
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  /** A process of its own, with nothing but what is in the store. */
  const lookWith = (through: DrillStore = drills) =>
    createLook({ store, drills: through, apis: { use: (_id, _carrier, task) => task(api as CarrierApi) }, sight: () => ({ table: table.current, judge, baseUrl: 'https://calls.example.net' }), policy: () => policy, count: () => undefined, clock: { now: () => time.now }, log });
  const record = async (): Promise<Drill> => {
    const found = await store.find('drills', 'd1');
    if (!found || !('record' in found)) throw new Error('the drill is gone');
    return found.record;
  };
  return { drills, time, placed, ended, api, policy, table, lookWith, record };
}

/** The store as a process sees it that ends at its step number `last`. */
function endingAt(drills: DrillStore, last: number): { through: DrillStore; steps(): number } {
  let steps = 0;
  const through = Object.fromEntries(Object.entries(drills).map(([name, task]) => [name, (...args: unknown[]) => {
    steps += 1;
    if (steps > last) throw new Failure('store_unavailable');
    return (task as (...given: unknown[]) => unknown)(...args);
  }])) as unknown as DrillStore;
  return { through, steps: () => steps };
}

describe('a look at the open drills', () => {
  it('that ends at any step is followed by others, and nobody is called twice', async () => {
    const { drills, time, placed, lookWith, record } = await scene();
    const whole = endingAt(drills, Number.POSITIVE_INFINITY);
    await lookWith(whole.through)();
    expect(placed).toEqual(TOS);
    for (let last = 0; last < whole.steps(); last += 1) {
      await here.server.flush();
      await putSample(here.world.store, NUMBER);
      await put(here.world.store, 'plans', 'desk', { customer: 'acme', destinations: TOS.map((to) => ({ to })) });
      await put(here.world.store, 'drills', 'd1', drillOf());
      [time.now] = [BEGAN];
      placed.length = 0;
      const cut = endingAt(drills, last);
      await lookWith(cut.through)().catch((error: unknown) => expect(error).toMatchObject({ code: 'store_unavailable' }));
      expect(cut.steps()).toBeGreaterThan(last);
      for (let looks = 0; looks < 20 && (await record()).state === 'open'; looks += 1) {
        await lookWith()();
        time.now += 30_000;
      }
      const { state, tests } = await record();
      expect(state).toBe('done');
      expect(new Set(placed).size).toBe(placed.length);
      // Of a call that was put down, and perhaps never placed, nobody says that it was proven.
      for (const { outcome } of tests) expect(['no-answer', 'unknown']).toContain(outcome?.is);
    }
  });

  it('by several processes at once calls nobody twice', async () => {
    const { placed, lookWith } = await scene();
    await Promise.all(Array.from({ length: 4 }, () => lookWith()()));
    expect(placed.toSorted()).toEqual(TOS);
  });

  it('makes no call to a plan whose primary is down, nor one more than the day has, nor to who has left the plan', async () => {
    const { placed, policy, lookWith, record, drills, time, table } = await scene();
    await put(here.world.store, 'states', 'pbx', { is: 'down', since: BEGAN });
    await expect.poll(() => table.current.state('pbx').is).toBe('down');
    await lookWith()();
    expect([...(await drills.seen('d1')).values()].map(({ waits }) => waits)).toEqual(['diverted', 'diverted']);
    await put(here.world.store, 'states', 'pbx', { is: 'up', since: BEGAN + 1 });
    await put(here.world.store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: TOS[1]! }] });
    await expect.poll(() => [table.current.state('pbx').is, table.current.plan('desk')?.destinations.length]).toEqual(['up', 1]);
    policy.mostCallsADay = 0;
    await lookWith()();
    expect(placed).toEqual([]);
    time.now += 1;
    expect((await record()).tests.map(({ outcome }) => outcome?.heldBack)).toEqual(['gone', 'budget']);
  });

  it('ends calls and drills whose time is over, and gives up what nobody can tell', async () => {
    const { time, placed, ended, api, lookWith, record } = await scene();
    await lookWith()();
    time.now = BEGAN + 2 * HOUR_MS;
    api.placedCall = () => Promise.resolve(undefined);
    await lookWith()();
    expect(ended).toEqual(['CA1', 'CA2']);
    time.now += 60_000;
    await lookWith()();
    const { state, tests } = await record();
    expect(state).toBe('expired');
    expect(tests.map(({ outcome }) => [outcome?.is, outcome?.heldBack])).toEqual([['stopped', 'time-limit'], ['stopped', 'time-limit']]);
    expect(placed).toHaveLength(2);
  });

  it('leaves calls at a destination alone', async () => {
    const { placed, drills, lookWith } = await scene();
    await drills.legBegan({ call: 'main:CA9', to: TOS[0]!, number: NUMBER, from: '+447700900123', at: BEGAN });
    await lookWith()();
    expect(placed).toEqual([TOS[1]]);
    expect((await drills.seen('d1')).get(0)?.waits).toBe('in-use');
  });
});

describe('drills that begin by themselves', () => {
  it('begin with what was not proven for so long, at the hours of the policy, a plan once a day, and one at a time', async () => {
    const { drills, time, table, policy } = await scene({ state: 'done' });
    const judge = createDestinationJudge(() => shippedPolicy().destinations);
    const schedule = createSchedule({ store: here.world.store, drills, sight: () => ({ table: table.current, judge, baseUrl: 'https://calls.example.net' }), policy: () => policy, system: { clock: { now: () => time.now }, random: realSystem.random } });
    expect(await schedule()).toBeUndefined();
    policy.scheduleDays = 30;
    time.now = BEGAN - 6 * HOUR_MS;
    expect(await schedule()).toBeUndefined();
    time.now = BEGAN;
    await drills.prove('desk', TOS[0]!, { triedAt: BEGAN - 29 * 24 * HOUR_MS, drill: 'd0', is: 'proven', provenAt: BEGAN - 29 * 24 * HOUR_MS });
    const id = (await schedule()) ?? '';
    const found = await here.world.store.find('drills', id);
    expect(found).toMatchObject({ record: { state: 'open', scheduled: true, customer: 'acme', reason: 'Not proven for 30 days', tests: [{ to: TOS[1], from: NUMBER }] } });
    expect(await schedule()).toBeUndefined();
    await put(here.world.store, 'drills', id, { ...(found as { record: Drill }).record, state: 'done' });
    expect(await schedule()).toBeUndefined();
    expect(await pruneDrills(here.world.store, BEGAN + 399 * 24 * HOUR_MS)).toBe(0);
    expect(await pruneDrills(here.world.store, BEGAN + 401 * 24 * HOUR_MS)).toBe(2);
  });
});

it('a test call that comes back to its caller is known while it goes on, and a while after; others are not', () => {
  const legs = createActiveLegs();
  const test = { call: 'drill:d1.0', to: TOS[0]!, number: NUMBER, from: NUMBER, at: BEGAN };
  const back = { number: NUMBER, from: NUMBER, forwardedBy: [] };
  expect(legs.isDrill(back)).toBe(false);
  legs.begin(test);
  expect(legs.isDrill(back)).toBe(true);
  expect(legs.isDrill({ ...back, from: '+447700900123', forwardedBy: [TOS[0]!] })).toBe(true);
  expect(legs.isDrill({ ...back, from: TOS[0]! })).toBe(false);
  expect(legs.isDrill({ ...back, number: '+442079460124' })).toBe(false);
  legs.end(test.call);
  expect(legs.isDrill(back)).toBe(false);
  expect(legs.isDrill(back, BEGAN)).toBe(true);
  expect(legs.isDrill(back, BEGAN + 1)).toBe(false);
});

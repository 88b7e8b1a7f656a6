/**
 * The reconciler with every carrier's own adapter, against its stand-in over real HTTP: over random originals, targets, edits of the
 * plan, faults of the API, workers that die and edits behind our back, the number ends as it should be, or in a reported conflict.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import { routingChanges, type CarrierApi, type Routing } from '../../src/carriers/api.ts';
import type { Target } from '../../src/carriers/routing.ts';
import { resolved, type Wanted } from '../../src/diversion/next-write.ts';
import { reconcileUnit, type ReconcileDeps } from '../../src/diversion/reconcile.ts';
import { CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import type { Fault } from '../../stand-ins/faults.ts';
import { ROUTING_FIXTURES } from '../carriers/routing-fixtures.ts';
import type { RoutingFixture, RoutingWorld } from '../carriers/routing-contract.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, type World } from '../support/world.ts';

let redis: TestRedis;
let store: World;
beforeAll(async () => {
  redis = await startTestRedis();
  store = await openWorld(redis.url);
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});

class Died extends Error {}

interface Work {
  faults: readonly Fault[];
  dieAfter: number | undefined;
}
type Step = Work & { diverted: boolean; targets: number };

let units = 0;

function createNumber<Original>({ routing }: RoutingFixture<Original>, { api, number, group, faults }: RoutingWorld<Original>) {
  units += 1;
  // The record is the test's own, the number the stand-in's only one.
  const unit = { carrier: `carrier-${units}`, unit: number ?? `@${group}` };
  const routes = createRouteStore(store.redis);
  let now = 1_000_000;
  let diversions = 0;
  let targets: readonly Target[] = [];
  let net: Target | undefined;

  const wanted = (): Wanted => {
    const route: DesiredRoute = { is: targets.length > 0 ? 'diverted' : 'original', targets, net: targets.length > 0 ? undefined : net, protected: true, dropped: [], unheeded: [] };
    return { route, diversion: targets.length > 0 ? `d${diversions}` : undefined };
  };

  function depsOf(left: number): ReconcileDeps {
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      if (left <= 0) throw new Died();
      left -= 1;
      const result = await act();
      if (left === 0) throw new Died();
      return result;
    };
    const stepping: CarrierApi = { ...api, findNumber: (...args) => step(() => api.findNumber(...args)), readRouting: (...args) => step(() => api.readRouting(...args)), setRouting: (...args) => step(() => api.setRouting(...args)) };
    return {
      routes: { read: (one) => step(() => routes.read(one)), save: (...args) => step(() => routes.save(...args)) },
      facts: () => Promise.resolve({ wanted: wanted(), number, ref: group, routed: true }),
      api: stepping,
      routing,
      turn: async () => ({ gate: async () => () => undefined, unused: () => undefined }),
      clock: { now: () => (now += 1) },
      steady: () => 0,
    };
  }

  async function work({ faults: met, dieAfter }: Work): Promise<void> {
    faults.clear();
    for (const fault of met) faults.next(1, fault);
    await reconcileUnit(depsOf(dieAfter ?? Infinity), unit).catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
    faults.clear();
  }

  return {
    work,
    want(next: readonly Target[], nextNet?: Target) {
      if (next.length > 0 && targets.length === 0) diversions += 1;
      [targets, net] = [next, nextNet];
    },
    held: async () => (await routes.read(unit)).route,
    async settle(): Promise<void> {
      for (let tries = 0; tries < 200; tries += 1) {
        const after = await reconcileUnit(depsOf(Infinity), unit);
        if (after.is === 'settled') return;
        if (after.is === 'hindered') throw after.failure;
      }
      throw new Error('it does not settle');
    },
    async putBack(): Promise<void> {
      const { route, version } = await routes.read(unit);
      const next = route && resolved(route, 'original', wanted());
      if (next) await routes.save(unit, version, next);
    },
  };
}

const work = { faults: fc.array(fc.constantFrom<Fault>('none', 'none', 'throttled', 'broken'), { maxLength: 4 }), dieAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }) };

function describeReconciling<Original>(kind: string, fixture: RoutingFixture<Original>): void {
  const { routing, originals, targets, unit = 'number' } = fixture;
  const lists = fc.array(fc.array(targets, { minLength: 1, maxLength: routing.abilities.most }), { minLength: 1, maxLength: 3 });
  const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ ...work, diverted: fc.boolean(), targets: fc.nat(2) }), { maxLength: 6 });

  const own = (fields: Routing): Routing => Object.fromEntries(Object.entries(fields).filter(([field]) => !routing.follows?.includes(field)));

  async function withWorld(task: (world: RoutingWorld<Original>) => Promise<void>): Promise<void> {
    const world = await fixture.open();
    try {
      await task(world);
    } finally {
      await world.close();
    }
  }

  describe(kind, () => {
    it('whatever happens on the way, a number is diverted as wanted, and put back exactly', () => withWorld((world) => fc.assert(fc.asyncProperty(originals, lists, steps, async (original, plans, all) => {
      world.set(original);
      const before = structuredClone(world.held());
      const number = createNumber(fixture, world);
      for (const { diverted, targets: which, ...one } of all) {
        number.want(diverted ? (plans[which % plans.length] ?? []) : []);
        await number.work(one);
      }
      const [first = [], ...others] = plans;
      const [target, ...more] = first;
      if (target === undefined) return;
      number.want(first);
      await number.settle();
      const { is, ref = '', divert } = (await number.held()) ?? {};
      expect(is).toBe('diverted');
      const actual = await world.api.readRouting(ref, world.number);
      expect(routingChanges(actual, { ...divert?.original, ...routing.divertedTo(unit, divert?.original ?? {}, [target, ...more]) })).toEqual([]);
      for (const other of others) {
        number.want(other);
        await number.settle();
      }
      number.want([]);
      await number.settle();
      expect(world.held()).toEqual(before);
      expect(await number.held()).toMatchObject({ is: 'in step' });
    }), { numRuns: 50 })));

    it('the safety net follows the plan, through a diversion, and what was there is put back', () => withWorld((world) => fc.assert(fc.asyncProperty(originals, lists, targets, targets, async (original, [list = []], one, two) => {
      const nets = unit === 'group' ? (routing.abilities.group?.safetyNet ?? []) : routing.abilities.safetyNet;
      if (!nets.includes(one.kind)) return;
      world.set(original);
      const before = structuredClone(world.held());
      const number = createNumber(fixture, world);
      for (const wanted of [[[], one], [list, undefined], [[], two], [[], undefined]] as const) {
        number.want(wanted[0], wanted[1]);
        await number.settle();
      }
      expect(world.held()).toEqual(before);
    }), { numRuns: 30 })));

    it('what others change meanwhile is a conflict, and not written over', () => withWorld((world) => fc.assert(fc.asyncProperty(originals, originals, lists, async (original, other, [list = []]) => {
      const number = createNumber(fixture, world);
      world.set(original);
      number.want(list);
      await number.settle();
      const { ref = '', divert } = (await number.held()) ?? {};
      const ours = own(await world.api.readRouting(ref, world.number));
      world.set(other);
      const [theirs, there] = [structuredClone(world.held()), own(await world.api.readRouting(ref, world.number))];
      const same = routingChanges(there, ours).length === 0 || routingChanges(there, divert?.original ?? {}).length === 0;
      number.want([]);
      await number.settle();
      if (same) return;
      expect(await number.held()).toMatchObject({ is: 'conflict', conflict: { there } });
      expect(world.held()).toEqual(theirs);
      await number.putBack();
      await number.settle();
      expect(routingChanges(await world.api.readRouting(ref, world.number), divert?.original ?? {})).toEqual([]);
    }), { numRuns: 30 })));
  });
}

for (const kind of CARRIER_KINDS) ROUTING_FIXTURES[kind](kind, describeReconciling);

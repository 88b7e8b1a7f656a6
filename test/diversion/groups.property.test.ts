/**
 * Numbers on trunks, over random interleavings of divert, restore, plans, numbers that come, leave, are not ours or are not to be moved with the
 * others, crashes after every step and faults of the carrier: no trunk is ever led away under a number that did not ask for it; no call that was
 * saved is lost again by what is written; after things
 * settle each number's calls go where they are wanted, by one write for a trunk where all agree; and all is put back exactly.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import type { CarrierApi, Send } from '../../src/carriers/api.ts';
import { createLook } from '../../src/diversion/look.ts';
import type { Asked, Lookup } from '../../src/diversion/unit-facts.ts';
import type { DueRoutes } from '../../src/store/due-routes.ts';
import { createMemberLists, LISTED_MS } from '../../src/store/member-lists.ts';
import { createRouteStore, groupUnit, type RouteStore } from '../../src/store/route-store.ts';
import { eachWorld } from '../support/each-world.ts';
import { createGroupCarrier, FAULTS, groupRouting, NO_RECORDS, type Fault, type GroupCarrier } from './group-carrier.ts';

const here = eachWorld();

const OURS = ['+441', '+442', '+443', '+444'];
const FOREIGN = '+449';
const GROUPS = ['T1', 'T2'];
const PLANS = ['+4471', '+4472'];
const OWN = '+4400';
const OLD = '+4999';

interface Rule {
  by: 'number' | 'trunk' | undefined;
  primary: 'p' | 'q';
  plan: string | undefined;
}

type Op =
  | { do: 'turn'; primary: Rule['primary']; down: boolean }
  | ({ do: 'rule'; number: string } & Rule)
  | { do: 'stubborn'; group: string; is: boolean }
  | { do: 'join'; number: string; group: string }
  | { do: 'work'; pick: number; faults: readonly Fault[]; dieAfter: number | undefined };

class Died extends Error {}

let runs = 0;

function createRun() {
  runs += 1;
  const carrierId = `c${runs}`;
  const store = createRouteStore(here.world.redis);
  const rules = new Map<string, Rule>(OURS.map((number) => [number, { by: 'trunk', primary: 'p', plan: PLANS[0] }]));
  const down = new Map<string, number>();
  const home = new Map<string, string>([...OURS, FOREIGN].map((number) => [number, number === FOREIGN ? 'T2' : 'T1']));
  const due = new Set<string>();
  let [revision, diversions, now] = [0, 0, 1_000_000];

  const asksFor = (number: string, target: string): boolean => {
    const { by, primary = '', plan } = rules.get(number) ?? {};
    return by === 'trunk' && down.has(primary) && plan === target;
  };
  /** Those that are where they are to be as long as their primary is down. */
  const saved = (): string[] => OURS.filter((number) => {
    const { by, primary = '', plan } = rules.get(number) ?? {};
    return by !== undefined && down.has(primary) && plan === carrier.callTo(number);
  });
  const carrier: GroupCarrier = createGroupCarrier((ref, { target = '' }) => {
    if (target !== '') for (const number of carrier.on(ref)) if (!asksFor(number, target)) throw new Error(`${number} is led astray on ${ref}`);
    const before = saved();
    return () => {
      const after = saved();
      for (const number of before) if (!after.includes(number)) throw new Error(`${number} loses its calls`);
    };
  });
  for (const group of GROUPS) carrier.groups.set(group, { target: '', backup: OLD });
  for (const [number, group] of home) carrier.numbers.set(number, { group, forward: '' });

  function routeOf({ primary, plan }: Rule, isDown: boolean, net: boolean): DesiredRoute {
    const told = { dropped: [], unheeded: [], protected: plan !== undefined };
    if (isDown) return { is: plan === undefined ? 'no-plan' : 'diverted', targets: plan === undefined ? [] : [{ kind: 'phone', number: plan }], net: undefined, ...told };
    return { is: 'original', targets: [], net: net && plan !== undefined && primary ? { kind: 'phone', number: plan } : undefined, ...told };
  }

  function asked(_carrier: string, number: string): Asked | undefined {
    const rule = rules.get(number);
    if (rule?.by === undefined) return undefined;
    const { by, primary } = rule;
    const wanted = (net: boolean) => ({ route: routeOf(rule, down.has(primary), net), diversion: down.has(primary) ? `${carrierId}-d${down.get(primary)}` : undefined });
    return { by, primary, diverted: down.has(primary), rank: 'standard', canAlone: true, alone: () => wanted(false), together: () => ({ wanted: wanted(true), ifDown: routeOf(rule, true, true), ownNet: { kind: 'phone', number: OWN } }) };
  }

  const dueRoutes: DueRoutes = {
    ask: async (_carrier, units) => { for (const { unit } of units) due.add(unit); },
    next: () => Promise.reject(new Error('not asked')),
    settle: () => Promise.reject(new Error('not asked')),
    known: () => Promise.reject(new Error('not asked')),
    counts: () => Promise.reject(new Error('not asked')),
  };

  function lookWith(step: <T>(act: () => Promise<T>) => Promise<T>) {
    const { api } = carrier;
    const members = api.members?.bind(api);
    const routes: RouteStore = { ...store, read: (one) => step(() => store.read(one)), readMany: (all) => step(() => store.readMany(all)), save: (...args) => step(() => store.save(...args)) };
    const stepping: CarrierApi = {
      ...api,
      findNumber: (number) => step(() => api.findNumber(number)), readRouting: (...args) => step(() => api.readRouting(...args)), setRouting: (...args) => step(() => api.setRouting(...args)),
      ...(members ? { members: (group: string, send: Send) => step(() => members(group, send)) } : {}),
    };
    const lookup = async (): Promise<Lookup> => ({ revision, sight: NO_RECORDS, asked });
    const look = createLook({ routes, due: dueRoutes, lists: createMemberLists(here.world.redis), lookup, refOf: async () => undefined, clock: { now: () => (now += 1) }, steady: () => 0 });
    return (unit: string) => look.at({ carrier: carrierId, unit }, { api: stepping, routing: groupRouting, turn: async () => ({ gate: async () => () => undefined, unused: () => undefined }), send: (request) => request() });
  }

  /** True when the unit need not be looked at again. */
  async function work(unit: string, dieAfter: number | undefined): Promise<boolean> {
    let left = dieAfter ?? Infinity;
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      if (left <= 0) throw new Died();
      left -= 1;
      const result = await act();
      if (left === 0) throw new Died();
      return result;
    };
    due.delete(unit);
    try {
      const after = await lookWith(step)(unit);
      const refused = after.is === 'hindered' && after.forGood;
      if (refused) expect(after.failure.message).toBe('this one cannot be led away');
      if (after.is === 'settled' || refused) return true;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
    due.add(unit);
    return false;
  }

  /** As the change stream says: whatever it may matter for. */
  function askAll(): void {
    for (const unit of [...OURS, ...GROUPS.map((group) => groupUnit(carrierId, group).unit)]) due.add(unit);
  }

  async function act(op: Op): Promise<void> {
    // What somebody else does to it is seen once what was listed is too old.
    now += op.do === 'join' ? LISTED_MS : 1500;
    if (op.do === 'work') {
      const unit = [...due][op.pick % Math.max(1, due.size)];
      carrier.faults(op.faults);
      if (unit !== undefined) await work(unit, op.dieAfter);
      carrier.faults([]);
      return;
    }
    revision += 1;
    if (op.do === 'turn' && op.down && !down.has(op.primary)) down.set(op.primary, (diversions += 1));
    if (op.do === 'turn' && !op.down) down.delete(op.primary);
    if (op.do === 'rule') rules.set(op.number, { by: op.by, primary: op.primary, plan: op.plan });
    if (op.do === 'stubborn') carrier.stubborn[op.is ? 'add' : 'delete'](op.group);
    if (op.do === 'join') {
      const held = carrier.numbers.get(op.number);
      // Of one that we have moved away this would be a conflict.
      if (!held || held.group === '' || (await store.read({ carrier: carrierId, unit: op.number })).route?.divert) return;
      [held.group] = [op.group];
      home.set(op.number, op.group);
    }
    askAll();
  }

  return {
    carrier,
    rules,
    down,
    home,
    act,
    askAll,
    held: async (unit: string) => (await store.read({ carrier: carrierId, unit })).route,
    async settle(): Promise<void> {
      for (let tries = 0; tries < 400; tries += 1) {
        const [unit] = due;
        if (unit === undefined) return;
        await work(unit, undefined);
      }
      throw new Error(`it does not settle: ${[...due].join(' ')}`);
    },
    expected(number: string): string {
      const { by, primary = '', plan } = rules.get(number) ?? {};
      return by !== undefined && down.has(primary) && plan !== undefined ? plan : `pbx of ${home.get(number)}`;
    },
  };
}

const number = fc.constantFrom(...OURS);
const rule = { primary: fc.constantFrom('p' as const, 'p' as const, 'q' as const), plan: fc.constantFrom(PLANS[0], PLANS[0], PLANS[1], undefined), by: fc.constantFrom('trunk' as const, 'trunk' as const, 'trunk' as const, 'number' as const, undefined) };
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const), primary: fc.constantFrom('p' as const, 'q' as const), down: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rule' as const), number, ...rule }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stubborn' as const), group: fc.constantFrom(...GROUPS), is: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), number: fc.constantFrom(...OURS, FOREIGN), group: fc.constantFrom(...GROUPS) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('work' as const), pick: fc.nat(20), faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 4 }), dieAfter: fc.option(fc.integer({ min: 1, max: 16 }), { nil: undefined }) }) },
);

it('no trunk is led away under a number that did not ask; each goes where it is wanted; and all is put back', async () => {
  await fc.assert(fc.asyncProperty(fc.array(op, { maxLength: 30 }), async (ops) => {
    const run = createRun();
    run.askAll();
    for (const one of ops) await run.act(one);
    await run.settle();
    // What is settled stays so: the sweep finds nothing to do.
    const { writes, stubborn } = run.carrier;
    run.askAll();
    await run.settle();
    // What was refused is tried again.
    expect(run.carrier.writes - writes).toBeLessThanOrEqual(2 * stubborn.size);
    for (const one of [...OURS, FOREIGN]) expect([one, run.carrier.callTo(one)]).toEqual([one, run.expected(one)]);
    for (const one of OURS) {
      const route = await run.held(one);
      const { by, primary = '', plan } = run.rules.get(one) ?? {};
      if (by === undefined) expect(route).toBeUndefined();
      else if (run.down.has(primary)) expect([one, route?.is]).toEqual([one, plan === undefined ? 'no plan' : 'diverted']);
    }
    for (const primary of ['p', 'q'] as const) await run.act({ do: 'turn', primary, down: false });
    for (const one of OURS) await run.act({ do: 'rule', number: one, by: undefined, primary: 'p', plan: undefined });
    await run.settle();
    expect([...run.carrier.numbers].map(([one, held]) => [one, held])).toEqual([...run.home].map(([one, group]) => [one, { group, forward: '' }]));
    for (const group of GROUPS) expect(run.carrier.groups.get(group)).toEqual({ target: '', backup: OLD });
  }), { numRuns: 150 });
});

it('where all agree, it takes one write, whatever happens on the way', async () => {
  const run = createRun();
  run.askAll();
  await run.settle();
  expect(run.carrier.groups.get('T1')).toEqual({ target: '', backup: PLANS[0] });
  const before = run.carrier.writes;
  await run.act({ do: 'turn', primary: 'p', down: true });
  await run.settle();
  await run.act({ do: 'turn', primary: 'p', down: false });
  await run.settle();
  expect(run.carrier.writes - before).toBe(2);
});

/** What Redis has noted of numbers at their carriers, and how many calls they had: with a real Redis. */
import { describe, expect, it } from 'vitest';
import { CheckSchema, type CarrierCheck } from '../../src/domain/carrier-check.ts';
import { UNKNOWN_ROUTE, type Route } from '../../src/domain/route.ts';
import { createNotedReader } from '../../src/readiness/noted.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createCallVolume } from '../../src/store/call-volume.ts';
import { createCheckStore } from '../../src/store/check-store.ts';
import { createRouteStore, groupUnit } from '../../src/store/route-store.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const london = (at: number): string => `+4420794${61_000 + at}`;

const none = { count: 0, first: [] };
const CHECK: CarrierCheck = {
  by: 'operator', asked: 1, began: 2, ended: 3, credentials: 'accepted', saidLimits: {},
  findings: { listed: true, held: 3, ours: 3, found: 3, missing: { count: 1, first: [london(1)] }, unknown: none, otherRef: { count: 1, first: [{ number: london(2), carrierRef: 'a', ref: 'b' }] }, strays: { count: 2, first: [{ number: london(3), kind: 'phone', to: '', ours: true }, { number: london(9), kind: 'phone', to: '', ours: false }] } },
};

describe('what is noted of a number', () => {
  it('is what the last check of its carrier found, and what is so with its routing, or with its trunk', async () => {
    expect(Object.keys(CheckSchema.properties)).toEqual(expect.arrayContaining(Object.keys(CHECK)));
    const [checks, routes] = [createCheckStore(here.world.redis), createRouteStore(here.world.redis)];
    await checks.end('main', CHECK);
    await checks.end('shut', { ...CHECK, credentials: 'refused', findings: undefined } as never);
    const why = (code: string) => ({ code, detail: 'So it said' });
    const records: Record<string, Route> = {
      [london(3)]: { ...UNKNOWN_ROUTE, is: 'in step', since: 1 },
      [london(4)]: { ...UNKNOWN_ROUTE, is: 'conflict', since: 1 },
      [london(5)]: { ...UNKNOWN_ROUTE, is: 'failed', since: 1, why: why('carrier_refused') },
      [london(6)]: { ...UNKNOWN_ROUTE, is: 'failed', since: 1, why: why('carrier_number_unknown') },
      [london(7)]: { ...UNKNOWN_ROUTE, is: 'in step', since: 1, group: 'TK1' },
    };
    for (const [unit, route] of Object.entries(records)) await routes.save({ carrier: 'main', unit }, 0, route);
    await routes.save(groupUnit('main', 'TK1'), 0, { ...UNKNOWN_ROUTE, is: 'conflict', since: 1 });
    const reader = createNotedReader({ checks, routes });
    const units = [...Object.keys(records), london(8)].map((unit) => ({ carrier: 'main', unit }));
    const { notes, refusing } = await reader.read(['main', 'shut', 'never'], units, () => true);
    expect([...refusing]).toEqual(['shut']);
    expect(Object.fromEntries([...notes].map(([number, { reasons, group }]) => [number, group === undefined ? reasons : [...reasons, group]]))).toEqual({
      [london(1)]: ['not-at-carrier'],
      [london(2)]: ['carrier-refuses'],
      [london(3)]: ['forwarded'],
      [london(4)]: ['conflict'],
      [london(5)]: ['safety-net'],
      [london(6)]: ['carrier-refuses'],
      [london(7)]: ['conflict', 'TK1'],
    });
    // A part at a time: what was read of the others holds, as long as they are still ours to set.
    await routes.save({ carrier: 'main', unit: london(5) }, (await routes.read({ carrier: 'main', unit: london(5) })).version, records[london(3)]);
    const later = await reader.read([], [{ carrier: 'main', unit: london(5) }], (number) => number !== london(6));
    expect([...later.notes.keys()].toSorted()).toEqual([london(4), london(7)]);
  });
});

describe('recent calls', () => {
  const record = (customer: string, number: string, from: number, count: number) =>
    createCallStore(here.world.redis).record(Array.from({ length: count }, (_, at) => ({ carrier: 'main', ref: `${number}-${from + at}`, at: from + at, arrival: { number, from: '+447700900123', customer, primary: 'pbx', route: 'plan' as const, protected: true } })));

  it('are all looked at as long as they are few, and an even part of many', async () => {
    await record('acme', london(1), 1000, 1200);
    await record('globex', london(2), 5000, 600);
    const all = await createCallVolume(here.world.redis).sample(undefined, 0);
    expect(all).toEqual({ total: 1800, sampled: 1800, byNumber: new Map([[london(2), 600], [london(1), 1200]]) });
    const part = await createCallVolume(here.world.redis, 900).sample(undefined, 0);
    expect(part).toMatchObject({ total: 1800, sampled: 900 });
    expect(Math.abs((part.byNumber.get(london(1)) ?? 0) - 600)).toBeLessThanOrEqual(200);
    expect(await createCallVolume(here.world.redis).sample('acme', 2000)).toEqual({ total: 200, sampled: 200, byNumber: new Map([[london(1), 200]]) });
    expect(await createCallVolume(here.world.redis).sample('nobody', 0)).toEqual({ total: 0, sampled: 0, byNumber: new Map() });
    expect(await createCallVolume(here.world.redis).counts([london(1), london(3), london(2)], [2000, 0])).toEqual([[200, 1200], [0, 0], [600, 600]]);
  });
});

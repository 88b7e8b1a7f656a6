/** What metrics tell of routings at carriers and of approvals, for all processes together. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Registry } from 'prom-client';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { createHealthStore } from '../../src/diversion/carrier-health.ts';
import { createRouteTally } from '../../src/diversion/route-tally.ts';
import { createSharedReadings } from '../../src/diversion/shared-readings.ts';
import type { Approval } from '../../src/domain/approval.ts';
import { Failure, type ErrorCode } from '../../src/domain/errors.ts';
import { SYNC_STATES, UNKNOWN_ROUTE, type SyncState } from '../../src/domain/route.ts';
import { waitingApprovals } from '../../src/policy/waiting-approvals.ts';
import { watchShared } from '../../src/operations/route-metrics.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';

const here = eachWorld();
const NOW = 1_800_000_000_000;

const read = () => createSharedReadings({ redis: here.world.redis, approvals: () => waitingApprovals(here.world.store, NOW), carriers: () => ['main', 'other'], clock: { now: () => NOW } })();

it('counts units by state as they are, whatever was written, and forgotten, and refused', () => fc.assert(fc.asyncProperty(
  fc.array(fc.record({ carrier: fc.constantFrom('main', 'other'), unit: fc.constantFrom('+441', '+442', '+443', '@TK1'), is: fc.option(fc.constantFrom(...SYNC_STATES), { nil: undefined }), late: fc.boolean() }), { maxLength: 25 }),
  async (saves) => {
    await here.server.flush();
    const routes = createRouteStore(here.world.redis);
    const known = new Map<string, { carrier: string; unit: string; is: SyncState }>();
    for (const { carrier, unit, is, late } of saves) {
      const { version } = await routes.read({ carrier, unit });
      const done = await routes.save({ carrier, unit }, late ? version + 1 : version, is === undefined ? undefined : { ...UNKNOWN_ROUTE, is, why: { code: 'x', detail: '"is":"diverted"' } });
      if (done === undefined) continue;
      if (is === undefined) known.delete(`${carrier}/${unit}`);
      else known.set(`${carrier}/${unit}`, { carrier, unit, is });
    }
    const { carriers } = await read();
    for (const { carrier, states } of carriers) {
      for (const state of SYNC_STATES) {
        const count = (group: boolean): number => [...known.values()].filter((one) => one.carrier === carrier && one.is === state && one.unit.startsWith('@') === group).length;
        expect([states.number[state], states.group[state]], `${carrier} ${state}`).toEqual([count(false), count(true)]);
      }
    }
  },
), { numRuns: 30 }));

it('tells what is due, for how long the first of the critical has been, and how the carrier does', async () => {
  const due = createDueRoutes(here.world.redis);
  await due.ask('main', [{ unit: '+441', rank: 'critical' }, { unit: '+442', rank: 'standard' }], NOW - 7000);
  await due.ask('main', [{ unit: '+443', rank: 'critical' }, { unit: '+444', rank: 'sweep' }], NOW - 1000);
  await due.ask('main', [{ unit: '+445', rank: 'critical' }], NOW + 1000);
  await createHealthStore(here.world.redis).note('main', { failures: 6, pausedUntil: NOW + 4000 });
  const [main, other] = (await read()).carriers;
  expect(main).toMatchObject({ carrier: 'main', due: { critical: 2, standard: 1, low: 0, sweep: 1 }, criticalWaitsSeconds: 7, failing: true, pauseSeconds: 4 });
  expect(other).toMatchObject({ carrier: 'other', due: { critical: 0 }, criticalWaitsSeconds: 0, failing: false, pauseSeconds: 0 });
});

it('counts writes by outcome, and what was read after them, of all processes', async () => {
  const { redis } = here.world;
  for (const codes of [['', 'carrier_refused'], ['', '', 'carrier_throttled', 'carrier_outcome_unknown', 'carrier_unavailable']] as (ErrorCode | '')[][]) {
    const tally = createRouteTally({ redis, clock: realSystem.clock, timers: realSystem.timers });
    for (const code of codes) {
      const api = tally.counted('main', { readRouting: async () => ({}), setRouting: () => (code === '' ? Promise.resolve({}) : Promise.reject(new Failure(code))) } as unknown as CarrierApi);
      await api.readRouting('PN1');
      await api.setRouting('PN1', {}).catch(() => undefined);
      if (code === '') await api.readRouting('PN1');
      await api.readRouting('PN1');
    }
    await tally.close();
  }
  expect((await read()).carriers[0]).toMatchObject({ writes: { done: 3, throttled: 1, refused: 1, unavailable: 1, unknown: 1 }, readBacks: 7 });
});

const approval = (askedAt: number, state: Approval['state'], expiresAt = NOW + 1): Approval => ({ state, collection: 'plans', id: 'desk', action: 'plans.put', before: null, after: null, numbers: 1, recent: 0, by: { key: 'k', role: 'admin' }, account: 'k', askedAt, expiresAt });

it('counts the changes that wait for a second admin', async () => {
  expect((await read()).approvals).toEqual({ waiting: 0, oldestSeconds: 0 });
  const { store } = here.world;
  for (const [at, one] of [approval(NOW - 60_000, 'waiting'), approval(NOW - 90_000, 'waiting'), approval(NOW - 95_000, 'approved'), approval(NOW - 99_000, 'waiting', NOW - 1)].entries()) await put(store, 'approvals', `a${at}`, one);
  expect((await read()).approvals).toEqual({ waiting: 2, oldestSeconds: 90 });
});

it('nothing is told while Redis does not answer, and the rest of the page is there', async () => {
  const registry = new Registry();
  let there = true;
  watchShared(registry, async () => {
    if (!there) throw new Failure('store_unavailable');
    return { carriers: [], approvals: { waiting: 3, oldestSeconds: 1 }, owed: 0 };
  });
  expect(await registry.metrics()).toContain('ringthrough_approvals_waiting 3');
  there = false;
  expect(await registry.metrics()).not.toMatch(/^ringthrough_approvals_waiting /m);
});

/** A look at a trunk: who is on it when the carrier cannot say, what is written then, and that a change in the middle is seen. */
import { expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { createLook } from '../../src/diversion/look.ts';
import type { Asked, Lookup } from '../../src/diversion/unit-facts.ts';
import { Failure } from '../../src/domain/errors.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachWorld } from '../support/each-world.ts';
import { createGroupCarrier, groupRouting } from './group-carrier.ts';

const here = eachWorld();
const OURS = ['+441', '+442', '+443'];
const TO = '+4471';
const TRUNK = { carrier: 'main', unit: '@T1' };

function open() {
  const carrier = createGroupCarrier(() => () => undefined);
  carrier.groups.set('T1', { target: '', backup: '' });
  for (const number of OURS) carrier.numbers.set(number, { group: 'T1', forward: '' });
  const routes = createRouteStore(here.world.redis);
  const due = createDueRoutes(here.world.redis);
  const state = { down: false, revision: 1, api: carrier.api, others: [] as string[] };

  const told = { dropped: [], unheeded: [], protected: true };
  const route = (down: boolean): DesiredRoute => (down ? { is: 'diverted', targets: [{ kind: 'phone', number: TO }], net: undefined, ...told } : { is: 'original', targets: [], net: undefined, ...told });
  const wanted = () => ({ route: route(state.down), diversion: state.down ? 'd1' : undefined });
  const asked = (_carrier: string, number: string): Asked | undefined => (OURS.includes(number) && !state.others.includes(number)
    ? { by: 'trunk', primary: 'p', diverted: state.down, rank: 'critical', canAlone: true, alone: wanted, together: () => ({ wanted: wanted(), ifDown: route(true), ownNet: undefined }) }
    : undefined);
  const look = createLook({ routes, due, lookup: async (): Promise<Lookup> => ({ revision: state.revision, asked }), refOf: async () => undefined, clock: { now: () => 1_000_000 }, steady: () => 0 });
  const at = (unit: string) => look.at({ carrier: 'main', unit }, { api: state.api, routing: groupRouting, turn: async () => ({ gate: async () => () => undefined, unused: () => undefined }) });
  return { carrier, routes, state, look, at, held: async () => (await routes.read(TRUNK)).route, dueNow: async () => (await due.next('main', 1_000_000_000, 100)).map(({ unit }) => unit) };
}

const failing = (api: CarrierApi): CarrierApi => ({ ...api, members: () => Promise.reject(new Failure('carrier_unavailable', 'gone')) });

it('while the carrier cannot say who is on it, it is not led away; but what was is put back', async () => {
  const { carrier, state, at, held } = open();
  for (const number of OURS) await at(number);
  await at('@T1');
  Object.assign(state, { down: true, revision: 2, api: failing(carrier.api) });
  expect(await at('@T1')).toMatchObject({ is: 'hindered', failure: { code: 'carrier_unavailable' }, forGood: false });
  expect([carrier.groups.get('T1')?.target, await held()]).toMatchObject(['', { is: 'pending', why: { code: 'carrier_unavailable' } }]);
  state.api = carrier.api;
  expect(await at('@T1')).toMatchObject({ is: 'settled', state: 'diverted' });
  Object.assign(state, { down: false, revision: 3, api: failing(carrier.api) });
  await at('@T1');
  expect(carrier.groups.get('T1')?.target).toBe('');
});

it('at a carrier that never says who is on it, its numbers are set by themselves', async () => {
  const { carrier, state, at, held, dueNow } = open();
  const { members: _members, ...silent } = carrier.api;
  Object.assign(state, { down: true, api: silent });
  for (const number of OURS) await at(number);
  await at('@T1');
  expect(await held()).toMatchObject({ mixed: { why: 'not-told' } });
  expect(await dueNow()).toEqual(expect.arrayContaining(OURS));
  for (const number of OURS) await at(number);
  expect(OURS.map(carrier.callTo)).toEqual([TO, TO, TO]);
});

it('is forgotten when none of ours is on it any more, also when it is gone itself, and tells how important it is until then', async () => {
  const { carrier, state, look, at, held } = open();
  for (const number of OURS) await at(number);
  await at('@T1');
  expect([(await held())?.is, look.rankOf(TRUNK)]).toEqual(['in step', 'critical']);
  carrier.groups.delete('T1');
  for (const number of OURS) carrier.numbers.set(number, { group: '', forward: '' });
  for (const number of OURS) await at(number);
  expect(await at('@T1')).toMatchObject({ is: 'settled' });
  expect([await held(), look.rankOf(TRUNK)]).toEqual([undefined, undefined]);
  expect(state.down).toBe(false);
});

it('a number that is taken from it in the middle of a look is not led away with it', async () => {
  const { carrier, state, at } = open();
  for (const number of OURS) await at(number);
  await at('@T1');
  Object.assign(state, { down: true, revision: 2 });
  const { api } = carrier;
  state.api = { ...api, async readRouting(ref) {
    const routing = await api.readRouting(ref);
    // Who is on it was judged already.
    if (ref === 'T1') Object.assign(state, { others: [OURS[2]], revision: 3 });
    return routing;
  } };
  await at('@T1');
  expect(carrier.groups.get('T1')?.target).toBe('');
});

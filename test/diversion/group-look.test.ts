/** A look at a trunk: who is on it when the carrier cannot say, what is written then, and that a change in the middle is seen. */
import { expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { createLook } from '../../src/diversion/look.ts';
import type { Asked, Lookup } from '../../src/diversion/unit-facts.ts';
import { Failure } from '../../src/domain/errors.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { createMemberLists, LISTED_MS } from '../../src/store/member-lists.ts';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachWorld } from '../support/each-world.ts';
import { createGroupCarrier, groupRouting, NO_RECORDS } from './group-carrier.ts';

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
  const state = { down: false, net: false, revision: 1, now: 1_000_000, api: carrier.api, others: [] as string[] };

  const told = { dropped: [], unheeded: [], protected: true };
  const route = (down: boolean): DesiredRoute => (down ? { is: 'diverted', targets: [{ kind: 'phone', number: TO }], net: undefined, ...told } : { is: 'original', targets: [], net: state.net ? { kind: 'phone', number: TO } : undefined, ...told });
  const wanted = () => ({ route: route(state.down), diversion: state.down ? 'd1' : undefined });
  const asked = (_carrier: string, number: string): Asked | undefined => (OURS.includes(number) && !state.others.includes(number)
    ? { by: 'trunk', primary: 'p', diverted: state.down, rank: 'critical', canAlone: true, alone: wanted, together: () => ({ wanted: wanted(), ifDown: route(true), ownNet: undefined }) }
    : undefined);
  const look = createLook({ routes, due, lists: createMemberLists(here.world.redis), lookup: async (): Promise<Lookup> => ({ revision: state.revision, sight: NO_RECORDS, asked }), refOf: async () => undefined, clock: { now: () => state.now }, steady: () => 0 });
  const at = (unit: string) => look.at({ carrier: 'main', unit }, { api: state.api, routing: groupRouting, turn: async () => ({ gate: async () => () => undefined, unused: () => undefined }), send: (request) => request() });
  return { carrier, routes, state, look, at, held: async () => (await routes.read(TRUNK)).route, dueNow: async () => (await due.next('main', 1_000_000_000, 100)).map(({ unit }) => unit) };
}

const failing = (api: CarrierApi, code: 'carrier_unavailable' | 'carrier_refused' = 'carrier_unavailable'): CarrierApi => ({ ...api, members: () => Promise.reject(new Failure(code, 'gone')) });

it('while the carrier cannot say who is on it, it is not led away; but what was is put back', async () => {
  const { carrier, state, at, held } = open();
  for (const number of OURS) await at(number);
  await at('@T1');
  Object.assign(state, { down: true, revision: 2, now: state.now + LISTED_MS, api: failing(carrier.api) });
  expect(await at('@T1')).toMatchObject({ is: 'hindered', failure: { code: 'carrier_unavailable' }, forGood: false });
  expect([carrier.groups.get('T1')?.target, await held()]).toMatchObject(['', { is: 'pending', why: { code: 'carrier_unavailable' } }]);
  state.api = carrier.api;
  expect(await at('@T1')).toMatchObject({ is: 'settled', state: 'diverted' });
  Object.assign(state, { down: false, revision: 3, now: state.now + LISTED_MS, api: failing(carrier.api) });
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

it('what was listed is good for all processes for a few seconds, unless it is known to be otherwise', async () => {
  const [one, other] = [open(), open()];
  let lists = 0;
  for (const { state, carrier } of [one, other]) state.api = { ...carrier.api, members: async (group, send) => { lists += 1; return carrier.api.members?.(group, send) ?? []; } };
  for (const number of OURS) await one.at(number);
  for (let times = 0; times < 5; times += 1) for (const { at } of [one, other]) await at('@T1');
  expect(lists).toBe(1);
  one.state.now += LISTED_MS;
  await one.at('@T1');
  expect(lists).toBe(2);
  // One of them is found to have left it.
  one.carrier.numbers.set(OURS[0] ?? '', { group: '', forward: '' });
  await one.at(OURS[0] ?? '');
  await one.at('@T1');
  expect(lists).toBe(3);
});

it.each(['unavailable for ten seconds', 'refused'] as const)('while the list of who is on it is %s, its numbers are moved by themselves, and all is put back exactly, list or none', async (how) => {
  const { carrier, state, at, held, dueNow } = open();
  carrier.numbers.set('+449', { group: 'T1', forward: '' });
  state.net = true;
  for (const number of OURS) await at(number);
  const before = structuredClone([carrier.numbers, carrier.groups]);
  Object.assign(state, { down: true, revision: 2, api: failing(carrier.api, how === 'refused' ? 'carrier_refused' : 'carrier_unavailable') });
  if (how !== 'refused') {
    expect(await at('@T1')).toMatchObject({ is: 'hindered' });
    state.now += 10_000;
  }
  expect(await at('@T1')).toMatchObject({ is: 'again' });
  expect(await held()).toMatchObject({ mixed: { why: 'not-listed' }, why: { detail: 'gone' } });
  expect(await dueNow()).toEqual(expect.arrayContaining(OURS));
  for (const number of OURS) expect(await at(number)).toMatchObject({ state: 'diverted' });
  expect([[...OURS, '+449'].map(carrier.callTo), carrier.groups]).toEqual([[TO, TO, TO, 'pbx of T1'], before[1]]);
  Object.assign(state, { down: false, revision: 3 });
  for (const number of ['@T1', ...OURS, '@T1', ...OURS]) await at(number);
  expect([carrier.numbers, carrier.groups]).toEqual(before);
});

it('what was led away stays so while the list fails, and is put back without the list, its net as it was', async () => {
  const { carrier, state, at, held } = open();
  state.net = true;
  for (const number of OURS) await at(number);
  await at('@T1');
  const peace = structuredClone(carrier.groups);
  Object.assign(state, { down: true, revision: 2 });
  expect(await at('@T1')).toMatchObject({ is: 'settled', state: 'diverted' });
  const { writes } = carrier;
  state.api = failing(carrier.api);
  for (let times = 0; times < 3; times += 1) {
    state.now += 8000;
    expect(await at('@T1')).toMatchObject({ is: 'again' });
  }
  expect([carrier.writes, await held()]).toMatchObject([writes, { is: 'diverted', why: { code: 'carrier_unavailable' } }]);
  Object.assign(state, { down: false, revision: 3 });
  expect(await at('@T1')).toMatchObject({ is: 'again' });
  expect([carrier.groups, (await held())?.is]).toEqual([peace, 'in step']);
});

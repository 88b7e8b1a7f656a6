/** What subscribers are told of an operator's word: owed once with the change, and not when nothing changes. */
import { expect, test } from 'vitest';
import { carryOut } from '../../src/diversion/divert.ts';
import type { Order } from '../../src/diversion/order.ts';
import { iso } from '../../src/domain/instant.ts';
import { eachWorld } from '../support/each-world.ts';
import { CRM, owedEvents } from '../support/owed.ts';
import { DEED, put, putSample } from '../support/world.ts';

const here = eachWorld(async ({ store }) => {
  await putSample(store);
  await put(store, 'subscribers', 'crm', CRM);
});

let orders = 0;
function order(says: Order['says'], more: Partial<Order> = {}): Order {
  orders += 1;
  return { id: `order-${orders}`, primary: 'pbx', says, at: DEED.at + orders, by: { key: 'anna', role: 'operator' }, reason: 'Fire, call +447700900123', diversion: `d${orders}`, ...more };
}

const told = async () => (await owedEvents(here.world.redis)).map(({ event, primary, at, data }) => ({ event, primary, at, data }));

test('a diversion that begins, its probation, its relapse and its end are told, with the states of the primary', async () => {
  const divert = order('divert');
  for (const each of [divert, order('restore', { firstShare: 0.25 }), order('divert'), order('restore')]) await carryOut(here.world.store, each);
  const events = await told();
  expect(events.map(({ event, data }) => (event === 'primary.state' ? data['is'] : event))).toEqual(['diversion.started', 'down', 'diversion.recovering', 'recovering', 'diversion.relapsed', 'down', 'diversion.ended', 'up']);
  const at = iso(divert.at);
  expect(events.slice(0, 2)).toEqual([
    { event: 'diversion.started', primary: 'pbx', at: divert.at, data: { primary: 'pbx', diversion: divert.diversion, at, by: 'operator', reason: expect.not.stringContaining('7700900123') as string } },
    { event: 'primary.state', primary: 'pbx', at: divert.at, data: { primary: 'pbx', is: 'down', since: at, diversion: divert.diversion, by: 'operator', reason: expect.stringContaining('Fire') as string } },
  ]);
});

test('an order that is told again, or changes nothing, is told to nobody', async () => {
  const divert = order('divert');
  await carryOut(here.world.store, divert);
  const before = await told();
  expect(await carryOut(here.world.store, divert)).toMatchObject({ effect: 'already-so' });
  expect(await carryOut(here.world.store, order('divert'))).toMatchObject({ effect: 'already-so' });
  expect(await told()).toEqual(before);
});

test('an order that comes from a local disk is told when it is carried out, with its own time', async () => {
  const divert = order('divert');
  await carryOut(here.world.store, divert, divert.at + 60_000);
  expect(await carryOut(here.world.store, divert, divert.at + 90_000)).toMatchObject({ effect: 'known' });
  expect((await told()).map(({ event, at }) => [event, at])).toEqual([['diversion.started', divert.at], ['primary.state', divert.at]]);
});

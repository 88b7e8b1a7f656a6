/** Two writers in two processes' worth of service, each of which closes half a loop at the same instant: one of them is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type Answer, type RunningService } from '../support/service.ts';
import { ACCOUNT, openWorld, put, type World } from '../support/world.ts';

let redis: TestRedis;
let services: RunningService[];
let world: World;
beforeAll(async () => {
  redis = await startTestRedis();
  services = [await startService({ redis, settings: { WORKERS: 'off' } }), await startService({ redis, settings: { WORKERS: 'off' } })];
  world = await openWorld(redis.url);
  await put(world.store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:X' } });
  await put(world.store, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await world.close();
  await redis.stop();
});

const ROUNDS = 25;
const [ONE, TWO] = ['+442079461001', '+442079461002'];
type Write = readonly [path: string, body: Record<string, unknown>];

const plan = (id: string, ...to: string[]): Write => [`/v1/plans/${id}`, { customer: 'acme', destinations: to.map((one) => ({ to: one })) }];
const number = (e164: string, named?: string): Write => [`/v1/numbers/${e164}`, { customer: 'acme', primary: 'pbx', carrier: 'main', ...(named === undefined ? {} : { plan: named }) }];
const byDefault = (id: string): Write => ['/v1/customers/acme', { name: 'Acme', defaultPlan: id }];

/** The first number leads by the plan `one`, the second by `two`; nothing leads anywhere yet. */
async function fresh(): Promise<void> {
  await put(world.store, 'customers', 'acme', { name: 'Acme' });
  for (const id of ['one', 'two']) await put(world.store, 'plans', id, { customer: 'acme', destinations: [{ to: 'voicemail' }] });
  await put(world.store, 'plans', 'to-one', { customer: 'acme', destinations: [{ to: ONE }] });
  await put(world.store, 'plans', 'to-two', { customer: 'acme', destinations: [{ to: TWO }] });
  await put(world.store, 'numbers', ONE, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'one' });
  await put(world.store, 'numbers', TWO, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'two' });
}

describe.each<[string, Write, Write]>([
  ['two plans', plan('one', TWO), plan('two', ONE)],
  ['two numbers', number(ONE, 'to-two'), number(TWO, 'to-one')],
  ['a plan and a number', plan('one', TWO), number(TWO, 'to-one')],
])('%s', (_, left, right) => {
  it('never close a loop', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await fresh();
      const answers = await Promise.all([left, right].map(([path, body], at): Promise<Answer<{ code?: string }>> => services[at]!.request('PUT', path, body)));
      expect(answers.map(({ body }) => body.code ?? 'taken').toSorted()).toEqual(['destination_refused', 'taken']);
    }
  });
});

it("a plan and a customer's default never close a loop", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await fresh();
    await put(world.store, 'numbers', TWO, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    const answers = await Promise.all([plan('one', TWO), byDefault('to-one')].map(([path, body], at): Promise<Answer<{ code?: string }>> => services[at]!.request('PUT', path, body)));
    expect(answers.map(({ body }) => body.code ?? 'taken').toSorted()).toEqual(['destination_refused', 'taken']);
  }
});

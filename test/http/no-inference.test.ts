/**
 * No inference: two worlds that differ in nothing but what another customer has and does give a customer's keys the same
 * answers to the same requests, whatever they ask: status, headers and bodies.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCallStore } from '../../src/store/call-store.ts';
import { openWorld, type World } from '../support/world.ts';
import { ACME_NUMBER, GLOBEX_NUMBER, london, openApi, PLAN, type Api, type Holder, type Json } from './api.ts';

/** The same in both worlds, so that what differs is what the other customer does. */
const system = { clock: { now: () => 1_795_348_800_000 } };
let busy: Api;
let quiet: Api;
let stores: World[];
beforeAll(async () => {
  [busy, quiet] = await Promise.all([openApi({ system }), openApi({ system })]);
  stores = await Promise.all([busy, quiet].map((api) => openWorld(api.redis.url)));
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all([busy.close(), quiet.close()]);
});

const NUMBERS = [ACME_NUMBER, GLOBEX_NUMBER, ...[500, 501, 502, 503].map(london)];
const PLANS = ['acme-desk', 'globex-desk', 'shared', 'acme:one', 'acme:two', 'globex:one', 'globex:two', 'night', 'acme-x', 'globex-x'];
const CUSTOMERS = ['acme', 'globex', 'initech', 'acme-two'];
const CALLS = ['main:CA-acme-1', 'main:CA-globex-1', 'main:CA-globex-2', 'main:CA-none'];

interface Request {
  method: string;
  path: string;
  body?: Json;
  headers?: Record<string, string>;
}

const number = fc.constantFrom(...NUMBERS).map(encodeURIComponent);
const plan = fc.constantFrom(...PLANS);
const customer = fc.constantFrom(...CUSTOMERS);
const condition = fc.constantFrom<Record<string, string>>({}, {}, {}, { 'if-match': '*' }, { 'if-none-match': '*' }, { 'if-match': '"1"' }, { 'if-match': '"aaaaaaaaaaaaaaaaaaaaaa"' });
const destinations = fc.constantFrom<unknown[]>([{ to: 'voicemail' }], PLAN['destinations'] as unknown[], [{ to: GLOBEX_NUMBER }], [{ to: 'nonsense' }]);
const maybe = <T>(name: string, value: fc.Arbitrary<T>): fc.Arbitrary<Json> => fc.option(value, { nil: undefined }).map((one) => (one === undefined ? {} : { [name]: one }));
const merged = (...parts: fc.Arbitrary<Json>[]): fc.Arbitrary<Json> => fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Json);
const bodies = {
  plans: merged(destinations.map((one) => ({ destinations: one })), maybe('customer', customer)),
  customers: merged(fc.constantFrom('acme', 'globex', 'Other').map((name) => ({ name })), maybe('defaultPlan', plan), maybe('timeZone', fc.constantFrom('Europe/London', 'Mars/Base'))),
  numbers: merged(customer.map((one) => ({ customer: one, primary: 'pbx', carrier: 'main' })), maybe('plan', plan)),
};
const paths = {
  plans: plan.map((id) => `/v1/plans/${id}`),
  customers: customer.map((id) => `/v1/customers/${id}`),
  numbers: number.map((id) => `/v1/numbers/${id}`),
};
const kind = fc.constantFrom('plans', 'customers', 'numbers' as const);
/** What the customer may write, with whatever plan it names. */
const own: fc.Arbitrary<Request> = fc.tuple(fc.boolean(), plan).map(([ofCustomer, id]) =>
  ofCustomer
    ? { method: 'PUT', path: '/v1/customers/acme', body: { name: 'acme', defaultPlan: id } }
    : { method: 'PUT', path: `/v1/numbers/${encodeURIComponent(ACME_NUMBER)}`, body: { customer: 'acme', primary: 'pbx', carrier: 'main', plan: id } },
);
const one: fc.Arbitrary<Request> = kind.chain((name) =>
  fc.oneof(
    fc.record({ method: fc.constantFrom('GET', 'HEAD', 'DELETE'), path: paths[name], headers: condition }),
    { weight: 2, arbitrary: fc.record({ method: fc.constant('PUT'), path: paths[name], headers: condition, body: bodies[name] }) },
  ),
);
const limit = fc.constantFrom('', 'limit=1', 'limit=2', 'limit=1000');
const query = fc.constantFrom('', ...CUSTOMERS.map((id) => `customer=${id}`));
const asked = (path: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<Request> => fc.tuple(...parts).map((all) => ({ method: 'GET', path: `${path}?${all.filter((text) => text !== '').join('&')}` }));
const cursor = fc.constantFrom('', ...[['globex-desk'], ['acme'], ['globex', GLOBEX_NUMBER], ['acme', '+44'], ['1600000000000', 'main:CA-globex-1'], ['20-0'], ['AAAAAAAAAAAAAAAAAAAAAA']].map((parts) => `cursor=${Buffer.from(JSON.stringify(parts)).toString('base64url')}`));
const lists: fc.Arbitrary<Request> = fc.oneof(
  asked('/v1/plans', limit, cursor),
  asked('/v1/customers', limit, cursor),
  asked('/v1/numbers', limit, query, cursor, fc.constantFrom('', ...PLANS.map((id) => `plan=${id}`)), fc.constantFrom('', 'protected=true', 'protected=false')),
  asked('/v1/calls', limit, query, cursor, fc.constantFrom('', ...NUMBERS.map((e164) => `number=${encodeURIComponent(e164)}`)), fc.constantFrom('', 'outcome=unanswered', 'outcome=answered')),
  asked('/v1/audit', limit, query, cursor),
  asked('/v1/lost-callers', query),
  asked('/v1/readiness', limit, query, cursor, fc.constantFrom('', 'primary=pbx')),
  asked('/v1/exports/numbers', query),
  fc.constantFrom(...CALLS).map((id) => ({ method: 'GET', path: `/v1/calls/${id}` })),
  number.map((e164) => ({ method: 'GET', path: `/v1/numbers/${e164}/steps` })),
  fc.constantFrom('/v1/keys', '/v1/imports', '/v1/diversions', '/v1/primaries/pbx', '/v1/carriers/main/wiring', '/v1/audit/verify', '/v1/provider', '/v1/nothing').map((path) => ({ method: 'GET', path })),
);
/** What a customer's key asks; `follow` takes the page after the last one that had any. */
const step = fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: own }, { weight: 4, arbitrary: lists }, { weight: 1, arbitrary: fc.constant<'follow'>('follow') });

/** What the other customer, or the provider for it, does in one world alone. */
const elsewhere = fc.oneof(
  fc.constantFrom('globex:one', 'globex:two', 'night', 'globex-x', 'acme-x').chain((id) => destinations.map((all): Request => ({ method: 'PUT', path: `/v1/plans/${id}`, body: { customer: 'globex', destinations: all } }))),
  fc.constantFrom(502, 503).map((at): Request => ({ method: 'PUT', path: `/v1/numbers/${london(at)}`, body: { customer: 'globex', primary: 'pbx', carrier: 'main' } })),
  fc.constantFrom(502, 503).map((at): Request => ({ method: 'DELETE', path: `/v1/numbers/${london(at)}` })),
  fc.constantFrom('globex-desk', 'globex:one').map((id): Request => ({ method: 'PUT', path: '/v1/customers/globex', body: { name: 'globex', defaultPlan: id } })),
  fc.constant<Request>({ method: 'PUT', path: '/v1/customers/initech', body: { name: 'Initech' } }),
);

/** What is random by its nature (ids of requests and of entries, cursors) is named by the order in which it was first seen. */
function createNaming(): (text: string) => string {
  const names = new Map<string, string>();
  const nameOf = (kindOf: string) => (token: string): string => {
    const known = names.get(token) ?? `<${kindOf} ${names.size}>`;
    names.set(token, known);
    return known;
  };
  // Other cursors name the customer's own records, and must be the same.
  const cursorNamed = (token: string): string => (/^\["[\w-]{22}"\]$/.test(Buffer.from(token, 'base64url').toString()) ? nameOf('cursor')(token) : token);
  return (text) =>
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, nameOf('request'))
      .replace(/(?<="id":")[\w-]{22}(?=")/g, nameOf('entry'))
      .replace(/(?<="next":"|cursor=)[\w-]+/g, cursorNamed);
}

function createVisitor(api: Api, holder: Holder) {
  const named = createNaming();
  let next: string | undefined;
  return async (request: Request | 'follow'): Promise<unknown> => {
    const { method, path, body, headers } = request === 'follow' ? { method: 'GET', path: next ?? '/v1/plans', body: undefined, headers: undefined } : request;
    const answer = await api.as(holder, method, path, body, headers);
    const cursorOf = (answer.body as Json | null)?.['next'];
    if (typeof cursorOf === 'string') next = `${path.replace(/[?&]cursor=[^&]*/, '')}${path.includes('?') ? '&' : '?'}cursor=${cursorOf}`.replace('?&', '?');
    const shown = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'keep-alive');
    return { request: `${method} ${named(path)}`, status: answer.status, headers: named(JSON.stringify(shown)), body: named(JSON.stringify(answer.body)) };
  };
}

async function recordCalls(world: World, whose: string, count: number): Promise<void> {
  const own = whose === 'acme' ? ACME_NUMBER : GLOBEX_NUMBER;
  const claims = Array.from({ length: count }, (_, at) => ({ carrier: 'main', ref: `CA-${whose}-${at + 1}`, at: 1_600_000_000_000 + at, arrival: { number: own, from: `+1415555010${at % 10}`, customer: whose, primary: 'pbx', route: 'plan', protected: true } as const, outcome: { is: at % 2 === 0 ? ('missed' as const) : ('answered' as const), rank: 50 } }));
  await createCallStore(world.redis).record(claims);
}

/** The customer's own number and the names of the customers are as at the beginning; the rest goes on from run to run. */
async function settle(): Promise<void> {
  for (const api of [busy, quiet]) await api.as('admin', 'PUT', '/v1/customers/acme', { name: 'acme' });
}

test("a customer's keys cannot tell a world in which another customer is busy from one in which it is not", async () => {
  await Promise.all(stores.map((store) => recordCalls(store, 'acme', 5)));
  const [inBusy] = stores;
  if (inBusy) await recordCalls(inBusy, 'globex', 30);
  const run = fc.asyncProperty(
    fc.constantFrom<Holder>('acmeAdmin', 'acmeViewer'),
    fc.array(fc.oneof({ weight: 5, arbitrary: step.map((request) => ({ request })) }, { weight: 1, arbitrary: elsewhere.map((other) => ({ other })) }), { minLength: 10, maxLength: 40 }),
    async (holder, course) => {
      await settle();
      const visit = [createVisitor(busy, holder), createVisitor(quiet, holder)] as const;
      for (const part of course) {
        if ('other' in part) {
          const { method, path, body } = part.other;
          const { status } = await busy.as('admin', method, path, body);
          if (status >= 500) throw new Error(`${method} ${path} was answered ${status}`);
        } else {
          const [here, there] = await Promise.all([visit[0](part.request), visit[1](part.request)]);
          expect(here).toEqual(there);
        }
      }
    },
  );
  await fc.assert(run, { numRuns: 60 });
});

test('a cursor or an id that one customer was shown means nothing for another', async () => {
  const { items, next } = (await busy.as<{ items: { id: string }[]; next: string }>('acmeAdmin', 'GET', '/v1/audit?limit=1')).body;
  expect(items[0]?.id).toMatch(/^[\w-]{22}$/);
  expect((await busy.as('acmeViewer', 'GET', `/v1/audit?cursor=${next}`)).status).toBe(200);
  expect((await busy.as('globexAdmin', 'GET', `/v1/audit?cursor=${next}`)).body['code']).toBe('cursor_invalid');
  expect((await busy.as('admin', 'GET', `/v1/audit?cursor=${next}`)).body['code']).toBe('cursor_invalid');
});

test('an id of a plan in the name of a customer is that of the customer, also for the provider', async () => {
  for (const body of [PLAN, { ...PLAN, customer: 'globex' }]) expect((await busy.as('admin', 'PUT', '/v1/plans/acme:mine', body)).body['code']).toBe('plan_foreign');
  expect((await busy.as('admin', 'PUT', '/v1/plans/acme:mine', { ...PLAN, customer: 'acme' })).status).toBe(201);
  for (const id of ['acme:', ':x', 'acme:x:y', 'acme:-x', 'Acme:x']) expect((await busy.as('admin', 'PUT', `/v1/plans/${id}`, { ...PLAN, customer: 'acme' })).status, id).toBe(400);
  const path = `/v1/numbers/${encodeURIComponent(ACME_NUMBER)}`;
  expect((await busy.as('acmeAdmin', 'PUT', path, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'acme:mine' })).body['plan']).toBe('acme:mine');
  expect((await busy.as('acmeAdmin', 'GET', `${path}/steps`)).status).toBe(200);
});

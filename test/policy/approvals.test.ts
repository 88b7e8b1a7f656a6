/** A change of many numbers' destinations over HTTP: held until a second admin has approved it, however it is cut into pieces. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { Redis } from 'ioredis';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type Answer, type RunningService } from '../support/service.ts';
import { ACCOUNT, put as putStored } from '../support/world.ts';

type Json = Record<string, unknown>;

const HOUR_MS = 3_600_000;
const THRESHOLD = 3;
const [HOME, AWAY, ELSEWHERE] = ['+447400123456', '+447400123457', '+447400123458'];

let redis: TestRedis;
let service: RunningService;
let dir: string;
let connection: Redis;
let store: Store;
let now = 1_795_348_800_000;
const keys: Record<string, string> = {};

beforeAll(async () => {
  redis = await startTestRedis();
  dir = await mkdtemp(join(tmpdir(), 'rt-approvals-'));
  await writeFile(join(dir, 'policy.yaml'), `destinations: {approval: {numbers: ${THRESHOLD}}}\n`);
  service = await startService({ redis, settings: { POLICY_FILE: join(dir, 'policy.yaml'), WORKERS: 'off' }, system: { clock: { now: () => now } } });
  connection = createFastConnection({ url: redis.url, onError: () => undefined });
  await whenReady(connection);
  store = createStore(connection, { auditKept: 1000 });
  for (const customer of ['acme', 'globex']) await service.ask('PUT', `/v1/customers/${customer}`, { name: customer });
  for (const [id, more] of [['ann', {}], ['bob', {}], ['viewer', { role: 'viewer' }], ['jo', { customer: 'acme' }], ['kim', { customer: 'acme' }], ['globex', { customer: 'globex' }]] as const) await makeKey(id, more);
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:X' } });
  await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
});
afterAll(async () => {
  await service.close();
  connection.disconnect();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

const london = (line: number): string => `+4420794${String(61_000 + line)}`;
const plan = (to: string, customer = 'acme') => ({ customer, destinations: [{ to }] });
const as = <B = Json>(who: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<B>> => service.request<B>(method, path, body, keys[who], headers);
const outcome = ({ status, body }: Answer<Json>): unknown[] => [status, body['code'] ?? body['state']];
const destinationOf = async (line: number): Promise<string | undefined> => {
  const { body } = await service.request<{ steps: { kind: string; to?: string }[] }>('GET', `/v1/numbers/${london(line)}/steps`);
  return body.steps?.slice(1).find(({ to }) => to !== undefined)?.to;
};

async function makeKey(id: string, more: Json = {}, by = 'admin'): Promise<void> {
  const { body } = await service.request<{ key: string }>('PUT', `/v1/keys/${id}`, { role: 'admin', ...more }, by === 'admin' ? undefined : keys[by]);
  keys[id] = body.key;
}

/** Puts the world as it shall be beside the API, as if it had been so for ever: five numbers of acme lead to HOME, by a plan of their own or a default. */
async function fresh(): Promise<void> {
  now += 48 * HOUR_MS;
  for (const id of ['desk', 'same']) await putStored(store, 'plans', id, plan(HOME));
  await putStored(store, 'plans', 'away', plan(AWAY));
  await putStored(store, 'plans', 'all', { destinations: [{ to: HOME }] });
  await putStored(store, 'customers', 'acme', { name: 'acme', defaultPlan: 'same' });
  await putStored(store, 'provider', 'provider', { defaultPlan: 'all' });
  for (const line of [1, 2, 3]) await putStored(store, 'numbers', london(line), { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
  let revision = 0;
  for (const line of [4, 5]) revision = await putStored(store, 'numbers', london(line), { customer: 'acme', primary: 'pbx', carrier: 'main' });
  await service.follower.reached(Math.max(revision, await store.position()), 5000);
}
beforeEach(fresh);

describe('a change that gives many numbers other destinations', () => {
  it('waits, is not in force, and shows what it is to whoever may see it', async () => {
    const asked = await as('ann', 'PUT', '/v1/plans/desk', plan(AWAY), { 'ringthrough-reason': 'new mobile' });
    expect([asked.status, asked.headers.get('location')]).toEqual([202, `/v1/approvals/${String(asked.body['id'])}`]);
    expect(asked.body).toMatchObject({ state: 'waiting', subject: 'plans/desk', action: 'plans.put', numbers: 3, recent: 0, by: { key: 'ann' }, reason: 'new mobile', before: plan(HOME), after: plan(AWAY) });
    expect((await as('ann', 'GET', '/v1/plans/desk')).body).toMatchObject(plan(HOME));
    expect(await destinationOf(1)).toBe(HOME);
    const path = `/v1/approvals/${String(asked.body['id'])}`;
    for (const who of ['ann', 'bob', 'viewer']) expect((await as(who, 'GET', path)).body).toEqual(asked.body);
    for (const who of ['jo', 'globex']) expect(outcome(await as(who, 'GET', path))).toEqual([404, 'not_found']);
    expect((await as<{ items: Json[] }>('viewer', 'GET', '/v1/approvals?state=waiting')).body.items).toContainEqual(asked.body);
    expect((await as<{ items: Json[] }>('jo', 'GET', '/v1/approvals')).body.items).toEqual([]);
    expect(JSON.stringify(asked.body)).not.toContain('account');
  });

  it('is made when a second admin approves it, by both names in the audit trail', async () => {
    const { id } = (await as('ann', 'PUT', '/v1/plans/desk', plan(AWAY))).body;
    const path = `/v1/approvals/${String(id)}/approve`;
    expect(outcome(await as('ann', 'POST', path))).toEqual([403, 'approval_own']);
    expect(outcome(await as('viewer', 'POST', path))).toEqual([403, 'role_insufficient']);
    expect(outcome(await as('jo', 'POST', path))).toEqual([404, 'not_found']);
    const approved = await as('bob', 'POST', path);
    expect(approved.body).toMatchObject({ state: 'approved', endedBy: { key: 'bob' } });
    for (const line of [1, 2, 3]) expect(await destinationOf(line)).toBe(AWAY);
    const [entry] = (await as<{ items: Json[] }>('ann', 'GET', '/v1/audit?limit=1')).body.items;
    expect(entry).toMatchObject({ action: 'plans.put', by: { key: 'ann' }, approvedBy: { key: 'bob' }, changes: [{ subject: 'plans/desk', after: plan(AWAY) }] });
    expect(outcome(await as('bob', 'POST', path))).toEqual([409, 'approval_ended']);
    // Approved, it does not count as something that ann did by herself.
    expect((await as('ann', 'PUT', `/v1/numbers/${london(4)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'away' })).status).toBe(200);
  });

  it("is a customer's default, the provider's default, a number's removal as well", async () => {
    for (const line of [1, 2, 3]) await putStored(store, 'numbers', london(line), { customer: 'acme', primary: 'pbx', carrier: 'main' });
    expect(outcome(await as('ann', 'PUT', '/v1/customers/acme', { name: 'acme', defaultPlan: 'away' }))).toEqual([202, 'waiting']);
    expect(outcome(await as('ann', 'PUT', '/v1/customers/acme', { name: 'acme', defaultPlan: 'desk' }))).toEqual([200, undefined]);
    await putStored(store, 'customers', 'acme', { name: 'acme' });
    await putStored(store, 'plans', 'other', { destinations: [{ to: AWAY }] });
    const provider = await as('ann', 'PUT', '/v1/provider', { defaultPlan: 'other' });
    expect(outcome(provider)).toEqual([202, 'waiting']);
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(provider.body['id'])}/approve`))).toEqual([200, 'approved']);
    expect(await destinationOf(4)).toBe(AWAY);
    for (const line of [1, 2]) expect((await as('kim', 'PUT', `/v1/numbers/${london(line)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' })).status).toBe(200);
    for (const [line, status] of [[3, 204], [4, 204], [5, 202]] as const) expect((await as('bob', 'DELETE', `/v1/numbers/${london(line)}`)).status, String(line)).toBe(status);
    expect(await destinationOf(5)).toBe(AWAY);
  });

  it('is judged by the policy before it is held', async () => {
    expect(outcome(await as('ann', 'PUT', '/v1/plans/desk', plan('+1911')))).toEqual([422, 'destination_refused']);
    expect((await as<{ items: Json[] }>('ann', 'GET', '/v1/approvals?state=waiting')).body.items.filter(({ by }) => (by as Json)['key'] === 'ann' && JSON.stringify(by).includes('1911'))).toEqual([]);
  });

  it('asked twice is one; refused or overtaken by time it is not made', async () => {
    const ask = () => as('ann', 'PUT', '/v1/plans/desk', plan(AWAY));
    const { id } = (await ask()).body;
    expect((await ask()).body['id']).toBe(id);
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(id)}/refuse`))).toEqual([200, 'refused']);
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(id)}/approve`))).toEqual([409, 'approval_ended']);
    expect((await ask()).body).toMatchObject({ id, state: 'waiting' });
    expect(outcome(await as('ann', 'POST', `/v1/approvals/${String(id)}/refuse`))).toEqual([200, 'refused']);
    await ask();
    now += 25 * HOUR_MS;
    expect((await as('ann', 'GET', `/v1/approvals/${String(id)}`)).body['state']).toBe('expired');
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(id)}/approve`))).toEqual([409, 'approval_ended']);
    expect(await destinationOf(1)).toBe(HOME);
  });
});

describe('what was asked for is stale', () => {
  let path: string;
  beforeEach(async () => {
    path = `/v1/approvals/${String((await as('jo', 'PUT', '/v1/plans/desk', plan(AWAY))).body['id'])}/approve`;
  });
  const isStale = async (): Promise<void> => {
    expect(outcome(await as('bob', 'POST', path))).toEqual([409, 'approval_stale']);
    expect(await destinationOf(1)).toBe(HOME);
  };

  it('when the record is another by now', async () => {
    expect((await as('bob', 'PUT', '/v1/plans/desk', { ...plan(HOME), name: 'Desk' })).status).toBe(200);
    await isStale();
  });

  it('when it would be more numbers by now', async () => {
    expect((await as('bob', 'PUT', `/v1/numbers/${london(4)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' })).status).toBe(200);
    await isStale();
  });

  it('when the key that asked is gone, or may less', async () => {
    await service.ask('PUT', '/v1/keys/jo', { role: 'viewer', customer: 'acme' });
    await isStale();
    await service.ask('PUT', '/v1/keys/jo', { role: 'admin', customer: 'acme' });
    expect(outcome(await as('bob', 'POST', path))).toEqual([200, 'approved']);
  });

  it('when the policy refuses it by now', async () => {
    const inForce = (policy: string, status: number) => writeFile(join(dir, 'policy.yaml'), policy).then(() => vi.waitFor(async () => expect((await as('bob', 'PUT', '/v1/plans/probe', plan(AWAY))).status).toBe(status), { timeout: 10_000 }));
    await as('bob', 'PUT', '/v1/plans/probe', plan(AWAY));
    await inForce(`destinations:\n  approval: {numbers: ${THRESHOLD}}\n  refusedPrefixes: [{prefix: "${AWAY}", why: a test}]\n`, 422);
    const answer = await as('bob', 'POST', path);
    await inForce(`destinations: {approval: {numbers: ${THRESHOLD}}}\n`, 200);
    expect(outcome(answer)).toEqual([422, 'destination_refused']);
    expect(outcome(await as('bob', 'POST', path))).toEqual([200, 'approved']);
  });
});

describe('who approves', () => {
  it("of a customer's change, another admin of that customer or the provider's", async () => {
    const { id } = (await as('jo', 'PUT', '/v1/plans/desk', plan(AWAY))).body;
    expect((await as<{ items: Json[] }>('kim', 'GET', '/v1/approvals?state=waiting')).body.items.map((item) => item['id'])).toContain(id);
    expect(outcome(await as('globex', 'POST', `/v1/approvals/${String(id)}/approve`))).toEqual([404, 'not_found']);
    expect(outcome(await as('kim', 'POST', `/v1/approvals/${String(id)}/approve`))).toEqual([200, 'approved']);
    await fresh();
    const again = (await as('jo', 'PUT', '/v1/plans/desk', plan(AWAY))).body;
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(again['id'])}/approve`))).toEqual([200, 'approved']);
  });

  it('is no key that the asking one has made, rotated or raised lately, nor the one that made the asking one', async () => {
    await makeKey('second', {}, 'ann');
    await makeKey('third', {}, 'second');
    const { id } = (await as('ann', 'PUT', '/v1/plans/desk', plan(AWAY))).body;
    const approve = async (who: string) => outcome(await as(who, 'POST', `/v1/approvals/${String(id)}/approve`));
    for (const who of ['second', 'third']) expect(await approve(who)).toEqual([403, 'approval_own']);
    keys['taken'] = (await as<{ key: string }>('ann', 'POST', '/v1/keys/kim/rotate', {})).body.key;
    expect(outcome(await as('taken', 'POST', `/v1/approvals/${String(id)}/approve`))).toEqual([404, 'not_found']);
    await makeKey('clerk', { role: 'viewer' });
    await as('ann', 'PUT', '/v1/keys/clerk', { role: 'admin' });
    expect(await approve('clerk')).toEqual([403, 'approval_own']);
    const asked = (await as('third', 'PUT', '/v1/plans/desk', plan(ELSEWHERE))).body;
    expect(outcome(await as('ann', 'POST', `/v1/approvals/${String(asked['id'])}/approve`))).toEqual([403, 'approval_own']);
    // When everybody could have seen for long enough that it was made, a key is a key.
    now += 2 * HOUR_MS;
    expect(await approve('second')).toEqual([200, 'approved']);
    for (const key of ['second', 'third', 'clerk']) await service.ask('DELETE', `/v1/keys/${key}`);
    keys['kim'] = String((await service.ask('POST', '/v1/keys/kim/rotate', {}))['key']);
  });
});

describe('small pieces', () => {
  const giveAway = (line: number, who = 'ann') => as(who, 'PUT', `/v1/numbers/${london(line)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'away' });

  it('count together within the window, and each key by itself', async () => {
    expect([(await giveAway(1)).status, (await giveAway(2)).status, (await giveAway(3)).status]).toEqual([200, 200, 202]);
    expect((await giveAway(3, 'bob')).status).toBe(200);
    now += HOUR_MS + 120_000;
    expect((await giveAway(4)).status).toBe(200);
  });

  it('count together with those of keys that were made for it', async () => {
    await makeKey('fresh', {}, 'ann');
    expect([(await giveAway(1)).status, (await giveAway(2, 'fresh')).status, (await giveAway(3, 'fresh')).status, (await giveAway(3)).status]).toEqual([200, 200, 202, 202]);
    await service.ask('DELETE', '/v1/keys/fresh');
  });

  it('count when they are done at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map((line) => giveAway(line)));
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 200, 202, 202, 202]);
  });

  it('that change nothing yet prepare nothing: numbers moved to a plan of the same destinations, and the plan changed', async () => {
    for (const line of [1, 2, 3]) expect((await as('ann', 'PUT', `/v1/numbers/${london(line)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'same' })).status).toBe(200);
    expect(outcome(await as('ann', 'PUT', '/v1/plans/same', plan(AWAY)))).toEqual([202, 'waiting']);
  });

  it('that change no destination are not counted', async () => {
    for (let at = 0; at < 5; at += 1) expect((await as('ann', 'PUT', '/v1/plans/desk', { ...plan(HOME), name: `Desk ${at}` })).status).toBe(200);
    expect((await as('ann', 'PUT', '/v1/plans/new', plan(AWAY))).status).toBe(201);
  });
});

type Act = [method: string, path: string, body?: Json];
const number = (line: number, named?: string): Act => ['PUT', `/v1/numbers/${london(line)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', ...(named === undefined ? {} : { plan: named }) }];
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('desk', 'same', 'away', undefined)).map(([line, named]) => number(line, named)),
  fc.tuple(fc.integer({ min: 1, max: 5 })).map(([line]): Act => ['DELETE', `/v1/numbers/${london(line)}`]),
  fc.tuple(fc.constantFrom('desk', 'same', 'away'), fc.constantFrom(HOME, AWAY, ELSEWHERE)).map(([id, to]): Act => ['PUT', `/v1/plans/${id}`, plan(to)]),
  fc.constantFrom('desk', 'same', 'away', undefined).map((id): Act => ['PUT', '/v1/customers/acme', { name: 'acme', ...(id === undefined ? {} : { defaultPlan: id }) }]),
);

test('whatever one key does, in whatever pieces, one after the other or at once: fewer numbers than the limit have been led elsewhere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (rounds) => {
      await fresh();
      for (const acts of rounds) for (const { status } of await Promise.all(acts.map(([method, path, body]) => as('ann', method, path, body)))) expect([200, 201, 202, 204, 404, 409, 422]).toContain(status);
      const elsewhere: number[] = [];
      for (const line of [1, 2, 3, 4, 5]) if ((await destinationOf(line)) !== HOME) elsewhere.push(line);
      expect(elsewhere.length, JSON.stringify(elsewhere)).toBeLessThan(THRESHOLD);
    }),
    { numRuns: 40 },
  );
}, 120_000);

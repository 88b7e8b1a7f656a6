/** Notifications handed in over the API: durable when they are answered, whatever Redis does, and once each. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { edit } from '../../src/store/edit.ts';
import type { RunningService } from '../support/service.ts';
import { DEED } from '../support/world.ts';
import { eachBacklog, POSTED, SUBSCRIBER, type Json } from './support.ts';

const here = eachBacklog();

const post = (body: Json = {}, { key, by = here.service, as }: { key?: string; by?: RunningService; as?: string } = {}) =>
  by.request<Json>('POST', '/v1/notifications', { ...POSTED, ...body }, as ?? by.adminKey, key === undefined ? {} : { 'idempotency-key': key });
const said = async (answer: ReturnType<typeof post>) => {
  const { status, body } = await answer;
  return [status, body['code'], ((body['issues'] ?? []) as { at: string }[]).map(({ at }) => at)];
};
const keyOf = async (customer: string, role = 'operator'): Promise<string> => (await here.service.ask<{ key: string }>('PUT', `/v1/keys/${customer}-${role}`, { role, customer })).key;
/** One post each, of keys 0 and on, all begun at once. */
const many = (from: number, to: number) => Promise.all(Array.from({ length: to - from }, (_, at) => post({ data: from + at })));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);
const heldData = async (): Promise<unknown[]> => (await here.held()).map(({ data }) => JSON.parse(data) as unknown);

test('what was answered 202 waits, as it was sent, in the order in which it came', async () => {
  const { status, body } = await post({ key: 'order/ü', data: { text: 'é\n"', empty: {}, none: null }, expiresAt: '2100-01-01T00:00:00Z' });
  expect(status).toBe(202);
  expect(await here.held()).toEqual([{ id: body['id'], kind: 'order.changed', key: 'order/ü', class: 'history', at: expect.any(Number) as number, expiresAt: Date.parse('2100-01-01T00:00:00Z'), data: '{"text":"é\\n\\"","empty":{},"none":null}' }]);
  const ids = (await many(0, 100)).map((answer) => answer.body['id'] as string);
  expect((await here.held()).slice(1).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  await post({ class: 'state', data: 1 });
  await post({ class: 'state', data: 2 });
  expect((await here.held('crm', 'state')).map(({ data }) => data)).toEqual(['2']);
  expect(await here.counts()).toMatchObject({ accepted: 103, waiting: 102, coalesced: 1 });
});

describe('what is refused', () => {
  test.each<[string, Json, unknown[]]>([
    ['an unknown subscriber', { subscriber: 'nobody' }, [404, 'not_found', []]],
    ['a kind of our own', { kind: 'call.missed' }, [422, 'notification_invalid', ['/kind']]],
    ['half a character', { key: '\ud800' }, [422, 'notification_invalid', ['/key']]],
    ['a key that is too long', { key: 'x'.repeat(201) }, [400, 'request_invalid', ['/key']]],
    ['a kind that is none', { kind: 'Order Changed' }, [400, 'request_invalid', ['/kind']]],
    ['too much', { data: 'é'.repeat(32_768) }, [413, 'body_too_large', []]],
  ])('%s', async (_what, body, expected) => {
    expect(await said(post(body))).toEqual(expected);
    expect((await here.counts()).accepted).toBe(0);
  });

  test('what is of another customer is as if it were not there; a viewer hands in nothing', async () => {
    const operator = await keyOf('acme');
    await expect.poll(() => said(post({ subscriber: 'acme:crm' }, { as: operator }))).toEqual([202, undefined, []]);
    expect(await said(post({ subscriber: 'crm' }, { as: operator }))).toEqual([404, 'not_found', []]);
    expect(await said(post({ subscriber: 'acme:crm' }, { as: await keyOf('globex') }))).toEqual([404, 'not_found', []]);
    expect(await said(post({ subscriber: 'acme:crm' }, { as: await keyOf('acme', 'viewer') }))).toEqual([403, 'role_insufficient', []]);
  });
});

test('an Idempotency-Key: the same id from every process, once; another body is refused; keys of two callers do not meet', async () => {
  const other = await here.start();
  const first = await post({}, { key: 'k1' });
  const again = await Promise.all([post({}, { key: 'k1' }), post({}, { key: 'k1', by: other })]);
  expect([first, ...again].map(({ status, body }) => [status, body['id']])).toEqual(Array.from({ length: 3 }, () => [202, first.body['id']]));
  for (const by of [here.service, other]) expect(await said(post({ data: 2 }, { key: 'k1', by }))).toEqual([422, 'idempotency_key_reused', []]);
  expect((await here.counts()).accepted).toBe(1);
  const operator = await here.service.ask<{ key: string }>('PUT', '/v1/keys/another', { role: 'operator' });
  expect((await post({ data: 2 }, { key: 'k1', as: operator.key })).status).toBe(202);
});

describe.each([
  ['killed', () => here.server.kill(), () => here.server.restart()],
  ['hanging', () => here.server.kill('SIGSTOP'), () => here.server.kill('SIGCONT')],
])('Redis %s', (_how, fail, mend) => {
  test('202 from the local disk, shipped in order and once when Redis is back; an Idempotency-Key holds meanwhile and afterwards', async () => {
    const other = await here.start();
    await post({ data: 0 });
    await fail();
    const keyed = await post({ data: 1 }, { key: 'k1' });
    expect(keyed.status).toBe(202);
    expect((await post({ data: 1 }, { key: 'k1' })).body['id']).toBe(keyed.body['id']);
    expect(await said(post({ data: 'other' }, { key: 'k1' }))).toEqual([422, 'idempotency_key_reused', []]);
    for (const data of [2, 3]) expect((await post({ data })).status).toBe(202);
    await mend();
    // Behind those that wait on the disk.
    expect((await post({ data: 4 })).status).toBe(202);
    await expect.poll(heldData, { timeout: 10_000 }).toEqual(numbers(0, 5));
    expect((await here.counts()).accepted).toBe(5);
    expect(await said(post({ data: 'other' }, { key: 'k1', by: other }))).toEqual([422, 'idempotency_key_reused', []]);
    expect((await post({ data: 1 }, { key: 'k1', by: other })).body['id']).toBe(keyed.body['id']);
    expect((await here.counts()).accepted).toBe(5);
  });
});

test('what one process leaves on the local disk, the next ships', async () => {
  await here.server.kill();
  expect((await many(0, 20)).map(({ status }) => status)).toEqual(numbers(0, 20).map(() => 202));
  const { DATA_DIR } = here.service.settings;
  await here.service.close();
  await here.server.restart();
  await here.start({ DATA_DIR });
  await expect.poll(async () => (await here.counts()).accepted, { timeout: 10_000 }).toBe(20);
  expect((await heldData()).toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(0, 20));
});

test('neither Redis nor disk: refused, and not accepted behind the back of who was refused', async () => {
  const DATA_DIR = join(here.server.dir, 'full');
  const service = await here.start({ DATA_DIR, SPOOL_MAX_MB: 0 });
  await here.server.kill();
  const answer = await post({}, { by: service });
  expect([answer.status, answer.body['code'], Number(answer.headers.get('retry-after')) > 0]).toEqual([503, 'store_unavailable', true]);
  await here.server.restart();
  await expect.poll(async () => (await post({ data: 'after' }, { by: service })).status, { timeout: 10_000 }).toBe(202);
  expect(await heldData()).toEqual(['after']);
});

describe('a subscriber that is deleted', () => {
  const dropped = async () => (await here.backlog.totals()).counts;

  test('what waits for it ends as dropped, and one of the same name begins with nothing', async () => {
    await many(0, 3);
    await here.landed();
    await here.service.ask('DELETE', '/v1/subscribers/crm');
    expect((await post()).status).toBe(404);
    await here.service.ask('PUT', '/v1/subscribers/crm', SUBSCRIBER);
    expect(await here.held()).toEqual([]);
    expect(await dropped()).toMatchObject({ accepted: 3, waiting: 0, dropped: 3 });
    expect((await here.backlog.totals()).unaccounted).toBe(0);
  });

  test('while there is a record nothing is ended, whatever a table says that lags behind', async () => {
    await many(0, 3);
    await here.landed();
    expect(await here.backlog.remove('crm')).toBe(0);
    expect(await here.counts()).toMatchObject({ accepted: 3, waiting: 3 });
  });

  test('also when the process that deletes it dies in between', async () => {
    await many(0, 3);
    await here.landed();
    const { DATA_DIR } = here.service.settings;
    await here.service.close();
    // As by a process that is gone before it has seen its own commit.
    await edit(here.world.store, { collection: 'subscribers', id: 'crm', action: 'subscribers.delete', change: () => undefined, customerOf: () => undefined }, DEED);
    expect(await dropped()).toMatchObject({ accepted: 3, waiting: 3, dropped: 0 });
    await here.start({ DATA_DIR });
    await expect.poll(dropped).toMatchObject({ accepted: 3, waiting: 0, dropped: 3 });
    expect(await here.backlog.known()).toEqual([]);
  });
});

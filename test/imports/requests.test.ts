/** What the API takes and tells of an import: its conditions, its progress, its decisions, and one sent twice. */
import { describe, expect, test } from 'vitest';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { progressOf } from '../../src/imports/progress.ts';
import { createIdempotencyKeys } from '../../src/store/idempotency-keys.ts';
import { keys } from '../../src/store/keys.ts';
import { DEED } from '../support/world.ts';
import { eachService } from './each-service.ts';
import { applyAll, csv, csvRows, londonNumber, receive } from './support.ts';

const at = eachService();
const { here } = at;

type Json = Record<string, unknown>;

async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Json }> {
  const answer = await fetch(`${at.service.url}${path}`, { method, ...(body === undefined ? {} : { body }), headers: { ...(body === undefined ? {} : { 'content-type': 'text/csv' }), ...headers } });
  return { status: answer.status, body: (await answer.json()) as Json };
}

const upload = (query: string, rows: readonly string[] = csvRows(5), headers: Record<string, string> = {}) => ask('POST', `/v1/imports${query}`, csv(rows), headers);

async function settled(query: string, rows?: readonly string[]): Promise<string> {
  const { status, body } = await upload(query, rows);
  expect(status, JSON.stringify(body)).toBe(202);
  await applyAll(here.world.store, here.world.redis, String(body['id']));
  return String(body['id']);
}

describe('what is asked of an import', () => {
  test.each([
    ['?dryRun=true&confirm=true', 400, 'request_invalid'],
    ['?customer=acme', 400, 'request_invalid'],
    ['?allowRemoving=5', 400, 'request_invalid'],
    ['?complete=true&allowRemoving=-1', 400, 'request_invalid'],
    ['?complete=true&customer=nobody', 422, 'reference_unknown'],
    ['?dryRun=perhaps', 400, 'request_invalid'],
  ])('%s is refused', async (query, status, code) => {
    const answer = await upload(query);
    expect(answer.status).toBe(status);
    // The framework's own refusals are named where the whole application is (test/http).
    if (answer.body['code'] !== 'internal') expect(answer.body['code']).toBe(code);
    expect(await createImportLists(here.world.redis).newest(undefined, 1)).toEqual([]);
  });

  test('false is as if it were not there', async () => {
    expect((await upload('?dryRun=false&confirm=false&complete=false')).body).toMatchObject({ state: 'applying' });
    expect((await upload('?dryRun=true')).body).toMatchObject({ state: 'judging' });
  });
});

describe('an import that waits', () => {
  test('tells its summary and its changes, and is applied', async () => {
    const id = await settled('?confirm=true', csvRows(150));
    const { body } = await ask('GET', `/v1/imports/${id}`);
    expect(body).toMatchObject({ id, state: 'waiting', confirm: true, rows: 150, rowsDone: 150, created: 150, rejectedRows: [], expiresAt: expect.stringMatching(/Z$/) });
    expect(Object.keys(body)).not.toContain('walk');
    const first = await ask('GET', `/v1/imports/${id}/changes?kind=created&limit=60`);
    const second = await ask('GET', `/v1/imports/${id}/changes?kind=created&limit=60&cursor=${String(first.body['next'])}`);
    expect([(first.body['items'] as []).length, (second.body['items'] as []).length, second.body['next']]).toEqual([60, 40, undefined]);
    expect((first.body['items'] as unknown[])[0]).toEqual({ number: londonNumber(0), before: null, after: { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', carrierRef: 'PN0', divertBy: 'call' } });
    expect((await ask('GET', `/v1/imports/${id}/changes?kind=rejected`)).status).toBe(400);
    expect(await ask('POST', `/v1/imports/${id}/apply`)).toMatchObject({ status: 202, body: { state: 'applying', created: 0, judged: { created: 150 } } });
    await applyAll(here.world.store, here.world.redis, id);
    expect(await ask('POST', `/v1/imports/${id}/cancel`)).toMatchObject({ status: 409, body: { code: 'import_state' } });
    const revert = await ask('POST', `/v1/imports/${id}/revert`);
    expect(revert).toMatchObject({ status: 202, body: { kind: 'revert', reverts: id, state: 'applying', rows: 150 } });
    expect(await ask('GET', `/v1/imports/${id}`)).toMatchObject({ body: { state: 'done', revertedBy: revert.body['id'] } });
  });

  test('that would remove too much is refused until it is allowed', async () => {
    await settled('', csvRows(10));
    const id = await settled('?confirm=true&complete=true', csvRows(5));
    expect((await ask('GET', `/v1/imports/${id}`)).body).toMatchObject({ removed: 6, removalRefused: { because: 'share', customer: 'acme', removed: 6, of: 11 } });
    expect(await ask('POST', `/v1/imports/${id}/apply`)).toMatchObject({ status: 409, body: { code: 'removal_refused' } });
    expect(await ask('POST', `/v1/imports/${id}/apply?allowRemoving=6`)).toMatchObject({ status: 202, body: { allowRemoving: 6 } });
  });

  test('is reverted within 30 days: what it needs for that is kept so long', async () => {
    const id = await settled('', csvRows(10));
    expect(await here.world.redis.ttl(keys.importImages(id))).toBeGreaterThan(29 * 86_400);
    await here.world.redis.del(keys.importImages(id));
    expect(await ask('POST', `/v1/imports/${id}/revert`)).toMatchObject({ status: 409, body: { code: 'import_images_gone' } });
    expect((await ask('POST', '/v1/imports/nothing/revert')).status).toBe(404);
  });
});

describe('progress', () => {
  test('is reckoned from the moment at which the state began', async () => {
    const id = await receive(here.world, csv(csvRows(600)), 'csv', { dryRun: true });
    const found = await here.world.store.find('imports', id);
    if (!found || 'unreadable' in found) throw new Error('the import is not there');
    const record = { ...found.record, created: 150, rejected: 50 };
    expect(progressOf(record, DEED.at + 2000)).toEqual({ rowsDone: 200, rowsPerSecond: 100, etaSeconds: 4 });
    expect(progressOf(found.record, DEED.at + 2000)).toEqual({ rowsDone: 0 });
    expect(progressOf({ ...record, state: 'waiting' }, DEED.at + 2000)).toEqual({ rowsDone: 200 });
  });
});

describe('an upload with an Idempotency-Key', () => {
  const KEY = { 'idempotency-key': 'move-4711' };

  test('sent again is the same import, however far that is', async () => {
    const first = await upload('', csvRows(5), KEY);
    await applyAll(here.world.store, here.world.redis, String(first.body['id']));
    const again = await upload('', csvRows(5), KEY);
    expect(again).toEqual({ status: 202, body: { ...first.body, state: 'done' } });
    expect(await createImportLists(here.world.redis).newest(undefined, 10)).toHaveLength(1);
    expect((await upload('', csvRows(5), { 'idempotency-key': 'move-4712' })).body['id']).not.toBe(first.body['id']);
    expect(await here.world.redis.ttl((await here.world.redis.keys('{ringthrough}:upload:*'))[0] ?? '')).toBeGreaterThan(86_000);
  });

  test("is the caller's own: another who thinks of the same key gets another import", async () => {
    const first = await upload('', csvRows(5), KEY);
    at.service.actor = { key: 'other-boss', role: 'admin' };
    expect((await upload('', csvRows(5), KEY)).body['id']).not.toBe(first.body['id']);
  });

  test('that was refused can be sent again', async () => {
    expect((await ask('POST', '/v1/imports', 'colour\nred\n', KEY)).status).toBe(422);
    expect(await upload('', csvRows(5), KEY)).toMatchObject({ status: 202, body: { rows: 5 } });
  });

  test('sent many times at once is one import', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => upload('', csvRows(250), KEY)));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(new Set(accepted.map(({ body }) => body['id'])).size).toBe(1);
    expect(answers.filter(({ status }) => status !== 202).map(({ body }) => body['code']).filter((code) => code !== 'upload_aborted')).toEqual([]);
    const ids = await createImportLists(here.world.redis).newest(undefined, 100);
    const records = await here.world.store.findMany('imports', ids);
    expect(records.map((one) => (one && 'record' in one ? one.record.state : '')).filter((state) => state !== 'aborted')).toHaveLength(1);
  });

  test('whose process died between claim and commit can be sent again', async () => {
    const id = String((await upload('', csvRows(5), { 'idempotency-key': 'other' })).body['id']);
    const found = await here.world.store.find('imports', id);
    await here.world.redis.hset(keys.records('imports'), 'dead', `1:1:${JSON.stringify({ ...(found && 'record' in found ? found.record : {}), state: 'receiving' })}`);
    expect(await createIdempotencyKeys(here.world.redis, 'upload').claim('boss move-4711', 'dead', () => Promise.resolve(false))).toBe('dead');
    const again = await upload('', csvRows(5), KEY);
    expect(again.status).toBe(202);
    expect(await here.world.store.find('imports', 'dead')).toMatchObject({ record: { state: 'aborted' } });
    expect((await upload('', csvRows(5), KEY)).body).toEqual(again.body);
  });

  test.each([[''], ['x'.repeat(256)]])('%j is no key', async (key) => {
    expect(await upload('', csvRows(1), { 'idempotency-key': key })).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
  });
});

/** Imports that lead many numbers elsewhere wait for a second admin, and never lead more elsewhere than was judged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type Answer, type RunningService } from '../support/service.ts';
import { openWorld, put, putSample, type World } from '../support/world.ts';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { ADMIN, csv, londonNumber, receive } from './support.ts';

type Json = Record<string, unknown>;

const HOUR_MS = 3_600_000;
let redis: TestRedis;
let service: RunningService;
let world: World;
let dir: string;
let now = 1_795_348_800_000;
const keys: Record<string, string> = {};

beforeAll(async () => {
  redis = await startTestRedis();
  dir = await mkdtemp(join(tmpdir(), 'rt-second-'));
  await writeFile(join(dir, 'policy.yaml'), 'destinations: {approval: {numbers: 3}}\n');
  service = await startService({ redis, settings: { POLICY_FILE: join(dir, 'policy.yaml') }, system: { clock: { now: () => now } } });
  world = await openWorld(redis.url);
  await putSample(world.store);
  for (const id of ['ann', 'bob']) keys[id] = String((await service.ask('PUT', `/v1/keys/${id}`, { role: 'admin' }))['key']);
});
afterAll(async () => {
  await service.close();
  await world.close();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

const row = (line: number, plan = 'desk'): string => `${londonNumber(line)},acme,pbx,main,${plan},,`;
const rows = (count: number, plan?: string): string[] => Array.from({ length: count }, (_, line) => row(line, plan));
const as = <B = Json>(who: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<B>> => service.request<B>(method, path, body, keys[who], headers);
const outcome = ({ status, body }: Answer<Json>): unknown[] => [status, body['code'] ?? body['state']];
const planOf = async (line: number): Promise<unknown> => (await world.store.find('numbers', londonNumber(line)) as { record?: { plan?: string } } | undefined)?.record?.plan;
const plans = (count: number): Promise<unknown[]> => Promise.all(Array.from({ length: count }, (_, line) => planOf(line)));

async function upload(who: string, lines: readonly string[], query = ''): Promise<string> {
  return String((await as(who, 'POST', `/v1/imports${query}`, csv(lines), { 'content-type': 'text/csv' })).body['id']);
}

/** When it has gone as far as it goes by itself. */
async function settled(id: string): Promise<Json> {
  return vi.waitFor(async () => {
    const { body } = await as('ann', 'GET', `/v1/imports/${id}`);
    expect(['waiting', 'done', 'refused', 'cancelled']).toContain(body['state']);
    return body;
  }, { timeout: 20_000, interval: 20 });
}

beforeEach(async () => {
  now += 48 * HOUR_MS;
  await put(world.store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: '+447400123456' }] });
  await put(world.store, 'plans', 'same', { customer: 'acme', destinations: [{ to: '+447400123456' }] });
  const away = await put(world.store, 'plans', 'away', { customer: 'acme', destinations: [{ to: '+447400123457' }] });
  let revision = away;
  for (const line of [0, 1, 2, 3, 4]) revision = Math.max(revision, await put(world.store, 'numbers', londonNumber(line), { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }));
  await service.follower.reached(revision, 5000);
});

describe('an import', () => {
  it('that brings new numbers, or moves few, is taken as ever', async () => {
    const id = await upload('ann', [...Array.from({ length: 20 }, (_, at) => row(100 + at)), row(0, 'away'), row(1, 'away')]);
    expect(await settled(id)).toMatchObject({ state: 'done', changed: 2, redirected: 2, rejected: 0 });
    expect(await plans(3)).toEqual(['away', 'away', 'desk']);
    for (let at = 0; at < 20; at += 1) await world.store.find('numbers', londonNumber(100 + at));
  });

  it('that moves many waits, and is taken when a second admin approves it, by both names', async () => {
    const id = await upload('ann', rows(4, 'away'));
    expect(await settled(id)).toMatchObject({ state: 'waiting', approvalNeeded: true, redirected: 4 });
    expect(await plans(4)).toEqual(['desk', 'desk', 'desk', 'desk']);
    expect((await as('bob', 'GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'waiting', subject: `imports/${id}`, action: 'imports.apply', numbers: 4, by: { key: 'ann' } });
    for (const path of [`/v1/approvals/${id}/approve`, `/v1/imports/${id}/apply`]) expect(outcome(await as('ann', 'POST', path))).toEqual([403, 'approval_own']);
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${id}/approve`))).toEqual([200, 'approved']);
    await vi.waitFor(async () => expect((await settled(id))['state']).toBe('done'));
    expect(await plans(4)).toEqual(['away', 'away', 'away', 'away']);
    const { items } = (await as<{ items: Json[] }>('bob', 'GET', '/v1/audit?limit=5')).body;
    expect(items).toContainEqual(expect.objectContaining({ action: 'imports.apply', by: expect.objectContaining({ key: 'ann' }), approvedBy: expect.objectContaining({ key: 'bob' }) }));
  });

  it('counts what the same key did shortly before, over the API too', async () => {
    expect(await settled(await upload('ann', rows(2, 'away')))).toMatchObject({ state: 'done', redirected: 2 });
    expect((await as('ann', 'PUT', `/v1/numbers/${londonNumber(2)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'away' })).status).toBe(202);
    expect(await settled(await upload('ann', [row(3, 'away')]))).toMatchObject({ state: 'waiting', approvalNeeded: true });
    expect(await settled(await upload('bob', [row(3, 'away')]))).toMatchObject({ state: 'done' });
  });

  it('is one that removes, and the revert of one', async () => {
    const id = await upload('ann', [row(0)], '?complete=true&allowRemoving=1000');
    const judged = await settled(id);
    expect(judged).toMatchObject({ state: 'waiting', approvalNeeded: true });
    expect(judged['redirected']).toBeGreaterThanOrEqual(4);
    expect(outcome(await as('ann', 'POST', `/v1/imports/${id}/cancel`))).toEqual([200, 'cancelled']);
    expect((await as('ann', 'GET', `/v1/approvals/${id}`)).body['state']).toBe('refused');
    const emptied = await settled(await upload('ann', [], '?complete=true&customer=acme&allowRemoving=1000'));
    expect(emptied).toMatchObject({ state: 'waiting', approvalNeeded: true });
    const moved = await upload('ann', rows(3, 'away'));
    await settled(moved);
    await as('bob', 'POST', `/v1/approvals/${moved}/approve`);
    await vi.waitFor(async () => expect((await settled(moved))['state']).toBe('done'));
    const revert = (await as('ann', 'POST', `/v1/imports/${moved}/revert`)).body;
    expect(revert).toMatchObject({ state: 'waiting', approvalNeeded: true, redirected: 3 });
    expect(outcome(await as('ann', 'POST', `/v1/approvals/${String(revert['id'])}/refuse`))).toEqual([200, 'refused']);
    const again = (await as('ann', 'POST', `/v1/imports/${moved}/revert`)).body;
    expect(again['id']).not.toBe(revert['id']);
    expect(outcome(await as('bob', 'POST', `/v1/approvals/${String(again['id'])}/approve`))).toEqual([200, 'approved']);
    await vi.waitFor(async () => expect((await settled(String(again['id'])))['state']).toBe('done'));
    expect(await plans(3)).toEqual(['desk', 'desk', 'desk']);
  });

  it('with confirm is applied by who sent it only while that is few, and by another admin in any case', async () => {
    const few = await upload('ann', rows(2, 'away'), '?confirm=true');
    expect(await settled(few)).toMatchObject({ state: 'waiting' });
    // Meanwhile the same key has changed others.
    expect((await as('ann', 'PUT', `/v1/numbers/${londonNumber(4)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'away' })).status).toBe(200);
    expect((await as('ann', 'POST', `/v1/imports/${few}/apply`)).body).toMatchObject({ state: 'waiting', approvalNeeded: true });
    expect(outcome(await as('bob', 'POST', `/v1/imports/${few}/apply`))).toEqual([202, 'applying']);
    await vi.waitFor(async () => expect((await settled(few))['state']).toBe('done'));
    expect((await as('bob', 'GET', `/v1/approvals/${few}`)).body['state']).toBe('approved');
  });

  it('leads no more numbers elsewhere than were judged: what has become more by then is left out by name', async () => {
    const id = await upload('ann', rows(4, 'same'), '?confirm=true');
    expect(await settled(id)).toMatchObject({ state: 'waiting', changed: 4, redirected: 0 });
    // Nobody uses it yet, so this leads no number elsewhere.
    expect((await as('ann', 'PUT', '/v1/plans/same', { customer: 'acme', destinations: [{ to: '+447400123457' }] })).status).toBe(200);
    await as('ann', 'POST', `/v1/imports/${id}/apply`);
    await vi.waitFor(async () => expect((await settled(id))['state']).toBe('done'));
    const done = (await as('ann', 'GET', `/v1/imports/${id}`)).body;
    expect(done).toMatchObject({ changed: 0, rejected: 4, redirected: 0 });
    expect((done['rejectedRows'] as Json[]).map(({ code, number }) => [code, number])).toEqual([0, 1, 2, 3].map((line) => ['approval_required', londonNumber(line)]));
    expect(await plans(4)).toEqual(['desk', 'desk', 'desk', 'desk']);
  });
});

it('two imports of one key at the same instant count together', async () => {
  const policy = () => ({ ...shippedPolicy().destinations, approval: { numbers: 3, withinMinutes: 60 } });
  const lists = createImportLists(world.redis);
  await put(world.store, 'keys', ADMIN.key, { role: 'admin', hash: '0'.repeat(64), createdAt: 0 });
  const receiving = { confirm: true } as const;
  const ids = await Promise.all([0, 1].map((half) => receive(world, csv([row(half * 2, 'away'), row(half * 2 + 1, 'away')]), 'csv', receiving)));
  // The service's own worker may take part: what they come to is the same.
  await Promise.all(ids.map(async (id) => { while ((await applyNextChunk({ store: world.store, lists, policy }, id, now)) === 'more'); }));
  for (const id of ids) expect(await settled(id)).toMatchObject({ state: 'waiting', redirected: 2 });
  keys['boss'] = String((await service.ask('POST', `/v1/keys/${ADMIN.key}/rotate`, {}))['key']);
  const applied = await Promise.all(ids.map((id) => as('boss', 'POST', `/v1/imports/${id}/apply`)));
  expect(new Set(applied.map(({ body }) => body['approvalNeeded'] ?? false))).toEqual(new Set([false, true]));
});

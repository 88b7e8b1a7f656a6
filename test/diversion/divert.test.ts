/** Divert and restore by an operator's word: once each, however often and from wherever it is said; and what it is then said to be. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openApi, allPages, PRIMARY, type Api, type Json } from '../http/api.ts';
import { startService, type Answer, type RunningService } from '../support/service.ts';
import { keys } from '../../src/store/keys.ts';
import { openWorld, type World } from '../support/world.ts';

interface Turned {
  primary: string;
  state: string;
  diversion?: string;
  changed: boolean;
  why: string;
}
interface Shown {
  id: string;
  primary: string;
  started: { at: string; by: Json; reason: string };
  ended?: { at: string; by: Json; reason: string };
}

let now = Date.parse('2026-11-22T03:15:00Z');
let api: Api;
let second: RunningService;
let world: World;
beforeAll(async () => {
  const system = { clock: { now: () => now } };
  api = await openApi({ system });
  second = await startService({ redis: api.redis, settings: { WORKERS: 'off' }, system });
  world = await openWorld(api.redis.url);
});
afterAll(async () => {
  await world.close();
  await second.close();
  await api.close();
});

/** A primary of its own for each test. */
let pbx = '';
let count = 0;
beforeEach(async () => {
  count += 1;
  pbx = `pbx-${count}`;
  now += 3_600_000;
  await api.ask('PUT', `/v1/primaries/${pbx}`, PRIMARY);
});

const order = (verb: 'divert' | 'restore', reason: string, service: RunningService = api, key: string | null = service.adminKey): Promise<Answer<Turned>> => service.request<Turned>('POST', `/v1/primaries/${pbx}/${verb}`, { reason }, key);
const status = async (service: RunningService = api): Promise<Json> => (await service.ask<{ status: Json }>('GET', `/v1/primaries/${pbx}`)).status;
const diversions = async (): Promise<Shown[]> => (await allPages<Shown>(api, 'admin', `/v1/diversions?primary=${pbx}`)).items;
const audited = async (): Promise<string[]> => (await allPages<{ action: string; changes: { subject: string }[] }>(api, 'admin', '/v1/audit?limit=1000')).items.filter(({ changes }) => changes[0]?.subject === `states/${pbx}`).map(({ action }) => action);

test('a diversion has who began and ended it, when and why', async () => {
  const diverted = await order('divert', 'Fire in the server room', api, api.keys.operator);
  expect(diverted.body).toEqual({ primary: pbx, state: 'down', diversion: expect.stringMatching(/^\d{8}t\d{6}z-[0-9a-f]{6}$/), changed: true, why: expect.stringContaining('"Fire in the server room"') });
  const begun = { id: diverted.body.diversion, primary: pbx, started: { at: new Date(now).toISOString(), by: { key: 'operator', role: 'operator' }, reason: 'Fire in the server room' } };
  expect(await diversions()).toEqual([begun]);
  expect((await api.as('viewer', 'GET', `/v1/diversions/${diverted.body.diversion}`)).body).toEqual(begun);

  now += 60_000;
  const restored = await order('restore', 'Fire is out');
  expect(restored.body).toMatchObject({ state: 'up', diversion: diverted.body.diversion, changed: true });
  expect(await diversions()).toEqual([{ ...begun, ended: { at: new Date(now).toISOString(), by: { key: 'admin', role: 'admin' }, reason: 'Fire is out' } }]);
});

test('the sentence says since when, on whose word and why', async () => {
  expect((await status())['why']).toBe(`Takes its calls: nobody has said otherwise; no number belongs to \`${pbx}\`.`);
  const since = `${new Date(now).toISOString().slice(0, 19)}Z`;
  await order('divert', 'Fire', api, api.keys.operator);
  expect(await status()).toMatchObject({ state: 'down', since: new Date(now).toISOString(), override: { says: 'divert', by: { key: 'operator', role: 'operator' }, reason: 'Fire' }, why: `Calls go to the backup plans since ${since} because operator key \`operator\` said so: "Fire"; no number belongs to \`${pbx}\`.` });
  await order('restore', 'Out');
  expect(await status()).toMatchObject({ state: 'up', override: { says: 'restore', reason: 'Out' }, why: `Takes its calls again since ${since} because admin key \`admin\` said so: "Out"; no number belongs to \`${pbx}\`.` });
});

test('said again, either changes nothing: neither state nor diversion nor trail', async () => {
  const first = await order('divert', 'Fire');
  now += 60_000;
  const again = await order('divert', 'Fire, I say', api, api.keys.operator);
  expect(again.status).toBe(200);
  expect(again.body).toEqual({ ...first.body, changed: false });
  await order('restore', 'Out');
  const restoredAgain = await order('restore', 'Out, I say');
  expect(restoredAgain.body).toMatchObject({ state: 'up', changed: false });
  expect(restoredAgain.body.diversion).toBeUndefined();
  expect(await diversions()).toHaveLength(1);
  expect(await audited()).toEqual(['primaries.restore', 'primaries.divert']);
});

test('a restore of what was never diverted changes nothing', async () => {
  const answer = await order('restore', 'To be sure');
  expect([answer.status, answer.body.state, answer.body.changed]).toEqual([200, 'up', false]);
  expect(await diversions()).toEqual([]);
  expect(await audited()).toEqual([]);
});

test('a later outage is another diversion; the list has the newest first', async () => {
  const ids: (string | undefined)[] = [];
  for (let round = 0; round < 5; round += 1) {
    ids.unshift((await order('divert', `Outage ${round}`)).body.diversion);
    await order('restore', `Over ${round}`);
    now += 1000;
  }
  const all = await diversions();
  expect(all.map(({ id }) => id)).toEqual(ids);
  expect(all.every(({ ended }) => ended !== undefined)).toBe(true);
  expect((await allPages<Shown>(api, 'admin', `/v1/diversions?primary=${pbx}&limit=2`)).items).toEqual(all);
});

describe('from two processes at the same moment', () => {
  test('many diverts open exactly one diversion', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => order('divert', `Voice ${at}`, at % 2 === 0 ? api : second)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers.filter(({ body }) => body.changed)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body.diversion)).size).toBe(1);
    expect(await diversions()).toHaveLength(1);
    expect(await audited()).toHaveLength(1);
  });

  test('many restores end it exactly once', async () => {
    await order('divert', 'Fire');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => order('restore', `Voice ${at}`, at % 2 === 0 ? api : second)));
    const winner = answers.filter(({ body }) => body.changed);
    expect(winner).toHaveLength(1);
    const [only] = await diversions();
    expect(only?.ended?.reason).toBe(/"(Voice \d+)"/.exec(winner[0]?.body.why ?? '')?.[1]);
    expect(await audited()).toHaveLength(2);
  });

  test('diverts and restores mixed leave state and diversions that agree', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, at) => order(at % 3 === 0 ? 'restore' : 'divert', `Voice ${at}`, at % 2 === 0 ? api : second)));
    const state = await status();
    const open = (await diversions()).filter(({ ended }) => ended === undefined);
    expect(open.map(({ id }) => id)).toEqual(state['state'] === 'down' ? [state['diversion']] : []);
    const actions = await audited();
    for (const [at, action] of actions.entries()) expect(action).not.toBe(actions[at + 1]);
    expect(actions.filter((action) => action === 'primaries.divert')).toHaveLength((await diversions()).length);
  });

  test('a delete and a divert: either it is diverted and there, or gone and was never diverted', async () => {
    for (let round = 0; round < 20; round += 1) {
      pbx = `raced-${count}-${round}`;
      await api.ask('PUT', `/v1/primaries/${pbx}`, PRIMARY);
      const [diverted, deleted] = await Promise.all([order('divert', 'Fire', second), api.as('admin', 'DELETE', `/v1/primaries/${pbx}`)]);
      const left = (await world.redis.hexists(keys.records('primaries'), pbx)) === 1;
      const state = await world.redis.hget(keys.records('states'), pbx);
      if (deleted.status === 204) {
        expect([diverted.status, left, state]).toEqual([expect.toSatisfy((code: number) => code === 404 || code === 422), false, null]);
        expect(await diversions()).toEqual([]);
      } else {
        expect([diverted.status, deleted.status, deleted.body['code'], left]).toEqual([200, 409, 'diverted', true]);
        expect(state).toContain('"is":"down"');
      }
    }
  });
});

test('while it is diverted it cannot be deleted; afterwards its state goes with it, and its diversions stay', async () => {
  await order('divert', 'Fire');
  const refused = await api.as('admin', 'DELETE', `/v1/primaries/${pbx}`);
  expect([refused.status, refused.body['code']]).toEqual([409, 'diverted']);
  await order('restore', 'Out');
  expect((await api.as('admin', 'DELETE', `/v1/primaries/${pbx}`)).status).toBe(204);
  expect(await world.redis.hexists(keys.records('states'), pbx)).toBe(0);
  expect(await diversions()).toHaveLength(1);
  await api.ask('PUT', `/v1/primaries/${pbx}`, PRIMARY);
  expect((await status())['state']).toBe('up');
});

test('its settings may be changed while it is diverted, which changes nothing of that', async () => {
  await order('divert', 'Fire');
  await api.ask('PUT', `/v1/primaries/${pbx}`, { ...PRIMARY, name: 'New name' });
  expect(await status()).toMatchObject({ state: 'down', override: { reason: 'Fire' } });
});

test('what is not there cannot be diverted, and nothing remains of the attempt', async () => {
  for (const verb of ['divert', 'restore'] as const) {
    const answer = await api.as('admin', 'POST', `/v1/primaries/nothing/${verb}`, { reason: 'x' });
    expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
  }
  expect(await world.redis.hexists(keys.records('states'), 'nothing')).toBe(0);
});

test.each([{}, { reason: '' }, { reason: 3 }, { reason: 'x'.repeat(501) }, { reason: 'x', how: 'slowly' }, { reason: 'x', force: true }])('an order must say why, and nothing that it cannot mean: %j', async (body) => {
  const answer = await api.as('admin', 'POST', `/v1/primaries/${pbx}/restore`, body);
  expect([answer.status, answer.body['code']]).toEqual([400, 'request_invalid']);
});

test('a lost record of the diversion does not hinder the restore, nor does a torn state', async () => {
  const { diversion = '' } = (await order('divert', 'Fire')).body;
  await world.redis.hset(keys.records('diversions'), diversion, 'torn');
  expect((await order('restore', 'Out')).body).toMatchObject({ state: 'up', changed: true });
  await world.redis.hset(keys.records('states'), pbx, '1:5:torn');
  expect((await order('divert', 'Fire again')).body).toMatchObject({ state: 'down', changed: true });
  await order('restore', 'Out again');
  await world.redis.hset(keys.records('states'), pbx, 'torn');
  expect((await api.as('admin', 'DELETE', `/v1/primaries/${pbx}`)).status).toBe(204);
});

test('the other process diverts the very next call once it has the news', async () => {
  await api.ask('PUT', '/v1/numbers/+442079461555', { customer: 'acme', primary: pbx, carrier: 'main', plan: 'acme-desk' });
  await order('divert', 'Fire');
  const first = async (service: RunningService): Promise<unknown> => (await service.ask<{ steps: Json[] }>('GET', '/v1/numbers/+442079461555/steps')).steps[0]?.['kind'];
  expect(await first(api)).toBe('phone');
  await expect.poll(() => first(second)).toBe('phone');
  await order('restore', 'Out', second);
  expect(await first(second)).toBe('primary');
  await expect.poll(() => first(api)).toBe('primary');
});

/** ETag, If-Match and If-None-Match (RFC 9110, 13.1), and what many writers at once do to one record. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi, PLAN, type Api, type Json } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const plan = (say: string): Json => ({ destinations: [{ to: 'voicemail', say }] });
const etagOf = async (path: string): Promise<string> => (await api.as('admin', 'GET', path)).headers.get('etag') ?? '';

test('a PUT or DELETE with the ETag of an older state is refused and changes nothing', async () => {
  await api.ask('PUT', '/v1/plans/aged', plan('first'));
  const old = await etagOf('/v1/plans/aged');
  await api.ask('PUT', '/v1/plans/aged', plan('second'));
  for (const [method, body] of [['PUT', plan('third')], ['DELETE', undefined]] as const) {
    const answer = await api.as('admin', method, '/v1/plans/aged', body, { 'if-match': old });
    expect([answer.status, answer.body['code']], method).toEqual([412, 'etag_mismatch']);
  }
  expect((await api.as('admin', 'GET', '/v1/plans/aged')).body).toMatchObject(plan('second'));
});

test('with the ETag of now, both are done', async () => {
  await api.ask('PUT', '/v1/plans/current', plan('first'));
  const replaced = await api.as('admin', 'PUT', '/v1/plans/current', plan('second'), { 'if-match': await etagOf('/v1/plans/current') });
  expect(replaced.status).toBe(200);
  expect((await api.as('admin', 'DELETE', '/v1/plans/current', undefined, { 'if-match': replaced.headers.get('etag') ?? '' })).status).toBe(204);
});

test('a condition is not met by another tag, a weak one, a list or rubbish', async () => {
  await api.ask('PUT', '/v1/plans/strict', plan('first'));
  const etag = await etagOf('/v1/plans/strict');
  for (const given of ['"0"', '"999999"', '"aaaaaaaaaaaaaaaaaaaaaa"', `W/${etag}`, etag.replaceAll('"', ''), `${etag}, "3"`, '""', 'rubbish', '"99999999999999999999999999"']) {
    const answer = await api.as('admin', 'PUT', '/v1/plans/strict', plan('second'), { 'if-match': given });
    expect([answer.status, answer.body['code']], given).toEqual([412, 'etag_mismatch']);
  }
  expect(await etagOf('/v1/plans/strict')).toBe(etag);
});

test('If-Match: * replaces what is there and creates nothing; If-None-Match: * creates and replaces nothing', async () => {
  const refused = await api.as('admin', 'PUT', '/v1/plans/starred', plan('first'), { 'if-match': '*' });
  expect(refused.status).toBe(412);
  expect((await api.as('admin', 'PUT', '/v1/plans/starred', plan('first'), { 'if-none-match': '*' })).status).toBe(201);
  expect((await api.as('admin', 'PUT', '/v1/plans/starred', plan('second'), { 'if-none-match': '*' })).status).toBe(412);
  expect((await api.as('admin', 'PUT', '/v1/plans/starred', plan('third'), { 'if-match': '*' })).status).toBe(200);
  expect((await api.as('admin', 'GET', '/v1/plans/starred')).body).toMatchObject(plan('third'));
});

test('a condition on what is not there is not met', async () => {
  expect((await api.as('admin', 'PUT', '/v1/plans/absent', plan('x'), { 'if-match': '"1"' })).status).toBe(412);
  expect((await api.as('admin', 'GET', '/v1/plans/absent')).status).toBe(404);
});

test('of many PUTs with one ETag exactly one is taken', async () => {
  await api.ask('PUT', '/v1/plans/contested', PLAN);
  const ifMatch = await etagOf('/v1/plans/contested');
  const answers = await Promise.all(Array.from({ length: 30 }, (_, at) => api.as('admin', 'PUT', '/v1/plans/contested', plan(`writer ${at}`), { 'if-match': ifMatch })));
  const taken = answers.filter((answer) => answer.status === 200);
  expect(taken).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 412)).toHaveLength(29);
  expect((await api.as('admin', 'GET', '/v1/plans/contested')).body['destinations']).toEqual(taken[0]?.body['destinations']);
});

test('many PUTs without a condition are all taken, and one of them is what is stored', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => api.as('admin', 'PUT', '/v1/plans/busy', plan(`writer ${at}`))));
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(39);
  const etags = answers.map((answer) => answer.headers.get('etag'));
  expect(new Set(etags).size).toBe(40);
  const stored = await api.as('admin', 'GET', '/v1/plans/busy');
  const last = answers.find((answer) => answer.headers.get('etag') === stored.headers.get('etag'));
  expect(stored.body['destinations']).toEqual(last?.body['destinations']);
});

test('of many that create one record with If-None-Match exactly one does', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => api.as('admin', 'PUT', '/v1/plans/once', plan(`writer ${at}`), { 'if-none-match': '*' })));
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 412)).toHaveLength(19);
});

test('a write that is acknowledged is what this process reads next, in the API as in its calls', async () => {
  for (let at = 0; at < 10; at += 1) {
    const number = (await api.as('admin', 'GET', '/v1/numbers?customer=acme')).body['items'] as Json[];
    const path = `/v1/numbers/${encodeURIComponent(String(number[0]?.['number']))}`;
    await api.ask('PUT', '/v1/plans/acme-desk', { customer: 'acme', destinations: [{ to: 'announcement', say: `Take ${at}` }] });
    const { body } = await api.as<{ steps: { say?: string }[] }>('admin', 'GET', `${path}/steps`);
    expect(body.steps.map((step) => step.say)).toContain(`Take ${at}`);
  }
});

test('a plan that changes hands while it is being chosen is never the plan of another: one of the two is refused', async () => {
  const number = '/v1/numbers/+442079461888';
  for (let round = 0; round < 25; round += 1) {
    await api.ask('PUT', number, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    await api.ask('PUT', '/v1/plans/handed', { ...PLAN, customer: 'acme' });
    const [chosen, handed] = await Promise.all([api.as('admin', 'PUT', number, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'handed' }), api.as('admin', 'PUT', '/v1/plans/handed', { ...PLAN, customer: 'globex' })]);
    expect([[200, 409], [422, 200]], `round ${round}`).toContainEqual([chosen.status, handed.status]);
  }
});

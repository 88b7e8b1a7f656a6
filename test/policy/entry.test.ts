/** The destination policy over HTTP: what is refused when it is written, what is warned of, and what is never dialled all the same. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { Redis } from 'ioredis';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT, put as putStored } from '../support/world.ts';

interface Shown {
  code?: string;
  issues?: { at: string; rule?: string; detail: string }[];
  status?: { warnings: { at: string; rule: string; detail: string; count?: number }[] };
}
interface Steps {
  steps: { kind: string; to?: string }[];
  skipped: { to: string; why: string; rule?: string }[];
}

let redis: TestRedis;
let service: RunningService;
let dir: string;
let store: Store;
let connection: Redis;
/** Each test has numbers, plans and customers of its own. */
let current = 0;
let at = (name: string): string => name;

beforeAll(async () => {
  redis = await startTestRedis();
  dir = await mkdtemp(join(tmpdir(), 'rt-policy-'));
  await writeFile(join(dir, 'policy.yaml'), 'destinations: {warnAboveNumbersBehindOne: 2}\n');
  service = await startService({ redis, settings: { POLICY_FILE: join(dir, 'policy.yaml'), WORKERS: 'on' } });
  connection = createFastConnection({ url: redis.url, onError: () => undefined });
  await whenReady(connection);
  store = createStore(connection, { auditKept: 1000 });
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TWILIO_AUTH_TOKEN' } });
});
afterAll(async () => {
  connection.disconnect();
  await service.close();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  current += 1;
  const own = current;
  at = (name) => `${name}${own}`;
  await service.ask('PUT', `/v1/customers/${at('acme')}`, { name: 'Acme' });
  await service.ask('PUT', `/v1/primaries/${at('pbx')}`, { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
});

const london = (line: number): string => `+4420794${String(60_000 + current * 100 + line)}`;
const paris = (line: number): string => `+3314268${String(1000 + current * 100 + line)}`;
const MOBILE = '+447400123456';
const FRENCH = '+33612345678';

const putPlan = (name: string, to: readonly string[], more: object = { customer: at('acme') }, key?: string) => service.request<Shown>('PUT', `/v1/plans/${at(name)}`, { ...more, destinations: to.map((one) => ({ to: one })) }, key);
const putNumber = (number: string, plan?: string, more: object = {}) => service.request<Shown>('PUT', `/v1/numbers/${number}`, { customer: at('acme'), primary: at('pbx'), carrier: 'main', ...(plan === undefined ? {} : { plan: at(plan) }), ...more });
const putCustomer = (more: object, key?: string) => service.request<Shown>('PUT', `/v1/customers/${at('acme')}`, { name: 'Acme', ...more }, key);
const rulesOf = ({ body }: { body: Shown }): (readonly [string, string | undefined])[] => (body.issues ?? []).map(({ at: pointer, rule }) => [pointer, rule] as const);
const warningsOf = ({ body }: { body: Shown }): (readonly [string, string])[] => (body.status?.warnings ?? []).map(({ at: pointer, rule }) => [pointer, rule] as const);
const stepsOf = (number: string): Promise<Steps> => service.ask<Steps>('GET', `/v1/numbers/${number}/steps`);
const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec((await service.request<string>('GET', '/metrics', undefined, null)).body)?.[1] ?? 0);

describe('a plan', () => {
  it.each([
    ['+1911', 'emergency'], ['+44999', 'emergency'], ['911', 'emergency'], ['urn:service:sos', 'emergency'], ['sip:9-911@gw.example.net', 'emergency'], ['sip:%39%31%31@gw.example.net', 'emergency'], ['+1988', 'short-code'], ['+19005551234', 'prefix'],
    ['+449098790000', 'number-kind'], ['+870773111632', 'prefix'], ['sip:19005551234@gw.example.net', 'prefix'], ['sip:desk@10.0.0.1', 'sip-host'], ['sip:desk@localhost', 'sip-host'], ['+80012345678', 'country'],
  ])('with %s is refused by the rule %s, and nothing of it stored', async (to, rule) => {
    const answer = await putPlan('desk', [MOBILE, to, 'voicemail']);
    expect([answer.status, answer.body.code]).toEqual([422, 'destination_refused']);
    expect(rulesOf(answer)).toEqual([['/destinations/1/to', rule]]);
    expect((await service.request('GET', `/v1/plans/${at('desk')}`)).status).toBe(404);
  });

  it('that is only misspelt is told so by the laws of plans', async () => {
    expect((await putPlan('desk', ['+44 7400 123456'])).body.code).toBe('plan_invalid');
    expect((await putPlan('desk', ['07400123456'])).body.code).toBe('plan_invalid');
    expect((await putPlan('desk', ['sip:a b@c'])).body.code).toBe('plan_invalid');
  });

  it('is held to the countries of its customer, which only the provider chooses', async () => {
    expect((await putPlan('desk', [FRENCH])).status).toBe(201);
    expect((await putCustomer({ allowedCountries: ['GB', 'IE'] })).status).toBe(200);
    expect(rulesOf(await putPlan('desk', [MOBILE, FRENCH]))).toEqual([['/destinations/1/to', 'country']]);
    const { key } = await service.ask<{ key: string }>('PUT', `/v1/keys/${at('own')}`, { role: 'admin', customer: at('acme') });
    const answer = await putCustomer({ allowedCountries: ['GB', 'IE', 'FR'] }, key);
    expect([answer.status, answer.body.code]).toEqual([403, 'field_provider_only']);
    expect((await putCustomer({ allowedCountries: ['GB', 'IE'], timeZone: 'Europe/Dublin' }, key)).status).toBe(200);
    expect((await putCustomer({ allowedCountries: ['GB', 'XX'] })).body).toMatchObject({ code: 'country_unknown', issues: [{ at: '/allowedCountries/1' }] });
    expect((await putCustomer({ allowedCountries: ['GB', 'FR'] })).status).toBe(200);
    expect((await putPlan('desk', [MOBILE, FRENCH])).status).toBe(200);
  });

  it('is held to the countries of the numbers that use it: refused when none may call there, a warning when some may not', async () => {
    await putPlan('desk', [MOBILE]);
    await putNumber(london(1), 'desk');
    expect(rulesOf(await putPlan('desk', [MOBILE, FRENCH]))).toEqual([['/destinations/1/to', 'country']]);
    await putPlan('desk2', [FRENCH, 'voicemail']);
    await putNumber(paris(1), 'desk2');
    expect((await putNumber(london(1))).status).toBe(200);
    const shared = await putPlan('desk2', [FRENCH, MOBILE]);
    expect(rulesOf(shared)).toEqual([['/destinations/1/to', 'country']]);
    await putCustomer({ allowedCountries: ['FR', 'GB'] });
    expect((await putPlan('desk2', [FRENCH, MOBILE])).status).toBe(200);
    await putCustomer({});
    const seen = await service.request<Shown>('GET', `/v1/plans/${at('desk2')}`);
    expect(warningsOf(seen)).toEqual([['/destinations/1/to', 'country']]);
  });
});

describe('a number', () => {
  it('gets no plan that leaves it no phone, and one with a phone for it among others', async () => {
    await putPlan('french', [FRENCH, 'voicemail']);
    const answer = await putNumber(london(1), 'french');
    expect([answer.status, rulesOf(answer)]).toEqual([422, [['/plan', 'country']]]);
    await putPlan('both', [FRENCH, MOBILE, 'voicemail']);
    const taken = await putNumber(london(1), 'both');
    expect([taken.status, warningsOf(taken)]).toEqual([201, [['/destinations/0/to', 'country']]]);
    expect(await stepsOf(london(1))).toMatchObject({ skipped: [{ to: FRENCH, why: 'policy', rule: 'country' }] });
    expect((await stepsOf(london(1))).steps.map(({ to }) => to)).toEqual([expect.stringContaining('pbx.example.net'), MOBILE, undefined]);
  });

  it('keeps what was stored before the policy was made, and nobody dials it', async () => {
    await putStored(store, 'plans', at('old'), { customer: at('acme'), destinations: [{ to: '+19005551234' }, { to: 'sip:911@gw.example.net' }, { to: MOBILE }] });
    expect(rulesOf(await putNumber(london(1), 'old'))).toEqual([['/plan', 'prefix'], ['/plan', 'emergency']]);
    await putStored(store, 'numbers', london(1), { customer: at('acme'), primary: at('pbx'), carrier: 'main', plan: at('old') });
    await vi.waitFor(async () => expect((await stepsOf(london(1))).steps).toHaveLength(3));
    const { steps, skipped } = await stepsOf(london(1));
    expect(steps.map(({ to }) => to).slice(1)).toEqual([MOBILE, undefined]);
    expect(skipped).toEqual([{ to: '+19005551234', why: 'policy', rule: 'prefix' }, { to: 'sip:911@gw.example.net', why: 'policy', rule: 'emergency' }]);
    // Other fields of the number may still be put right.
    expect((await putNumber(london(1), 'old', { carrierRef: 'PN1' })).status).toBe(200);
    expect(warningsOf(await service.request<Shown>('GET', `/v1/plans/${at('old')}`))).toEqual(expect.arrayContaining([['/destinations/0/to', 'prefix'], ['/destinations/1/to', 'emergency']]));
  });
});

describe('a loop', () => {
  /** Two numbers: the first leads to the second, whose plan is still harmless. */
  async function halfALoop(): Promise<void> {
    await putPlan('there', [london(2), 'voicemail']);
    await putPlan('back', [london(1), 'voicemail']);
    await putPlan('quiet', ['voicemail']);
    expect((await putNumber(london(2), 'quiet')).status).toBe(201);
    expect((await putNumber(london(1), 'there')).status).toBe(201);
  }

  it('is refused where it is closed: by a number', async () => {
    await halfALoop();
    expect(rulesOf(await putNumber(london(2), 'back'))).toEqual([['/plan', 'loop']]);
  });

  it('by a plan, also over a SIP address', async () => {
    await halfALoop();
    expect(rulesOf(await putPlan('quiet', [`sip:${london(1)}@carrier.example.net`, MOBILE]))).toEqual([['/destinations/0/to', 'loop']]);
  });

  it("by a customer's default, and by the provider's", async () => {
    await halfALoop();
    await putNumber(london(2));
    expect(rulesOf(await putCustomer({ defaultPlan: at('back') }))).toEqual([['/defaultPlan', 'loop']]);
    await putPlan('everybody', [london(1)], {});
    const provider = await service.request<Shown>('PUT', '/v1/provider', { defaultPlan: at('everybody') });
    expect(rulesOf(provider)).toEqual([['/defaultPlan', 'loop']]);
  });

  it("by a number that falls to a default, also in an import, and by a customer that falls to the provider's", async () => {
    await putPlan('all', [london(1), 'voicemail']);
    await putPlan('quiet', ['voicemail']);
    await putNumber(london(1), 'quiet');
    expect((await putCustomer({ defaultPlan: at('all') })).status).toBe(200);
    expect(rulesOf(await putNumber(london(1)))).toEqual([['/plan', 'loop']]);
    expect((await putNumber(london(2))).status).toBe(201);
    const csv = `number,customer,primary,carrier,plan\n${london(1)},${at('acme')},${at('pbx')},main,\n${london(3)},${at('acme')},${at('pbx')},main,\n`;
    const { id } = await service.request<{ id: string }>('POST', '/v1/imports', csv, undefined, { 'content-type': 'text/csv' }).then(({ body }) => body);
    await vi.waitFor(async () => expect(await service.ask('GET', `/v1/imports/${id}`)).toMatchObject({ state: 'done', created: 1, rejected: 1, rejectedRows: [{ line: 2, code: 'destination_refused' }] }), { timeout: 20_000 });
    const putOther = (more: object) => service.request<Shown>('PUT', `/v1/customers/${at('other')}`, { name: 'Other', ...more });
    await putOther({});
    await putPlan('own', ['voicemail'], { customer: at('other') });
    await putPlan('everybody', [london(4)], {});
    await putOther({ defaultPlan: at('own') });
    await putNumber(london(4), undefined, { customer: at('other') });
    expect((await service.request('PUT', '/v1/provider', { defaultPlan: at('everybody') })).status).toBe(200);
    expect(rulesOf(await putOther({}))).toEqual([['/defaultPlan', 'loop']]);
    await service.ask('PUT', '/v1/provider', {});
  });

  it('that was stored all the same is never dialled', async () => {
    await halfALoop();
    await putStored(store, 'numbers', london(2), { customer: at('acme'), primary: at('pbx'), carrier: 'main', plan: at('back') });
    await vi.waitFor(async () => expect((await stepsOf(london(1))).skipped).toEqual([{ to: london(2), why: 'policy', rule: 'loop' }]));
    expect((await stepsOf(london(2))).skipped).toEqual([{ to: london(1), why: 'policy', rule: 'loop' }]);
    expect(warningsOf(await service.request<Shown>('GET', `/v1/plans/${at('back')}`))).toContainEqual(['/destinations/0/to', 'loop']);
  });
});

describe('warnings', () => {
  it('tell of our own numbers, of the same primary, and of one destination behind many numbers', async () => {
    await putNumber(london(9));
    await putPlan('desk', [london(9), 'sip:desk@pbx.example.net', MOBILE, 'voicemail']);
    for (const line of [1, 2, 3]) await putNumber(london(line), 'desk');
    const { body } = await service.request<Shown>('GET', `/v1/plans/${at('desk')}`);
    expect(warningsOf({ body })).toEqual([
      ['/destinations/0/to', 'managed-number'], ['/destinations/0/to', 'same-fate'], ['/destinations/0/to', 'many-numbers'],
      ['/destinations/1/to', 'same-fate'], ['/destinations/1/to', 'many-numbers'],
      ['/destinations/2/to', 'many-numbers'],
    ]);
    expect(body.status?.warnings.find(({ rule, at: pointer }) => rule === 'many-numbers' && pointer === '/destinations/0/to')?.count).toBe(3);
  });

  it("say nothing of others' numbers to a customer's key", async () => {
    await service.ask('PUT', `/v1/customers/${at('globex')}`, { name: 'Globex' });
    await putNumber(london(9), undefined, { customer: at('globex') });
    await putPlan('theirs', [MOBILE], { customer: at('globex') });
    for (const line of [4, 5, 6]) await putNumber(london(line), 'theirs', { customer: at('globex') });
    await putPlan('desk', [london(9), MOBILE]);
    await putNumber(london(1), 'desk');
    const { key } = await service.ask<{ key: string }>('PUT', `/v1/keys/${at('own')}`, { role: 'viewer', customer: at('acme') });
    expect(warningsOf(await service.request<Shown>('GET', `/v1/plans/${at('desk')}`, undefined, key))).toEqual([]);
    const all = warningsOf(await service.request<Shown>('GET', `/v1/plans/${at('desk')}`));
    expect(all).toEqual(expect.arrayContaining([['/destinations/0/to', 'managed-number'], ['/destinations/1/to', 'many-numbers']]));
  });
});

test('rows of an import are held to the same policy', async () => {
  await putPlan('french', [FRENCH, 'voicemail']);
  await putStored(store, 'plans', at('old'), { customer: at('acme'), destinations: [{ to: '+19005551234' }] });
  await putPlan('there', [london(2)]);
  await putPlan('back', [london(1)]);
  const rows = [[london(1), 'there'], [london(2), 'back'], [london(3), 'french'], [london(4), 'old'], [paris(1), 'french']];
  const csv = ['number,customer,primary,carrier,plan', ...rows.map(([number, plan]) => `${number},${at('acme')},${at('pbx')},main,${at(plan ?? '')}`)].join('\n');
  const { id } = await service.request<{ id: string }>('POST', '/v1/imports', csv, undefined, { 'content-type': 'text/csv' }).then(({ body }) => body);
  const report = () => service.ask<{ state: string; rejected: number; rejectedRows?: { line: number; code: string; detail: string }[] }>('GET', `/v1/imports/${id}`);
  await vi.waitFor(async () => expect((await report()).state).toBe('done'), { timeout: 20_000 });
  const text = JSON.stringify(await report()) + JSON.stringify((await service.request('GET', `/v1/imports/${id}/rejected`)).body);
  expect((await report()).rejected).toBe(4);
  expect(text).toContain('destination_refused');
  expect((await service.request('GET', `/v1/numbers/${paris(1)}`)).status).toBe(200);
  for (const line of [1, 2, 3, 4]) expect((await service.request('GET', `/v1/numbers/${london(line)}`)).status).toBe(404);
});

test('another policy is in force without a restart; what it refuses is left out of the next call', async () => {
  await putPlan('desk', ['+447911123456', MOBILE]);
  await putCustomer({ allowedCountries: ['GB', 'GG'] });
  await putNumber(london(1), 'desk');
  expect((await stepsOf(london(1))).skipped).toEqual([]);
  await writeFile(join(dir, 'policy.yaml'), 'destinations:\n  warnAboveNumbersBehindOne: 2\n  refusedPrefixes: [{prefix: "+44791", why: a test}]\n');
  await vi.waitFor(async () => expect((await stepsOf(london(1))).skipped).toEqual([{ to: '+447911123456', why: 'policy', rule: 'prefix' }]), { timeout: 10_000 });
  expect((await putPlan('desk', ['+447911123456'])).body.code).toBe('destination_refused');
  await writeFile(join(dir, 'policy.yaml'), 'destinations: {warnAboveNumbersBehindOne: many}\n');
  await vi.waitFor(async () => expect(await metric('ringthrough_policy_file_good')).toBe(0), { timeout: 10_000 });
  expect((await stepsOf(london(1))).skipped).toHaveLength(1);
  await writeFile(join(dir, 'policy.yaml'), 'destinations: {warnAboveNumbersBehindOne: 2}\n');
  await vi.waitFor(async () => expect((await stepsOf(london(1))).skipped).toEqual([]), { timeout: 10_000 });
});

test('a diversion tells which destinations were changed shortly before, and by whom', async () => {
  await putPlan('desk', [MOBILE]);
  await putPlan('unused', [MOBILE]);
  await putNumber(london(1), 'desk');
  const { key } = await service.ask<{ key: string }>('PUT', `/v1/keys/${at('own')}`, { role: 'admin', customer: at('acme') });
  await putPlan('desk', ['+447400123457'], { customer: at('acme') }, key);
  const before = await metric('ringthrough_destinations_changed_before_diversion_total');
  interface Turned { changed: boolean; recentChanges?: { subject: string; by: { key: string }; count?: number }[] }
  const divert = () => service.ask<Turned>('POST', `/v1/primaries/${at('pbx')}/divert`, { reason: 'a test' });
  const { recentChanges = [] } = await divert();
  expect(recentChanges.map(({ subject, by, count }) => [subject, by.key, count])).toEqual([[`plans/${at('desk')}`, at('own'), undefined], ['numbers', 'admin', 1], [`plans/${at('desk')}`, 'admin', undefined]]);
  expect(await metric('ringthrough_destinations_changed_before_diversion_total')).toBe(before + 3);
  const line = service.lines.find((one) => one.includes('shortly before this diversion')) ?? '';
  expect(line).toContain(at('own'));
  expect(line).not.toContain(london(1).slice(1));
  expect(await divert()).toMatchObject({ changed: false });
  expect(await divert()).not.toHaveProperty('recentChanges');
});

/** Secrets of carriers: references as they are, everything else encrypted; never readable back, in no trail, kept when what was read is sent back. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type Answer, type RunningService } from '../support/service.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { london, openApi, type Api, type Json } from './api.ts';

const LITERAL = 'literal-token-0123456789abcdef';
/** Of a subscriber: 24 bytes in Base64. */
const WHSEC = `whsec_${'c2VjcmV0'.repeat(4)}`;
const NEXT = 'next-token-fedcba9876543210';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const carrier = (credentials: Json): Json => ({ kind: 'twilio', credentials: { accountSid: ACCOUNT, ...credentials } });
let calls = 0;
function called(id: string, token: string, service: RunningService = api): Promise<Answer<Json>> {
  const { path, headers, body } = signedWebhook(service.publicBaseUrl, `/webhooks/${id}/voice`, callParams(callSid((calls += 1)), london(1)), token);
  return service.request('POST', path, body, null, headers);
}

/** Everything that Redis was ever told, as it lies on disk. */
function onDisk(): string {
  const folder = join(api.redis.dir, 'appendonlydir');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1')).join('\n');
}

describe('a secret that is given as it is', () => {
  test('is used, and nowhere to be read', async () => {
    const put = await api.as('admin', 'PUT', '/v1/carriers/literal', carrier({ authToken: LITERAL, nextAuthToken: NEXT }));
    expect(put.status).toBe(201);
    expect((await called('literal', LITERAL)).status).toBe(200);
    expect((await called('literal', NEXT)).status).toBe(200);
    expect((await called('literal', 'another')).body['code']).toBe('webhook_forged');
    const answers = [put, await api.as('admin', 'GET', '/v1/carriers/literal'), await api.as('admin', 'GET', '/v1/carriers'), await api.as('admin', 'GET', '/v1/audit?limit=1000'), await api.as('admin', 'DELETE', '/v1/customers/nothing')];
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/literal-token|next-token|enc:v1/);
    expect(put.body['credentials']).toEqual({ accountSid: ACCOUNT, authToken: '(encrypted)', nextAuthToken: '(encrypted)' });
    const disk = onDisk();
    expect(disk).toContain('enc:v1:');
    for (const secret of [LITERAL, NEXT]) for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')]) expect(disk).not.toContain(form);
  });

  test('is kept when what was read is sent back, also with another change', async () => {
    const read = (await api.as('admin', 'GET', '/v1/carriers/literal')).body;
    const same = await api.as('admin', 'PUT', '/v1/carriers/literal', read);
    expect([same.status, same.body['etag']]).toEqual([200, read['etag']]);
    const renamed = await api.as('admin', 'PUT', '/v1/carriers/literal', { ...read, name: 'Renamed' });
    expect([renamed.status, renamed.body['name']]).toEqual([200, 'Renamed']);
    expect((await called('literal', LITERAL)).status).toBe(200);
    expect((await called('literal', NEXT)).status).toBe(200);
  });

  test('is not kept for another baseUrl, to which it would be sent', async () => {
    const read = (await api.as('admin', 'GET', '/v1/carriers/literal')).body;
    const moved = await api.as('admin', 'PUT', '/v1/carriers/literal', { ...read, baseUrl: 'https://elsewhere.example.net' });
    expect([moved.status, moved.body['code']]).toEqual([422, 'secret_reference_invalid']);
    expect((await api.as('admin', 'GET', '/v1/carriers/literal')).body['etag']).toBe(read['etag']);
  });

  test('is rotated: the next one takes its place, and the old one is forged from then on', async () => {
    await api.ask('PUT', '/v1/carriers/literal', carrier({ authToken: NEXT }));
    expect((await called('literal', NEXT)).status).toBe(200);
    expect((await called('literal', LITERAL)).body['code']).toBe('webhook_forged');
    expect((await api.as('admin', 'GET', '/v1/carriers/literal')).body['credentials']).toEqual({ accountSid: ACCOUNT, authToken: '(encrypted)' });
  });

  test('is encrypted anew each time: two alike do not look alike', async () => {
    await api.ask('PUT', '/v1/carriers/twin-one', carrier({ authToken: LITERAL }));
    await api.ask('PUT', '/v1/carriers/twin-two', carrier({ authToken: LITERAL }));
    const sealed = [...onDisk().matchAll(/"authToken":"(enc:v1:[^"]+)"/g)].map(([, text]) => text);
    expect(sealed.length).toBeGreaterThan(2);
    // Each is in the record and in the change stream.
    for (const text of sealed) expect(sealed.filter((other) => other === text).length).toBeLessThanOrEqual(4);
  });

  test('is one also when it looks like an encrypted one', async () => {
    await api.ask('PUT', '/v1/carriers/lookalike', carrier({ authToken: 'enc:v1:not-encrypted-at-all' }));
    expect((await called('lookalike', 'enc:v1:not-encrypted-at-all')).status).toBe(200);
    expect(onDisk()).not.toContain('not-encrypted-at-all');
  });
});

describe('a reference', () => {
  test('to a variable or a file is shown as it is, and resolved by each process', async () => {
    const path = join(api.redis.dir, 'token.txt');
    writeFileSync(path, `${NEXT}\n`);
    process.env['RINGTHROUGH_TEST_TOKEN'] = LITERAL;
    const put = await api.as('admin', 'PUT', '/v1/carriers/referring', carrier({ authToken: 'env:RINGTHROUGH_TEST_TOKEN', nextAuthToken: `file:${path}` }));
    delete process.env['RINGTHROUGH_TEST_TOKEN'];
    expect(put.body['credentials']).toEqual({ accountSid: ACCOUNT, authToken: 'env:RINGTHROUGH_TEST_TOKEN', nextAuthToken: `file:${path}` });
    expect((await called('referring', LITERAL)).status).toBe(200);
    expect((await called('referring', NEXT)).status).toBe(200);
    for (const secret of [LITERAL, NEXT]) expect(onDisk()).not.toContain(secret);
  });

  test.each(['env:RINGTHROUGH_NO_SUCH_VARIABLE', 'file:/no/such/file', 'file:/'])('that leads nowhere lets nothing in, and says so: %s', async (authToken) => {
    expect((await api.as('admin', 'PUT', '/v1/carriers/dangling', carrier({ authToken }))).status).toBeLessThan(300);
    for (const token of ['', LITERAL]) {
      const answer = await called('dangling', token);
      expect([answer.status, answer.body['code']]).toEqual([503, 'carrier_secret_missing']);
    }
  });

  test.each(['env:', 'file:', '(encrypted)', 'env:SECRET_KEY', 'env:REDIS_URL', 'env:RINGTHROUGH_ADMIN_KEY'])('that cannot be one is refused: %s', async (authToken) => {
    const answer = await api.as('admin', 'PUT', '/v1/carriers/none', carrier({ authToken }));
    expect([answer.status, answer.body['code']]).toEqual([422, 'secret_reference_invalid']);
    expect((await api.as('admin', 'GET', '/v1/carriers/none')).status).toBe(404);
  });
});

describe('the secret of a source of alerts', () => {
  const source = (more: Json = {}): Json => ({ kind: 'statuspage', secret: LITERAL, map: [], ...more });
  const posted = (id: string, secret: string, service: RunningService = api) => service.request<Json>('POST', `/intake/${id}/${secret}`, '{"incident":{"id":"x","status":"resolved"}}', null);

  test('is used, also in an address, and nowhere to be read; what was read can be sent back', async () => {
    const put = await api.as('admin', 'PUT', '/v1/sources/literal', source({ nextSecret: NEXT }));
    expect([put.status, put.body['secret'], put.body['nextSecret']]).toEqual([201, '(encrypted)', '(encrypted)']);
    for (const secret of [LITERAL, NEXT]) expect((await posted('literal', secret)).status).toBe(200);
    const read = (await api.as('admin', 'GET', '/v1/sources/literal')).body;
    expect((await api.as('admin', 'PUT', '/v1/sources/literal', { ...read, name: 'Renamed' })).status).toBe(200);
    expect((await posted('literal', NEXT)).status).toBe(200);
    expect((await posted('literal', `${LITERAL}x`)).body['code']).toBe('alert_unproved');
    const answers = [put, await api.as('admin', 'GET', '/v1/sources'), await api.as('admin', 'GET', '/v1/audit?limit=1000'), await api.request('GET', '/metrics', undefined, null)];
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/literal-token|next-token|enc:v1/);
    expect(onDisk()).not.toContain(LITERAL);
    expect(api.lines.join('')).not.toMatch(/literal-token|next-token/);
  });

  test('is not kept for another kind, which may show it elsewhere', async () => {
    const read = (await api.as('admin', 'GET', '/v1/sources/literal')).body;
    const turned = await api.as('admin', 'PUT', '/v1/sources/literal', { ...read, kind: 'alertmanager' });
    expect([turned.status, turned.body['code']]).toEqual([422, 'secret_reference_invalid']);
  });

  test.each([{ secret: 'short' }, { secret: 'has/a-slash/in/it-0123456789' }, { nextSecret: 'short' }, { kind: 'heartbeat' }, { kind: 'heartbeat', expectEverySeconds: 60, map: [{ match: { a: 'b' }, primary: 'pbx' }] }, { kind: 'generic', secret: 'whsec_not base64 at all' }])('is refused when it breaks a rule: %j', async (more) => {
    const answer = await api.as('admin', 'PUT', '/v1/sources/none', source(more));
    expect([answer.status, answer.body['code']]).toEqual([422, 'source_invalid']);
  });

  test.each(['env:', 'env:SECRET_KEY', '(encrypted)'])('cannot be %s', async (secret) => {
    const answer = await api.as('admin', 'PUT', '/v1/sources/none', source({ secret }));
    expect([answer.status, answer.body['code']]).toEqual([422, 'secret_reference_invalid']);
  });
});

describe('another SECRET_KEY', () => {
  let other: RunningService;
  beforeAll(async () => {
    await api.ask('PUT', '/v1/carriers/locked', carrier({ authToken: LITERAL }));
    other = await startService({ redis: api.redis, settings: { WORKERS: 'off', SECRET_KEY: 'a7'.repeat(32) } });
  });
  afterAll(() => other.close());

  test('opens nothing: the carrier is refused, all else works, and the log says why', async () => {
    const answer = await called('locked', LITERAL, other);
    expect([answer.status, answer.body['code']]).toEqual([503, 'carrier_secret_missing']);
    expect((await other.request('GET', '/v1/carriers/locked')).status).toBe(200);
    expect(other.lines.join('')).toContain('SECRET_KEY is not the one it was stored with');
    expect(other.lines.join('')).not.toContain(LITERAL);
    expect((await called('locked', LITERAL)).status).toBe(200);
  });
});

describe('SECRET_KEY is replaced', () => {
  const [OLD, NEW] = ['5e'.repeat(32), 'c4'.repeat(32)];
  const open: RunningService[] = [];
  const start = async (settings: { SECRET_KEY: string; SECRET_KEY_OTHER?: string }): Promise<RunningService> => {
    const service = await startService({ redis: api.redis, settings: { WORKERS: 'off', ...settings } });
    open.push(service);
    return service;
  };
  afterAll(() => Promise.all(open.map((service) => service.close())));

  test('one process after the other: every call is answered on the way, and in the end nothing needs the old key', async () => {
    await api.ask('PUT', '/v1/carriers/moving', carrier({ authToken: LITERAL, nextAuthToken: NEXT }));
    await api.ask('PUT', '/v1/sources/moving', { kind: 'alertmanager', secret: LITERAL, map: [] });
    await api.ask('PUT', '/v1/subscribers/moving', { url: 'https://pbx.example.net/', secret: WHSEC, oldSecrets: [WHSEC] });
    await api.ask('PUT', '/v1/carriers/staying', carrier({ authToken: 'env:RINGTHROUGH_TEST_STAYING' }));
    const before = onDisk().match(/enc:v1:[\w+/=]+/g) ?? [];
    const both = await start({ SECRET_KEY: OLD, SECRET_KEY_OTHER: NEW });
    const answered = async (services: readonly RunningService[]): Promise<void> => {
      for (const service of services) for (const token of [LITERAL, NEXT]) await expect.poll(async () => (await called('moving', token, service)).status).toBe(200);
    };
    await answered([api, both]);
    expect(both.lines.join('')).toContain('"carriers":0');
    const replaced = await start({ SECRET_KEY: NEW, SECRET_KEY_OTHER: OLD });
    expect(replaced.lines.join('')).toMatch(/"carriers":[1-9]\d*,"sources":[1-9]\d*,"receivers":\d+,"subscribers":1/);
    await answered([both, replaced]);
    const alone = await start({ SECRET_KEY: NEW });
    await answered([alone]);
    expect((await alone.request('POST', '/intake/moving', { alerts: [] }, null, { authorization: `Bearer ${LITERAL}` })).status).toBe(200);
    expect((await alone.ask<Json>('GET', '/v1/carriers/staying'))['credentials']).toEqual({ accountSid: ACCOUNT, authToken: 'env:RINGTHROUGH_TEST_STAYING' });
    // A second one finds nothing to do; and what was written is in the trail, without the secrets.
    expect((await start({ SECRET_KEY: NEW, SECRET_KEY_OTHER: OLD })).lines.join('')).toContain('"carriers":0');
    const { items } = await alone.ask<{ items: Json[] }>('GET', '/v1/audit?limit=1000');
    expect(items.filter(({ action }) => action === 'carriers.reseal').map(({ changes }) => (changes as Json[])[0])).toContainEqual({ subject: 'carriers/moving', before: {}, after: {} });
    for (const line of open.flatMap(({ lines }) => lines)) for (const sealed of before) expect(line).not.toContain(sealed);
  });
});

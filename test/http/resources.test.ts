/** What holds for every kind of record over HTTP: its life, its round trip, what is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CARRIER, london, openApi, PLAN, PRIMARY, type Api, type Json } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

interface Kind {
  path: string;
  id: string;
  body: Json;
  /** Another body that the record may have. */
  changed: Json;
  /** A body whose field, by JSON pointer, is not as it must be. */
  wrong: [at: string, body: Json][];
  idName?: string;
}

const NUMBER = { customer: 'acme', primary: 'pbx', carrier: 'main' };
const text = (length: number): string => 'x'.repeat(length);

const KINDS: Record<string, Kind> = {
  customers: {
    path: '/v1/customers',
    id: 'initech',
    body: { name: 'Initech', class: 'critical', timeZone: 'Europe/London' },
    changed: { name: 'Initech Ltd', class: 'low' },
    wrong: [['/name', { name: 3 }], ['/name', { name: '' }], ['/name', {}], ['/name', { name: text(201) }], ['/class', { name: 'x', class: 'vip' }], ['/defaultPlan', { name: 'x', defaultPlan: 'No Id' }], ['/timeZone', { name: 'x', timeZone: '' }]],
  },
  carriers: {
    path: '/v1/carriers',
    id: 'second',
    body: { ...CARRIER, name: 'Second' },
    changed: { ...CARRIER, baseUrl: 'https://api.example.net' },
    wrong: [['/kind', { ...CARRIER, kind: 'acme' }], ['/credentials', { kind: 'twilio' }], ['/credentials/accountSid', { kind: 'twilio', credentials: { accountSid: 'AC1', authToken: 'env:X' } }], ['/credentials/authToken', { kind: 'twilio', credentials: { accountSid: `AC${'0'.repeat(32)}` } }], ['/baseUrl', { ...CARRIER, baseUrl: 'ftp://x' }], ['/fallbackUrl', { ...CARRIER, fallbackUrl: 'http://plain.example.net' }]],
  },
  primaries: {
    path: '/v1/primaries',
    id: 'pbx2',
    body: { ...PRIMARY, ringSeconds: 30 },
    changed: { ...PRIMARY, kind: 'carrier', name: 'The other' },
    wrong: [['/kind', { ...PRIMARY, kind: 'phone' }], ['/target', { kind: 'pbx' }], ['/target', { ...PRIMARY, target: 'tel:+1' }], ['/ringSeconds', { ...PRIMARY, ringSeconds: 9 }], ['/ringSeconds', { ...PRIMARY, ringSeconds: '30' }], ['/ringSeconds', { ...PRIMARY, ringSeconds: 30.5 }]],
  },
  plans: {
    path: '/v1/plans',
    id: 'night',
    body: { ...PLAN, customer: 'acme', name: 'Night', timeZone: 'Europe/London', language: 'en-GB', followOn: ['busy', 'no-answer'], failOpen: false },
    changed: { customer: 'acme', destinations: [{ to: 'sip:desk@backup.example.net', hours: 'Mo-Fr 09:00-17:30', maxCalls: 2 }] },
    wrong: [['/destinations', {}], ['/destinations', { destinations: [] }], ['/destinations', { destinations: 'voicemail' }], ['/destinations/0/to', { destinations: [{ to: 3 }] }], ['/destinations/0/ringSeconds', { destinations: [{ to: '+447400123456', ringSeconds: 500 }] }], ['/followOn', { ...PLAN, followOn: ['busy', 'busy'] }], ['/failOpen', { ...PLAN, failOpen: 'no' }]],
  },
  numbers: {
    path: '/v1/numbers',
    id: london(500),
    idName: 'number',
    body: { ...NUMBER, plan: 'acme-desk', carrierRef: 'PN1' },
    changed: { ...NUMBER, divertBy: 'call' },
    wrong: [['/customer', { primary: 'pbx', carrier: 'main' }], ['/primary', { ...NUMBER, primary: 'PBX' }], ['/plan', { ...NUMBER, plan: null }], ['/carrierRef', { ...NUMBER, carrierRef: 'has space' }], ['/divertBy', { ...NUMBER, divertBy: 'fax' }]],
  },
  keys: {
    path: '/v1/keys',
    id: 'night-desk',
    body: { role: 'operator', name: 'Night desk', expiresAt: '2099-01-01T00:00:00Z' },
    changed: { role: 'viewer', customer: 'acme' },
    wrong: [['/role', {}], ['/role', { role: 'root' }], ['/customer', { role: 'viewer', customer: '*' }], ['/expiresAt', { role: 'viewer', expiresAt: 'tomorrow' }], ['/expiresAt', { role: 'viewer', expiresAt: 1_700_000_000_000 }], ['/hash', { role: 'viewer', hash: 'a'.repeat(64) }], ['/key', { role: 'viewer', key: 'mine' }]],
  },
};

const names = Object.keys(KINDS);
const kindOf = (name: string): Kind => KINDS[name] as Kind;
const place = ({ path, id }: Kind): string => `${path}/${encodeURIComponent(id)}`;
const subjects = async (): Promise<number> => (await api.as<{ items: unknown[] }>('admin', 'GET', '/v1/audit?limit=1000')).body.items.length;

describe.each(names)('%s', (name) => {
  const kind = kindOf(name);
  const at = place(kind);
  const idName = kind.idName ?? 'id';

  test('a record is created, read, listed, replaced and deleted', async () => {
    const created = await api.as('admin', 'PUT', at, kind.body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ ...kind.body, [idName]: kind.id });
    expect(created.headers.get('etag')).toBe(created.body['etag']);

    const read = await api.as('admin', 'GET', at);
    expect(read.status).toBe(200);
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(read.body).toMatchObject({ ...kind.body, [idName]: kind.id, etag: created.body['etag'] });

    const listed = await api.as<{ items: Json[] }>('admin', 'GET', `${kind.path}?limit=1000`);
    const { status: _status, ...stored } = read.body;
    // Keys alone have their status in the list, too.
    expect(listed.body.items).toContainEqual(name === 'keys' ? read.body : stored);

    const replaced = await api.as('admin', 'PUT', at, kind.changed);
    expect(replaced.status).toBe(200);
    expect(replaced.headers.get('etag')).not.toBe(created.headers.get('etag'));
    const after = await api.as('admin', 'GET', at);
    const { status: _s, etag: _e, [idName]: _i, ...fields } = after.body;
    expect(fields).toEqual(kind.changed);

    const deleted = await api.as('admin', 'DELETE', at);
    expect([deleted.status, deleted.body]).toEqual([204, '']);
    expect((await api.as('admin', 'GET', at)).status).toBe(404);
    expect((await api.as('admin', 'DELETE', at)).body['code']).toBe('not_found');
    const listedAfter = await api.as<{ items: Json[] }>('admin', 'GET', `${kind.path}?limit=1000`);
    expect(listedAfter.body.items.map((item) => item[idName])).not.toContain(kind.id);
  });

  test('what GET answers can be sent back as it is, and changes nothing', async () => {
    await api.as('admin', 'PUT', at, kind.body);
    const read = await api.as('admin', 'GET', at);
    const audited = await subjects();
    const back = await api.as('admin', 'PUT', at, read.body, { 'if-match': read.headers.get('etag') ?? '' });
    expect(back.status).toBe(200);
    expect(back.headers.get('etag')).toBe(read.headers.get('etag'));
    expect(back.body).toEqual(read.body);
    expect(await subjects()).toBe(audited);
  });

  test('an unknown field is refused by its name', async () => {
    const answer = await api.as('admin', 'PUT', at, { ...kind.body, colour: 'red' });
    expect([answer.status, answer.body['code']]).toEqual([400, 'request_invalid']);
    expect(answer.body['issues']).toEqual([{ at: '/colour', detail: 'unknown field' }]);
  });

  test('a field that is not as it must be is refused by its place, and nothing is written', async () => {
    const before = (await api.as('admin', 'GET', at)).body['etag'];
    for (const [field, body] of kind.wrong) {
      const answer = await api.as<{ code: string; issues: { at: string }[] }>('admin', 'PUT', at, body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([400, 'request_invalid']);
      expect(answer.body.issues.map((issue) => issue.at), JSON.stringify(body)).toContain(field);
    }
    expect((await api.as('admin', 'GET', at)).body['etag']).toBe(before);
  });

  test('a body that is no object is refused', async () => {
    for (const body of ['[]', 'null', '3', '"text"']) expect((await api.as('admin', 'PUT', at, body)).body['code'], body).toBe('request_invalid');
  });

  test('an id that none can be is refused', async () => {
    for (const bad of ['UPPER', '-dash', 'sp ace', 'a'.repeat(65), 'ünï', '%00', '..', '*']) {
      const answer = await api.as('admin', 'PUT', `${kind.path}/${encodeURIComponent(bad)}`, kind.body);
      expect([400, 404], bad).toContain(answer.status);
      expect(['request_invalid', 'number_invalid', 'route_unknown'], bad).toContain(answer.body['code']);
    }
  });

  test('HEAD has the headers of GET and no body', async () => {
    const headers = { authorization: `Bearer ${api.adminKey}` };
    const got = await api.app.inject({ method: 'GET', url: at, headers });
    const head = await api.app.inject({ method: 'HEAD', url: at, headers });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(head.headers['etag']).toBe(got.headers['etag']);
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
  });
});

describe('references', () => {
  const unknown: [path: string, body: Json, subject: string][] = [
    ['/v1/customers/lost', { name: 'x', defaultPlan: 'nowhere' }, 'plans/nowhere'],
    ['/v1/plans/lost', { ...PLAN, customer: 'nobody' }, 'customers/nobody'],
    ['/v1/keys/lost', { role: 'viewer', customer: 'nobody' }, 'customers/nobody'],
    [`/v1/numbers/${london(501)}`, { ...NUMBER, customer: 'nobody' }, 'customers/nobody'],
    [`/v1/numbers/${london(501)}`, { ...NUMBER, primary: 'nothing' }, 'primaries/nothing'],
    [`/v1/numbers/${london(501)}`, { ...NUMBER, carrier: 'nothing' }, 'carriers/nothing'],
    [`/v1/numbers/${london(501)}`, { ...NUMBER, plan: 'nowhere' }, 'plans/nowhere'],
    ['/v1/provider', { defaultPlan: 'nowhere' }, 'plans/nowhere'],
  ];

  test.each(unknown)('%s that refers to nothing is refused: %j', async (path, body, subject) => {
    const answer = await api.as('admin', 'PUT', path, body);
    expect([answer.status, answer.body['code']]).toEqual([422, 'reference_unknown']);
    expect(answer.body['detail']).toContain(subject);
    if (path !== '/v1/provider') expect((await api.as('admin', 'GET', path)).status).toBe(404);
  });

  test('what others refer to cannot be deleted, until they no longer do', async () => {
    const put = (path: string, body: Json) => api.ask('PUT', path, body);
    await put('/v1/customers/umbrella', { name: 'Umbrella' });
    await put('/v1/carriers/third', CARRIER);
    await put('/v1/primaries/pbx3', PRIMARY);
    await put('/v1/plans/umbrella-desk', { ...PLAN, customer: 'umbrella' });
    await put(`/v1/numbers/${london(502)}`, { customer: 'umbrella', primary: 'pbx3', carrier: 'third', plan: 'umbrella-desk' });
    const referred = ['/v1/plans/umbrella-desk', '/v1/primaries/pbx3', '/v1/carriers/third', '/v1/customers/umbrella'];
    for (const path of referred) {
      const answer = await api.as('admin', 'DELETE', path);
      expect([answer.status, answer.body['code']], path).toEqual([409, 'in_use']);
    }
    expect((await api.as('admin', 'DELETE', `/v1/numbers/${london(502)}`)).status).toBe(204);
    for (const path of referred) expect((await api.as('admin', 'DELETE', path)).status, path).toBe(204);
  });

  test("a default plan keeps a plan from being deleted: a customer's and the provider's", async () => {
    await api.ask('PUT', '/v1/plans/fallback', PLAN);
    await api.ask('PUT', '/v1/provider', { defaultPlan: 'fallback' });
    expect((await api.as('admin', 'DELETE', '/v1/plans/fallback')).body['code']).toBe('in_use');
    await api.ask('PUT', '/v1/customers/acme', { name: 'acme', defaultPlan: 'fallback' });
    await api.ask('PUT', '/v1/provider', {});
    expect((await api.as('admin', 'DELETE', '/v1/plans/fallback')).body['code']).toBe('in_use');
    await api.ask('PUT', '/v1/customers/acme', { name: 'acme' });
    expect((await api.as('admin', 'DELETE', '/v1/plans/fallback')).status).toBe(204);
  });

  test("a plan is for its own customer alone, unless it is the provider's", async () => {
    const foreign: [string, Json][] = [
      [`/v1/numbers/${london(503)}`, { ...NUMBER, plan: 'globex-desk' }],
      ['/v1/customers/acme', { name: 'acme', defaultPlan: 'globex-desk' }],
      ['/v1/provider', { defaultPlan: 'globex-desk' }],
    ];
    for (const [path, body] of foreign) {
      const answer = await api.as('admin', 'PUT', path, body);
      expect([answer.status, answer.body['code']], path).toEqual([422, 'plan_foreign']);
    }
    expect((await api.as('admin', 'PUT', `/v1/numbers/${london(503)}`, { ...NUMBER, plan: 'shared' })).status).toBe(201);
  });

  test('a plan that is in use keeps its owner; one that is not may change it', async () => {
    const answer = await api.as('admin', 'PUT', '/v1/plans/acme-desk', { ...PLAN, customer: 'globex' });
    expect([answer.status, answer.body['code']]).toEqual([409, 'in_use']);
    await api.ask('PUT', '/v1/plans/unused', { ...PLAN, customer: 'acme' });
    expect((await api.as('admin', 'PUT', '/v1/plans/unused', { ...PLAN, customer: 'globex' })).status).toBe(200);
  });
});

describe('provider', () => {
  test('is there from the beginning, and round-trips', async () => {
    expect((await api.as('admin', 'GET', '/v1/provider')).status).toBe(200);
    const put = await api.as('admin', 'PUT', '/v1/provider', { name: 'We', defaultPlan: 'shared', timeZone: 'Europe/Berlin' });
    expect(put.status).toBe(200);
    const got = await api.as('admin', 'GET', '/v1/provider');
    expect(got.body).toEqual({ name: 'We', defaultPlan: 'shared', timeZone: 'Europe/Berlin' });
    const audited = await subjects();
    const back = await api.as('admin', 'PUT', '/v1/provider', got.body, { 'if-match': got.headers.get('etag') ?? '' });
    expect([back.status, back.headers.get('etag')]).toEqual([200, got.headers.get('etag')]);
    expect(await subjects()).toBe(audited);
    const stale = await api.as('admin', 'PUT', '/v1/provider', {}, { 'if-match': '"1"' });
    expect([stale.status, stale.body['code']]).toEqual([412, 'etag_mismatch']);
  });
});

describe('laws beyond the schema', () => {
  test('time zones must exist', async () => {
    for (const [path, body] of [['/v1/customers/acme', { name: 'x', timeZone: 'Mars/Olympus' }], ['/v1/provider', { timeZone: 'Mars/Olympus' }]] as const) {
      const answer = await api.as('admin', 'PUT', path, body);
      expect([answer.status, answer.body['code']], path).toEqual([422, 'time_zone_unknown']);
    }
  });

  test('a plan names every breach by its place', async () => {
    const answer = await api.as('admin', 'PUT', '/v1/plans/broken', { timeZone: 'Mars/Olympus', destinations: [{ to: '+44 7400 123456' }, { to: 'voicemail', screen: true }, { to: 'sip:a b@c', hours: 'Xy 25:00' }] });
    expect([answer.status, answer.body['code']]).toEqual([422, 'plan_invalid']);
    const at = (answer.body['issues'] as { at: string }[]).map((issue) => issue.at);
    expect(at).toEqual(expect.arrayContaining(['/destinations/0/to', '/destinations/1/screen', '/destinations/2/to', '/destinations/2/hours', '/timeZone']));
  });
});

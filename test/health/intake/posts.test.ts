/** Posts of every kind of sender over HTTP: believed with their secret alone, evidence at once, once however often they come, in the order of their sender's clock. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SourceKind } from '../../../src/domain/source.ts';
import { openApi, PRIMARY, type Api, type Json } from '../../http/api.ts';
import type { Answer } from '../../support/service.ts';
import { ALERTMANAGER_FIRING, ALERTMANAGER_RESOLVED, KUMA_DOWN, KUMA_UP, STATUSPAGE_CREATED } from './bodies.ts';
import { SECRET, SENDER_KINDS, SENDERS } from './senders.ts';

const START = Date.parse('2026-11-22T12:00:00Z');
let now = START;
let api: Api;
beforeAll(async () => {
  api = await openApi({ system: { clock: { now: () => now } } });
  await api.ask('PUT', '/v1/primaries/second', PRIMARY);
});
afterAll(() => api.close());

interface Claim {
  source: string;
  claim: string;
  because: string;
  group: string;
  weight: number;
  at: string;
  expiresAt: string;
}

/** Sources of earlier tests are gone, and with them all that they said. */
const made = new Set<string>();
async function source(id: string, kind: SourceKind, more: Json = {}): Promise<void> {
  made.add(id);
  await api.ask('PUT', `/v1/sources/${id}`, { kind, secret: SECRET, map: [{ match: {}, primary: 'pbx' }], ...more });
}
beforeEach(async () => {
  now += 86_400_000;
  for (const id of made) await api.ask('DELETE', `/v1/sources/${id}`);
  made.clear();
  await expect.poll(() => evidence()).toEqual([]);
});

async function evidence(primary = 'pbx'): Promise<Claim[]> {
  const { status } = await api.ask<{ status: { evidence: Claim[] } }>('GET', `/v1/primaries/${primary}`);
  return status.evidence;
}
const claims = async (primary = 'pbx'): Promise<string[]> => (await evidence(primary)).map(({ claim }) => claim);

interface Status {
  address: string;
  lastPostAt?: string;
  counts: Record<string, number>;
  open: { alert: string; says: string; primaries: string[] }[];
  lastUnmatched: { title: string; labels: Record<string, string> }[];
  lastRefused?: { code: string; detail: string };
}
const statusOf = async (id: string): Promise<Status> => (await api.ask<{ status: Status }>('GET', `/v1/sources/${id}`)).status;

/** The years of the real bodies, moved to now. */
const fresh = (body: unknown): string => JSON.stringify(body).replaceAll(/\b20\d\d-\d\d-\d\d(?=[T ])/g, new Date(now - 86_400_000).toISOString().slice(0, 10));

function post(id: string, kind: keyof typeof SENDERS, body: unknown, secret = SECRET): Promise<Answer<Json>> {
  const text = typeof body === 'string' ? body : fresh(body);
  const { headers, inAddress } = SENDERS[kind].prove(text, secret, now);
  return api.request('POST', `/intake/${id}${inAddress === undefined ? '' : `/${inAddress}`}`, text, null, headers as Record<string, string>);
}

describe.each(SENDER_KINDS)('%s', (kind) => {
  const { open, closed, strange } = SENDERS[kind];

  test('what it opens is evidence of the group alerts at once, and what it closes is taken back', async () => {
    await source('one', kind, { holdSeconds: 604_800 });
    const opened = await post('one', kind, open);
    expect([opened.status, opened.body]).toEqual([200, { alerts: expect.any(Number), matched: expect.any(Number) }]);
    const told = await evidence();
    expect(told.length).toBeGreaterThan(0);
    for (const one of told) {
      expect(one).toMatchObject({ group: 'alerts', claim: 'down', source: expect.stringMatching(/^source\/one\/[\w.:-]+$/), because: expect.stringContaining('one says: '), at: new Date(now).toISOString() });
      expect(Date.parse(one.expiresAt)).toBeGreaterThan(now);
    }
    expect((await post('one', kind, closed)).status).toBe(200);
    expect(await evidence()).toHaveLength(told.length - 1);
  });

  test('posted twice it is answered the same and counts once', async () => {
    await source('one', kind, { holdSeconds: 604_800 });
    const first = await post('one', kind, open);
    const told = await evidence();
    const second = await post('one', kind, open);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(await evidence()).toEqual(told);
    expect((await statusOf('one')).counts).toMatchObject({ posts: 2, repeated: told.length, outdated: 0 });
  });

  test('a state that nobody knows is unknown, and neither up nor an end', async () => {
    await source('one', kind, { holdSeconds: 604_800 });
    await post('one', kind, strange);
    for (const claim of await claims()) expect(claim).toBe('unknown');
  });

  test('forged it is refused, told nothing, and changes nothing; the next secret is taken beside the first', async () => {
    await source('one', kind, { nextSecret: 'next-secret-of-a-source-0123', holdSeconds: 604_800 });
    for (const secret of ['another-secret-0123456789', `${SECRET}x`]) {
      const answer = await post('one', kind, open, secret);
      expect([answer.status, answer.body['code']]).toEqual([403, 'alert_unproved']);
    }
    const bare = await api.request('POST', '/intake/one', fresh(open), null);
    expect([bare.status, bare.body['code']]).toEqual([403, 'alert_unproved']);
    expect(await evidence()).toEqual([]);
    expect((await post('one', kind, open, 'next-secret-of-a-source-0123')).status).toBe(200);
    expect(await evidence()).not.toEqual([]);
  });

  test('garbage is refused for good, which no sender repeats, and shown', async () => {
    await source('one', kind);
    const malformed = await post('one', kind, '{"alerts":[');
    expect([malformed.status, malformed.body['code']]).toEqual([400, 'body_malformed']);
    now += 1000;
    const other = await post('one', kind, '{"of":"another sender"}');
    expect([other.status, other.body['code']]).toEqual([422, 'alert_unreadable']);
    expect((await post('one', kind, 'x'.repeat(1_048_577))).body['code']).toBe('body_too_large');
    await expect.poll(async () => (await statusOf('one')).lastRefused?.code).toBe('alert_unreadable');
  });
});

describe('the order of the sender', () => {
  const [first] = ALERTMANAGER_FIRING.alerts;
  const firing = (startsAt: string) => ({ ...ALERTMANAGER_FIRING, alerts: [{ ...first, startsAt }] });
  const resolved = (startsAt: string) => ({ ...ALERTMANAGER_RESOLVED, alerts: [{ ...ALERTMANAGER_RESOLVED.alerts[0], startsAt }] });

  test('an older resolved never takes back a newer firing', async () => {
    await source('one', 'alertmanager');
    await post('one', 'alertmanager', firing('2026-01-01T10:00:00Z'));
    await post('one', 'alertmanager', firing('2026-01-01T11:00:00Z'));
    expect((await post('one', 'alertmanager', resolved('2026-01-01T10:00:00Z'))).status).toBe(200);
    expect(await claims()).toEqual(['down']);
    await post('one', 'alertmanager', resolved('2026-01-01T11:00:00Z'));
    expect(await claims()).toEqual([]);
    expect((await statusOf('one')).counts['outdated']).toBe(1);
  });

  test('an older firing does not come back after a newer end', async () => {
    await source('one', 'uptime-kuma');
    await post('one', 'uptime-kuma', KUMA_UP);
    await post('one', 'uptime-kuma', KUMA_DOWN);
    expect(await claims()).toEqual([]);
  });

  test('an end takes back what its own source said, and nothing else', async () => {
    await source('one', 'alertmanager');
    await source('two', 'alertmanager');
    await post('one', 'alertmanager', firing('2026-01-01T10:00:00Z'));
    await post('two', 'alertmanager', firing('2026-01-01T10:00:00Z'));
    await post('one', 'alertmanager', resolved('2026-01-01T10:00:00Z'));
    expect((await evidence()).map((one) => one.source)).toEqual(['source/two/a1bc48475b20e73d']);
  });

  test('what was said long ago and once says nothing any more', async () => {
    await source('one', 'pagerduty', { holdSeconds: 3600 });
    expect((await post('one', 'pagerduty', JSON.stringify(SENDERS.pagerduty.open))).body).toEqual({ alerts: 1, matched: 0 });
    expect(await claims()).toEqual([]);
  });

  test('what nobody repeats ends by itself', async () => {
    await source('one', 'alertmanager', { holdSeconds: 600 });
    await post('one', 'alertmanager', ALERTMANAGER_FIRING);
    now += 599_000;
    expect(await claims()).toEqual(['down', 'down']);
    now += 1000;
    expect(await claims()).toEqual([]);
  });
});

describe('the map', () => {
  test('all that match count, the first of them for one primary; a star stands for the rest', async () => {
    await source('one', 'alertmanager', {
      map: [{ match: { host: 'nobody' }, primary: 'pbx' }, { match: { host: 'andro*', severity: 'critical' }, primary: 'pbx', claim: 'degraded' }, { match: { host: 'andromeda' }, primary: 'pbx' }, { match: { alertname: 'High*' }, primary: 'second' }],
    });
    expect((await post('one', 'alertmanager', ALERTMANAGER_RESOLVED)).body).toEqual({ alerts: 1, matched: 1 });
    await post('one', 'alertmanager', ALERTMANAGER_FIRING);
    expect([await claims('pbx'), await claims('second')]).toEqual([['degraded', 'degraded'], ['down', 'down']]);
  });

  test('what matches nothing is shown with its labels, and counts as soon as the map has it', async () => {
    await source('one', 'alertmanager', { map: [{ match: { host: 'other' }, primary: 'pbx' }] });
    expect((await post('one', 'alertmanager', ALERTMANAGER_FIRING)).body).toEqual({ alerts: 2, matched: 0 });
    const { counts, lastUnmatched, open } = await statusOf('one');
    expect(counts['unmatched']).toBe(2);
    expect(lastUnmatched[0]).toMatchObject({ title: 'High CPU Temperature', labels: { host: 'andromeda', receiver: 'ops-zulip' } });
    expect(open.map(({ primaries }) => primaries)).toEqual([[], []]);
    await source('one', 'alertmanager', { map: [{ match: { host: 'andromeda' }, primary: 'second' }] });
    await expect.poll(() => claims('second')).toEqual(['down', 'down']);
    await source('one', 'alertmanager', { map: [{ match: { host: 'andromeda' }, primary: 'pbx' }] });
    await expect.poll(() => claims('pbx')).toEqual(['down', 'down']);
    await expect.poll(() => claims('second')).toEqual([]);
  });

  test('a source that is deleted says nothing any more, and nothing of it is left', async () => {
    await source('one', 'alertmanager');
    await post('one', 'alertmanager', ALERTMANAGER_FIRING);
    await api.ask('DELETE', '/v1/sources/one');
    await expect.poll(() => claims()).toEqual([]);
    await source('one', 'alertmanager');
    await expect.poll(async () => (await statusOf('one')).counts['posts']).toBe(0);
  });

  test('a primary that a map names must be there, and stays', async () => {
    const nowhere = await api.as('admin', 'PUT', '/v1/sources/one', { kind: 'grafana', secret: SECRET, map: [{ match: {}, primary: 'nowhere' }] });
    expect([nowhere.status, nowhere.body['code']]).toEqual([422, 'reference_unknown']);
    await source('one', 'grafana', { map: [{ match: {}, primary: 'second' }, { match: { a: 'b' }, primary: 'second' }] });
    const removed = await api.as('admin', 'DELETE', '/v1/primaries/second');
    expect([removed.status, removed.body['code']]).toEqual([409, 'in_use']);
  });
});

test('a real incident that says nothing claims nothing', async () => {
  await source('status', 'statuspage');
  expect((await post('status', 'statuspage', STATUSPAGE_CREATED)).status).toBe(200);
  expect(await claims()).toEqual([]);
});

test('the test button of a sender is a post that says nothing', async () => {
  await source('kuma', 'uptime-kuma');
  expect((await post('kuma', 'uptime-kuma', { heartbeat: null, monitor: null, msg: 'Ringthrough Testing' })).body).toEqual({ alerts: 0, matched: 0 });
  expect(await statusOf('kuma')).toMatchObject({ address: 'https://calls.example.net/intake/kuma', lastPostAt: new Date(now).toISOString(), counts: { posts: 1, ignored: 1 } });
});

test('what a sender calls its body does not matter', async () => {
  await source('one', 'alertmanager');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'application/x-of-its-own']) {
    const answer = await api.request('POST', '/intake/one', fresh(ALERTMANAGER_FIRING), null, { 'content-type': type, authorization: `Bearer ${SECRET}` });
    expect(answer.status, type).toBe(200);
  }
});

test('an address of no source is one of nobody', async () => {
  expect((await api.request('POST', '/intake/none', '{}', null, { authorization: `Bearer ${SECRET}` })).status).toBe(404);
  expect((await api.request('POST', `/intake/none/${SECRET}`, '{}', null)).status).toBe(404);
  expect((await api.request('GET', '/intake/none', undefined, null)).status).toBe(405);
});

test('more posts in a moment than any outage has are to come again', async () => {
  await source('one', 'uptime-kuma');
  const statuses: number[] = [];
  for (let at = 0; at < 205; at += 1) statuses.push((await post('one', 'uptime-kuma', KUMA_DOWN)).status);
  // Each has one alert, which makes it a twentieth more.
  expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 503).length]).toEqual([190, 15]);
  now += 1000;
  expect((await post('one', 'uptime-kuma', KUMA_DOWN)).status).toBe(200);
});

/** Every failure that a caller can provoke over HTTP is a problem document (RFC 9457) as the catalogue says it, and tells nothing else. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { statusOf, type Problem } from '../../src/http/problem.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { openWorld, type World } from '../support/world.ts';
import { CARRIER, london, openApi, PLAN, PRIMARY, type Api, type Holder, type Json } from './api.ts';
import { PUBLIC_BASE_URL, type Answer } from '../support/service.ts';

let api: Api;
let world: World;
let now = Date.parse('2026-11-22T12:00:00Z');
/** Set while the source of randomness shall fail. */
let dry = false;
const closers: (() => void)[] = [];
beforeAll(async () => {
  const random = {
    ...realSystem.random,
    bytes(count: number): Buffer {
      if (dry) throw new Error(`no randomness for ${api.adminKey} of +447400123456`);
      return realSystem.random.bytes(count);
    },
  };
  api = await openApi({ system: { clock: { now: () => now }, random }, settings: { BODY_LIMIT_BYTES: 65_536, AUTHENTICATION_BURST: 20, RECEIVERS_MAY_BE_PRIVATE: 'yes' } });
  world = await openWorld(api.redis.url);
  await api.ask('PUT', '/v1/carriers/signed', { kind: 'twilio', credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: AUTH_TOKEN } });
});
afterAll(async () => {
  for (const close of closers) close();
  await world.close();
  await api.close();
});

type Provoke = () => Promise<Answer<Json>>;
const asking = (holder: Holder, method: string, path: string, body?: unknown, headers?: Record<string, string>): Provoke => () => api.as(holder, method, path, body, headers);
const number = { customer: 'acme', primary: 'pbx', carrier: 'main' };

/** The address of who answers everything in one way. */
async function serving(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A carrier whose API answers everything in one way, and a number at it. */
function carrierThat(answers: RequestListener): Provoke {
  return async () => {
    const baseUrl = await serving(answers);
    await api.ask('PUT', '/v1/carriers/api', { kind: 'twilio', credentials: { accountSid: `AC${'2'.repeat(32)}`, authToken: 'carrier-secret-token' }, baseUrl });
    await api.ask('PUT', `/v1/numbers/${london(800)}`, { ...number, carrier: 'api', carrierRef: `PN${'1'.repeat(32)}` });
    return api.as('admin', 'GET', `/v1/carriers/api/wiring/${london(800)}`);
  };
}

/** A test of a receiver at an address. */
function receiverAt(urlOf: () => Promise<string>): Provoke {
  return async () => {
    await api.ask('PUT', '/v1/receivers/tried', { kind: 'slack', url: await urlOf() });
    return api.as('admin', 'POST', '/v1/receivers/tried/test');
  };
}

const hangUp: RequestListener = (request) => void request.socket.destroy();
const answering = (status: number, body: Json = {}): RequestListener => (_request, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

function webhook(carrier: string, headers: (signed: Record<string, string>) => Record<string, string>, sid: number): Provoke {
  const { path, headers: signed, body } = signedWebhook(PUBLIC_BASE_URL, `/webhooks/${carrier}/voice`, callParams(callSid(sid), london(1)));
  return () => api.as('none', 'POST', path, body, headers(signed));
}

const PROVOKED: Partial<Record<ErrorCode, Provoke>> = {
  request_invalid: asking('admin', 'PUT', '/v1/plans/x', { nonsense: true }),
  body_malformed: asking('admin', 'PUT', '/v1/plans/x', '{"authToken": "broken-secret'),
  cursor_invalid: asking('admin', 'GET', '/v1/plans?cursor=x'),
  number_invalid: asking('admin', 'GET', '/v1/numbers/12'),
  unauthenticated: asking('none', 'GET', '/v1/plans'),
  role_insufficient: asking('viewer', 'PUT', '/v1/plans/x', PLAN),
  provider_only: asking('acmeAdmin', 'GET', '/v1/carriers'),
  field_provider_only: asking('acmeAdmin', 'PUT', '/v1/customers/acme', { name: 'Other' }),
  route_unknown: asking('admin', 'GET', '/v1/nowhere'),
  method_unknown: asking('admin', 'PATCH', '/v1/plans/shared', PLAN),
  not_found: asking('admin', 'GET', '/v1/plans/nothing'),
  reference_unknown: asking('admin', 'PUT', '/v1/customers/x', { name: 'x', defaultPlan: 'nothing' }),
  plan_invalid: asking('admin', 'PUT', '/v1/plans/x', { destinations: [{ to: '07400123456' }] }),
  destination_refused: asking('admin', 'PUT', '/v1/plans/x', { destinations: [{ to: '+1911' }] }),
  probe_invalid: asking('admin', 'PUT', '/v1/primaries/x', { ...PRIMARY, probes: [{ kind: 'http', target: 'http://169.254.169.254/latest/meta-data' }] }),
  country_unknown: asking('admin', 'PUT', '/v1/customers/x', { name: 'x', allowedCountries: ['ZZ'] }),
  plan_foreign: asking('admin', 'PUT', `/v1/numbers/${london(801)}`, { ...number, plan: 'globex-desk' }),
  carrier_api_invalid: asking('admin', 'PUT', '/v1/carriers/x', {
    kind: 'http', baseUrl: 'https://api.acme.example', credentials: { secret: 'env:ACME_KEY' },
    api: { auth: { by: 'bearer' }, number: { at: '/number' }, read: { method: 'GET', path: '/numbers/{number}' }, fields: { to: { at: '/to' } }, write: [{ method: 'PUT', path: '/numbers/{ref}' }], divert: {} },
  }),
  carrier_ability_missing: async () => {
    await api.ask('PUT', '/v1/carriers/american', { kind: 'flowroute', credentials: { accessKey: 'a', secretKey: 'env:NONE' } });
    return api.as('admin', 'PUT', `/v1/numbers/${london(802)}`, { ...number, carrier: 'american', divertBy: 'number' });
  },
  secret_reference_invalid: asking('admin', 'PUT', '/v1/carriers/x', { ...CARRIER, credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: '(encrypted)' } }),
  time_zone_unknown: asking('admin', 'PUT', '/v1/provider', { timeZone: 'Mars/Olympus' }),
  in_use: asking('admin', 'DELETE', '/v1/customers/acme'),
  diverted: async () => {
    await api.ask('PUT', '/v1/primaries/gone', PRIMARY);
    await api.ask('POST', '/v1/primaries/gone/divert', { reason: 'fire' });
    return api.as('admin', 'DELETE', '/v1/primaries/gone');
  },
  nothing_asked: asking('admin', 'POST', '/v1/primaries/pbx/approve', { reason: 'yes' }),
  evidence_missing: asking('admin', 'POST', '/v1/primaries/pbx/restore', { reason: 'try', how: 'steps' }),
  last_admin_key: asking('admin', 'DELETE', '/v1/keys/admin'),
  throttled_authentication: async () => {
    for (let at = 0; at < 30; at += 1) await api.request('GET', '/v1/plans', undefined, `guess-${at}`);
    return api.request('GET', '/v1/plans', undefined, 'guess');
  },
  etag_mismatch: asking('admin', 'PUT', '/v1/plans/shared', PLAN, { 'if-match': '"0"' }),
  body_too_large: asking('admin', 'PUT', '/v1/plans/x', { name: 'x'.repeat(70_000) }),
  media_type_unsupported: asking('admin', 'PUT', '/v1/plans/x', 'x', { 'content-type': 'text/plain' }),
  import_header_invalid: asking('admin', 'POST', '/v1/imports', 'colour\nred\n', { 'content-type': 'text/csv' }),
  record_unreadable: async () => {
    await world.redis.hset(keys.records('plans'), 'torn', '1:9:{"say":"secret-in-a-record"');
    return api.as('admin', 'GET', '/v1/plans/torn');
  },
  internal: async () => {
    dry = true;
    const answer = await api.as('admin', 'PUT', '/v1/keys/dry', { role: 'viewer' });
    dry = false;
    return answer;
  },
  carrier_refused: carrierThat(answering(401, { code: 20003, message: 'Authenticate +447400123456', status: 401 })),
  carrier_throttled: carrierThat(answering(429, { code: 20429, message: 'Too Many Requests', status: 429 })),
  carrier_number_unknown: carrierThat(answering(404, { code: 20404, message: 'not found', status: 404 })),
  carrier_unavailable: carrierThat(hangUp),
  number_not_routed: asking('admin', 'GET', `/v1/numbers/${london(1)}/route`),
  carrier_secret_missing: webhook('main', (signed) => signed, 1),
  webhook_unsigned: webhook('signed', ({ 'x-twilio-signature': _none, ...rest }) => rest, 2),
  webhook_forged: webhook('signed', (signed) => ({ ...signed, 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }), 3),
  webhook_replayed: async () => {
    const call = webhook('signed', (signed) => signed, 4);
    expect((await call()).status).toBe(200);
    now += 24 * 3_600_000;
    return call();
  },
  drill_empty: asking('admin', 'POST', '/v1/drills', { plan: 'nothing' }),
  receiver_invalid: asking('admin', 'PUT', '/v1/receivers/short', { kind: 'webhook', url: 'https://alerts.example.net/', secret: 'short' }),
  receiver_address_refused: receiverAt(() => Promise.resolve('http://169.254.169.254/')),
  receiver_secret_missing: receiverAt(() => Promise.resolve('env:RINGTHROUGH_NO_SUCH_VARIABLE')),
  receiver_refused: receiverAt(() => serving(answering(404))),
  receiver_unavailable: receiverAt(() => serving(answering(500))),
  subscriber_invalid: asking('admin', 'PUT', '/v1/subscribers/short', { url: 'https://pbx.example.net/', secret: 'short' }),
  notification_invalid: async () => {
    await api.ask('PUT', '/v1/subscribers/told', { url: 'https://pbx.example.net/', secret: `whsec_${'a'.repeat(32)}` });
    return api.as('admin', 'POST', '/v1/notifications', { subscriber: 'told', kind: 'call.missed', key: 'x', class: 'history', data: {} });
  },
  idempotency_key_reused: async () => {
    const sent = (data: number) => api.as('admin', 'POST', '/v1/notifications', { subscriber: 'told', kind: 'order.changed', key: 'x', class: 'history', data }, { 'idempotency-key': 'once' });
    expect((await sent(1)).status).toBe(202);
    return sent(2);
  },
  silence_invalid: asking('admin', 'PUT', '/v1/silences/over', { match: {}, until: '2020-01-01T00:00:00Z', reason: 'too late' }),
  source_invalid: asking('admin', 'PUT', '/v1/sources/short', { kind: 'alertmanager', secret: 'short', map: [] }),
  source_secret_missing: async () => {
    await api.ask('PUT', '/v1/sources/dangling', { kind: 'alertmanager', secret: 'env:RINGTHROUGH_NO_SUCH_VARIABLE', map: [] });
    return api.as('none', 'POST', '/intake/dangling', {}, { authorization: 'Bearer some-secret-0123456789' });
  },
  alert_unproved: async () => {
    await api.ask('PUT', '/v1/sources/prom', { kind: 'alertmanager', secret: 'secret-of-a-source-0123456789', map: [] });
    return api.as('none', 'POST', '/intake/prom', {});
  },
  alert_unreadable: asking('none', 'POST', '/intake/prom', { alerts: 7 }, { authorization: 'Bearer secret-of-a-source-0123456789' }),
  // The last one: Redis does not come back.
  store_unavailable: async () => {
    await api.redis.kill();
    return api.as('admin', 'PUT', '/v1/plans/x', PLAN);
  },
};

/**
 * Not provoked here: of the rows of an import and of its states (test/imports/requests.test.ts), of changes that wait for a second admin (test/policy/approvals.test.ts, test/imports/second-admin.test.ts), of an upload whose sender has gone, of a hundred lost races, of a
 * carrier's account that is on another machine than this one (test/diversion/wire-number.test.ts), of conflicts (test/http/routings.test.ts), of trunks that are not moved (test/diversion/member-facts.test.ts), of drills that are too large, too many or over (test/drills/drill.test.ts), and of overload (test/http/shedding.test.ts).
 */
const UNSEEN: readonly ErrorCode[] = ['row_malformed', 'row_invalid', 'import_conflict', 'import_state', 'import_images_gone', 'removal_refused', 'upload_aborted', 'write_contended', 'approval_required', 'approval_own', 'approval_ended', 'approval_stale', 'public_address_unusable', 'overloaded', 'carrier_outcome_unknown', 'drill_too_large', 'drill_too_many', 'drill_ended', 'group_mixed', 'conflict_absent'];

test('every code of the catalogue is provoked here, or said not to be', () => {
  expect([...Object.keys(PROVOKED), ...UNSEEN].toSorted()).toEqual(Object.keys(ERRORS).toSorted());
});

const TELLTALE = /node_modules|\.ts\b|\.js\b|\bat .*:\d+:\d+|\brt_|secret-in|carrier-secret|broken-secret|a-token-of|redis\.sock|\+447400123456/;

describe.each(Object.entries(PROVOKED) as [ErrorCode, Provoke][])('%s', (code, provoke) => {
  test('is answered as the catalogue says, and nothing more', async () => {
    const { status, headers, body } = await provoke();
    const problem = body as Partial<Problem>;
    expect([status, problem.code, problem.status, problem.title], JSON.stringify(body)).toEqual([statusOf(code), code, statusOf(code), ERRORS[code].title]);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(problem.type).toBe(`/errors/${code}`);
    expect(problem.requestId).toBe(headers.get('x-request-id'));
    expect(problem.detail).toEqual(expect.stringMatching(/\S/));
    expect(Object.keys(problem).filter((name) => !['type', 'title', 'status', 'detail', 'code', 'requestId', 'issues'].includes(name))).toEqual([]);
    expect(JSON.stringify(problem)).not.toMatch(TELLTALE);
    const about = await api.as('none', 'GET', String(problem.type));
    expect(about.body).toEqual({ code, title: ERRORS[code].title, status });
  });
});

test('what cannot be done now says when to try again', async () => {
  const answer = await api.as('admin', 'PUT', '/v1/plans/x', PLAN);
  expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([503, true]);
});

test('the page of a code that is none is not there', async () => {
  const answer = await api.as('none', 'GET', '/errors/nonsense');
  expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
});

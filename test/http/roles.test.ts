/** Who may use which route: one entry a route, and every sort of key tried on every one of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEBHOOK_VERBS } from '../../src/calls/webhook-address.ts';
import { HOLDERS, openApi, type Api, type Holder } from './api.ts';

/**
 * Who may: `all` (no key), every key (`anyKey`), the admin of whichever customer or of the provider (`anyAdmin`), its operator (`anyOperator`), and
 * of the provider's own keys alone: those that see (`viewer`), those that divert (`operator`), those that change (`admin`).
 */
type Class = 'all' | 'anyKey' | 'anyAdmin' | 'anyOperator' | 'viewer' | 'operator' | 'admin';

const MAY: Record<Class, readonly Holder[]> = {
  all: HOLDERS,
  anyKey: ['viewer', 'operator', 'admin', 'acmeViewer', 'acmeAdmin', 'globexAdmin'],
  anyAdmin: ['admin', 'acmeAdmin', 'globexAdmin'],
  anyOperator: ['operator', 'admin', 'acmeAdmin', 'globexAdmin'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
};

const ROUTES: Record<string, Class> = {
  'GET /healthz': 'all',
  'GET /readyz': 'all',
  'GET /metrics': 'all',
  'GET /errors/:code': 'all',
  'GET /openapi.json': 'all',
  'GET /docs': 'all',
  'GET /docs/json': 'all',
  'GET /docs/yaml': 'all',
  'GET /docs/static/*': 'all',
  'GET /docs/static/index.html': 'all',
  'GET /docs/static/swagger-initializer.js': 'all',
  // Signed by the carrier, or refused: see test/calls.
  'GET /webhooks/:carrier/pass/:subscriber': 'all',
  'POST /webhooks/:carrier/pass/:subscriber': 'all',
  ...Object.fromEntries(WEBHOOK_VERBS.flatMap((verb) => ['GET', 'POST'].map((method) => [`${method} /webhooks/:carrier/${verb}`, 'all' as const]))),

  // Proved by the source, or refused: see test/health/intake.
  'POST /intake/:id': 'all',
  'POST /intake/:id/:secret': 'all',

  'GET /v1/customers': 'anyKey',
  'GET /v1/customers/:id': 'anyKey',
  'PUT /v1/customers/:id': 'anyAdmin',
  'DELETE /v1/customers/:id': 'anyAdmin',
  'GET /v1/plans': 'anyKey',
  'GET /v1/plans/:id': 'anyKey',
  'PUT /v1/plans/:id': 'anyAdmin',
  'DELETE /v1/plans/:id': 'anyAdmin',
  'GET /v1/numbers': 'anyKey',
  'GET /v1/numbers/:number': 'anyKey',
  'PUT /v1/numbers/:number': 'anyAdmin',
  'DELETE /v1/numbers/:number': 'anyAdmin',
  'GET /v1/numbers/:number/steps': 'anyKey',
  'GET /v1/calls': 'anyKey',
  'GET /v1/calls/:id': 'anyKey',
  'GET /v1/lost-callers': 'anyKey',
  'GET /v1/readiness': 'anyKey',
  'GET /v1/drills': 'anyKey',
  'GET /v1/drills/:id': 'anyKey',
  'GET /v1/drills/proofs': 'anyKey',
  'POST /v1/drills': 'anyOperator',
  'POST /v1/drills/:id/stop': 'anyOperator',
  'GET /v1/exports/numbers': 'anyKey',
  'GET /v1/audit': 'anyKey',
  'GET /v1/approvals': 'anyKey',
  'GET /v1/approvals/:id': 'anyKey',
  'POST /v1/approvals/:id/approve': 'anyAdmin',
  'POST /v1/approvals/:id/refuse': 'anyAdmin',

  'GET /v1/provider': 'viewer',
  'GET /v1/gobag': 'admin',
  'PUT /v1/provider': 'admin',
  'GET /v1/carriers': 'viewer',
  'GET /v1/carriers/:id': 'viewer',
  'PUT /v1/carriers/:id': 'admin',
  'DELETE /v1/carriers/:id': 'admin',
  'GET /v1/carriers/:id/check': 'viewer',
  'POST /v1/carriers/:id/check': 'operator',
  'GET /v1/carriers/:id/wiring': 'admin',
  'GET /v1/carriers/:id/wiring/:number': 'admin',
  'POST /v1/carriers/:id/wiring/:number': 'admin',
  'GET /v1/sources': 'viewer',
  'GET /v1/sources/:id': 'viewer',
  'PUT /v1/sources/:id': 'admin',
  'DELETE /v1/sources/:id': 'admin',
  'GET /v1/stream': 'anyKey',
  'GET /v1/subscribers': 'anyKey',
  'GET /v1/subscribers/:id': 'anyKey',
  'PUT /v1/subscribers/:id': 'anyAdmin',
  'DELETE /v1/subscribers/:id': 'anyAdmin',
  'GET /v1/subscribers/:id/backlog': 'anyKey',
  'GET /v1/subscribers/:id/dead-letters': 'anyKey',
  'GET /v1/subscribers/:id/attempts': 'anyKey',
  'POST /v1/subscribers/:id/pause': 'anyOperator',
  'POST /v1/subscribers/:id/resume': 'anyOperator',
  'POST /v1/subscribers/:id/redrive': 'anyOperator',
  'POST /v1/notifications': 'anyOperator',
  'GET /v1/receivers': 'viewer',
  'GET /v1/receivers/:id': 'viewer',
  'PUT /v1/receivers/:id': 'admin',
  'DELETE /v1/receivers/:id': 'admin',
  'POST /v1/receivers/:id/test': 'operator',
  'GET /v1/silences': 'viewer',
  'GET /v1/silences/:id': 'viewer',
  'PUT /v1/silences/:id': 'operator',
  'DELETE /v1/silences/:id': 'operator',
  'GET /v1/primaries': 'viewer',
  'GET /v1/primaries/:id': 'viewer',
  'PUT /v1/primaries/:id': 'admin',
  'DELETE /v1/primaries/:id': 'admin',
  'POST /v1/primaries/:id/divert': 'operator',
  'POST /v1/primaries/:id/restore': 'operator',
  'PUT /v1/primaries/:id/hold': 'operator',
  'DELETE /v1/primaries/:id/hold': 'operator',
  'POST /v1/primaries/:id/approve': 'operator',
  'POST /v1/primaries/:id/refuse': 'operator',
  'GET /v1/automation': 'viewer',
  'PUT /v1/automation/stop': 'operator',
  'DELETE /v1/automation/stop': 'operator',
  'GET /v1/diversions': 'viewer',
  'GET /v1/diversions/:id': 'viewer',
  'GET /v1/diversions/:id/numbers': 'viewer',
  'GET /v1/diversions/:id/report': 'viewer',
  'GET /v1/numbers/:number/route': 'viewer',
  'POST /v1/numbers/:number/route/retry': 'operator',
  'POST /v1/numbers/:number/route/resolve': 'operator',
  'GET /v1/conflicts': 'viewer',
  'GET /v1/imports': 'viewer',
  'GET /v1/imports/:id': 'viewer',
  'GET /v1/imports/:id/rejected': 'viewer',
  'GET /v1/imports/:id/changes': 'viewer',
  'POST /v1/imports': 'admin',
  'POST /v1/imports/:id/apply': 'admin',
  'POST /v1/imports/:id/cancel': 'admin',
  'POST /v1/imports/:id/revert': 'admin',
  'GET /v1/audit/verify': 'admin',
  'GET /v1/keys': 'admin',
  'GET /v1/keys/:id': 'admin',
  'PUT /v1/keys/:id': 'admin',
  'DELETE /v1/keys/:id': 'admin',
  'POST /v1/keys/:id/rotate': 'admin',
};

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const isCustomers = (holder: Holder): boolean => holder.startsWith('acme') || holder.startsWith('globex');

/** The code of the refusal, undefined where the holder may. */
function refusal(holder: Holder, route: Class): string | undefined {
  if (MAY[route].includes(holder)) return undefined;
  if (holder === 'none' || holder === 'expired') return 'unauthenticated';
  return isCustomers(holder) && ['viewer', 'operator', 'admin'].includes(route) ? 'provider_only' : 'role_insufficient';
}

/** What is asked for is not there, so that who may do it does no harm. */
const addressOf = (url: string): string => url.replace(':number', '%2B442079469999').replace(/:\w+/g, 'x-absent').replace('*', 'swagger-ui.css').replace('/v1/stream', '/v1/stream?seconds=0');

test('every route has an entry here, and every entry is a route', () => {
  const registered = api.routes.filter(({ method }) => method !== 'HEAD').map(({ method, url }) => `${method} ${url}`);
  expect([...new Set(registered)].toSorted()).toEqual(Object.keys(ROUTES).toSorted());
});

describe.each(Object.entries(ROUTES))('%s is for %s', (route, who) => {
  const [method = '', url = ''] = route.split(' ');

  test.each(HOLDERS)('%s', async (holder) => {
    const key = api.keys[holder];
    const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': url === '/v1/imports' ? 'text/csv' : 'application/json' }) };
    const withHead = method === 'GET' && api.routes.some((one) => one.method === 'HEAD' && one.url === url);
    const answer = await api.app.inject({ method: method as 'GET', url: addressOf(url), headers, ...(method === 'PUT' || method === 'POST' ? { payload: '{"never": "valid"}' } : {}) });
    const code = answer.headers['content-type']?.toString().startsWith('application/problem+json') ? answer.json<{ code: string }>().code : undefined;
    const wanted = refusal(holder, who);
    if (wanted === undefined) {
      expect([401, 403, 500], answer.body).not.toContain(answer.statusCode);
    } else {
      expect([answer.statusCode, code]).toEqual([wanted === 'unauthenticated' ? 401 : 403, wanted]);
      expect(answer.headers['www-authenticate']).toBe(wanted === 'unauthenticated' ? 'Bearer' : undefined);
    }
    if (withHead) {
      const head = await api.app.inject({ method: 'HEAD', url: addressOf(url), headers });
      expect([head.statusCode, head.body]).toEqual([answer.statusCode, '']);
    }
  });
});

test('a key is taken from the header alone, whole, and as it was given', async () => {
  const ask = async (headers: Record<string, string>, url = '/v1/plans'): Promise<number> => (await api.app.inject({ method: 'GET', url, headers })).statusCode;
  expect(await ask({ authorization: `bearer ${api.adminKey}` })).toBe(200);
  for (const authorization of ['', 'Bearer', 'Bearer ', api.adminKey, `Basic ${api.adminKey}`, `Bearer ${api.adminKey}x`, `Bearer ${api.adminKey.slice(0, -1)}`, `Bearer ${api.adminKey.toUpperCase()}`, `Bearer ${api.adminKey} x`, `Bearer x, Bearer ${api.adminKey}`]) {
    expect(await ask({ authorization }), authorization).toBe(401);
  }
  expect(await ask({ 'x-api-key': api.adminKey })).toBe(401);
  expect(await ask({}, `/v1/plans?key=${api.adminKey}`)).toBe(401);
  expect(await ask({ cookie: `key=${api.adminKey}` })).toBe(401);
});

test('who may not is told so before anything that was sent is looked at', async () => {
  const answer = await api.as('viewer', 'PUT', '/v1/plans/x', '{"broken"');
  expect(answer.body['code']).toBe('role_insufficient');
});

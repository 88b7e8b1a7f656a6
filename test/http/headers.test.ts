/** The headers of every answer of every route, over a real connection: for whoever may, whoever may not, and what cannot be read at all. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService } from '../support/service.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { CARRIER, london, openApi, type Api } from './api.ts';

let api: Api;
beforeAll(async () => {
  process.env['TWILIO_AUTH_TOKEN'] = 'a-token-of-the-tests';
  api = await openApi();
});
afterAll(async () => {
  delete process.env['TWILIO_AUTH_TOKEN'];
  await api.close();
});

const NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function expectSafe({ headers }: Pick<Response, 'headers'>, what: string): void {
  const has = (name: string): string | null => headers.get(name);
  const policy = has('content-security-policy') ?? '';
  expect.soft([has('x-content-type-options'), has('cache-control'), has('referrer-policy'), has('strict-transport-security')], what).toEqual(['nosniff', 'no-store', 'no-referrer', 'max-age=31536000']);
  expect.soft(policy.startsWith(NO_PAGE), `${what}: ${policy}`).toBe(true);
  expect.soft(policy, what).not.toMatch(/unsafe|\*|https?:/);
  for (const name of headers.keys()) expect.soft(name, what).not.toMatch(/^(?:server|x-powered-by|access-control-.*|set-cookie)$/);
}

const addressOf = (url: string): string => url.replace(':number', '%2B442079469999').replace(/:\w+/g, 'x-absent').replace('*', 'swagger-ui.css');

test('every route answers so, to the admin and to who has no key', async () => {
  const routes = new Set(api.routes.map(({ method, url }) => `${method} ${addressOf(url)}`));
  expect(routes.size).toBeGreaterThan(80);
  for (const route of routes) {
    const [method = '', url = ''] = route.split(' ');
    for (const holder of ['admin', 'none'] as const) {
      const body = method === 'PUT' || method === 'POST' ? '{"never": "valid"}' : undefined;
      const key = api.keys[holder];
      const answer = await fetch(api.url + url, { method, redirect: 'manual', headers: { origin: 'https://elsewhere.example.net', ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body }) });
      // A stream has no end.
      await (answer.headers.get('content-type')?.startsWith('text/event-stream') ? answer.body?.cancel() : answer.arrayBuffer());
      expectSafe(answer, `${route} for ${holder}: ${answer.status}`);
      if (!url.startsWith('/docs')) expect.soft(answer.headers.get('content-security-policy'), route).toBe(NO_PAGE);
    }
  }
});

test('a call that is answered, and one that is refused, too', async () => {
  const good = signedWebhook(api.publicBaseUrl, '/webhooks/main/voice', callParams(callSid(1), london(1)));
  const answered = await api.request('POST', good.path, good.body, null, good.headers);
  expect(answered.status).toBe(200);
  expectSafe(answered, 'answered');
  const refused = await api.request('POST', good.path, good.body, null, { ...good.headers, 'x-twilio-signature': 'x' });
  expect(refused.status).toBe(403);
  expectSafe(refused, 'refused');
});

test.each([['OPTIONS', '/v1/plans'], ['TRACE', '/v1/plans'], ['GET', '/nowhere'], ['GET', '/v1/numbers/%zz'], ['GET', `/v1/plans/${'a'.repeat(300)}`], ['PATCH', '/v1/plans/x']])('what is no route: %s %s', async (method, url) => {
  const { host, port, hostname } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${method} ${url} HTTP/1.1\r\nhost: ${host}\r\norigin: https://elsewhere.example.net\r\naccess-control-request-method: PUT\r\nconnection: close\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  const [head = ''] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  expect(status).toMatch(/^HTTP\/1\.1 4\d\d /);
  expectSafe({ headers: new Headers(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])) }, status);
});

test('the page of the docs asks for nothing that its policy keeps from it', async () => {
  const page = await api.request<string>('GET', '/docs', undefined, null);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self'");
  // All of it comes from here, and no script or style stands in the page itself.
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source ?? '');
  expect(sources.length).toBeGreaterThan(3);
  for (const source of sources) {
    expect(new URL(source, `${api.url}/docs/`).origin).toBe(api.url);
    expect((await fetch(new URL(source, `${api.url}/docs`))).status, source).toBe(200);
  }
  expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|javascript:/i);
});

test('over plain HTTP nothing is said of HTTPS', async () => {
  const plain = await startService({ redis: api.redis, publicBaseUrl: 'http://localhost:8080', settings: { WORKERS: 'off' } });
  for (const path of ['/healthz', '/docs', '/webhooks/main/voice']) {
    const { headers } = await plain.request('GET', path, undefined, null);
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  }
  await plain.close();
});

describe('markup', () => {
  const MARKUP = '<script>alert(1)</script>';
  const HIDDEN = encodeURIComponent(MARKUP);
  const asks: [string, string, unknown?][] = [
    ['GET', `/${HIDDEN}`],
    ['GET', `/v1/plans/${HIDDEN}`],
    ['GET', `/v1/numbers/${HIDDEN}`],
    ['GET', `/v1/calls?outcome=${HIDDEN}`],
    ['GET', `/v1/plans?${HIDDEN}=1`],
    ['GET', `/errors/${HIDDEN}`],
    ['PUT', '/v1/plans/desk', { [MARKUP]: 1, destinations: [{ to: MARKUP }] }],
    ['PUT', '/v1/plans/desk', `{${MARKUP}`],
    ['PUT', '/v1/customers/acme', { name: 'Acme', defaultPlan: MARKUP }],
    ['PUT', '/v1/carriers/other', { ...CARRIER, credentials: { accountSid: MARKUP, authToken: `env:${MARKUP}` } }],
    ['POST', '/v1/primaries/pbx/divert', { [MARKUP]: MARKUP }],
    ['POST', `/webhooks/${HIDDEN}/voice`, MARKUP],
  ];

  test.each(asks)('in a request is never sent back as such in its refusal: %s %s', async (method, path, body) => {
    const answer = await fetch(api.url + path, { method, headers: { authorization: `Bearer ${api.adminKey}`, 'x-note': HIDDEN, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const text = await answer.text();
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(text).not.toContain('<');
    expect((JSON.parse(text) as { code: string }).code).toMatch(/^[a-z_]+$/);
  });
});

/** A carrier that is described in its record: what is taken and shown, and how plainly a mistake in it is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, read } from '../support/tree.ts';
import { openApi, type Api, type Json } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const examples = blocksOf(read('docs/carriers/http.md'), 'json').map((text) => JSON.parse(text) as Json);
const issuesOf = (body: Json): unknown => (body['issues'] as { at: string; detail: string }[]).map(({ at, detail }) => `${at}: ${detail}`);

test('the documented examples are taken, and shown as they were sent', async () => {
  expect(examples).toHaveLength(2);
  for (const [index, example] of examples.entries()) {
    expect((await api.as('admin', 'PUT', `/v1/carriers/described-${index}`, example)).status).toBe(201);
    expect((await api.as('viewer', 'GET', `/v1/carriers/described-${index}`)).body).toMatchObject(example);
  }
});

test('a secret in it is stored encrypted and never shown', async () => {
  const put = await api.as('admin', 'PUT', '/v1/carriers/literal', { ...examples[0], credentials: { secret: 'a literal secret of acme' } });
  expect([put.status, (put.body['credentials'] as Json)['secret']]).toEqual([201, '(encrypted)']);
});

test.each<[string, (example: Json) => Json, number, string[]]>([
  ['no address', ({ baseUrl: _baseUrl, ...rest }) => rest, 400, ["/baseUrl: must have required property 'baseUrl'"]],
  ['no description', ({ api: _api, ...rest }) => rest, 400, ["/api: must have required property 'api'"]],
  ['an unknown field', (one) => ({ ...one, api: { ...(one['api'] as Json), script: 'x' } }), 400, ['/api/script: unknown field']],
  ['an unknown method', (one) => ({ ...one, api: { ...(one['api'] as Json), read: { method: 'HEAD', path: '/x' } } }), 400, ['/api/read/method: must be equal to one of the allowed values: GET, POST, PUT, PATCH, DELETE']],
  ['a query in a path', (one) => ({ ...one, api: { ...(one['api'] as Json), read: { method: 'GET', path: '/x?key={secret}' } } }), 400, ['/api/read/path: must match pattern "^/[^?#\\s\\\\]*$"']],
  ['a placeholder that is nothing', (one) => ({ ...one, api: { ...(one['api'] as Json), read: { method: 'GET', path: '/x/{number}/{refs}' } } }), 422, ['/api/read/path: {number} cannot stand here; only {ref}', '/api/read/path: {refs} cannot stand here; only {ref}']],
])('%s is told by its place', async (_, change, status, issues) => {
  const put = await api.as('admin', 'PUT', '/v1/carriers/mistaken', change(examples[0] ?? {}));
  expect([put.status, issuesOf(put.body)]).toEqual([status, issues]);
});

test('a description belongs to no other kind', async () => {
  const put = await api.as('admin', 'PUT', '/v1/carriers/mistaken', { kind: 'voipms', credentials: { username: 'x', apiPassword: 'env:X' }, api: examples[0]?.['api'] });
  expect([put.status, issuesOf(put.body)]).toEqual([400, ['/api: unknown field']]);
});

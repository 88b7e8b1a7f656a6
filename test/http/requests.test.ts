/** Requests that are not as they should be, and numbers in every spelling that an address can hold. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACME_NUMBER, london, openApi, PLAN, type Api } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi({ settings: { BODY_LIMIT_BYTES: 65_536 } });
});
afterAll(() => api.close());

describe('bodies', () => {
  test.each(['{"name"', '{name: "x"}', "{'name': 'x'}", '{"a":1,}', 'hello', '\u0000', '{"__proto__":{"role":"admin"}}', '{"constructor":{"prototype":{}}}'])('%j is no JSON that we take', async (body) => {
    const answer = await api.as('admin', 'PUT', '/v1/customers/malformed', body);
    expect([answer.status, answer.body['code']]).toEqual([400, 'body_malformed']);
  });

  test('a body that names another record than the address is a mistake', async () => {
    const answer = await api.as('admin', 'PUT', '/v1/customers/one', { id: 'another', name: 'x' });
    expect([answer.status, answer.body['code']]).toEqual([400, 'request_invalid']);
    expect((await api.as('admin', 'GET', '/v1/customers/one')).status).toBe(404);
  });

  test('an empty body is malformed, a missing one is not an object', async () => {
    expect((await api.as('admin', 'PUT', '/v1/customers/empty', '')).body['code']).toBe('body_malformed');
    expect((await api.as('admin', 'PUT', '/v1/customers/empty')).body['code']).toBe('request_invalid');
  });

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'rubbish'])('%s is not taken', async (type) => {
    const answer = await api.as('admin', 'PUT', '/v1/customers/typed', '{"name":"x"}', { 'content-type': type });
    expect([answer.status, answer.body['code']]).toEqual([415, 'media_type_unsupported']);
  });

  test('JSON with a charset is taken', async () => {
    expect((await api.as('admin', 'PUT', '/v1/customers/charset', '{"name":"Zoë"}', { 'content-type': 'application/json; charset=utf-8' })).body['name']).toBe('Zoë');
  });

  test('a body above the limit is refused, whether it says its length or not', async () => {
    const long = JSON.stringify({ name: 'x'.repeat(70_000) });
    const answer = await api.as('admin', 'PUT', '/v1/customers/long', long);
    expect([answer.status, answer.body['code']]).toEqual([413, 'body_too_large']);
    const chunked = await fetch(`${api.url}/v1/customers/long`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${api.adminKey}`, 'content-type': 'application/json' },
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(long));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect([chunked.status, ((await chunked.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  test('a DELETE may name the type of a body that it does not have', async () => {
    await api.ask('PUT', '/v1/customers/removed', { name: 'x' });
    expect((await api.as('admin', 'DELETE', '/v1/customers/removed', '', { 'content-type': 'application/json' })).status).toBe(204);
  });

  test('every text that the schema allows comes back as it was sent', async () => {
    for (const name of ['\u0000', '"; DROP', '\t\n', '👩‍👩‍👧', '\u202e', 'é', 'e\u0301', '1:7:{}', '=x', '-', '__proto__', '\ud800']) {
      const put = await api.as('admin', 'PUT', '/v1/customers/texts', { name });
      expect(put.status, JSON.stringify(name)).toBeLessThan(300);
      expect((await api.as('admin', 'GET', '/v1/customers/texts')).body['name']).toBe(name);
    }
  });
});

describe('addresses', () => {
  const problem = async (method: string, path: string, key?: string | null) => api.request(method, path, method === 'GET' || method === 'OPTIONS' ? undefined : {}, key);

  test.each([['GET', '/'], ['GET', '/v1'], ['GET', '/v1/nothing'], ['PATCH', '/v1/nothing'], ['GET', '/v1/plans/a/b']])('%s %s is nowhere', async (method, path) => {
    const answer = await problem(method, path);
    expect([answer.status, answer.body['code'], answer.headers.get('allow')]).toEqual([404, 'route_unknown', null]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test.each([
    ['POST', '/v1/plans/acme-desk', 'DELETE, GET, HEAD, PUT'], ['PATCH', '/v1/plans/acme-desk', 'DELETE, GET, HEAD, PUT'], ['PATCH', '/v1/numbers/%2B442079461001/?x=1', 'DELETE, GET, HEAD, PUT'], ['DELETE', '/v1/plans', 'GET, HEAD'],
    ['PUT', '/v1/plans/', 'GET, HEAD'], ['GET', '/v1/primaries/pbx/divert', 'POST'], ['OPTIONS', '/v1/plans', 'GET, HEAD'], ['PUT', '/v1/imports', 'GET, HEAD, POST'], ['POST', '/healthz', 'GET, HEAD'], ['DELETE', '/webhooks/main/voice', 'GET, POST'],
  ])('%s %s is answered with the methods that there are: %s', async (method, path, allowed) => {
    for (const key of [undefined, null]) {
      const answer = await problem(method, path, key);
      expect([answer.status, answer.body['code'], answer.headers.get('allow')]).toEqual([405, 'method_unknown', allowed]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
  });

  test('an address that cannot be read or is too long is refused as a problem, without quoting it', async () => {
    for (const path of ['/v1/numbers/%zz447400123456', `/v1/plans/${'a447400123456'.repeat(40)}`]) {
      const answer = await api.as('admin', 'GET', path);
      expect([answer.status, answer.body['code']], path).toEqual([400, 'request_invalid']);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(JSON.stringify(answer.body)).not.toContain('447400123456');
    }
  });

  test('a trailing slash does not matter', async () => {
    expect((await api.as('admin', 'GET', '/v1/plans/')).body).toEqual((await api.as('admin', 'GET', '/v1/plans')).body);
  });
});

describe('numbers', () => {
  const spellings = ['+442079461001', '+４４２０７９４６１００１', '%2B442079461001', '+44%2020%207946%201001', '%2B44%20(0)20%207946%201001', '+44-20-7946-1001', '%20%2B442079461001%20', '+44.20.7946.1001'];

  test.each(spellings)('%s is the same number', async (spelled) => {
    const answer = await api.as('admin', 'GET', `/v1/numbers/${spelled}`);
    expect([answer.status, answer.body['number']]).toEqual([200, ACME_NUMBER]);
    expect((await api.as('admin', 'GET', `/v1/numbers/${spelled}/steps`)).body['number']).toBe(ACME_NUMBER);
  });

  test('written in one spelling it is there in every other, once', async () => {
    const body = { customer: 'acme', primary: 'pbx', carrier: 'main' };
    expect((await api.as('admin', 'PUT', '/v1/numbers/%2B44%2020%207946%201777', body)).status).toBe(201);
    expect((await api.as('admin', 'PUT', `/v1/numbers/${london(777)}`, body)).status).toBe(200);
    expect((await api.as('admin', 'DELETE', '/v1/numbers/+44-20-7946-1777')).status).toBe(204);
    expect((await api.as('admin', 'GET', `/v1/numbers/${london(777)}`)).status).toBe(404);
  });

  test.each(['442079461001', '02079461001', '+44', '+1', '+4420794610011111', '+999123456789', 'hello', '+442079461001;ext=5', '+442079461001x5', '%2B%2B442079461001', '+442079461001x', '+442079461001%20hello'])('%s is none', async (text) => {
    for (const path of [`/v1/numbers/${text}`, `/v1/numbers/${text}/steps`, `/v1/calls?number=${encodeURIComponent(text)}`]) {
      const answer = await api.as('admin', 'GET', path);
      expect([answer.status, answer.body['code']], path).toEqual([400, 'number_invalid']);
    }
  });
});

test('every answer says its request and forbids caches and guessing', async () => {
  for (const path of ['/v1/plans', '/v1/plans/nothing', '/healthz', '/nowhere']) {
    const { headers } = await api.as('admin', 'GET', path);
    expect(headers.get('x-request-id'), path).toMatch(/^[0-9a-f-]{36}$/);
    expect([headers.get('cache-control'), headers.get('x-content-type-options')], path).toEqual(['no-store', 'nosniff']);
  }
  const own = await api.as('admin', 'PUT', '/v1/plans/traced', PLAN, { 'request-id': 'mine', 'x-request-id': 'mine' });
  expect(own.headers.get('x-request-id')).not.toBe('mine');
});

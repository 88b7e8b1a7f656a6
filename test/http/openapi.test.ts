/** /openapi.json says what the service really has: each route once and no other, in the shape that OpenAPI 3.1 asks for. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/http/validation.ts';
import { ACME_NUMBER, openApi, type Api, type Json } from './api.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Json; description?: string }[];
  requestBody?: { content: Record<string, { schema?: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Json }> }>;
  security?: unknown[];
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Json>; securitySchemes?: Json };
}

let api: Api;
let document: Document;
let operations: [name: string, path: string, operation: Operation][];
beforeAll(async () => {
  api = await openApi();
  document = (await api.as<Document>('none', 'GET', '/openapi.json')).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): [string, string, Operation] => [`${method.toUpperCase()} ${path}`, path, operation]));
});
afterAll(() => api.close());

/** Where the service describes itself. */
const ABOUT_ITSELF = /^\/(docs|openapi\.json)/;

test('it names every route and no other', () => {
  const registered = api.routes.filter(({ method, url }) => method !== 'HEAD' && !ABOUT_ITSELF.test(url)).map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  expect(operations.map(([name]) => name).filter((name) => !name.startsWith('HEAD ')).toSorted()).toEqual([...new Set(registered)].toSorted());
});

test('every schema by which a request is judged can be judged by', () => {
  const parts = api.routes.flatMap(({ method, url, schema }) => (['body', 'params', 'querystring', 'headers'] as const).map((httpPart) => ({ method, url, httpPart, schema: schema[httpPart] })).filter((part) => part.schema !== undefined));
  expect(parts.length).toBeGreaterThan(100);
  for (const part of parts) expect(() => compile(part), `${part.method} ${part.url}, ${part.httpPart}`).not.toThrow();
});

test('it is of the version that it says, and says how to show a key', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Ringthrough', version: '0.0.0-test' });
  expect(document.components?.securitySchemes).toEqual({ key: { type: 'http', scheme: 'bearer' } });
});

test('every operation has a summary of its own, a tag and answers that are described', () => {
  for (const [name, , { summary, tags, responses }] of operations) {
    expect(summary, name).toMatch(/^[A-Z'].{6,}[^.]$/);
    expect(tags, name).toHaveLength(1);
    expect(Object.keys(responses).length, name).toBeGreaterThan(1);
    for (const response of Object.values(responses)) expect(typeof response.description, name).toBe('string');
  }
});

test('every operation can end in a problem', () => {
  for (const [name, , { responses }] of operations) {
    const problem = responses['default'];
    expect(Object.keys(problem?.content ?? {}), name).toEqual(['application/problem+json']);
    const schema = problem?.content?.['application/problem+json']?.schema as { properties?: Json; $ref?: string } | undefined;
    const properties = schema?.$ref === undefined ? schema?.properties : (document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] as { properties?: Json } | undefined)?.properties;
    expect(Object.keys(properties ?? {}), name).toEqual(expect.arrayContaining(['type', 'title', 'status', 'detail', 'code']));
  }
});

test('public routes need no key, all others do, and say whose', () => {
  for (const [name, path, { security, description }] of operations) {
    expect([name, security]).toEqual([name, path.startsWith('/v1/') ? undefined : []]);
    expect(description, name).toMatch(path.startsWith('/v1/') ? /Asks for the role `(viewer|operator|admin)`; / : /Needs no key\.$/);
  }
});

test('every variable of a path is a parameter that must be given, and there is no other', () => {
  for (const [name, path, { parameters = [] }] of operations) {
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map((parameter) => parameter.name).toSorted(), name).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, variable]) => String(variable)).toSorted());
    for (const parameter of inPath) expect(parameter.required, name).toBe(true);
    expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size, name).toBe(parameters.length);
  }
});

test('every reference leads somewhere, and every schema is one', () => {
  const ajv = formats.default(new Ajv2020({ strict: false }));
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const reference = (value as { $ref?: unknown }).$ref;
    if (typeof reference === 'string') expect(document.components?.schemas, reference).toHaveProperty(reference.replace('#/components/schemas/', ''));
    for (const child of Object.values(value)) visit(child);
  };
  visit(document);
  for (const [name, , operation] of operations) {
    const contents = [operation.requestBody?.content, ...Object.values(operation.responses).map((response) => response.content)].flatMap((content) => Object.values(content ?? {}));
    for (const schema of [...contents.map((content) => content.schema), ...(operation.parameters ?? []).map((parameter) => parameter.schema)]) {
      if (schema) expect(ajv.validateSchema(schema), `${name} ${JSON.stringify(ajv.errors)}`).toBe(true);
    }
  }
});

describe('what it says of answers is so', () => {
  test.each([
    ['GET /v1/plans', '/v1/plans'],
    ['GET /v1/plans/{id}', '/v1/plans/acme-desk'],
    ['GET /v1/numbers', '/v1/numbers'],
    ['GET /v1/numbers/{number}', `/v1/numbers/${ACME_NUMBER}`],
    ['GET /v1/numbers/{number}/steps', `/v1/numbers/${ACME_NUMBER}/steps`],
    ['GET /v1/primaries/{id}', '/v1/primaries/pbx'],
    ['GET /v1/keys', '/v1/keys'],
    ['GET /v1/carriers', '/v1/carriers'],
    ['GET /v1/audit', '/v1/audit'],
    ['GET /v1/customers', '/v1/customers'],
    ['GET /v1/provider', '/v1/provider'],
    ['GET /healthz', '/healthz'],
  ])('%s', async (name, path) => {
    const operation = operations.find(([one]) => one === name)?.[2];
    const answer = await api.as('admin', 'GET', path);
    expect(answer.status).toBe(200);
    const schema = operation?.responses['200']?.content?.['application/json']?.schema;
    const validate = formats.default(new Ajv2020({ strict: false })).compile({ ...schema, components: document.components } as Json);
    expect(validate(answer.body), JSON.stringify(validate.errors)).toBe(true);
  });
});

test('/docs is a page for people, and needs nothing from elsewhere', async () => {
  const page = await api.as<string>('none', 'GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.body).toContain('swagger-ui');
  expect(page.body).not.toMatch(/(src|href)="https?:/);
  const addresses = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => new URL(address, `${api.url}/docs`));
  expect(addresses.length).toBeGreaterThan(2);
  for (const { pathname } of addresses) expect([(await api.app.inject({ method: 'GET', url: pathname })).statusCode, pathname]).toEqual([200, pathname]);
});

/** docs/api.md is true: its examples do what they say against a running service, and it names every address there is and no other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { curlExamples } from '../support/curl.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { blocksOf, read } from '../support/tree.ts';

const page = read('docs/api.md');
const examples = blocksOf(page, 'sh').flatMap(curlExamples);
const [csv = ''] = blocksOf(page, 'csv');

let redis: TestRedis;
let service: RunningService;
beforeAll(async () => {
  redis = await startTestRedis();
  service = await startService({ redis });
});
afterAll(async () => {
  await service.close();
  await redis.stop();
});

test('every curl command is an example with its status', () => {
  expect(examples).toHaveLength(page.match(/^curl /gm)?.length ?? 0);
});

test('the examples, one after the other, are answered as they say', async () => {
  for (const { method, url, headers, body, file, status } of examples) {
    const path = url.replace('$RINGTHROUGH_URL', '');
    const authorization = (headers['authorization'] ?? '').replace('$RINGTHROUGH_KEY', service.adminKey);
    const answer = await service.request(method, path, file === undefined ? body : csv, null, { ...headers, authorization });
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(status);
  }
});

test('the problem that it shows is the one that is answered', async () => {
  const [shown = ''] = blocksOf(page, 'json');
  const refused = examples.find(({ status }) => status === 422);
  const { body } = await service.request('PUT', refused?.url.replace('$RINGTHROUGH_URL', '') ?? '', refused?.body);
  expect({ ...body, requestId: '' }).toEqual({ ...(JSON.parse(shown) as object), requestId: '' });
});

test('every address of the OpenAPI document is named, and no other', async () => {
  const { paths } = await service.ask<{ paths: Record<string, unknown> }>('GET', '/openapi.json', undefined, null);
  const named = new Set([...page.matchAll(/`(?:GET |POST |PUT |DELETE )?(\/[^`\s?]*)`/g)].map(([, path = '']) => path));
  const others = ['/v1', '/openapi.json', '/docs'];
  const siblings = Object.keys(paths).filter((path) => path.startsWith('/webhooks/') && path !== '/webhooks/{carrier}/voice');
  expect([...named, ...siblings].toSorted()).toEqual([...Object.keys(paths), ...others].toSorted());
});

/** Redis goes between a write and the rest of its answer: the answer tells of the write all the same, and of a new key the key. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let redis: TestRedis;
let proxy: TcpProxy;
let service: RunningService;
beforeEach(async () => {
  redis = await startTestRedis();
  proxy = await createTcpProxy(redis.url);
  service = await startService({ redis: { url: proxy.url, dir: redis.dir } });
});
afterEach(async () => {
  await service.close();
  proxy.set('cut');
  await proxy.close();
  await redis.stop();
});

const PBX = { kind: 'pbx', target: 'sip:{number}@pbx.example.net' };

test('a primary, whose state cannot be told', async () => {
  proxy.loseAnswerTo(keys.records('states'));
  const { status, body } = await service.request('PUT', '/v1/primaries/pbx', PBX);
  expect({ status, body }).toEqual({ status: 201, body: { id: 'pbx', etag: expect.any(String) as string, ...PBX } });
  proxy.set('open');
  await expect.poll(async () => (await service.request('GET', '/v1/primaries/pbx')).status, { timeout: 10_000 }).toBe(200);
});

test('a key, of which nobody can say when it was used', async () => {
  proxy.loseAnswerTo(keys.keyUses);
  const { status, body } = await service.request('PUT', '/v1/keys/desk', { role: 'viewer' });
  expect({ status, body }).toEqual({ status: 201, body: expect.objectContaining({ id: 'desk', key: expect.stringMatching(/^rt_/) as string }) as unknown });
  proxy.set('open');
  await expect.poll(async () => (await service.request('GET', '/v1/primaries', undefined, String(body['key']))).status, { timeout: 10_000 }).toBe(200);
});

/** The helper that every other test of the store leans on keeps its own promises. */
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flushBetweenTests, startTestRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
flushBetweenTests(() => redis);

test('an acknowledged write survives kill -9 and a restart on the same address', async () => {
  const before = new Redis(redis.url, { retryStrategy: null });
  await before.set('kept', 'yes');
  const pid = redis.pid;
  await redis.kill('SIGKILL');
  expect(redis.pid).toBe(0);
  await redis.restart();
  expect(redis.pid).not.toBe(pid);
  const after = new Redis(redis.url, { retryStrategy: null });
  expect(await after.get('kept')).toBe('yes');
  after.disconnect();
  before.disconnect();
});

test('each test starts with an empty server', async () => {
  const client = new Redis(redis.url, { retryStrategy: null });
  expect(await client.dbsize()).toBe(0);
  client.disconnect();
});

test('stop leaves neither process nor folder', async () => {
  const other = await startTestRedis();
  const pid = other.pid;
  await other.stop();
  expect(existsSync(other.dir)).toBe(false);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

/** Redis as a Cluster, and the server that has our keys goes under load. docs/when-redis-is-gone.md names the same cases. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.ts';
import { launchService, must, newDataDir, putSampleOver } from '../support/service-process.ts';
import { NEVER_SHED } from './gone.ts';
import { PATIENCE, startProcess, survives } from './take-over.ts';

let cluster: RedisCluster;
beforeEach(async () => {
  cluster = await startRedisCluster();
});
afterEach(() => cluster.stop());

const takenOver = () => cluster.failing(() => expect.poll(() => cluster.homePort(), PATIENCE).not.toBeOneOf([0, cluster.home.port]));

describe('the server of a Cluster that has our keys', () => {
  test.each([
    ['is killed', () => cluster.home.kill(), () => cluster.home.restart()],
    ['hands over', () => cluster.nodes.at(-1)?.call('CLUSTER', 'FAILOVER'), () => undefined],
  ])('%s: a replica takes over, and nothing acknowledged is lost', async (_name, begin, end) => {
    await survives(cluster.url, {
      begin: async () => {
        await begin();
        await takenOver();
      },
      end: async () => {
        await end();
        await expect.poll(() => cluster.home.info('role').catch(() => undefined), PATIENCE).toBe('slave');
      },
    });
  }, 90_000);

  test('is killed during an import: workers in a process of their own finish it, each row once', async () => {
    const rows = 5000;
    const { service } = await startProcess(cluster.url, { WORKERS: 'off' });
    const workers = launchService(await newDataDir(), { REDIS_URL: cluster.url, ...NEVER_SHED }, 'workers/main.js');
    await putSampleOver(service);
    const file = Array.from({ length: rows }, (_, row) => `+4420${79_500_000 + row},acme,pbx,main`);
    const { id } = await must(service.request('POST', '/v1/imports', ['number,customer,primary,carrier', ...file].join('\n'), { 'content-type': 'text/csv' }));
    const progress = async () => (await service.request('GET', `/v1/imports/${String(id)}`)).body as { state: string; rowsDone: number };
    await expect.poll(async () => (await progress()).rowsDone, { ...PATIENCE, interval: 5 }).toBeGreaterThan(0);
    expect((await progress()).state).toBe('applying');
    await cluster.home.kill();
    await takenOver();
    await expect.poll(async () => (await progress()).state, { timeout: 60_000 }).toBe('done');
    expect(await progress()).toMatchObject({ created: rows, changed: 0, unchanged: 0, rejected: 0 });
    expect(await workers.end('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 90_000);
});

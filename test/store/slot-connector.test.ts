import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.ts';
import { freePorts, REDIS_PASSWORD, startNode } from '../support/redis-node.ts';

const opened: Redis[] = [];
afterEach(() => {
  for (const connection of opened.splice(0)) connection.disconnect();
});

function open(url: string): { connection: Redis; told: Set<string> } {
  const told = new Set<string>();
  const connection = createFastConnection({ url, onError: ({ message }) => void told.add(message) });
  opened.push(connection);
  return { connection, told };
}

describe('a connection to a Cluster', () => {
  let cluster: RedisCluster;
  beforeEach(async () => {
    cluster = await startRedisCluster();
  });
  afterEach(() => cluster.stop());

  test('leads to the server that has our keys, and to another when their slot is moved', async () => {
    const { connection } = open(cluster.url);
    await whenReady(connection);
    expect(connection.stream.remotePort).toBe(cluster.home.port);
    expect(await connection.get(keys.epoch)).toBeNull();
    const [, other] = cluster.nodes;
    const slot = Number(await cluster.home.call('CLUSTER', 'KEYSLOT', keys.epoch));
    const id = String(await other?.call('CLUSTER', 'MYID'));
    for (const node of [other, cluster.home]) await node?.call('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    await expect.poll(() => connection.set(keys.epoch, 'one').catch(() => undefined), { timeout: 20_000 }).toBe('OK');
    expect(connection.stream.remotePort).toBe(other?.port);
  });
});

test('where nobody listens, that is told', async () => {
  const [port = 0] = await freePorts(1);
  const { connection, told } = open(`redis+cluster://127.0.0.1:${port}`);
  await expect.poll(() => [...told].join(), { timeout: 20_000 }).toContain('ECONNREFUSED');
  await expect(connection.ping()).rejects.toThrow();
});

test('a Redis that is no Cluster is not taken for one', async () => {
  const [port = 0] = await freePorts(1);
  const node = await startNode({ port, lines: [`requirepass "${REDIS_PASSWORD}"`] });
  const { connection, told } = open(`redis+cluster://:${encodeURIComponent(REDIS_PASSWORD)}@127.0.0.1:${port}`);
  await expect.poll(() => [...told].join(), { timeout: 20_000 }).toContain('cluster support disabled');
  expect(connection.status).not.toBe('ready');
  await node.stop();
});

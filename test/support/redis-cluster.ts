/** A Redis Cluster of three primaries, the one that has our keys with two replicas: real processes that found each other by hand. */
import { expect } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { DURABLE_LINES, freePorts, REDIS_PASSWORD, startNode, type RedisNode } from './redis-node.ts';

export interface RedisCluster {
  /** For REDIS_URL; names two servers, neither of which has our keys. */
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** The server that has our keys at the start. */
  readonly home: RedisNode;
  /** The port of the server that has our keys now, as one of the others says; 0 while it knows none that works. */
  homePort(): Promise<number>;
  /** Until `takenOver` resolves, a server that is silent counts as failed soon. */
  failing(takenOver: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** A replica stays with the primary that it was given: one that hears of another's slots late, as on a busy machine, would go over to it, since ours has two. */
const CLUSTER_LINES = ['cluster-enabled yes', 'cluster-replica-validity-factor 0', 'cluster-allow-replica-migration no'];
const PRIMARIES = 3;
const REPLICAS = 2;
const SLOTS = 16_384;
/** After so long without an answer a server counts as failed, milliseconds: soon, so that servers find each other and another takes over soon. */
const SOON_MS = 1000;
/** As long as none is to fail: on a busy machine those that are well are silent for seconds. */
const PATIENT_MS = 60_000;

type Slots = [from: number, to: number, ...nodes: [host: string, port: number, id: string][]][];

export async function startRedisCluster(): Promise<RedisCluster> {
  const ports = await freePorts(2 * (PRIMARIES + REPLICAS));
  const busPorts = ports.splice(PRIMARIES + REPLICAS);
  const nodes = await Promise.all(
    ports.map((port, at) => startNode({ port, lines: [...DURABLE_LINES, ...CLUSTER_LINES, `cluster-port ${busPorts[at] ?? 0}`, `cluster-node-timeout ${SOON_MS}`] })),
  );
  const [first, ...others] = nodes as [RedisNode, ...RedisNode[]];
  const slot = Number(await first.call('CLUSTER', 'KEYSLOT', keys.revision));
  // The first server gets the part that begins with our slot.
  const part = (at: number): number[] => Array.from({ length: SLOTS }, (_, one) => one).filter((one) => Math.floor((((one - slot + SLOTS) % SLOTS) / SLOTS) * PRIMARIES) === at);
  await Promise.all(nodes.slice(0, PRIMARIES).map((node, at) => node.call('CLUSTER', 'ADDSLOTS', ...part(at))));
  // Of equal epochs the servers make different ones by themselves, in time; it need not be waited for.
  for (const [at, node] of nodes.entries()) await node.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
  for (const [at, node] of others.entries()) await first.call('CLUSTER', 'MEET', '127.0.0.1', node.port, busPorts[at + 1] ?? 0);
  const known = (node: RedisNode) => node.call('CLUSTER', 'INFO').then((info) => /cluster_known_nodes:(\d+)/.exec(String(info))?.[1]);
  await expect.poll(() => Promise.all(nodes.map(known)), { timeout: 20_000 }).toEqual(nodes.map(() => String(nodes.length)));
  const id = String(await first.call('CLUSTER', 'MYID'));
  const replicas = nodes.slice(PRIMARIES);
  for (const replica of replicas) await replica.call('CLUSTER', 'REPLICATE', id);
  await expect.poll(() => Promise.all(replicas.map((replica) => replica.info('master_link_status'))), { timeout: 20_000 }).toEqual(replicas.map(() => 'up'));
  const state = (node: RedisNode) => node.call('CLUSTER', 'INFO').then((info) => /cluster_state:(\w+)/.exec(String(info))?.[1]);
  await expect.poll(() => Promise.all(nodes.map(state)), { timeout: 20_000 }).toEqual(nodes.map(() => 'ok'));
  // One that is killed cannot be told.
  const failAfter = (ms: number) => Promise.all(nodes.map((node) => node.call('CONFIG', 'SET', 'cluster-node-timeout', ms).catch(() => undefined)));
  await failAfter(PATIENT_MS);

  return {
    url: `redis+cluster://:${encodeURIComponent(REDIS_PASSWORD)}@127.0.0.1:${others[0]?.port},127.0.0.1:${others[1]?.port}`,
    nodes,
    home: first,
    async homePort() {
      if ((await state(others[0] as RedisNode)) !== 'ok') return 0;
      const ranges = (await others[0]?.call('CLUSTER', 'SLOTS')) as Slots;
      return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2]?.[1] ?? 0;
    },
    async failing(takenOver) {
      await failAfter(SOON_MS);
      await takenOver();
      await failAfter(PATIENT_MS);
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

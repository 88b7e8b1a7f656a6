/** A primary with two replicas and three Sentinels that watch over them, all real, with passwords of their own. */
import { expect } from 'vitest';
import { DURABLE_LINES, freePorts, REDIS_PASSWORD, startNode, type RedisNode } from './redis-node.ts';

export interface SentinelGroup {
  /** For REDIS_URL. */
  readonly url: string;
  /** The primary first, as it was at the start. */
  readonly nodes: readonly RedisNode[];
  readonly sentinels: readonly RedisNode[];
  /** The port of the primary, as most Sentinels say. */
  primaryPort(): Promise<number>;
  stop(): Promise<void>;
}

const NAME = 'ringthrough';
const SENTINEL_PASSWORD = 'secret of the sentinels';
/** After so long without an answer a primary counts as down, milliseconds; at each Sentinel later than at the one before, so that not all three stand for election at once. */
const DOWN_AFTER_MS = [600, 800, 1500];

async function startSentinel(port: number, primary: number, downAfterMs = 0): Promise<RedisNode> {
  const sentinel = await startNode({
    port,
    password: SENTINEL_PASSWORD,
    sentinel: true,
    lines: [
      `requirepass "${SENTINEL_PASSWORD}"`,
      `sentinel sentinel-pass "${SENTINEL_PASSWORD}"`,
      `sentinel monitor ${NAME} 127.0.0.1 ${primary} 2`,
      `sentinel auth-pass ${NAME} "${REDIS_PASSWORD}"`,
      `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${NAME} 2000`,
      `sentinel parallel-syncs ${NAME} 2`,
    ],
  });
  // Sentinels look at things every few seconds, and not at all for 30 s when their machine is busy. From Redis 7.0 on they can be hurried:
  // but a replica whose state is older than five pings is not promoted, and their state is asked for once a second then.
  await sentinel.call('SENTINEL', 'DEBUG', 'ping-period', 300, 'info-period', 200, 'publish-period', 200, 'ask-period', 100, 'election-timeout', 2000, 'tilt-trigger', 60_000).catch(() => undefined);
  return sentinel;
}

export async function startSentinelGroup(): Promise<SentinelGroup> {
  const [primary = 0, one = 0, two = 0, ...others] = await freePorts(6);
  const first = await startNode({ port: primary, lines: DURABLE_LINES });
  const replicas = await Promise.all([one, two].map((port) => startNode({ port, lines: [...DURABLE_LINES, `replicaof 127.0.0.1 ${primary}`] })));
  const nodes = [first, ...replicas];
  await expect.poll(() => Promise.all(replicas.map((replica) => replica.info('master_link_status'))), { timeout: 20_000 }).toEqual(['up', 'up']);
  const sentinels = await Promise.all(others.map((port, at) => startSentinel(port, primary, DOWN_AFTER_MS[at])));
  const known = async (sentinel: RedisNode) => {
    const fields = (await sentinel.call('SENTINEL', 'MASTER', NAME)) as string[];
    return ['num-slaves', 'num-other-sentinels'].map((name) => fields[fields.indexOf(name) + 1]);
  };
  await expect.poll(() => Promise.all(sentinels.map(known)), { timeout: 20_000 }).toEqual(sentinels.map(() => ['2', '2']));
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');

  return {
    url: `redis+sentinel://:${encodeURIComponent(REDIS_PASSWORD)}@${hosts}/${NAME}?sentinelPassword=${encodeURIComponent(SENTINEL_PASSWORD)}`,
    nodes,
    sentinels,
    async primaryPort() {
      const answers = await Promise.all(sentinels.map(async (sentinel) => ((await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[])[1]));
      const most = answers.find((answer) => answers.filter((other) => other === answer).length > 1);
      return Number(most ?? 0);
    },
    async stop() {
      await Promise.all([...nodes, ...sentinels].map((node) => node.stop()));
    },
  };
}

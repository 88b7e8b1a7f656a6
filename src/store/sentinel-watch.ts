/**
 * Leaves a primary that Sentinel has replaced, as soon as a Sentinel says so. A killed one is missed anyway; but one that hangs, or that
 * only the Sentinels cannot reach, would be believed until it hears itself that it was replaced.
 *
 * ioredis' own `failoverDetector` will not do: news that comes while a connection looks for the primary ends it for good.
 */
import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import type { RedisPlace } from '../domain/redis-url.ts';

type SentinelPlace = Extract<RedisPlace, { kind: 'sentinel' }>;

const CHANNEL = '+switch-master';
const RETRY_MS = 1000;

/** `NAME OLD-ADDRESS OLD-PORT NEW-ADDRESS NEW-PORT`. A name cannot be compared with where a connection leads: then the port alone decides. */
function leadsTo({ stream }: Redis, host: string, port: string): boolean {
  return String(stream.remotePort) === port && (isIP(host) === 0 || stream.remoteAddress === host);
}

/** Ends with the connection. `ms`: how long a Sentinel may take to be connected to. */
export function leaveWhenReplaced(connection: Redis, { nodes, master, sentinelLogin, tls }: SentinelPlace, ms: number): void {
  const watching = nodes.map((node) => {
    const sentinel = new Redis({
      ...node, ...sentinelLogin, ...(tls ? { tls: {} } : {}),
      connectionName: 'ringthrough-watching', enableReadyCheck: false, maxRetriesPerRequest: null, connectTimeout: ms, disconnectTimeout: ms, retryStrategy: () => RETRY_MS,
    });
    // One that is away misses its news; the others tell the same.
    sentinel.on('error', () => undefined);
    sentinel.subscribe(CHANNEL).catch(() => undefined);
    sentinel.on('message', (_channel: string, message: string) => {
      const [name, , , host = '', port = ''] = message.split(' ');
      if (name === master && connection.status === 'ready' && !leadsTo(connection, host, port)) connection.disconnect(true);
    });
    return sentinel;
  });
  connection.once('end', () => {
    for (const sentinel of watching) sentinel.disconnect();
  });
}

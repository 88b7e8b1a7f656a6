/** Says at start when the Redis that takes our writes is set up so that something acknowledged could be lost. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

const WANTED = new Map([
  ['appendonly', 'yes'],
  ['appendfsync', 'always'],
  ['maxmemory-policy', 'noeviction'],
]);

async function warnOfReplicas(redis: Redis, wanted: number, log: Logger): Promise<void> {
  const [, connected = '0'] = /^connected_slaves:(\d+)/m.exec(await redis.info('replication')) ?? [];
  const replicas = Number(connected);
  if (replicas < wanted) log.warn({ replicas, wanted }, 'Redis has fewer replicas than must have a write before it is acknowledged: none is until it has');
  if (replicas > wanted) log.warn({ replicas, wanted }, 'Redis has more replicas than must have a write before it is acknowledged: one that is without it may take over');
}

/** `wanted`: how many replicas must have a write before it is acknowledged. */
export async function warnOfLaxRedis(redis: Redis, wanted: number, log: Logger): Promise<void> {
  try {
    if (wanted > 0) await warnOfReplicas(redis, wanted, log);
    const reply: string[] = await redis.config('GET', ...WANTED.keys());
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const name = reply[at] ?? '';
      const should = WANTED.get(name);
      if (should !== undefined && reply[at + 1] !== should) log.warn({ setting: name, is: reply[at + 1], wanted: should }, 'Redis is set up so that acknowledged writes can be lost');
    }
  } catch (error) {
    // Hosted services often forbid CONFIG.
    log.warn({ err: error }, 'could not check whether Redis keeps what it acknowledges');
  }
}

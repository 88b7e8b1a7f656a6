/** Says at start when Redis is set up so that something acknowledged could be lost. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

const WANTED = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' } as const;

export async function warnOfLaxRedis(redis: Redis, log: Logger): Promise<void> {
  try {
    const reply = (await redis.config('GET', ...(Object.keys(WANTED) as [string, ...string[]]))) as string[];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const name = reply[at] as keyof typeof WANTED;
      const wanted = WANTED[name];
      if (wanted !== undefined && reply[at + 1] !== wanted) log.warn({ setting: name, is: reply[at + 1], wanted }, 'Redis is set up so that acknowledged writes can be lost');
    }
  } catch (error) {
    // Hosted services often forbid CONFIG.
    log.warn({ err: error }, 'could not check whether Redis keeps what it acknowledges');
  }
}

/** Says at start when Redis is set up so that something acknowledged could be lost. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

const WANTED = new Map([
  ['appendonly', 'yes'],
  ['appendfsync', 'always'],
  ['maxmemory-policy', 'noeviction'],
]);

export async function warnOfLaxRedis(redis: Redis, log: Logger): Promise<void> {
  try {
    const reply: string[] = await redis.config('GET', ...WANTED.keys());
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const name = reply[at] ?? '';
      const wanted = WANTED.get(name);
      if (wanted !== undefined && reply[at + 1] !== wanted) log.warn({ setting: name, is: reply[at + 1], wanted }, 'Redis is set up so that acknowledged writes can be lost');
    }
  } catch (error) {
    // Hosted services often forbid CONFIG.
    log.warn({ err: error }, 'could not check whether Redis keeps what it acknowledges');
  }
}

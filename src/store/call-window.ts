/** The calls of a stretch of time: all of them, or where they are very many an even sample. */
import type { Redis } from 'ioredis';
import type { Call } from '../domain/call.ts';
import { answering } from './answering.ts';
import { readCall } from './call-store.ts';
import { keys } from './keys.ts';

export interface CallWindow {
  /** All that began in it. */
  total: number;
  /** Those looked at, in the order of their time: all when there are no more than `most`. */
  calls: Call[];
}

/** Neighbours in time that are read at once. */
const BLOCK = 200;

/**
 * @param from and `to`, inclusive: milliseconds since 1970
 * @param most calls that are looked at
 * @param only `unanswered`: those that were missed or lost
 * Throws `store_unavailable`.
 */
export async function readCallWindow(redis: Redis, { from, to, most, only }: { from: number; to: number; most: number; only?: 'unanswered' }): Promise<CallWindow> {
  const index = keys.callIndex(only === undefined ? 'all' : 'all:unanswered');
  const total = await answering(redis.zcount(index, from, to));
  const first = await answering(redis.zcount(index, '-inf', `(${from}`));
  const blocks = Math.ceil(Math.min(total, most) / BLOCK);
  const calls: Call[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const start = Math.floor((block * total) / blocks);
    const end = total <= most ? Math.floor(((block + 1) * total) / blocks) : start + Math.floor(most / blocks);
    const ids = await answering(redis.zrange(index, String(first + start), String(first + end - 1)));
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.call(id));
    const replies = ids.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
    for (const [at, [error, stored]] of replies.entries()) {
      const call = error ? undefined : readCall(ids[at] ?? '', stored as Record<string, string>);
      if (call) calls.push(call);
    }
  }
  return { total, calls };
}

/** The secret under which ids that would tell too much are hidden from keys of one customer: one for all processes, made once. */
import type { Redis } from 'ioredis';
import type { Random } from '../system/system.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export async function readVeilKey(redis: Redis, random: Random): Promise<Buffer> {
  const held = await answering(redis.get(keys.veil));
  if (held !== null) return Buffer.from(held, 'hex');
  await answering(redis.set(keys.veil, random.bytes(32).toString('hex'), 'NX'));
  // Another process may have been faster.
  return Buffer.from((await answering(redis.get(keys.veil))) ?? '', 'hex');
}

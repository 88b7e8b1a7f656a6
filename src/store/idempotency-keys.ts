/**
 * Remembers for a day to what an `Idempotency-Key` has led: the id of an import, or of a notification. A key is claimed when its upload is complete, so that
 * one that broke off can be sent again. A claim whose import never came about is passed over: the next claim stands
 * under a name made of both, and each name is claimed once.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface IdempotencyKeys {
  /** The id that holds the key; undefined when none does. `isVoid` says of one that it never came about. */
  holder(key: string, isVoid: (id: string) => Promise<boolean>): Promise<string | undefined>;
  /** Claims the key; the id that holds it then, which is `id` or another's. */
  claim(key: string, id: string, isVoid: (id: string) => Promise<boolean>): Promise<string>;
}

/** What is sent again with the same key is the same for so long, seconds. */
const KEPT_SECONDS = 86_400;

/** `of`: keys of one kind have nothing to do with those of another. */
export function createIdempotencyKeys(redis: Redis, of: 'upload' | 'notification'): IdempotencyKeys {
  const nameOf = (parts: readonly string[]): string => keys.idempotencyKey(of, createHash('sha256').update(JSON.stringify(parts)).digest('hex'));
  return {
    async holder(key, isVoid) {
      for (const parts = [key]; ; ) {
        const id = await answering(redis.get(nameOf(parts)));
        if (id === null) return undefined;
        if (!(await isVoid(id))) return id;
        parts.push(id);
      }
    },
    async claim(key, id, isVoid) {
      for (const parts = [key]; ; ) {
        const name = nameOf(parts);
        const claimed = await answering(redis.set(name, id, 'EX', KEPT_SECONDS, 'NX'));
        if (claimed !== null) return id;
        const other = await answering(redis.get(name));
        // It ran out in between: once more under the same name.
        if (other === null) continue;
        if (other === id || !(await isVoid(other))) return other;
        parts.push(other);
      }
    },
  };
}

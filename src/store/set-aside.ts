/** Records that cannot be read: noted as they were found, counted, and never in the way of the others. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { keys, type Collection } from './keys.ts';

export interface SetAside {
  readonly size: number;
  add(collection: Collection, id: string, stored: string): void;
  /** The record can be read again, or is gone. */
  resolve(collection: Collection, id: string): void;
  clear(): void;
}

export function createSetAside(redis: Redis, log: Logger): SetAside {
  const records = new Map<string, string>();
  return {
    get size() {
      return records.size;
    },
    add(collection, id, stored) {
      const subject = `${collection}/${id}`;
      if (records.get(subject) === stored) return;
      records.set(subject, stored);
      log.error({ collection, id: collection === 'numbers' ? undefined : id }, 'a record cannot be read and is set aside');
      redis.hset(keys.setAside, subject, stored).catch((error: unknown) => log.warn({ err: error }, 'could not note a record that was set aside'));
    },
    resolve(collection, id) {
      if (records.size > 0) records.delete(`${collection}/${id}`);
    },
    clear: () => records.clear(),
  };
}

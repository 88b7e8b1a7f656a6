/** What is noted of API keys beside their records, outside commits and audit: when each was last used, and which keys of the environment were installed. */
import type { Redis } from 'ioredis';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface KeyNotes {
  /** When the key was last used, milliseconds since 1970, some minutes late at most; undefined for never. */
  lastUsed(id: string): Promise<number | undefined>;
  /** Notes the last uses by id, and forgets the keys that are gone. */
  noteUses(uses: ReadonlyMap<string, number>, gone: readonly string[]): Promise<void>;
  /** Whether a key with this hash was ever taken from the environment. */
  wasInstalled(hash: string): Promise<boolean>;
  rememberInstalled(hash: string): Promise<void>;
}

export function createKeyNotes(redis: Redis): KeyNotes {
  return {
    async lastUsed(id) {
      const noted = await answering(redis.hget(keys.keyUses, id));
      return noted === null ? undefined : Number(noted);
    },
    async noteUses(uses, gone) {
      const ids = [...uses.keys()];
      const noted = ids.length === 0 ? [] : await answering(redis.hmget(keys.keyUses, ...ids));
      // Another process may have noted a later use of the same key.
      const later = ids.flatMap((id, at) => (Number(noted[at] ?? 0) < (uses.get(id) ?? 0) ? [id, String(uses.get(id))] : []));
      if (later.length > 0) await answering(redis.hset(keys.keyUses, ...later));
      if (gone.length > 0) await answering(redis.hdel(keys.keyUses, ...gone));
    },
    wasInstalled: async (hash) => (await answering(redis.sismember(keys.installedKeys, hash))) === 1,
    async rememberInstalled(hash) {
      await answering(redis.sadd(keys.installedKeys, hash));
    },
  };
}

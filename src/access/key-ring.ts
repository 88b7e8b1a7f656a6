/** Tells who presents a key, from memory: no request waits for the store to be let in. */
import { createHash } from 'node:crypto';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { Actor } from '../domain/key.ts';
import type { Clock, Random } from '../system/system.ts';

export interface KeyRing {
  /** The holder of a presented key; undefined when it is unknown, has expired or was rotated away. */
  identify(presented: string): Actor | undefined;
}

/** SHA-256 in hex. Keys hold 256 random bits, so a slow hash would add nothing but load. */
export function hashKey(presented: string): string {
  return createHash('sha256').update(presented).digest('hex');
}

/** A new key; `rt_` lets secret scanners recognise it. */
export function newKey(random: Random): string {
  return `rt_${random.bytes(32).toString('base64url')}`;
}

export function createKeyRing(tables: RoutingTableHolder, clock: Clock): KeyRing {
  let holders = new Map<string, { id: string; until: number }>();

  function rebuild(): void {
    holders = new Map();
    for (const id of tables.current.ids('keys')) {
      const key = tables.current.key(id);
      if (key?.previous) holders.set(key.previous.hash, { id, until: key.previous.until });
      if (key) holders.set(key.hash, { id, until: Number.POSITIVE_INFINITY });
    }
  }

  tables.events.on('replaced', rebuild);
  tables.events.on('change', (collection) => {
    if (collection === 'keys') rebuild();
  });
  rebuild();

  return {
    identify(presented) {
      const holder = holders.get(hashKey(presented));
      const key = holder && tables.current.key(holder.id);
      if (!key || holder.until <= clock.now()) return undefined;
      // A moment that cannot be read is not later than now.
      if (key.expiresAt !== undefined && !(Date.parse(key.expiresAt) > clock.now())) return undefined;
      return { key: holder.id, role: key.role, ...(key.customer === undefined ? {} : { customer: key.customer }) };
    },
  };
}

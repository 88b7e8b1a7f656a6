/** The connections to one origin. */
import { Client } from 'undici';
import type { guardedLookup } from '../posting/guarded-lookup.ts';

/** Longer than any try lasts: each has its own limit. */
const CONNECT_MS = 60_000;

export interface Lane {
  take(): Client;
  /** Its connection can be used again. */
  give(client: Client): void;
  close(): void;
}

/**
 * As many connections as there are posts on their way, the last used first, so that those that are not needed end by themselves. A pool of undici would
 * open more: one that has just answered counts as busy there until later.
 */
export function createLane(origin: string, lookup: ReturnType<typeof guardedLookup>, empty: () => void): Lane {
  const all = new Set<Client>();
  const free: Client[] = [];

  function drop(client: Client): void {
    if (!all.delete(client)) return;
    const at = free.indexOf(client);
    if (at >= 0) free.splice(at, 1);
    void client.destroy();
    if (all.size === 0) empty();
  }

  function open(): Client {
    const client = new Client(origin, { connect: { lookup, timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0 });
    all.add(client);
    // Of one that is in use the post itself is told.
    client.on('disconnect', () => {
      if (free.includes(client)) drop(client);
    });
    return client;
  }

  return {
    take: () => free.pop() ?? open(),
    give(client) {
      if (client.destroyed) drop(client);
      else free.push(client);
    },
    close() {
      for (const client of all) drop(client);
    },
  };
}

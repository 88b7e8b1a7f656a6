/** A replay worker on a world of its own, and what a test needs to give it work. */
import { afterEach, beforeEach } from 'vitest';
import type { Notification } from '../../src/domain/notification.ts';
import type { Subscriber } from '../../src/domain/subscriber.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogCounts } from '../../src/domain/notification.ts';
import { createBackgroundConnection } from '../../src/store/connections.ts';
import { realSystem } from '../../src/system/system.ts';
import { createReplayWorker, type ReplayWorker } from '../../workers/replay.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';
import { SECRET } from '../../stand-ins/subscriber/subscriber.ts';

const MOST = { count: 0, bytes: 0 };

export function eachReplay() {
  const here = eachWorld();
  let ends: (() => Promise<void>)[] = [];
  beforeEach(() => {
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends.toReversed()) await end();
  });
  let n = 0;

  const site = {
    get world() {
      return here.world;
    },
    get server() {
      return here.server;
    },
    get backlog() {
      return createBacklogStore(here.world.redis);
    },
    async worker(): Promise<ReplayWorker> {
      const { world } = here;
      const connection = createBackgroundConnection({ url: here.server.url, onError: () => undefined });
      const { table } = await world.follow();
      const worker = createReplayWorker({ connection, fast: world.redis, backlog: createBacklogStore(world.redis), tables: table, secrets: { open: (stored) => stored }, settings: { REPLAY_MAX_IN_FLIGHT: 200, RECEIVERS_MAY_BE_PRIVATE: 'yes' }, source: 'https://calls.example.net', log: world.log, system: realSystem });
      worker.start();
      ends.push(async () => {
        await worker.close();
        connection.disconnect();
      });
      return worker;
    },
    subscribe: (id: string, url: string, more: Partial<Subscriber> = {}) => put(here.world.store, 'subscribers', id, { url, secret: SECRET, ...more }),
    /** So many of each line, in turn; numbered through. */
    async accept(subscriber: string, lines: readonly string[], each: number, more: Partial<Notification> = {}): Promise<void> {
      const now = Date.now();
      const all = Array.from({ length: each }, () => lines).flat().map((line) => {
        n += 1;
        return { subscriber, worth: 'standard' as const, most: MOST, notification: { id: `n-${n}`, kind: 'call.missed', key: line, class: 'history' as const, at: now, data: JSON.stringify({ line, n, sentAt: now }), ...more } };
      });
      await site.backlog.accept(all, now, 0);
    },
    counts: async (subscriber: string): Promise<BacklogCounts> => (await site.backlog.status(subscriber)).counts,
  };
  return site;
}

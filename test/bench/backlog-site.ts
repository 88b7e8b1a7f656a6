/** A fleet with piles of notifications, for the benchmarks of hold and replay. */
import { execFileSync } from 'node:child_process';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore } from '../../src/store/backlog-store.ts';
import { createPiles, type Piles } from '../support/piles.ts';
import { openFleet, type Fleet } from './fleet.ts';

export interface BacklogSite extends Piles {
  fleet: Fleet;
  backlog: BacklogStore;
  redisBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Megabytes that a process holds. */
export const rss = (pid: number | undefined): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;

export async function openBacklogSite(): Promise<BacklogSite> {
  const fleet = await openFleet();
  const { connection, store } = fleet;
  const backlog = createBacklogStore(connection);
  return {
    ...createPiles({ store, backlog }),
    fleet,
    backlog,
    redisBytes: async () => Number(/used_memory:(\d+)/.exec(await connection.info('memory'))?.[1]),
    close: () => fleet.close(),
  };
}

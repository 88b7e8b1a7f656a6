/** What a process has of backlogs besides the workers: the store, the way in, and an eye on what nobody owns any more. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { PassOn } from '../calls/webhook-desk.ts';
import type { Spool } from '../spool/spool.ts';
import { createBacklogStore } from '../store/backlog-in-redis.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import type { Follower } from '../store/follower.ts';
import { createIdempotencyKeys } from '../store/idempotency-keys.ts';
import type { Confirmed } from '../store/replica-wait.ts';
import type { System } from '../system/system.ts';
import { createIntake, type Intake } from './intake.ts';
import { endOrphans } from './orphans.ts';
import { createPassOn } from './pass-on.ts';
import { createPostDesk, type PostDesk } from './post-desk.ts';

export interface Backlogs {
  store: BacklogStore;
  intake: Intake;
  desk: PostDesk;
  /** Takes what carriers send for subscribers. */
  passOn: PassOn;
  /** To be called when the table follows Redis; what is returned ends it. */
  watch(): () => void;
}

interface Options {
  redis: Redis;
  confirmed: Confirmed;
  spool: Spool;
  tables: RoutingTableHolder;
  follower: Pick<Follower, 'status'>;
  settings: { BACKLOG_MAX_MB: number };
  system: System;
  log: Logger;
}

export function createBacklogs({ redis, confirmed, spool, tables, follower, settings, system: { clock, timers, random }, log }: Options): Backlogs {
  const store = createBacklogStore(redis, confirmed);
  const idempotency = createIdempotencyKeys(redis, 'notification');
  const intake = createIntake({ backlog: store, idempotency, table: () => tables.current, spool: spool.queue('notifications'), maxBytes: settings.BACKLOG_MAX_MB * 1_048_576, clock, timers, log });
  const passOn = createPassOn({ intake, table: () => tables.current, clock });
  return { store, intake, desk: createPostDesk({ intake, idempotency, random, clock, timers }), passOn, watch: () => endOrphans({ backlog: store, tables, follower, timers, log }) };
}

/** Ends what waits for subscribers that are not there any more. To delete a subscriber is two steps, its record and its backlog; whoever sees that only the first was done does the second. */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import type { Follower } from '../store/follower.ts';
import type { Collection } from '../store/keys.ts';
import type { Timers } from '../system/system.ts';

interface Options {
  /** `remove` does nothing while there is a record: what is in memory may lag behind. */
  backlog: Pick<BacklogStore, 'known' | 'remove'>;
  tables: Pick<RoutingTableHolder, 'current' | 'events'>;
  follower: Pick<Follower, 'status'>;
  timers: Timers;
  log: Logger;
}

const LOOK_EVERY_MS = 60_000;

/** Looks at once, whenever a subscriber goes and every minute; what is returned ends that. */
export function endOrphans({ backlog, tables, follower, timers, log }: Options): () => void {
  async function end(subscriber: string): Promise<void> {
    const dropped = await backlog.remove(subscriber);
    if (dropped > 0) log.warn({ subscriber, dropped }, 'the subscriber was deleted; what waited for it is dropped');
  }

  const isGone = (id: string): boolean => follower.status().is === 'following' && tables.current.subscriber(id) === undefined;

  async function look(): Promise<void> {
    for (const id of await backlog.known()) if (isGone(id)) await end(id);
  }

  const unlessAway = (work: Promise<void>): void => void work.catch((error: unknown) => log.debug({ err: error }, 'whether subscribers have gone cannot be seen now'));
  const changed = (collection: Collection, id: string): void => {
    if (collection === 'subscribers' && isGone(id)) unlessAway(end(id));
  };
  tables.events.on('change', changed);
  unlessAway(look());
  const stop = timers.every(LOOK_EVERY_MS, () => unlessAway(look()));
  return () => {
    stop();
    tables.events.off('change', changed);
  };
}

/**
 * Those who follow what changes, over server-sent events: how backlogs go down, and how primaries stand. One look a second serves all of them; each is told only of
 * what it may see, and who does not read is cut off.
 */
import { Readable } from 'node:stream';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import { iso } from '../domain/instant.ts';
import type { Actor } from '../domain/key.ts';
import type { PrimaryState } from '../domain/primary.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { Collection } from '../store/keys.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { Timers } from '../system/system.ts';
import { maySee } from './access.ts';

/** Why a stream ends: whoever follows is to come again, unless its key is gone. */
export const STREAM_ENDS = ['time', 'closing', 'overloaded', 'key'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

export interface StreamHub {
  /** What is so now, then what changes, for so long; 0: no longer than once through all. */
  open(actor: Actor, seconds: number): Readable;
  /** Ends all. */
  close(): void;
}

interface Options {
  tables: RoutingTableHolder;
  /** How the backlog of a subscriber stands, as it is shown. Rejects while Redis is away. */
  backlogOf(id: string, record: Subscriber): Promise<{ is: string }>;
  load: LoadLevel;
  metrics: Pick<Metrics, 'clientsCutOff'>;
  timers: Timers;
}

interface Follower {
  actor: Actor;
  out: Readable;
  /** Turns that it stays. */
  left: number;
  /** Subscribers that it was not told of yet, if it is to be told whatever they are. */
  unseen: number;
}

const TURN_MS = 1000;
/** Subscribers are looked at in turn, so many a second. */
const AT_ONCE = 200;
/** Proxies and we ourselves take a connection on which nothing is said for one that hangs: three times SLOW_CLIENT_SECONDS, at least three seconds. */
const HEARTBEAT_TURNS = 2;
/** As much may wait for who reads slowly, bytes. */
const MOST_WAITING = 262_144;
/** Whoever is told to come again waits so long, milliseconds. */
const RETRY_MS = 5000;

const message = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

function shownState(primary: string, { is, since, share, diversion }: PrimaryState) {
  return { primary, state: is, ...(since === 0 ? {} : { since: iso(since) }), ...(share === undefined ? {} : { share }), ...(diversion === undefined ? {} : { diversion }) };
}

export function createStreamHub({ tables, backlogOf, load, metrics, timers }: Options): StreamHub {
  const followers = new Set<Follower>();
  /** What was said of each last. */
  const primaries = new Map<string, string>();
  const backlogs = new Map<string, string>();
  let rest: string[] = [];
  let turns = 0;
  let stop: (() => void) | undefined;

  function end(follower: Follower, why: StreamEnd): void {
    if (!followers.delete(follower)) return;
    if (!follower.out.destroyed) {
      follower.out.push(message('end', { why }));
      follower.out.push(null);
    }
    if (followers.size > 0) return;
    stop?.();
    stop = undefined;
    tables.events.off('change', changed);
    primaries.clear();
    backlogs.clear();
    rest = [];
  }

  function tell(follower: Follower, text: string): void {
    follower.out.push(text);
    if (follower.out.readableLength <= MOST_WAITING) return;
    followers.delete(follower);
    metrics.clientsCutOff.inc({ why: 'not-reading' });
    follower.out.destroy();
  }

  function changed(collection: Collection, id: string): void {
    if (collection === 'keys') for (const follower of followers) if (follower.actor.key === id) end(follower, 'key');
    if (collection !== 'states') return;
    const text = message('primary', shownState(id, tables.current.state(id)));
    if (primaries.get(id) === text) return;
    primaries.set(id, text);
    for (const follower of followers) if (follower.actor.customer === undefined) tell(follower, text);
  }

  async function lookAt(id: string): Promise<void> {
    const record = tables.current.subscriber(id);
    if (!record) return void backlogs.delete(id);
    const whom = [...followers].filter(({ actor }) => maySee(actor, record.customer));
    if (whom.length === 0) return;
    const backlog = await backlogOf(id, record);
    const text = message('backlog', { subscriber: id, ...backlog });
    const isNews = backlogs.get(id) !== text;
    backlogs.set(id, text);
    for (const follower of whom) if (isNews || (follower.unseen > 0 && backlog.is !== 'idle')) tell(follower, text);
  }

  async function turn(): Promise<void> {
    turns += 1;
    if (load.level >= LEVEL.background) for (const follower of followers) end(follower, 'overloaded');
    if (rest.length === 0) rest = [...tables.current.ids('subscribers')];
    const now = rest.splice(0, AT_ONCE);
    await Promise.all(now.map(lookAt)).catch(() => undefined);
    for (const follower of followers) {
      follower.unseen -= Math.max(1, now.length);
      follower.left -= 1;
      if (follower.left < 0 && follower.unseen <= 0) end(follower, 'time');
      else if (turns % HEARTBEAT_TURNS === 0) tell(follower, ': still here\n\n');
    }
  }

  const turning = oneAtATime(turn);

  return {
    open(actor, seconds) {
      const follower: Follower = { actor, left: seconds, unseen: [...tables.current.ids('subscribers')].length, out: new Readable({ read: () => undefined }) };
      follower.out.once('close', () => end(follower, 'time'));
      follower.out.push(`retry: ${RETRY_MS}\n\n`);
      if (actor.customer === undefined) for (const id of tables.current.ids('primaries')) follower.out.push(message('primary', shownState(id, tables.current.state(id))));
      followers.add(follower);
      if (!stop) {
        stop = timers.every(TURN_MS, turning.begin);
        tables.events.on('change', changed);
        turning.begin();
      }
      return follower.out;
    },
    close() {
      for (const follower of followers) end(follower, 'closing');
    },
  };
}

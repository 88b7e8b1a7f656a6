/** Takes notifications in: each is durable, in Redis or, while Redis does not take it, on the local disk, before anybody is told so. Those of one tick are one round. */
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Notification } from '../domain/notification.ts';
import type { SpoolQueue } from '../spool/spool.ts';
import { createSpoolWriter } from '../spool/writer.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import type { IdempotencyKeys } from '../store/idempotency-keys.ts';
import type { Clock, Timers } from '../system/system.ts';
import { termsOf } from './terms.ts';

export interface Intake {
  /** Ships what an earlier process left on disk; to be called when the spool is open. */
  start(): void;
  /**
   * Resolves when it is durable; rejects with `store_unavailable` when neither Redis nor the disk takes it: then it is forgotten, unless Redis took it and did
   * not say so. Its id counts once, for a day. `unclaimed`: an idempotency key that Redis could not be asked about, to be claimed when it can.
   */
  take(subscriber: string, notification: Notification, unclaimed?: string): Promise<void>;
  /** How many are in memory and wait to be written anywhere. */
  readonly waiting: number;
  close(ms: number): Promise<void>;
}

interface Options {
  backlog: Pick<BacklogStore, 'accept'>;
  idempotency: Pick<IdempotencyKeys, 'claim'>;
  table(): Pick<RoutingTable, 'subscriber' | 'customer'>;
  spool: SpoolQueue;
  /** How many bytes may wait in Redis for all subscribers together. */
  maxBytes: number;
  clock: Clock;
  timers: Timers;
  log: Logger;
}

interface Taken {
  subscriber: string;
  notification: Notification;
  unclaimed?: string;
}

/** Who sends it waits meanwhile: longer than a Redis that works takes, shorter than the time-outs of HTTP clients. */
const PATIENCE_MS = 1000;
const AT_ONCE = 250;
/** Of one script, which nothing else runs beside, characters. */
const SCRIPT_CHARACTERS = 1_000_000;
const MOST_WAITING = 2000;

const isTaken = (value: unknown): value is Taken => typeof value === 'object' && value !== null && 'subscriber' in value && 'notification' in value;

/** In the same order, in parts that are not too large for one script. */
function* parts(taken: readonly Taken[]): Generator<Taken[]> {
  let part: Taken[] = [];
  let characters = 0;
  for (const one of taken) {
    const { length } = one.notification.data;
    if (part.length > 0 && characters + length > SCRIPT_CHARACTERS) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(one);
    characters += length;
  }
  if (part.length > 0) yield part;
}

const nothingIsVoid = (): Promise<boolean> => Promise.resolve(false);

export function createIntake({ backlog, idempotency, table, maxBytes, clock, ...rest }: Options): Intake {
  async function write(taken: readonly Taken[]): Promise<readonly unknown[]> {
    await Promise.all(taken.flatMap(({ unclaimed, notification: { id } }) => (unclaimed === undefined ? [] : [idempotency.claim(unclaimed, id, nothingIsVoid)])));
    for (const part of parts(taken)) {
      const arrivals = part.map(({ subscriber, notification }) => ({ subscriber, notification, mayRepeat: true, ...termsOf(table(), subscriber) }));
      await backlog.accept(arrivals, clock.now(), maxBytes);
    }
    return [];
  }

  const writer = createSpoolWriter<Taken>({ of: 'notifications', write, isOne: isTaken, patienceMs: PATIENCE_MS, atOnce: AT_ONCE, mostWaiting: MOST_WAITING, keeps: false, ...rest });
  return {
    start: writer.start,
    take: (subscriber, notification, unclaimed) => writer.putDurably({ subscriber, notification, ...(unclaimed === undefined ? {} : { unclaimed }) }),
    get waiting() {
      return writer.waiting;
    },
    close: writer.close,
  };
}

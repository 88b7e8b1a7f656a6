/** Tells people: writes the messages that are due, and sends each, one BullMQ job a message. The work itself is in src/telling/. */
import { Worker, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RoutingTable } from '../src/calls/routing-table.ts';
import { codeOf } from '../src/domain/errors.ts';
import type { Follower } from '../src/store/follower.ts';
import { keys } from '../src/store/keys.ts';
import type { Store } from '../src/store/store.ts';
import { createTellingStore } from '../src/store/telling-store.ts';
import { oneAtATime } from '../src/system/one-at-a-time.ts';
import { chanceOf, type System } from '../src/system/system.ts';
import { createComposer } from '../src/telling/composer.ts';
import { backoffMs, createCourier } from '../src/telling/courier.ts';
import { addMessage, MESSAGE_QUEUE, openMessageQueue, type MessageJob } from '../src/telling/queue.ts';
import type { Senders } from '../src/telling/senders.ts';
import { closeWorker } from './close-worker.ts';
import { TAKE_OVER } from './take-over.ts';

export interface MessageWorker {
  /** Begins; does not wait for Redis. */
  start(): void;
  /** Ends after the tries in hand. */
  close(): Promise<void>;
}

interface Options {
  /** A background connection; it remains its owner's. */
  connection: Redis;
  fast: Redis;
  store: Pick<Store, 'find'>;
  follower: Pick<Follower, 'status'>;
  table(): RoutingTable;
  senders: Senders;
  count(kind: string, result: 'sent' | 'failed' | 'given-up'): void;
  log: Logger;
  system: System;
}

/** How often it is looked whether anything is due, milliseconds. */
const COMPOSE_MS = 1000;
/** What is on its way is found again in this time, should its job be lost; milliseconds. */
const LOOK_MS = 5000;
const AT_ONCE = 20;

export function createMessageWorker({ connection, fast, store, follower, table, senders, count, log, system }: Options): MessageWorker {
  const { clock, timers, random } = system;
  const telling = createTellingStore(fast);
  const compose = createComposer({ telling, store, table, status: follower.status, system });
  const bring = createCourier({ telling, senders, table, count, clock, log });
  let queue: Queue<MessageJob> | undefined;
  let worker: Worker<MessageJob> | undefined;
  let stops: (() => void)[] = [];

  async function composeAll(): Promise<void> {
    try {
      for (const { id } of await compose()) if (queue) await addMessage(queue, id);
    } catch (error) {
      if (codeOf(error) === 'store_unavailable') log.debug({ err: error }, 'what is to be told could not be looked for this time');
      else log.error({ err: error }, 'what is to be told could not be written');
    }
  }

  async function look(): Promise<void> {
    try {
      if (queue) for (const id of await telling.underWay()) await addMessage(queue, id);
    } catch (error) {
      log.debug({ err: error }, 'messages on their way could not be looked for this time');
    }
  }

  const composing = oneAtATime(composeAll);
  const looking = oneAtATime(look);

  return {
    start() {
      queue = openMessageQueue(fast);
      worker = new Worker<MessageJob>(MESSAGE_QUEUE, ({ data }) => bring(data.message), {
        connection, prefix: keys.queues, skipVersionCheck: true, concurrency: AT_ONCE, ...TAKE_OVER,
        settings: { backoffStrategy: (tries, _type, error) => backoffMs(tries, error, chanceOf(random)) },
      });
      worker.on('error', (error) => log.debug({ err: error }, 'the message worker met an error'));
      stops = [timers.every(COMPOSE_MS, composing.begin), timers.every(LOOK_MS, looking.begin)];
    },
    async close() {
      for (const stop of stops) stop();
      await Promise.all([composing.underWay, looking.underWay]);
      await closeWorker(worker, connection, timers);
      await queue?.close();
    },
  };
}

/** Puts the telling of people together, for a service: what it sends by, what it notes, and what it does while Redis is away. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Message } from '../domain/announcement.ts';
import type { Receiver } from '../domain/receiver.ts';
import type { Follower } from '../store/follower.ts';
import { createTellingStore, type TellingStore } from '../store/telling-store.ts';
import type { System } from '../system/system.ts';
import { newMessageId } from './composer.ts';
import { createLoneTeller } from './lone-teller.ts';
import { createQuietSources, type QuietSources } from './quiet-sources.ts';
import { createSenders, type Senders, type SendersOptions } from './senders.ts';

export interface Telling {
  senders: Senders;
  store: TellingStore;
  sources: QuietSources;
  /** Sends a test at once; resolves with the id of the message. Throws what sending throws. */
  test(id: string, receiver: Receiver, by: string): Promise<string>;
  start(): void;
  stop(): void;
}

export interface TellingOptions extends Pick<SendersOptions, 'secrets' | 'settings'> {
  redis: Redis;
  apis: Pick<CarrierApis, 'use'>;
  tables: RoutingTableHolder;
  follower: Pick<Follower, 'status'>;
  system: System;
  log: Logger;
}

/** What sending asks of the routing table. */
export const knownFrom = (tables: { readonly current: RoutingTable }) => ({
  carrier: (id: string) => tables.current.carrier(id),
  dependsOn: (primary: string) => tables.current.primary(primary)?.dependsOn ?? [],
});

export function createTelling({ redis, tables, follower, secrets, settings, apis, system, log }: TellingOptions): Telling {
  const { clock, random } = system;
  const senders = createSenders({ secrets, settings, apis, ...knownFrom(tables), clock });
  const store = createTellingStore(redis);
  const lone = createLoneTeller({ tables, status: follower.status, senders, system, log });

  return {
    senders,
    store,
    sources: createQuietSources({ telling: store, clock, log }),
    async test(id, receiver, by) {
      const at = clock.now();
      const message: Message = {
        id: newMessageId(random), receiver: id, at, isRepeat: false,
        announcements: [{ id: `test/${id}/${at}`, kind: 'test', severity: 'info', subject: `receivers/${id}`, primaries: [], at, sentence: `The key ${by} asked for a test.`, by, facts: {} }],
      };
      await senders.send(receiver, message);
      return message.id;
    },
    start: lone.start,
    stop() {
      lone.stop();
      senders.close();
    },
  };
}

/** Brings one message to its receiver: tries, notes how it went, and gives up when the news is old. What it is asked twice it does once, unless it died in between. */
import type { Logger } from 'pino';
import type { RoutingTable } from '../calls/routing-table.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { TellingStore } from '../store/telling-store.ts';
import type { Clock } from '../system/system.ts';
import type { Senders } from './senders.ts';

interface Options {
  telling: TellingStore;
  senders: Pick<Senders, 'send'>;
  table(): RoutingTable;
  /** By kind of receiver, and `sent`, `failed` (it is tried again) or `given-up`. */
  count(kind: string, result: 'sent' | 'failed' | 'given-up'): void;
  clock: Clock;
  log: Logger;
}

/** After so long nobody is helped by the news any more, milliseconds; what is still so then is told anew by the next repeat. */
export const GIVE_UP_MS = 3_600_000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 300_000;

/** How long to wait after a try, milliseconds: twice as long each time, a fifth more or less so that not all come together; at least what the receiver asked for. `chance`: 0 to 1. */
export function backoffMs(tries: number, error: unknown, chance: number): number {
  const asked = error instanceof Failure ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, Math.max(0, tries - 1)));
  return Math.round(Math.max(asked, wait) * (1 + 0.2 * (2 * chance - 1)) + (asked > wait ? asked * 0.2 : 0));
}

/** Throws what the try failed of, when it is to be tried again; also `store_unavailable`. */
export function createCourier({ telling, senders, table, count, clock, log }: Options): (id: string) => Promise<void> {
  return async function bring(id) {
    const message = await telling.message(id);
    if (!message) return;
    const { receiver } = message;
    const record = table().receiver(receiver);
    const kind = record?.kind ?? 'none';

    const giveUp = async (why: string): Promise<void> => {
      await telling.end(message, clock.now(), why);
      count(kind, 'given-up');
      log.error({ receiver, message: id, why }, 'a message to a receiver is given up');
    };

    if (!record) return telling.end(message, clock.now(), 'There is no such receiver any more');
    try {
      await senders.send(record, message);
    } catch (error) {
      const why = error instanceof Failure ? error.message : 'It could not be sent';
      if (!(error instanceof Failure)) log.error({ err: error, receiver, message: id }, 'a message to a receiver could not be sent');
      if (clock.now() - message.at > GIVE_UP_MS) return giveUp(why);
      await telling.failed(receiver, clock.now(), why);
      count(kind, 'failed');
      log.warn({ receiver, message: id, code: codeOf(error), why }, 'a message to a receiver did not arrive, and is tried again');
      throw error;
    }
    await telling.end(message, clock.now());
    count(kind, 'sent');
    log.info({ receiver, message: id, announcements: message.announcements.length }, 'a receiver was told');
  };
}

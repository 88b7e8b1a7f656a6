/**
 * Tells people while Redis is away, for a process that turns primaries by itself then: by what it sees in its own table, from its own memory, as far
 * as that goes. What it tells is marked so; others may tell the same.
 */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { Announcement, Message } from '../domain/announcement.ts';
import { SYSTEM } from '../domain/key.ts';
import type { PrimaryState } from '../domain/primary.ts';
import type { FollowerStatus } from '../store/follower.ts';
import type { Collection } from '../store/keys.ts';
import { chanceOf, type System } from '../system/system.ts';
import { EMPTY_BOOK, turnBook, type Book } from './book.ts';
import { newMessageId } from './composer.ts';
import { backoffMs } from './courier.ts';
import { announcementOf } from './from-audit.ts';
import type { Senders } from './senders.ts';
import { isStillSo } from './still-so.ts';

export interface LoneTeller {
  start(): void;
  stop(): void;
}

interface Options {
  tables: RoutingTableHolder;
  status(): Pick<FollowerStatus, 'is'>;
  senders: Pick<Senders, 'send'>;
  system: Pick<System, 'clock' | 'timers' | 'random'>;
  log: Logger;
  /** Between two looks at what is due, milliseconds. */
  everyMs?: number;
}

const EVERY_MS = 1000;
const TRIES = 5;
const BY_ITSELF = 'This process cannot reach Redis and judged by what it sees itself.';

function actionOf(before: PrimaryState, after: PrimaryState): string {
  if (before.diversion === undefined) return 'divert';
  return after.diversion === undefined ? 'restore' : before.is === 'recovering' && after.is === 'down' ? 'fall-back' : 'none';
}

/** Undefined when nobody need be told. */
export function seenAlone(primary: string, before: PrimaryState, after: PrimaryState, now: number): Announcement | undefined {
  const said = after.override?.at === before.override?.at ? undefined : after.override;
  const at = said?.at ?? now;
  const entry = { at, by: said ? { ...SYSTEM, key: said.by.key, role: said.by.role as typeof SYSTEM.role } : SYSTEM, action: `primaries.${actionOf(before, after)}`, changes: [{ subject: `states/${primary}`, before, after }], reason: said?.reason ?? BY_ITSELF };
  const announcement = announcementOf(`alone/${primary}/${at}`, entry);
  return announcement && { ...announcement, alone: true };
}

export function createLoneTeller({ tables, status, senders, system: { clock, timers, random }, log, everyMs = EVERY_MS }: Options): LoneTeller {
  /** As this process turned them, since Redis went. */
  const known = new Map<string, PrimaryState>();
  const books = new Map<string, Book>();
  let fresh: { place: string; announcement: Announcement }[] = [];
  const waits = new Set<() => void>();
  let endTurns = (): void => undefined;
  const isAlone = (): boolean => ['stale', 'snapshot'].includes(status().is);

  function changed(collection: Collection, primary: string): void {
    if (collection !== 'states') return;
    const after = tables.current.state(primary);
    const stored = tables.current.stored(primary);
    if (!isAlone() || after === stored) return void known.delete(primary);
    const announcement = seenAlone(primary, known.get(primary) ?? stored, after, clock.now());
    known.set(primary, after);
    if (announcement) fresh.push({ place: '0-0', announcement });
  }

  async function send(message: Message, tries = 1): Promise<void> {
    const record = tables.current.receiver(message.receiver);
    if (!record) return;
    try {
      await senders.send(record, message);
      log.info({ receiver: message.receiver, message: message.id }, 'a receiver was told without Redis');
    } catch (error) {
      log.warn({ err: error, receiver: message.receiver, message: message.id }, 'a message to a receiver did not arrive, without Redis');
      if (tries >= TRIES) return;
      const cancel = timers.after(backoffMs(tries, error, chanceOf(random)), () => {
        waits.delete(cancel);
        void send(message, tries + 1);
      });
      waits.add(cancel);
    }
  }

  function turn(): void {
    if (!isAlone()) {
      // What was told is in the trail by now, or never came there: it is told from there.
      if (fresh.length === 0) books.clear();
      known.clear();
    }
    if (fresh.length === 0 && books.size === 0) return;
    const table = tables.current;
    const silences = [...table.ids('silences')].flatMap((id) => table.silence(id) ?? []);
    for (const id of table.ids('receivers')) {
      const record = table.receiver(id);
      if (!record) continue;
      const { book, message } = turnBook({ book: books.get(id) ?? EMPTY_BOOK, receiver: { id, record }, fresh, silences, isOpen: (subject) => isStillSo(subject, table, new Map()), now: clock.now(), messageId: newMessageId(random) });
      books.set(id, book);
      if (message) void send(message);
    }
    fresh = [];
  }

  return {
    start() {
      tables.events.on('change', changed);
      endTurns = timers.every(everyMs, turn);
    },
    stop() {
      tables.events.off('change', changed);
      endTurns();
      for (const cancel of waits) cancel();
    },
  };
}

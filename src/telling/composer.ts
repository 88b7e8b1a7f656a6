/**
 * Turns what was committed into messages: reads the audit trail from where it was read last, puts down what is to be told, and writes for each
 * receiver the message that is due. Every process may do it: of several that do the same, one is faster, and the others do nothing.
 */
import type { RoutingTable } from '../calls/routing-table.ts';
import type { Message } from '../domain/announcement.ts';
import { ID_BYTES, letteredId } from '../domain/lettered-id.ts';
import type { FollowerStatus } from '../store/follower.ts';
import type { Store } from '../store/store.ts';
import type { TellingStore } from '../store/telling-store.ts';
import type { System } from '../system/system.ts';
import { EMPTY_BOOK, readBook, turnBook, type Book } from './book.ts';
import { announcementOf } from './from-audit.ts';
import { isStillSo } from './still-so.ts';

interface Options {
  telling: TellingStore;
  store: Pick<Store, 'find'>;
  table(): RoutingTable;
  status(): FollowerStatus;
  system: Pick<System, 'clock' | 'random'>;
}

/** The origin of all that is told of primaries. */
const AUDIT = 'audit';
/** Behind every entry of a commit. */
const LAST_ENTRY = 4_294_967_295;

type Fresh = Awaited<ReturnType<TellingStore['announcementsAfter']>>;

const revisionOf = (id: string): number => Number(id.split('-')[0]);

/** Those that were committed after `revision`; 0: all. Where one ends up is kept of the others. */
function since(fresh: Fresh, revision: number): Fresh {
  const isLater = ({ announcement }: Fresh[number]): boolean => /^\d+-\d+$/.test(announcement?.id ?? '') && revisionOf(announcement?.id ?? '') > revision;
  return revision === 0 ? fresh : fresh.map((one) => (isLater(one) ? one : { ...one, announcement: undefined }));
}

export function newMessageId(random: System['random']): string {
  return letteredId('msg', random.bytes(ID_BYTES));
}

/** Resolves with the messages that were written. Throws `store_unavailable`. */
export function createComposer({ telling, store, table, status, system: { clock, random } }: Options): () => Promise<Message[]> {
  /** Where the trail is read from: nobody was to be told of what was before the first receiver. */
  function beginning(mark: string | undefined, revision: number): string {
    if (mark !== undefined && revisionOf(mark) <= revision) return mark;
    return mark === undefined && [...table().ids('receivers')].length > 0 ? '0-0' : `${revision}-${LAST_ENTRY}`;
  }

  async function feed(origins: ReadonlyMap<string, string>): Promise<void> {
    const { revision } = status();
    let mark = origins.get(AUDIT);
    for (let from = beginning(mark, revision); ; ) {
      const { entries, last } = await telling.auditAfter(from, revision);
      const now = last ?? from;
      if (now === mark) return;
      const all = entries.flatMap(({ id, entry }) => announcementOf(id, entry) ?? []);
      // Another process has come further, and goes on.
      if (!(await telling.announce(AUDIT, mark, now, all))) return;
      if (last === undefined) return;
      mark = from = now;
    }
  }

  /** For a receiver that nothing was noted of yet: what was committed before it was set up is none of its business. */
  async function firstBook(id: string): Promise<{ book: Book; from: number } | undefined> {
    const found = await store.find('receivers', id);
    return found && 'record' in found ? { book: EMPTY_BOOK, from: found.revision } : undefined;
  }

  async function freshAfter(after: string): Promise<Fresh> {
    const fresh: Fresh = [];
    for (let place = after; ; ) {
      const more = await telling.announcementsAfter(place);
      fresh.push(...more);
      if (more.length === 0) return fresh;
      place = more.at(-1)?.place ?? place;
    }
  }

  return async function compose() {
    if (status().is !== 'following') return [];
    await feed(await telling.origins());
    const now = table();
    const [origins, noted] = await Promise.all([telling.origins(), telling.tellings()]);
    const receivers = new Set(now.ids('receivers'));
    for (const id of noted.keys()) if (!receivers.has(id)) await telling.forget(id);
    const silences = [...now.ids('silences')].flatMap((id) => now.silence(id) ?? []);
    const composed: Message[] = [];
    /** Most receivers have come equally far. */
    const read = new Map<string, ReturnType<typeof freshAfter>>();
    const fresh = (after: string) => {
      const known = read.get(after) ?? freshAfter(after);
      read.set(after, known);
      return known;
    };
    for (const id of receivers) {
      const record = now.receiver(id);
      const was = noted.get(id);
      const known = readBook(was);
      const begun = known ? { book: known, from: 0 } : await firstBook(id);
      if (!record || !begun) continue;
      const { book, message } = turnBook({
        ...begun, receiver: { id, record }, silences,
        fresh: since(await fresh(begun.book.after), begun.from),
        isOpen: (subject) => isStillSo(subject, now, origins),
        now: clock.now(), messageId: newMessageId(random),
      });
      const text = JSON.stringify(book);
      if (text !== was && (await telling.compose(id, was, text, message)) && message) composed.push(message);
    }
    return composed;
  };
}

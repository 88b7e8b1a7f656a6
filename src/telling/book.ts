/** What one receiver was told and is to be told: takes in announcements, and writes the message that is due by rules/announce-when.ts. Pure. */
import { announceWhen, type Pace, type Subject } from '../../rules/announce-when.ts';
import { SEVERITIES, type Announcement, type Message } from '../domain/announcement.ts';
import { parseJson } from '../domain/json.ts';
import { PACE_DEFAULTS, type Receiver, type Silence } from '../domain/receiver.ts';
import { isSilenced, isWanted } from './wanted.ts';

interface Page {
  waiting: { at: number; announcement: Announcement }[];
  told?: { at: number; announcement: Announcement };
}

export interface Book {
  /** Place of the last announcement that was taken in. */
  after: string;
  subjects: Record<string, Page>;
}

export const EMPTY_BOOK: Book = { after: '0-0', subjects: {} };

/** More news of one thing says nothing more: the oldest goes. */
const WAITING_KEPT = 50;
/** One message does not grow beyond what can be read. */
const IN_MESSAGE = 30;

export function readBook(text: string | undefined): Book | undefined {
  const value = parseJson(text ?? '') as Partial<Book> | null | undefined;
  return typeof value?.after === 'string' && typeof value.subjects === 'object' && value.subjects !== null ? { after: value.after, subjects: value.subjects } : undefined;
}

export function paceOf({ groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds }: Receiver): Pace {
  return {
    waitMs: (groupWaitSeconds ?? PACE_DEFAULTS.groupWaitSeconds) * 1000,
    intervalMs: (groupIntervalSeconds ?? PACE_DEFAULTS.groupIntervalSeconds) * 1000,
    repeatMs: (repeatIntervalSeconds ?? PACE_DEFAULTS.repeatIntervalSeconds) * 1000,
  };
}

export interface Turn {
  book: Book;
  receiver: { id: string; record: Receiver };
  /** Announcements after those of the book, the oldest first. */
  fresh: readonly { place: string; announcement: Announcement | undefined }[];
  silences: readonly Silence[];
  /** Whether it is still as it was told. */
  isOpen(subject: string): boolean;
  /** Milliseconds since 1970. */
  now: number;
  /** Of the message, if there is one. */
  messageId: string;
}

/** The most urgent of them, the newest of those. */
function gravest(announcements: readonly Announcement[]): Announcement | undefined {
  return announcements.toSorted((one, other) => SEVERITIES.indexOf(other.severity) - SEVERITIES.indexOf(one.severity) || other.at - one.at)[0];
}

function takenIn({ book, receiver, fresh, now }: Turn): Book {
  const subjects: Record<string, Page> = Object.fromEntries(Object.entries(book.subjects).map(([subject, page]) => [subject, { ...page, waiting: [...page.waiting] }]));
  for (const { announcement } of fresh) {
    if (!announcement || !isWanted(announcement, receiver.record)) continue;
    const page = (subjects[announcement.subject] ??= { waiting: [] });
    // Told already by who could not ask others, or taken in before.
    if (page.waiting.some((one) => one.announcement.id === announcement.id)) continue;
    page.waiting = [...page.waiting, { at: now, announcement }].slice(-WAITING_KEPT);
  }
  return { after: fresh.at(-1)?.place ?? book.after, subjects };
}

/** The book as it is then, and the message that is to be sent, if any. */
export function turnBook(turn: Turn): { book: Book; message: Message | undefined } {
  const { receiver, silences, isOpen, now, messageId } = turn;
  const { after, subjects } = takenIn(turn);
  const pace = paceOf(receiver.record);
  const silent = (announcement: Announcement): boolean => isSilenced(announcement, receiver.id, silences, now);
  const names = Object.keys(subjects);
  const looked = names.map((name): Subject => {
    const { waiting, told } = subjects[name]!;
    return {
      waiting: waiting.map(({ at, announcement }) => ({ at, severity: announcement.severity, isSilenced: silent(announcement) })),
      ...(told ? { told: { at: told.at, severity: told.announcement.severity, isSilenced: silent(told.announcement) } } : {}),
      isOpen: isOpen(name),
    };
  });
  const { news, repeats, dropped } = announceWhen(looked, pace, now);
  const announcements: Announcement[] = [];
  for (const { subject, waiting } of news) {
    const page = subjects[names[subject]!]!;
    const told = waiting.flatMap((at) => page.waiting[at]?.announcement ?? []);
    announcements.push(...told);
    // What was told last, so that what is worse than that goes before its turn.
    page.told = { at: now, announcement: told.at(-1)! };
    page.waiting = page.waiting.filter((_, at) => !waiting.includes(at));
  }
  for (const subject of dropped) {
    const page = subjects[names[subject]!]!;
    page.waiting = page.waiting.filter(({ announcement }) => !silent(announcement));
  }
  for (const subject of repeats) {
    const page = subjects[names[subject]!]!;
    announcements.push(page.told!.announcement);
    page.told = { ...page.told!, at: now };
  }
  for (const [index, name] of names.entries()) {
    const { waiting, told } = subjects[name]!;
    if (waiting.length === 0 && !looked[index]!.isOpen && (told === undefined || now - told.at > pace.intervalMs)) delete subjects[name];
  }
  const first = gravest(announcements);
  const message: Message | undefined = first && {
    id: messageId,
    receiver: receiver.id,
    at: now,
    announcements: announcements.toSorted((one, other) => one.at - other.at).slice(-IN_MESSAGE),
    isRepeat: news.length === 0,
  };
  return { book: { after, subjects }, message };
}

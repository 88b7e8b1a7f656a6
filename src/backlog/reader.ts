/** Reads what waits into the lines of a drain: in order, as much as is used up, and what has just come as soon as it is asked to look. */
import { NOTIFICATION_CLASSES } from '../domain/notification.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import type { Line, Lines, Range } from './lines.ts';

export interface Reader {
  /** Reads on where that is wanted; `inOrder`: also what has been waiting. */
  readOn(inOrder: boolean): void;
  look(): void;
  /** These have ended, and that is written: told to the lines when nothing is being read that could have them still. */
  written(lines: readonly Line[]): void;
  readonly isReading: boolean;
}

interface Options {
  lines: Lines;
  take(range: Range, limit: number, seen: boolean): ReturnType<BacklogStore['take']>;
  /** Something was read. */
  got(): void;
  /** The backlog is another's. */
  lost(): void;
  failed(error: unknown): void;
  steady(): number;
}

const SMALLEST_PAGE = 10;
const LARGEST_PAGE = 500;
/** A page that was used up faster than this is followed by one of twice its size; one that lasted ten times that, of half; milliseconds. */
const PAGE_MS = 100;
const REST_MS = 200;

export function createReader({ lines, take, got, lost, failed, steady }: Options): Reader {
  let page = SMALLEST_PAGE;
  let askedAt = steady();
  let scanning = false;
  let looking = false;
  let lookAgain = false;
  let reading = 0;
  let ended: (readonly Line[])[] = [];
  /** After a failure nothing is asked for a while; what was to be looked at still is. */
  let restUntil: number | undefined;
  let missed = false;

  /** True when there may be more at once. */
  async function read(range: Range, limit: number, isLook: boolean, seen: boolean): Promise<boolean> {
    reading += 1;
    try {
      const found = await take(range, limit, seen);
      if (!found) lost();
      // With room left in the page nothing more was there.
      else return !lines.read(range, found) || (found.last !== undefined && (found.held.length === limit || found.held.length === 0));
    } catch (error) {
      failed(error);
      restUntil = steady() + REST_MS;
      missed ||= isLook;
    } finally {
      reading -= 1;
      if (reading === 0) tellWritten();
    }
    return false;
  }

  function tellWritten(): void {
    const all = ended;
    ended = [];
    for (const some of all) for (const line of some) lines.written(line);
  }

  async function scan(range: Range, limit: number): Promise<void> {
    const now = steady();
    if (now - askedAt < PAGE_MS) page = Math.min(LARGEST_PAGE, page * 2);
    else if (now - askedAt > 10 * PAGE_MS) page = Math.max(SMALLEST_PAGE, page / 2);
    askedAt = now;
    await read(range, limit, false, false);
  }

  async function lookAround(): Promise<void> {
    do {
      lookAgain = false;
      // What comes between the two asks for another look: only the first says that what was asked for is under way.
      const more = await Promise.all(NOTIFICATION_CLASSES.map((of, at) => read(lines.newest(of), lines.fit(LARGEST_PAGE), true, at === 0)));
      got();
      lookAgain ||= more.includes(true);
    } while (lookAgain);
  }

  const self: Reader = {
    readOn(inOrder) {
      if (restUntil !== undefined) {
        if (steady() < restUntil) return;
        restUntil = undefined;
      }
      if (missed) self.look();
      if (scanning || !inOrder) return;
      const limit = lines.fit(Math.floor(page));
      const range = lines.toRead(limit);
      if (!range) return;
      scanning = true;
      void scan(range, limit).finally(() => {
        scanning = false;
        got();
      });
    },
    look() {
      lookAgain = true;
      if (looking) return;
      looking = true;
      missed = false;
      void lookAround().finally(() => (looking = false));
    },
    written(some) {
      ended.push(some);
      if (reading === 0) tellWritten();
    },
    get isReading() {
      return reading > 0;
    },
  };
  return self;
}

/**
 * What a drain knows of its subscriber's backlog: a line for each class and key, of which one at a time may be on its way. What a line knows is a piece of what waits, without gaps, from
 * its beginning on: so it goes out in order. What has just come goes before the rest, but only if nothing older of its line waits. What a line cannot take is left where
 * it waits and read again when its turn comes (src/backlog/scan.ts): so one that is long, or waits to be tried again, holds up no other and takes little memory.
 */
import type { NotificationClass } from '../domain/notification.ts';
import type { Held, Retry } from '../store/backlog-store.ts';
import { createLineTable, type Line, type LineTable, type Most, type OwnLine } from './line-table.ts';
import { isAfter, placeAt } from './place.ts';
import { createScan, type Range, type Scan } from './scan.ts';

export type { Line } from './line-table.ts';
export type { Range } from './scan.ts';

export interface Lines {
  /** The next that may go; it is on its way then. */
  next(isLive: boolean): Line | undefined;
  /** How many may go now. */
  ready(isLive: boolean): number;
  /** Its first is over; `written` is to be told when that is stored. The next of it may go. */
  over(line: Line): void;
  written(line: Line): void;
  /** Its first is to go again: not before what `retry` says, or as soon as others have had their turn. */
  again(line: Line, retry?: { tries: number; since: number; at: number }): void;
  /** Those whose time has come may go; returns when the next is due, milliseconds since 1970. */
  wake(now: number): number | undefined;
  /** The subscriber did not answer at all for so long, milliseconds, since then: what was tried before has lost nothing by it. */
  forgive(since: number, forMs: number): void;
  /** What is to be read next, in order: while fewer than `page` may go, unless four times that are held already, or as many bytes as may be; while none may go, in any case. */
  toRead(page: number): Range | undefined;
  /** How many to read at once, so many at most: what is read may take as many bytes as may be held. */
  fit(page: number): number;
  newest(of: NotificationClass): Range;
  /** What came of reading; false: it was of no use any more, and is to be read again. */
  read(range: Range, page: { held: readonly Held[]; last: string | undefined }): boolean;
  /** How many it holds, and how many bytes they take. */
  readonly size: number;
  readonly bytes: number;
}

/** A thousand drains that share what one primary can take hold little each, however few lines the backlog of each has. */
const PAGES_HELD = 4;
const CLASSES = ['state', 'history'] as const satisfies readonly NotificationClass[];

/** What came at `liveFrom` or later, milliseconds since 1970, has just happened. `meanBytes`: of a notification that waits, until some have been read. */
export function createLines(retries: readonly Retry[], liveFrom: number, most: Most, meanBytes: number): Lines {
  const liveAfter = placeAt(liveFrom);
  const table: LineTable = createLineTable(liveAfter, (of) => scans[of], most);
  const { live, backlog, waiting, settle, take, isFull } = table;
  let mean = meanBytes;
  const scans: Record<NotificationClass, Scan<OwnLine>> = { state: createScan('state', liveAfter, settle), history: createScan('history', liveAfter, settle) };

  function scanned(scan: Scan<OwnLine>, range: Range, page: readonly Held[]): void {
    let before = range.after;
    for (const held of page) {
      const line = table.of(range.class, held.notification.key);
      if (scan.mayTake(line) && isAfter(held.place, line.last)) {
        if (isFull(line)) scan.left(line, before);
        else {
          scan.took(line, held.place);
          scan.found(line);
          take(line, held);
        }
      }
      before = held.place;
    }
  }

  function lookedOut(scan: Scan<OwnLine>, range: Range, page: readonly Held[]): void {
    const inPage = new Map<string, number>();
    for (const { notification: { key } } of page) inPage.set(key, (inPage.get(key) ?? 0) + 1);
    for (const held of page) {
      const { key } = held.notification;
      const isNew = !table.has(range.class, key);
      const line = table.of(range.class, key);
      if (isNew) line.isFresh = (held.ofKey ?? Number.POSITIVE_INFINITY) <= (inPage.get(key) ?? 0);
      if (!isAfter(held.place, line.last)) continue;
      if (line.isFresh && !line.isBehind && line.moreAfter === undefined && !isFull(line)) take(line, held);
      else scan.behind(line);
    }
  }

  for (const retry of retries) {
    const line = table.of(retry.class, retry.key);
    line.tried = retry;
    line.notBefore = retry.at;
    settle(line);
  }

  return {
    next(isLive) {
      const line = (isLive ? live : backlog).shift();
      if (line) line.is = 'away';
      return line;
    },
    ready: (isLive) => (isLive ? live : backlog).length,
    over(given) {
      const line = given as OwnLine;
      line.unwritten += 1;
      line.is = 'idle';
      table.shift(line);
      settle(line);
    },
    written(given) {
      const line = given as OwnLine;
      line.unwritten -= 1;
      if (line.is === 'idle' && !line.first) settle(line);
    },
    again(given, retry) {
      const line = given as OwnLine;
      line.is = 'idle';
      if (retry && line.first) {
        line.tried = { ...retry, class: line.class, key: line.key, place: line.first.place };
        line.notBefore = retry.at;
        table.spare(line);
      }
      settle(line);
    },
    wake(now) {
      let next: number | undefined;
      for (const line of waiting) {
        if (line.notBefore > now) {
          next = Math.min(next ?? line.notBefore, line.notBefore);
          continue;
        }
        line.notBefore = 0;
        line.is = 'idle';
        waiting.delete(line);
        settle(line);
      }
      return next;
    },
    forgive(since, forMs) {
      for (const line of table.all) if (line.tried) line.tried = { ...line.tried, since: Math.min(line.tried.since, since) + forMs };
    },
    toRead(page) {
      for (const of of CLASSES) {
        const scan = scans[of];
        // What finds no room would be read again, each time that a line wants what is next of it.
        const range = scan.next(backlog.length === 0 || (backlog.length < page && table.size + page <= Math.min(most.all, PAGES_HELD * page) && table.bytes < most.bytes()));
        if (range || !scan.isCaughtUp) return range;
      }
      return undefined;
    },
    fit: (page) => Math.max(1, Math.min(page, Math.floor(most.bytes() / mean))),
    newest: (of) => scans[of].newest(),
    read(range, { held, last }) {
      const scan = scans[range.class];
      if (held.length > 0) mean = held.reduce((sum, { bytes }) => sum + bytes, 0) / held.length;
      if (!scan.isCurrent(range)) return false;
      if (range.by === 'scan') scanned(scan, range, held);
      else lookedOut(scan, range, held);
      scan.reached(range, last);
      return true;
    },
    get size() {
      return table.size;
    },
    get bytes() {
      return table.bytes;
    },
  };
}

/** The lines of a drain: what each knows of what waits, and whose turn it is. */
import type { NotificationClass } from '../domain/notification.ts';
import type { Held, Retry } from '../store/backlog-store.ts';
import { BEGINNING, isAfter, placeBefore } from './place.ts';
import type { Read, Scan } from './scan.ts';

export interface Line {
  readonly class: NotificationClass;
  readonly key: string;
  /** The one whose turn it is, or that is on its way. */
  readonly first: Held | undefined;
  /** What is known of the tries of its first. */
  readonly tried: { tries: number; since: number } | undefined;
  /** How often its first failed though it was not blamed for that, and how many others had been taken by the last time; kept here for who judges it. */
  excused: { times: number; taken: number } | undefined;
}

export interface OwnLine extends Line, Read {
  readonly id: string;
  first: Held | undefined;
  tried: Retry | undefined;
  /** Behind the first, in order. */
  rest: Held[];
  is: 'idle' | 'ready' | 'waiting' | 'away';
  /** Its first may not go before, milliseconds since 1970. */
  notBefore: number;
  /** The newest that it knows or has known. */
  last: string;
  /** So many have ended without that being written. */
  unwritten: number;
  /** All that it has came by the lookout. */
  isFresh: boolean;
}

export interface LineTable {
  of(notificationClass: NotificationClass, key: string): OwnLine;
  has(notificationClass: NotificationClass, key: string): boolean;
  readonly all: Iterable<OwnLine>;
  /** Whose turn it is to be tried again later. */
  readonly waiting: Set<OwnLine>;
  readonly live: Queue;
  readonly backlog: Queue;
  /** Puts one where it belongs that is neither on its way nor waits. */
  settle(line: OwnLine): void;
  /** Another is behind all that it has. */
  take(line: OwnLine, held: Held): void;
  isFull(line: OwnLine): boolean;
  /** Its first is not there any more. */
  shift(line: OwnLine): void;
  /** It is read again when its time has come, if there are too many. */
  spare(line: OwnLine): void;
  readonly size: number;
  /** Of all that is held, as `Held` has it. */
  readonly bytes: number;
}

/** Held of one line at most, behind its first; and of all together, by their number and by their bytes, beyond which each has its first alone. */
export interface Most {
  line: number;
  all: number;
  bytes(): number;
}

const lineId = (of: NotificationClass, key: string): string => (of === 'state' ? 's' : 'h') + key;

/** First in, first out. */
export interface Queue {
  push(line: OwnLine): void;
  shift(): OwnLine | undefined;
  readonly length: number;
}

function createQueue(): Queue {
  let items: OwnLine[] = [];
  let from = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[from];
      if (from < items.length) from += 1;
      if (from >= 1024 && from * 2 >= items.length) {
        items = items.slice(from);
        from = 0;
      }
      return item;
    },
    get length() {
      return items.length - from;
    },
  };
}

/** What came after `liveAfter` has just happened. */
export function createLineTable(liveAfter: string, scanOf: (of: NotificationClass) => Scan<OwnLine>, most: Most): LineTable {
  const lines = new Map<string, OwnLine>();
  const live = createQueue();
  const backlog = createQueue();
  const waiting = new Set<OwnLine>();
  let size = 0;
  let bytes = 0;

  function count(held: Held): void {
    size += 1;
    bytes += held.bytes;
  }

  function discount(held: Held): void {
    size -= 1;
    bytes -= held.bytes;
  }

  function lineOf(of: NotificationClass, key: string): OwnLine {
    const id = lineId(of, key);
    let line = lines.get(id);
    if (!line) {
      line = { id, class: of, key, first: undefined, tried: undefined, excused: undefined, rest: [], is: 'idle', notBefore: 0, last: BEGINNING, unwritten: 0, isFresh: false, moreAfter: undefined, leftIn: -1, isBehind: false };
      lines.set(id, line);
    }
    return line;
  }

  /** Where one belongs that is neither on its way nor waiting for its turn. */
  function settle(line: OwnLine): void {
    if (line.is !== 'idle') return;
    if (line.notBefore > 0) {
      line.is = 'waiting';
      waiting.add(line);
    } else if (line.first) {
      line.is = 'ready';
      (isAfter(line.first.place, liveAfter) ? live : backlog).push(line);
    } else if (!scanOf(line.class).seek(line) && line.unwritten === 0 && !line.isBehind) lines.delete(line.id);
  }

  /** The one that was tried is not there any more. */
  function forget(line: OwnLine): void {
    line.tried = undefined;
    line.excused = undefined;
    line.notBefore = 0;
    if (line.is !== 'waiting') return;
    waiting.delete(line);
    line.is = 'idle';
  }

  function take(line: OwnLine, held: Held): void {
    line.last = held.place;
    // A newer state has taken the place of one that waits.
    const replaced = line.class === 'state' ? line.rest.findIndex(({ notification: { kind } }) => kind === held.notification.kind) : -1;
    if (replaced >= 0) line.rest.splice(replaced, 1).forEach(discount);
    count(held);
    if (line.class === 'state' && line.is !== 'away' && line.first?.notification.kind === held.notification.kind) {
      discount(line.first);
      line.first = line.rest.shift();
      forget(line);
    }
    if (line.first) line.rest.push(held);
    else {
      line.first = held;
      if (line.tried && isAfter(held.place, line.tried.place)) forget(line);
    }
    settle(line);
  }

  function isFull({ first, rest, notBefore }: OwnLine): boolean {
    const isAllFull = size >= most.all || bytes >= most.bytes();
    return (first !== undefined && rest.length >= most.line) || (isAllFull && (first !== undefined || notBefore > 0));
  }

  return {
    of: lineOf,
    has: (of, key) => lines.has(lineId(of, key)),
    get all() {
      return lines.values();
    },
    waiting,
    live,
    backlog,
    settle,
    take,
    isFull,
    shift(line) {
      if (line.first) discount(line.first);
      line.first = line.rest.shift();
      forget(line);
    },
    spare(line) {
      if ((size <= most.all && bytes <= most.bytes()) || !line.first) return;
      const before = placeBefore(line.first.place);
      for (const held of [line.first, ...line.rest]) discount(held);
      line.first = undefined;
      line.rest = [];
      line.last = before;
      scanOf(line.class).left(line, before);
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
  };
}

/**
 * How far one class of a backlog was read. In order by the scan; beside it, while that is on its way, what has just come by the lookout. Lines that could not take something that
 * the scan met are noted, and the scan goes back for those that have nothing else; up to where it was it knows whose everything is, and reads no more there than is sought.
 */
import type { NotificationClass } from '../domain/notification.ts';
import { BEGINNING, isAfter } from './place.ts';

/** What a line keeps of how it was read. */
export interface Read {
  /** There may be more of it after this place that was read and not taken; and in which pass something was left there last. */
  moreAfter: string | undefined;
  leftIn: number;
  /** The lookout has left something of it, which the scan will meet. */
  isBehind: boolean;
}

/** What is to be read next. Of use only while nothing has changed since: what comes of it is given back with it. */
export interface Range {
  class: NotificationClass;
  after: string;
  by: 'scan' | 'lookout';
  pass: number;
}

export interface Scan<L extends Read> {
  /** What the scan is to read, if anything; `more`: whether it is to go further than it was. */
  next(more: boolean): Range | undefined;
  /** What came lately: read by the scan itself when that is so far. */
  newest(): Range;
  /** Whether a page of this range is of use still. */
  isCurrent(range: Range): boolean;
  /** A line may take what the scan meets, as far as the scan knows. */
  mayTake(line: L): boolean;
  took(line: L, place: string): void;
  left(line: L, before: string): void;
  /** The lookout has left something. */
  behind(line: L): void;
  /** A page was read up to `last`; undefined: nothing lay after the range. */
  reached(range: Range, last: string | undefined): void;
  /** It has nothing, and its turn would be. False: nothing of it was left. */
  seek(line: L): boolean;
  found(line: L): void;
  readonly isCaughtUp: boolean;
}

/** `lookout`: where it begins. `settle` is told of lines of which nothing was left after all. */
export function createScan<L extends Read>(of: NotificationClass, lookoutFrom: string, settle: (line: L) => void): Scan<L> {
  let at = BEGINNING;
  /** Where this pass began, and which it is. */
  let from = BEGINNING;
  let pass = 0;
  /** The furthest that any came. */
  let known = BEGINNING;
  let lookout = lookoutFrom;
  let isCaughtUp = false;
  const more = new Set<L>();
  const sought = new Set<L>();
  const waitBehind = new Set<L>();

  /** What is left of it lies before this pass, all of it. */
  const isAhead = ({ moreAfter, leftIn }: L): boolean => moreAfter === undefined || (leftIn !== pass && !isAfter(from, moreAfter));

  function begin(place: string): void {
    at = place;
    from = place;
    pass += 1;
  }

  /** All of what was left that this pass could meet was met. */
  function passed(): void {
    for (const line of more) {
      if (!isAhead(line)) continue;
      line.moreAfter = undefined;
      more.delete(line);
      if (sought.delete(line)) settle(line);
    }
  }

  function caughtUp(): void {
    lookout = at;
    isCaughtUp = true;
    for (const line of waitBehind) {
      line.isBehind = false;
      settle(line);
    }
    waitBehind.clear();
  }

  function goBack(): void {
    let place = at;
    let mustGo = false;
    for (const line of sought) {
      mustGo ||= !isAhead(line);
      if (line.moreAfter !== undefined && isAfter(place, line.moreAfter)) place = line.moreAfter;
    }
    if (!mustGo) return;
    begin(place);
    isCaughtUp = false;
  }

  return {
    next(further) {
      if (sought.size > 0) goBack();
      else if (isAfter(known, at)) begin(known);
      if (!isCaughtUp && !isAfter(lookout, at) && !isAfter(known, at)) caughtUp();
      return sought.size > 0 || (further && !isCaughtUp) ? { class: of, after: at, by: 'scan', pass } : undefined;
    },
    newest: () => (isCaughtUp ? { class: of, after: at, by: 'scan', pass } : { class: of, after: lookout, by: 'lookout', pass }),
    isCurrent: (range) => (range.by === 'scan' ? range.pass === pass && range.after === at : !isCaughtUp && range.after === lookout),
    mayTake: isAhead,
    took(line, place) {
      if (isAfter(place, known)) return;
      line.moreAfter = place;
      more.add(line);
    },
    left(line, before) {
      line.moreAfter = before;
      line.leftIn = pass;
      more.add(line);
    },
    behind(line) {
      line.isBehind = true;
      waitBehind.add(line);
    },
    reached(range, last) {
      if (range.by === 'lookout') {
        lookout = last ?? lookout;
        return;
      }
      const wasKnown = isAfter(known, at);
      at = last ?? (wasKnown ? known : at);
      if (!isAfter(known, at)) {
        if (wasKnown) passed();
        known = at;
      }
      if (last === undefined || !isAfter(lookout, at)) caughtUp();
    },
    seek(line) {
      if (line.moreAfter === undefined) return false;
      sought.add(line);
      return true;
    },
    found: (line) => void sought.delete(line),
    get isCaughtUp() {
      return isCaughtUp;
    },
  };
}

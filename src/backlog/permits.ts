/** Turns to post, of one scope in one process: who is let go, in which order, and how many at once. Knows neither time nor latencies. */
import type { Worth } from '../store/backlog-store.ts';

export interface Wish {
  /** It has just happened; otherwise it is backlog. */
  live: boolean;
  worth: Worth;
  subscriber: string;
}

const WORTHS = ['critical', 'standard', 'low'] as const satisfies readonly Worth[];
/** Live before backlog, then by worth. */
const LANES = 2 * WORTHS.length;
const FIRST_OF_BACKLOG = WORTHS.length;

/** How many wait or are on their way: live ones, and backlog of each worth. */
export type Needs = [live: number, critical: number, standard: number, low: number];

export interface Room {
  /** In flight at most; and so many when something of the backlog is to begin. */
  all: number;
  backlog: number;
}

export interface Permits {
  /** True: it may go now. Otherwise `given` is called in time, with false when it was dismissed; what is asked for and comes back meanwhile is looked at after that. */
  ask(wish: Wish, given: (may: boolean) => void): boolean;
  /** One that went is back. */
  back(wish: Wish): void;
  /** How many may be in flight from now on. */
  setRoom(room: Room): void;
  dismiss(subscriber: string): void;
  dismissAll(): void;
  readonly inFlight: number;
  readonly waiting: number;
  readonly needs: Needs;
}

const laneOf = ({ live, worth }: Wish): number => (live ? 0 : FIRST_OF_BACKLOG) + WORTHS.indexOf(worth);
const needOf = ({ live, worth }: Wish): number => (live ? 0 : 1 + WORTHS.indexOf(worth));

/** `waits`: something begins to wait, or nothing waits any more. */
export function createPermits(waits: (some: boolean) => void): Permits {
  /** Of each lane, by subscriber, who waits; subscribers in the order of their turns. */
  const lanes: Map<string, ((may: boolean) => void)[]>[] = Array.from({ length: LANES }, () => new Map());
  const needs: Needs = [0, 0, 0, 0];
  let room: Room = { all: 0, backlog: 0 };
  let inFlight = 0;
  let waiting = 0;
  let isPumping = false;

  const hasRoom = (lane: number): boolean => inFlight < (lane < FIRST_OF_BACKLOG ? room.all : room.backlog);

  /** The next of a lane; its subscriber goes to the end of the line. */
  function shift(lane: Map<string, ((may: boolean) => void)[]>): ((may: boolean) => void) | undefined {
    for (const [subscriber, line] of lane) {
      const first = line.shift();
      lane.delete(subscriber);
      if (line.length > 0) lane.set(subscriber, line);
      if (first) return first;
    }
    return undefined;
  }

  /** The first in which somebody waits, if there is room for it: while there is none, nobody of a later one goes either. */
  function open(): number {
    const at = waiting === 0 ? -1 : lanes.findIndex(({ size }) => size > 0);
    return at >= 0 && hasRoom(at) ? at : -1;
  }

  function pump(): void {
    // Who is let go may be back before it is said.
    if (isPumping) return;
    isPumping = true;
    try {
      for (let at = open(); at >= 0; at = open()) {
        const given = shift(lanes[at]!);
        waiting -= 1;
        inFlight += 1;
        if (waiting === 0) waits(false);
        given?.(true);
      }
    } finally {
      isPumping = false;
    }
  }

  function forget(at: number, subscriber: string): void {
    const line = lanes[at]!.get(subscriber);
    if (!line) return;
    lanes[at]!.delete(subscriber);
    waiting -= line.length;
    const need = at < FIRST_OF_BACKLOG ? 0 : 1 + at - FIRST_OF_BACKLOG;
    needs[need]! -= line.length;
    if (waiting === 0) waits(false);
    for (const given of line) given(false);
  }

  return {
    ask(wish, given) {
      const at = laneOf(wish);
      needs[needOf(wish)]! += 1;
      // Nobody of its lane or before it waits while there is room for it: each that comes back lets the next go.
      if (hasRoom(at)) {
        inFlight += 1;
        return true;
      }
      const line = lanes[at]!.get(wish.subscriber);
      if (line) line.push(given);
      else lanes[at]!.set(wish.subscriber, [given]);
      waiting += 1;
      if (waiting === 1) waits(true);
      return false;
    },
    back(wish) {
      inFlight -= 1;
      needs[needOf(wish)]! -= 1;
      pump();
    },
    setRoom(next) {
      room = next;
      pump();
    },
    dismiss(subscriber) {
      for (let at = 0; at < LANES; at += 1) forget(at, subscriber);
    },
    dismissAll() {
      for (const [at, lane] of lanes.entries()) for (const subscriber of lane.keys()) forget(at, subscriber);
    },
    get inFlight() {
      return inFlight;
    },
    get waiting() {
      return waiting;
    },
    get needs() {
      return needs;
    },
  };
}

/** A receiver with so many workers, and those who post to it within a budget, in virtual time: what a budget makes of it can be seen to the millisecond. */
import { createBudgetScope, type BudgetScope, type Permit } from '../../src/backlog/budget-scope.ts';
import type { Wish } from '../../src/backlog/permits.ts';

/** Numbers between 0 and 1, the same with the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Events in the order of their times; what they set free goes on between them. */
function createTime() {
  let now = 0;
  let made = 0;
  const heap: { at: number; nth: number; task: () => void }[] = [];
  const before = (one: number, other: number): boolean => heap[one]!.at - heap[other]!.at < 0 || (heap[one]!.at === heap[other]!.at && heap[one]!.nth < heap[other]!.nth);
  const swap = (one: number, other: number): void => void ([heap[one], heap[other]] = [heap[other]!, heap[one]!]);
  return {
    steady: () => now,
    after(ms: number, task: () => void): void {
      made += 1;
      heap.push({ at: now + ms, nth: made, task });
      for (let at = heap.length - 1, up = (at - 1) >> 1; at > 0 && before(at, up); at = up, up = (at - 1) >> 1) swap(at, up);
    },
    async pass(ms: number): Promise<void> {
      const end = now + ms;
      while (heap[0] && heap[0].at <= end) {
        const [first] = heap;
        const last = heap.pop()!;
        if (heap.length > 0) heap[0] = last;
        for (let at = 0; ; ) {
          const [left, right] = [2 * at + 1, 2 * at + 2];
          const least = right < heap.length && before(right, left) ? right : left;
          if (least >= heap.length || !before(least, at)) break;
          swap(at, least);
          at = least;
        }
        now = first.at;
        first.task();
        await Promise.resolve();
        await Promise.resolve();
      }
      now = end;
    },
  };
}

export interface Plant {
  workers: number;
  /** How long a worker takes, milliseconds. */
  takes(): number;
  /** So many wait for a worker; who comes beyond them is refused with 503. */
  queue: number;
  /** A bucket of tokens, for 429 with `Retry-After`; undefined: no such limit. */
  rate?: { perSecond: number; burst: number } | undefined;
}

export interface Seen {
  /** Good answers since `forget`. */
  done: number;
  refused: number;
  /** The longest time at a stretch with more in it than workers; and how long that was in all, milliseconds. */
  longestAbove: number;
  above: number;
  /** How long the live ones took from the wish to the answer, milliseconds. */
  live: number[];
  limits: number[];
}

const NETWORK_MS = 0.1;
/** How long a subscriber that was refused waits without being told. */
const BACKOFF_MS = 1000;

const TIMEOUT_MS = 15_000;

interface Senders {
  /** Each has one post at a time to make, again and again. */
  subscribers: number;
  /** When they begin, one every four milliseconds; default all at once. */
  from?: number;
  /** So many posts at a time of one more subscriber, which never answers. */
  hanging?: number;
  /** So many that come by chance beside them. */
  livePerSecond?: number;
  ceiling?: number;
  /** Between these times they are busy for so long of so long, and read no answer; milliseconds. */
  busy?: { from: number; until: number; forMs: number; everyMs: number };
  random: () => number;
}

/** A turn as a promise: at once, or when it is given. */
export const turnOf = (budget: Pick<BudgetScope, 'turn'>, wish: Wish): Promise<Permit | undefined> => new Promise((resolve) => {
  const permit = budget.turn(wish, resolve);
  if (permit) resolve(permit);
});

export function createPlant(plant: Plant, { subscribers, from, hanging = 0, livePerSecond = 0, ceiling = 200, busy: own, random }: Senders) {
  const time = createTime();
  const scope: BudgetScope = createBudgetScope({ steady: time.steady, isShared: false, ceiling });
  const queue: (() => void)[] = [];
  let busy = 0;
  let tokens = plant.rate?.burst ?? 0;
  let tokensAt = 0;
  let aboveSince: number | undefined;
  let seen: Seen = { done: 0, refused: 0, longestAbove: 0, above: 0, live: [], limits: [] };

  function noteLoad(): void {
    const isAbove = queue.length > 0;
    const now = time.steady();
    if (isAbove && aboveSince === undefined) aboveSince = now;
    if (isAbove || aboveSince === undefined) return;
    seen.above += now - aboveSince;
    seen.longestAbove = Math.max(seen.longestAbove, now - aboveSince);
    aboveSince = undefined;
  }

  function retryAfter(): number | undefined {
    if (!plant.rate) return undefined;
    const now = time.steady();
    tokens = Math.min(plant.rate.burst, tokens + ((now - tokensAt) * plant.rate.perSecond) / 1000);
    tokensAt = now;
    if (tokens < 1) return 1000;
    tokens -= 1;
    return undefined;
  }

  function work(finish: () => void): void {
    busy += 1;
    time.after(plant.takes(), () => {
      busy -= 1;
      finish();
      while (busy < plant.workers && queue.length > 0) queue.shift()!();
      noteLoad();
    });
  }

  function post(answered: (result: { status: number; retryAfterMs?: number }) => void): void {
    const asked = retryAfter();
    if (asked !== undefined) time.after(NETWORK_MS, () => answered({ status: 429, retryAfterMs: asked }));
    else if (busy >= plant.workers && queue.length >= plant.queue) time.after(NETWORK_MS, () => answered({ status: 503 }));
    else {
      const begin = (): void => work(() => answered({ status: 200 }));
      if (busy < plant.workers) begin();
      else queue.push(begin);
      noteLoad();
    }
  }

  /** How long an answer that comes now is left unread, of a time in which they are busy. */
  function unread(): { ms: number; of: number } {
    const now = time.steady();
    const ms = own && now >= own.from && now < own.until ? own.forMs - (now % own.everyMs) : 0;
    return ms > 0 ? { ms, of: own!.forMs } : { ms: 0, of: 0 };
  }

  async function one(live: boolean, subscriber: string): Promise<number> {
    const wished = time.steady();
    const permit = await turnOf(scope, { live, worth: 'standard', subscriber });
    const sent = time.steady();
    return new Promise((resolve) => {
      const read = ({ status, retryAfterMs }: { status: number; retryAfterMs?: number }, ownMs: number): void => {
        if (status === 200) seen.done += 1;
        else seen.refused += 1;
        if (live && status === 200) seen.live.push(time.steady() - wished);
        permit?.done({ ms: time.steady() - sent, ownMs, well: status === 200, throttled: status >= 400, ...(retryAfterMs !== undefined && { retryAfterMs }) });
        resolve(status === 200 ? 0 : (retryAfterMs ?? BACKOFF_MS * (0.5 + random())));
      };
      const answered = (answer: { status: number; retryAfterMs?: number }): void => {
        const { ms, of } = unread();
        if (ms > 0) time.after(ms, () => read(answer, of));
        else read(answer, 0);
      };
      if (subscriber === 'hanging') time.after(TIMEOUT_MS, () => answered({ status: 0 }));
      else post(answered);
    });
  }

  function backlogOf(subscriber: string): void {
    void one(false, subscriber).then((restMs) => (restMs > 0 ? time.after(restMs, () => backlogOf(subscriber)) : backlogOf(subscriber)));
  }

  function comeLive(): void {
    time.after((-Math.log(1 - random()) * 1000) / livePerSecond, () => {
      void one(true, 'live');
      comeLive();
    });
  }

  function tick(): void {
    time.after(100, () => {
      scope.step();
      seen.limits.push(scope.view.limit);
      tick();
    });
  }

  tick();
  if (livePerSecond > 0) comeLive();
  for (let at = 0; at < subscribers; at += 1) time.after(from === undefined ? 0 : from + 4 * at, () => backlogOf(`s${at}`));
  for (let at = 0; at < hanging; at += 1) time.after(0, () => backlogOf('hanging'));
  return {
    plant,
    scope,
    pass: time.pass,
    /** What was seen since the last time. */
    look(): Seen {
      const now = time.steady();
      if (aboveSince !== undefined) {
        seen.above += now - aboveSince;
        seen.longestAbove = Math.max(seen.longestAbove, now - aboveSince);
        aboveSince = now;
      }
      const past = seen;
      seen = { done: 0, refused: 0, longestAbove: 0, above: 0, live: [], limits: [] };
      return past;
    },
  };
}

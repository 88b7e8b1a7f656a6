/** Subscribers and piles of notifications for them: put down, held back, let go, and waited for until each is accounted for. */
import { setTimeout as pause } from 'node:timers/promises';
import type { BacklogCounts, NotificationClass } from '../../src/domain/notification.ts';
import type { Arrival, BacklogStore } from '../../src/store/backlog-store.ts';
import type { Subscriber } from '../../src/domain/subscriber.ts';
import type { Store } from '../../src/store/store.ts';
import { put } from './world.ts';

/** Any number may wait. */
const UNBOUNDED = { count: 0, bytes: 0 };
const KIND: Readonly<Record<NotificationClass, string>> = { history: 'test.happened', state: 'test.state' };
const BATCH = 500;
const BATCHES_AT_ONCE = 8;

export interface Pile {
  count: number;
  class: NotificationClass;
  /** Whose; taken in turn. */
  subscribers: readonly string[];
  /** What must be delivered in order, by what each has in its key; as many lines for each subscriber. */
  lines: number;
  /** Number of the first of them. */
  from?: number;
  /** Of `data`. */
  bytes?: number;
  live?: boolean;
  /** When they happen, evenly one after the other, milliseconds since 1970; default now. */
  over?: { from: number; to: number };
  /** Of no use any more so long after that, milliseconds; default never. */
  lastsMs?: number;
}

/** Between two looks at what waits, milliseconds. */
const LOOK_MS = 100;
const PADDING = 'x'.repeat(65_536);

/** Number `n` of a pile: its line belongs to its subscriber alone, and within it numbers rise. A line of what expires is named so. */
export function arrivalOf({ class: is, subscribers, lines, bytes = 1024, live = false, lastsMs }: Omit<Pile, 'count' | 'over'>, n: number, now: number): Arrival {
  const at = n % subscribers.length;
  const subscriber = subscribers[at] ?? '';
  const line = `${subscriber}-${is}${lastsMs === undefined ? '' : '-for-a-while'}-${Math.floor(n / subscribers.length) % lines}`;
  const head = JSON.stringify({ line, n, sentAt: now, live, pad: '' });
  const data = `${head.slice(0, -2)}${PADDING.slice(0, Math.max(0, bytes - head.length))}"}`;
  return { subscriber, worth: 'standard', most: UNBOUNDED, notification: { id: `ntf-${n}`, kind: KIND[is], key: line, class: is, at: now, ...(lastsMs === undefined ? {} : { expiresAt: now + lastsMs }), data } };
}

export interface Piles {
  /** Subscribers at `url`, each with a path of its own, which are told of nothing but what is put down. */
  subscribe(ids: readonly string[], url: string, record?: Partial<Subscriber>): Promise<void>;
  hold(ids: readonly string[]): Promise<void>;
  /** What was held back may go. */
  release(ids: readonly string[]): Promise<void>;
  /** Returns how many a second were taken. */
  pile(pile: Pile): Promise<number>;
  /** Waits until nothing waits any more; throws when what was accepted is not accounted for. `seconds`: and no longer than that without anything ending. */
  drained(seconds?: number): Promise<BacklogCounts>;
}

export function createPiles({ store, backlog }: { store: Store; backlog: BacklogStore }): Piles {
  async function each(ids: readonly string[], task: (id: string) => Promise<unknown>): Promise<void> {
    for (let at = 0; at < ids.length; at += BATCH) await Promise.all(ids.slice(at, at + BATCH).map(task));
  }

  return {
    subscribe: async (ids, url, record = {}) => each(ids, (id) => put(store, 'subscribers', id, { url: `${url}/${id}`, secret: 'env:SECRET_OF_SUBSCRIBERS', kinds: ['test.*'], ...record })),
    hold: (ids) => each(ids, (id) => backlog.stand(id, { pausedAt: Date.now() })),
    release: (ids) => each(ids, async (id) => {
      await backlog.stand(id, { pausedAt: undefined });
      await backlog.ask(id, Date.now());
    }),
    async pile({ count, from = 0, over, ...pile }) {
      let next = from;
      const end = from + count;
      const began = performance.now();
      const line = async (): Promise<void> => {
        while (next < end) {
          const first = next;
          next = Math.min(end, first + BATCH);
          const happens = (n: number): number => (over ? Math.round(over.from + ((over.to - over.from) * (n - from)) / count) : Date.now());
          await backlog.accept(Array.from({ length: next - first }, (_, at) => arrivalOf(pile, first + at, happens(first + at))), happens(next - 1), 0);
        }
      };
      await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, line));
      return (count * 1000) / (performance.now() - began);
    },
    async drained(seconds = 30) {
      let waiting = Number.POSITIVE_INFINITY;
      let since = performance.now();
      for (;;) {
        const { counts, unaccounted } = await backlog.totals();
        if (unaccounted !== 0) throw new Error(`not accounted for: ${unaccounted} of ${JSON.stringify(counts)}`);
        if (counts.waiting === 0) return counts;
        if (counts.waiting !== waiting) since = performance.now();
        else if (performance.now() - since > seconds * 1000) throw new Error(`nothing ends any more: ${JSON.stringify(counts)}`);
        waiting = counts.waiting;
        await pause(LOOK_MS);
      }
    },
  };
}

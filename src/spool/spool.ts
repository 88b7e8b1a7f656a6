/**
 * What must not be lost while Redis is away, on local disk: queues whose entries are on disk when `append` resolves, are read
 * oldest first and removed once they are elsewhere. Knows nothing of what it keeps. The database works in a thread of its own.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';

export const QUEUES = ['claims', 'orders', 'notifications'] as const;
export type QueueName = (typeof QUEUES)[number];

export interface Kept {
  number: number;
  /** Undefined when it cannot be read any more. */
  value: unknown;
}

export interface SpoolQueue {
  /** How many entries are kept. */
  readonly size: number;
  /** Resolves when all of them are on disk; rejects when none is: no room, or the disk cannot be written. */
  append(values: readonly unknown[]): Promise<void>;
  oldest(limit: number): Promise<Kept[]>;
  remove(numbers: readonly number[]): Promise<void>;
}

export interface Spool {
  /** Opens what an earlier process left. Never rejects: a spool that cannot be opened refuses each `append`. */
  open(): Promise<void>;
  queue(name: QueueName): SpoolQueue;
  readonly bytes: number;
  close(): Promise<void>;
}

interface Options {
  dir: string;
  /** Larger than this it takes nothing more. */
  maxBytes: number;
  log: Logger;
  now(): number;
}

/** How full the spool may be for a queue to take more: what others send must leave room for calls and for orders of operators. */
const FULL: Readonly<Record<QueueName, number>> = { claims: 1, orders: 1, notifications: 0.75 };

type Ask = <T>(does: string, given?: object) => Promise<T>;

/** The thread, as questions and answers. */
function createThread(dir: string, onEnd: (error: Error) => void): { ask: Ask; end(): Promise<unknown> } {
  const worker = new Worker(new URL('spool-thread.mjs', import.meta.url), { workerData: { dir, queues: QUEUES }, stdout: false });
  const asked = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let count = 0;
  worker.on('message', ({ id, value, error }: { id: number; value: unknown; error?: string }) => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (error === undefined) waiting?.resolve(value as never);
    else waiting?.reject(new Error(error));
  });
  function lost(error: Error): void {
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
    onEnd(error);
  }
  worker.on('error', (error: unknown) => lost(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => lost(new Error('the thread of the spool has ended')));
  return {
    ask: (does, given = {}) =>
      new Promise((resolve, reject) => {
        count += 1;
        asked.set(count, { resolve, reject });
        worker.postMessage({ id: count, does, given });
      }),
    end: () => worker.terminate(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How many entries wait, of all queues. */
export function spooled(spool: Spool): number {
  return QUEUES.reduce((sum, name) => sum + spool.queue(name).size, 0);
}

export function createSpool({ dir, maxBytes, log, now }: Options): Spool {
  let thread: ReturnType<typeof createThread> | undefined;
  let broken: Error | undefined = new Error('the spool is not open');
  let bytes = 0;

  const ask: Ask = (does, given) => (thread && !broken ? thread.ask(does, given) : Promise.reject(broken ?? new Error('the spool is closed')));

  function createQueue(name: QueueName) {
    const sizes = new Map<number, number>();
    let next = 0;
    return {
      async load() {
        sizes.clear();
        for (const [number, size] of await ask<[number, number][]>('measure', { queue: name })) {
          sizes.set(number, size);
          bytes += size;
          next = Math.max(next, number + 1);
        }
      },
      queue: {
        get size() {
          // What cannot be reached cannot be shipped, and must not hold up what comes.
          return broken ? 0 : sizes.size;
        },
        async append(values) {
          // Numbers may begin anew when nothing is kept: they only tell the order.
          if (sizes.size === 0) next = 0;
          const entries = values.map((value): [number, string] => [next++, JSON.stringify(value)]);
          const added = entries.map(([, text]) => Buffer.byteLength(text));
          const total = added.reduce((sum, size) => sum + size, 0);
          if (bytes + total > maxBytes * FULL[name]) throw new Error('the spool is as large as it may be (SPOOL_MAX_MB)');
          bytes += total;
          entries.forEach(([number], at) => sizes.set(number, added[at] ?? 0));
          try {
            await ask('append', { queue: name, entries });
          } catch (error) {
            bytes -= total;
            for (const [number] of entries) sizes.delete(number);
            throw error;
          }
        },
        async oldest(limit) {
          const found = await ask<[number, string][]>('oldest', { queue: name, limit });
          return found.map(([number, text]) => ({ number, value: parse(text) }));
        },
        async remove(numbers) {
          await ask('remove', { queue: name, numbers });
          for (const number of numbers) {
            bytes -= sizes.get(number) ?? 0;
            sizes.delete(number);
          }
        },
      } satisfies SpoolQueue,
    };
  }

  const made = new Map(QUEUES.map((name) => [name, createQueue(name)]));

  return {
    get bytes() {
      return bytes;
    },
    queue(name) {
      const found = made.get(name);
      if (!found) throw new Error('no such queue');
      return found.queue;
    },
    async open() {
      bytes = 0;
      broken = undefined;
      try {
        thread = createThread(dir, (error) => {
          broken ??= error;
        });
        const putAway = await ask<string | undefined>('begin', { stamp: now() });
        if (putAway !== undefined) log.error({ putAway }, 'the spool could not be read and was put away; a new one was begun, and what was in it is not in Redis');
        for (const { load } of made.values()) await load();
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        log.error({ err: error }, 'the spool on the local disk cannot be used: what cannot be written to Redis is kept in memory only');
      }
    },
    async close() {
      await ask('end').catch(() => undefined);
      broken = new Error('the spool is closed');
      await thread?.end();
      thread = undefined;
    },
  };
}

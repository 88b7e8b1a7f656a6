/**
 * Shares among all processes which webhooks were seen, so that one that was caught can be replayed at none of them, nor at one
 * that was started anew. In batches every two seconds, beside the answers: within the time in which a retry is answered nothing hangs on it.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { System } from '../system/system.ts';
import { keys } from './keys.ts';

/** Webhooks, each by a whole number that stands for it, and the moment at or after which they were first seen: milliseconds since 1970. */
export interface SeenWebhooks {
  marks: readonly number[];
  at: number;
}

export interface SeenSink {
  learn(seen: SeenWebhooks): void;
  /** What was seen here first since this was last asked. */
  news(): SeenWebhooks | undefined;
}

export interface WebhookStream {
  /** Reads what was seen before, then tells and hears; resolves after the first read, also when that fails. */
  start(): Promise<void>;
  /** Tells what is not told yet. */
  stop(): Promise<void>;
}

const EVERY_MS = 2000;
/** Batches kept, some 100 bytes and more each: with one webhook a batch, more than two days of one process. */
const BATCHES_KEPT = 100_000;
/** Marks in a batch at most: 8 bytes each. */
const BATCH = 4096;
/** Batches read at once. */
const PAGE = 500;
/** What is read at a start: newest first, until this many are known. */
const READ_AT_START = 250_000;
/** What waits for Redis to come back. */
const PENDING_KEPT = 50;
const MARK_BYTES = 8;

function written(marks: readonly number[]): Buffer {
  const bytes = Buffer.alloc(marks.length * MARK_BYTES);
  for (const [at, mark] of marks.entries()) bytes.writeDoubleBE(mark, at * MARK_BYTES);
  return bytes;
}

/** Undefined when it cannot be read: that hides no other. */
function readBatch([, at, , text]: readonly string[]): SeenWebhooks | undefined {
  const moment = Number(at);
  if (!Number.isFinite(moment) || text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const marks = Array.from({ length: Math.floor(bytes.length / MARK_BYTES) }, (_, index) => bytes.readDoubleBE(index * MARK_BYTES));
  return { at: moment, marks: marks.filter((mark) => Number.isSafeInteger(mark) && mark > 0) };
}

export function createWebhookStream(options: { redis: Redis; guard: SeenSink; system: Pick<System, 'timers'>; log: Logger }): WebhookStream {
  const { redis, guard, system, log } = options;
  /** Told, but not yet taken by Redis. */
  const pending: SeenWebhooks[] = [];
  /** How far the stream was read; undefined before the first read. */
  let position: string | undefined;
  let endTicks = (): void => undefined;

  function take(fields: readonly string[]): number {
    const batch = readBatch(fields);
    if (batch) guard.learn(batch);
    return batch?.marks.length ?? 0;
  }

  async function readNewest(): Promise<void> {
    let before = '+';
    let newest: string | undefined;
    for (let read = 0; read < READ_AT_START; ) {
      const page = await redis.xrevrange(keys.webhooks, before, '-', 'COUNT', PAGE);
      newest ??= page[0]?.[0] ?? '0-0';
      for (const [, fields] of page) read += take(fields);
      const last = page.at(-1);
      if (!last || page.length < PAGE) break;
      before = `(${last[0]}`;
    }
    position = newest ?? '0-0';
  }

  async function readNews(): Promise<void> {
    for (;;) {
      const reply = await redis.xread('COUNT', PAGE, 'STREAMS', keys.webhooks, position ?? '0-0');
      const page = (reply?.[0]?.[1] ?? []) as [string, string[]][];
      for (const [id, fields] of page) {
        take(fields);
        position = id;
      }
      if (page.length < PAGE) return;
    }
  }

  async function tell(): Promise<void> {
    const { marks, at } = guard.news() ?? { marks: [], at: 0 };
    for (let from = 0; from < marks.length; from += BATCH) pending.push({ at, marks: marks.slice(from, from + BATCH) });
    pending.splice(0, pending.length - PENDING_KEPT);
    for (let next = pending[0]; next; next = pending[0]) {
      await redis.xadd(keys.webhooks, 'MAXLEN', '~', BATCHES_KEPT, '*', 'at', next.at, 'marks', written(next.marks).toString('base64'));
      pending.shift();
    }
  }

  async function exchange(): Promise<void> {
    try {
      await tell();
      if (position === undefined) await readNewest();
      else await readNews();
    } catch (error) {
      log.debug({ err: error }, 'seen webhooks were not shared with other processes');
    }
  }

  const exchanging = oneAtATime(exchange);

  return {
    async start() {
      await exchange();
      endTicks = system.timers.every(EVERY_MS, exchanging.begin);
    },
    async stop() {
      endTicks();
      await exchanging.underWay;
      await tell().catch((error: unknown) => log.debug({ err: error }, 'seen webhooks were not shared with other processes'));
    },
  };
}

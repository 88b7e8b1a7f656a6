/**
 * Shares among all processes what each knows of the primaries' health: a hash with the newest word of each source, for those that
 * start, and a stream of the news. In batches four times a second, beside all else; what cannot be told now is told when Redis is back.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { System } from '../system/system.ts';
import { keys } from './keys.ts';

/** A word of a source: its name in the hash, until when it is of use (milliseconds since 1970), and the rest as text. */
export interface SharedWord {
  name: string;
  expiresAt: number;
  text: string;
}

export interface EvidenceSink {
  hear(text: string): void;
  /** All that this process said and that still holds: told anew when Redis was away and may have lost it. */
  own(): readonly SharedWord[];
}

export interface SharedEvidence {
  /** Takes a word to be told with the next batch; never waits. */
  tell(word: SharedWord): void;
  /** Reads what is known, then tells and hears; resolves after the first read, also when that fails. */
  start(): Promise<void>;
  /** Tells what is not told yet. */
  stop(): Promise<void>;
}

export const EXCHANGE_MS = 250;
/** The hash is read through so often, milliseconds: what was missed in the stream is then known, and what nobody needs is removed. */
export const READ_THROUGH_MS = 60_000;
/** Batches kept: with three processes that always have news, half a minute. */
const BATCHES_KEPT = 400;
/** Words in a batch. */
const BATCH = 500;
const PAGE = 500;

interface Stored {
  expiresAt?: unknown;
}

/** When a stored word is of no use any more; one that cannot be read never was. */
function expiryOf(text: string): number {
  try {
    const { expiresAt } = (JSON.parse(text) as Stored | null) ?? {};
    return typeof expiresAt === 'number' ? expiresAt : 0;
  } catch {
    return 0;
  }
}

function wordsOf(batch: string | undefined): string[] {
  try {
    const words: unknown = JSON.parse(batch ?? '[]');
    return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
  } catch {
    return [];
  }
}

export function createSharedEvidence(options: { redis: Redis; sink: EvidenceSink; system: Pick<System, 'timers' | 'steady' | 'clock'>; log: Logger }): SharedEvidence {
  const { redis, sink, system, log } = options;
  /** Of each source the newest word that Redis has not taken yet. */
  const pending = new Map<string, SharedWord>();
  /** How far the stream was read; undefined when the hash must be read first. */
  let position: string | undefined;
  let readThroughAt = 0;
  let endTicks = (): void => undefined;

  async function tellPending(): Promise<void> {
    while (pending.size > 0) {
      const batch = [...pending.values()].slice(0, BATCH);
      const replies = await redis
        .pipeline()
        .hset(keys.evidence, ...batch.flatMap(({ name, text }) => [name, text]))
        .xadd(keys.evidenceNews, 'MAXLEN', '~', BATCHES_KEPT, '*', 'words', JSON.stringify(batch.map(({ text }) => text)))
        .exec();
      for (const [error] of replies ?? []) if (error) throw error;
      // Not what was said of the same source meanwhile.
      for (const word of batch) if (pending.get(word.name) === word) pending.delete(word.name);
    }
  }

  /** Somebody may say it anew at this very moment: then those who listen have heard it, and only those who start are told later. */
  async function readThrough(): Promise<void> {
    const [last] = await redis.xrevrange(keys.evidenceNews, '+', '-', 'COUNT', 1);
    const outdated = system.clock.now() - READ_THROUGH_MS;
    let cursor = '0';
    do {
      const [next, found] = await redis.hscan(keys.evidence, cursor, 'COUNT', PAGE);
      const gone: string[] = [];
      for (let at = 0; at < found.length; at += 2) {
        const [name = '', text = ''] = [found[at], found[at + 1]];
        if (expiryOf(text) < outdated) gone.push(name);
        else sink.hear(text);
      }
      if (gone.length > 0) await redis.hdel(keys.evidence, ...gone);
      cursor = next;
    } while (cursor !== '0');
    position ??= last?.[0] ?? '0-0';
    readThroughAt = system.steady();
  }

  async function readNews(from: string): Promise<void> {
    for (let full = true; full; ) {
      const reply = await redis.xread('COUNT', PAGE, 'STREAMS', keys.evidenceNews, position ?? from);
      const page = (reply?.[0]?.[1] ?? []) as [string, string[]][];
      for (const [id, [, batch]] of page) {
        for (const text of wordsOf(batch)) sink.hear(text);
        position = id;
      }
      full = page.length === PAGE;
    }
  }

  async function exchange(): Promise<void> {
    try {
      await tellPending();
      if (position === undefined || system.steady() - readThroughAt >= READ_THROUGH_MS) await readThrough();
      if (position !== undefined) await readNews(position);
    } catch (error) {
      log.debug({ err: error }, 'evidence was not shared with other processes');
      // It may come back with less than it had.
      position = undefined;
      for (const word of sink.own()) if (!pending.has(word.name)) pending.set(word.name, word);
    }
    const now = system.clock.now();
    for (const { name, expiresAt } of pending.values()) if (expiresAt <= now) pending.delete(name);
  }

  const exchanging = oneAtATime(exchange);

  return {
    tell: (word) => void pending.set(word.name, word),
    async start() {
      await exchange();
      endTicks = system.timers.every(EXCHANGE_MS, exchanging.begin);
    },
    async stop() {
      endTicks();
      await exchanging.underWay;
      await tellPending().catch((error: unknown) => log.debug({ err: error }, 'evidence was not shared with other processes'));
    },
  };
}

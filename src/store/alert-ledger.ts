/**
 * What the sources of alerts have said, for all processes and their next start: the newest word on each alert, by its sender's own time, what is
 * counted of each source, and the last alerts that matched nothing. Beside the routing table on purpose: no call needs it.
 */
import type { Redis } from 'ioredis';
import { answering, storeUnavailable } from './answering.ts';
import { keys } from './keys.ts';
import { unconfirmed, type Confirmed } from './replica-wait.ts';
import { loadScript } from './script.ts';

export interface LedgerAlert {
  /** Its sender's name for it. */
  alert: string;
  /** By its sender's time, milliseconds since 1970. */
  at: number;
  expiresAt: number;
  /** What is said of it. */
  text: string;
}

export interface NotedPost {
  /** When it came, milliseconds since 1970. */
  now: number;
  alerts: readonly LedgerAlert[];
  /** What is to be added to the counts of the source. */
  counts: Readonly<Record<string, number>>;
  /** Alerts that matched nothing, the newest first. */
  unmatched: readonly string[];
}

export interface SourceNotes {
  /** Counts and moments as they were written, by name. */
  fields: Readonly<Record<string, string>>;
  /** Those that have not expired. */
  alerts: readonly LedgerAlert[];
  unmatched: readonly string[];
}

/** Whether a word holds and is news, holds and was known, or is older than what is known. */
export type Noted = 'news' | 'known' | 'outdated';

export interface AlertLedger {
  /** Resolves when it is kept, with what became of each alert; throws `store_unavailable`. */
  note(source: string, post: NotedPost): Promise<Noted[]>;
  /** That something of a source was refused, and why. */
  refused(source: string, fields: Readonly<Record<string, string>>): Promise<void>;
  read(source: string, now: number): Promise<SourceNotes>;
  /** When each of them last posted, milliseconds since 1970; undefined for never. */
  lastPosts(sources: readonly string[]): Promise<(number | undefined)[]>;
  /** All that is known of a source that is no more. */
  forget(source: string): Promise<void>;
}

/** Alerts that are remembered of one source. */
export const ALERTS_KEPT = 1000;
const UNMATCHED_KEPT = 10;
/** Longer than any alert may hold (src/domain/source.ts), milliseconds. */
const KEPT_MS = 30 * 86_400_000;

type Result = 0 | 1 | 2;
const noteScript = loadScript<Result[]>('note-alerts-3');
const RESULTS = ['outdated', 'news', 'known'] as const;

function readAlert(alert: string, stored: string): LedgerAlert | undefined {
  const [, at, expiresAt, text] = /^(\d+) (\d+) (.*)$/s.exec(stored) ?? [];
  return text === undefined ? undefined : { alert, at: Number(at), expiresAt: Number(expiresAt), text };
}

export function createAlertLedger(redis: Redis, confirmed: Confirmed = unconfirmed): AlertLedger {
  const keysOf = (source: string): [string, string, string] => [keys.sourceAlerts(source), keys.sourceNotes(source), keys.sourceUnmatched(source)];

  return {
    async note(source, { now, alerts, counts, unmatched }) {
      const args = alerts.flatMap(({ alert, at, expiresAt, text }) => [alert, Math.max(0, Math.round(at)), Math.round(expiresAt), text]);
      const fields = { lastPostAt: String(now) };
      const reply = await answering(confirmed(() => noteScript.run(redis, keysOf(source), [now, ALERTS_KEPT, KEPT_MS, JSON.stringify({ posts: 1, ...counts }), JSON.stringify(fields), JSON.stringify(unmatched.slice(0, UNMATCHED_KEPT)), UNMATCHED_KEPT, ...args])));
      return reply.map((result) => RESULTS[result]);
    },
    async refused(source, fields) {
      const key = keys.sourceNotes(source);
      await answering(redis.multi().hincrby(key, 'refused', 1).hset(key, fields).pexpire(key, KEPT_MS).exec());
    },
    async read(source, now) {
      const [alerts, notes, unmatched] = await answering(Promise.all([redis.hgetall(keys.sourceAlerts(source)), redis.hgetall(keys.sourceNotes(source)), redis.lrange(keys.sourceUnmatched(source), 0, -1)]));
      const held = Object.entries(alerts).flatMap(([alert, stored]) => readAlert(alert, stored) ?? []);
      return { fields: notes, alerts: held.filter(({ expiresAt }) => expiresAt > now), unmatched };
    },
    async lastPosts(sources) {
      if (sources.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const source of sources) pipeline.hget(keys.sourceNotes(source), 'lastPostAt');
      const replies = (await answering(pipeline.exec())) ?? [];
      return replies.map(([error, at]) => {
        if (error) throw storeUnavailable(error);
        return typeof at === 'string' ? Number(at) : undefined;
      });
    },
    async forget(source) {
      await answering(redis.del(...keysOf(source)));
    },
  };
}

/**
 * What was said of each primary's health, for who asks later: the board forgets a claim when it expires. Each change of a claim is kept, and now and
 * then that it still holds; bounded for each primary, the oldest go first.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { CLAIMS, EvidenceSchema, type Evidence } from '../domain/evidence.ts';
import { parseJson } from '../domain/json.ts';
import { Strict } from '../domain/schema.ts';
import type { System } from '../system/system.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

const { source, group, at, expiresAt, because } = EvidenceSchema.properties;
const SaidSchema = Strict({ source, group, claim: Type.Enum([...CLAIMS, 'withdrawn']), at, expiresAt, because });

/** `withdrawn`: its source took back what it had said, and said nothing in its place. */
export type SaidThen = Static<typeof SaidSchema>;

export interface EvidenceJournal {
  /** Never waits, never throws. The same claim of the same source is kept once, and again after `RENEW_MS`. */
  said(evidence: Evidence): void;
  withdrawn(primary: string, source: string, at: number): void;
  start(): void;
  /** Writes what waits, if Redis takes it. */
  stop(): Promise<void>;
}

/** A claim that lasts is kept again after so long, milliseconds: one that is not was no longer said. */
export const RENEW_MS = 300_000;
/** Changes kept of one primary: a day of an outage seen by three processes with four probes each, and room for those that go to and fro. */
export const CHANGES_KEPT = 4000;
const KEPT_SECONDS = 35 * 86_400;
const FLUSH_MS = 1000;
/** Waiting for Redis; the oldest go first. */
const WAITING = 5000;

const validator = Compile(SaidSchema);

export function createEvidenceJournal({ redis, system: { clock, timers }, log }: { redis: Redis; system: Pick<System, 'clock' | 'timers'>; log: Logger }): EvidenceJournal {
  /** What was last kept of each source, by primary and source. */
  const last = new Map<string, SaidThen>();
  let waiting: { primary: string; said: SaidThen }[] = [];
  let ends: (() => void)[] = [];

  function keep(primary: string, said: SaidThen): void {
    waiting.push({ primary, said });
    if (waiting.length > WAITING) waiting.shift();
  }

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    const pipeline = redis.pipeline();
    for (const { primary, said } of batch) pipeline.xadd(keys.evidenceJournal(primary), 'MAXLEN', '~', CHANGES_KEPT, '*', 'said', JSON.stringify(said));
    for (const primary of new Set(batch.map((one) => one.primary))) pipeline.expire(keys.evidenceJournal(primary), KEPT_SECONDS);
    try {
      const replies = await pipeline.exec();
      const refused = replies?.find(([error]) => error);
      if (!replies || refused) throw refused?.[0] ?? new Error('Redis did not answer');
    } catch (error) {
      // Some may have been written: twice is read as once.
      waiting = [...batch, ...waiting].slice(-WAITING);
      log.debug({ err: error }, 'what was said of primaries could not be kept this time');
    }
  }

  const flushing = oneAtATime(flush);

  /** Sources that have gone for good. */
  function sweep(): void {
    for (const [name, { at: when, expiresAt: until }] of last) if (Math.max(until, when + 2 * RENEW_MS) < clock.now()) last.delete(name);
  }

  return {
    said({ primary, source: from, group: of, claim, at: when, expiresAt: until, because: why }) {
      const name = `${primary} ${from}`;
      const known = last.get(name);
      if (known?.claim === claim && when - known.at < RENEW_MS) return;
      const said: SaidThen = { source: from, group: of, claim, at: when, expiresAt: until, because: why };
      last.set(name, said);
      keep(primary, said);
    },
    withdrawn(primary, from, when) {
      const known = last.get(`${primary} ${from}`);
      if (!known) return;
      last.delete(`${primary} ${from}`);
      keep(primary, { ...known, claim: 'withdrawn', at: when, expiresAt: when });
    },
    start() {
      ends = [timers.every(FLUSH_MS, flushing.begin), timers.every(RENEW_MS, sweep)];
    },
    async stop() {
      for (const end of ends) end();
      await flushing.underWay;
      await flush();
    },
  };
}

/** All that is kept of one primary, in the order of its moments. Throws `store_unavailable`. */
export async function readEvidenceJournal(redis: Redis, primary: string): Promise<SaidThen[]> {
  const found = await answering(redis.xrange(keys.evidenceJournal(primary), '-', '+', 'COUNT', 2 * CHANGES_KEPT));
  const said = found.flatMap(([, fields]) => {
    const value = parseJson(fields[1] ?? '');
    return validator.Check(value) ? [value] : [];
  });
  return said.sort((one, other) => one.at - other.at);
}

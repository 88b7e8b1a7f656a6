/**
 * Which routings at a carrier are to be looked at, and when: the important first, among equals who has waited longest. Every unit of
 * which anything is known has its place here, be it far off; so what is due survives whoever works it off.
 */
import type { Redis } from 'ioredis';
import type { Customer } from '../domain/customer.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';
import { loadScript } from './script.ts';

/** - `sweep`: only to see whether it is still so */
export const RANKS = ['critical', 'standard', 'low', 'sweep'] as const satisfies readonly (NonNullable<Customer['class']> | 'sweep')[];
export type Rank = (typeof RANKS)[number];

export interface DueUnit {
  unit: string;
  rank: Rank;
  /** For `settle`: it is another when the unit was asked for again. */
  score: string;
}

export interface DueRoutes {
  /** `now` in milliseconds since 1970. */
  ask(carrier: string, units: readonly { unit: string; rank: Rank }[], now: number): Promise<void>;
  /** Up to `limit` of what is due. */
  next(carrier: string, now: number, limit: number): Promise<DueUnit[]>;
  /** When it is looked at next; undefined: never. Does nothing when it was asked for again. */
  settle(carrier: string, taken: DueUnit, next: { rank: Rank; at: number } | undefined): Promise<void>;
  /** How many are due, by rank, and since when the first of the critical is, milliseconds since 1970. */
  counts(carrier: string, now: number): Promise<{ counts: Record<Rank, number>; criticalSince: number | undefined }>;
  /** Those of the units that have a place at the carrier. */
  known(carrier: string, units: readonly string[]): Promise<string[]>;
}

const STRIDE = 1e13;
const PAGE = 500;

const askScript = loadScript<number>('ask-routes-1');
const settleScript = loadScript<number>('settle-route-1');

const scoreOf = (rank: Rank, at: number): number => RANKS.indexOf(rank) * STRIDE + Math.round(at);

export function createDueRoutes(redis: Redis): DueRoutes {
  return {
    async ask(carrier, units, now) {
      // A drain may be at it already: what comes first must be there first.
      const ordered = units.toSorted((one, other) => RANKS.indexOf(one.rank) - RANKS.indexOf(other.rank));
      for (let from = 0; from < ordered.length; from += PAGE) {
        const page = ordered.slice(from, from + PAGE).flatMap(({ unit, rank }) => [RANKS.indexOf(rank), unit]);
        await answering(askScript.run(redis, [keys.routesDue(carrier)], [now, RANKS.indexOf('sweep'), ...page]));
      }
    },
    async next(carrier, now, limit) {
      const found: DueUnit[] = [];
      for (const rank of RANKS) {
        if (found.length >= limit) break;
        const replies = await answering(redis.zrangebyscore(keys.routesDue(carrier), scoreOf(rank, 0), scoreOf(rank, now), 'WITHSCORES', 'LIMIT', 0, limit - found.length));
        for (let at = 0; at + 1 < replies.length; at += 2) found.push({ unit: replies[at] ?? '', rank, score: replies[at + 1] ?? '' });
      }
      return found;
    },
    async settle(carrier, { unit, score }, next) {
      await answering(settleScript.run(redis, [keys.routesDue(carrier)], [unit, score, next === undefined ? '' : scoreOf(next.rank, next.at)]));
    },
    async counts(carrier, now) {
      const key = keys.routesDue(carrier);
      const [first, ...counts] = await Promise.all([answering(redis.zrangebyscore(key, scoreOf('critical', 0), scoreOf('critical', now), 'WITHSCORES', 'LIMIT', 0, 1)), ...RANKS.map((rank) => answering(redis.zcount(key, scoreOf(rank, 0), scoreOf(rank, now))))]);
      return { counts: Object.fromEntries(RANKS.map((rank, at) => [rank, counts[at] ?? 0])) as Record<Rank, number>, criticalSince: first[1] === undefined ? undefined : Number(first[1]) };
    },
    async known(carrier, units) {
      if (units.length === 0 || (await answering(redis.zcard(keys.routesDue(carrier)))) === 0) return [];
      const found: string[] = [];
      for (let from = 0; from < units.length; from += PAGE) {
        const page = units.slice(from, from + PAGE);
        const scores = await answering(redis.zmscore(keys.routesDue(carrier), ...page));
        found.push(...page.filter((_, at) => scores[at] !== null && scores[at] !== undefined));
      }
      return found;
    },
  };
}

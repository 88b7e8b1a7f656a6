/** The last check of each carrier's numbers, and what waits or is under way. Lost with Redis, and found anew by the next check. */
import type { Redis } from 'ioredis';
import { Compile } from 'typebox/compile';
import { CheckSchema, UnderWaySchema, type CarrierCheck, type CheckUnderWay } from '../domain/carrier-check.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface CheckStore {
  /** Throws `store_unavailable`, as all of these. */
  read(carrier: string): Promise<{ last: CarrierCheck | undefined; underWay: CheckUnderWay | undefined }>;
  /** Puts down that one is to be made, unless one waits or is under way; resolves with what is so then. */
  ask(carrier: string, by: CheckUnderWay['by'], now: number): Promise<CheckUnderWay>;
  note(carrier: string, underWay: CheckUnderWay): Promise<void>;
  end(carrier: string, check: CarrierCheck): Promise<void>;
  /** It is not to be made any more. */
  drop(carrier: string): Promise<void>;
  /** Carriers whose check waits or is under way. */
  open(): Promise<string[]>;
  /** By carrier: when the last check ended, milliseconds since 1970, and how many strays it found. */
  outcomes(): Promise<ReadonlyMap<string, { ended: number; strays: number }>>;
}

const checks = Compile(CheckSchema);
const underWays = Compile(UnderWaySchema);

/** What cannot be read is as if it were not there: the next check writes it anew. */
function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}

export function createCheckStore(redis: Redis): CheckStore {
  async function underWayOf(carrier: string): Promise<CheckUnderWay | undefined> {
    const value = parsed(await answering(redis.hget(keys.carrierChecksUnderWay, carrier)));
    return underWays.Check(value) ? value : undefined;
  }

  return {
    async read(carrier) {
      const [last, underWay] = await Promise.all([answering(redis.hget(keys.carrierChecks, carrier)), underWayOf(carrier)]);
      const value = parsed(last);
      return { last: checks.Check(value) ? value : undefined, underWay };
    },
    async ask(carrier, by, now) {
      const wanted: CheckUnderWay = { by, asked: now, seen: 0 };
      if ((await answering(redis.hsetnx(keys.carrierChecksUnderWay, carrier, JSON.stringify(wanted)))) === 1) return wanted;
      const known = await underWayOf(carrier);
      if (known) return known;
      await answering(redis.hset(keys.carrierChecksUnderWay, carrier, JSON.stringify(wanted)));
      return wanted;
    },
    async note(carrier, underWay) {
      await answering(redis.hset(keys.carrierChecksUnderWay, carrier, JSON.stringify(underWay)));
    },
    async end(carrier, check) {
      const outcome = `${check.ended} ${check.findings?.strays.count ?? 0}`;
      await answering(redis.multi().hset(keys.carrierChecks, carrier, JSON.stringify(check)).hset(keys.carrierStrays, carrier, outcome).hdel(keys.carrierChecksUnderWay, carrier).exec());
    },
    async drop(carrier) {
      await answering(redis.multi().hdel(keys.carrierChecks, carrier).hdel(keys.carrierStrays, carrier).hdel(keys.carrierChecksUnderWay, carrier).exec());
    },
    open: () => answering(redis.hkeys(keys.carrierChecksUnderWay)),
    async outcomes() {
      const all = await answering(redis.hgetall(keys.carrierStrays));
      return new Map(Object.entries(all).map(([carrier, text]) => {
        const [ended, strays] = text.split(' ').map(Number);
        return [carrier, { ended: ended ?? 0, strays: strays ?? 0 }];
      }));
    },
  };
}

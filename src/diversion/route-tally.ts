/**
 * Counts what is done at carriers, for all processes together: workers have no page of metrics of their own. Counts wait for up to a second
 * and are then added in Redis; those of a process that is killed in between are lost.
 */
import type { Redis } from 'ioredis';
import type { CarrierApi } from '../carriers/api.ts';
import { codeOf } from '../domain/errors.ts';
import type { WriteOutcome } from '../domain/route-readings.ts';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';
import type { Clock, Timers } from '../system/system.ts';

export const READ_BACK = 'read-back';

export interface RouteTally {
  /** The same API; writes by their outcome, and readings after one, are counted. To be made anew for each unit. */
  counted(carrier: string, api: CarrierApi): CarrierApi;
  start(): void;
  /** Adds what waits, if Redis takes it. */
  close(): Promise<void>;
}

const FLUSH_MS = 1000;
/** The pace is that of the last seconds. */
const PACE_FLUSHES = 10;

const OUTCOMES: Readonly<Partial<Record<string, WriteOutcome>>> = { carrier_throttled: 'throttled', carrier_unavailable: 'unavailable', carrier_outcome_unknown: 'unknown' };

export const outcomeOf = (error: unknown): WriteOutcome => OUTCOMES[codeOf(error)] ?? 'refused';

export function createRouteTally({ redis, clock, timers }: { redis: Redis; clock: Clock; timers: Timers }): RouteTally {
  let waiting = new Map<string, number>();
  /** Writes that were done, of each second lately, by carrier. */
  const lately = new Map<string, number[]>();
  let stop: () => void = () => undefined;

  function add(carrier: string, what: WriteOutcome | typeof READ_BACK): void {
    const field = `${carrier} ${what}`;
    waiting.set(field, (waiting.get(field) ?? 0) + 1);
  }

  async function flush(): Promise<void> {
    const counts = waiting;
    for (const field of counts.keys()) {
      const [carrier = '', what] = field.split(' ');
      if (what === 'done' && !lately.has(carrier)) lately.set(carrier, []);
    }
    if (counts.size + lately.size === 0) return;
    waiting = new Map();
    const pipeline = redis.pipeline();
    for (const [carrier, before] of lately) {
      const seconds = [...before, counts.get(`${carrier} done`) ?? 0].slice(-PACE_FLUSHES);
      const sum = seconds.reduce((total, one) => total + one, 0);
      lately.set(carrier, seconds);
      if (sum === 0) lately.delete(carrier);
      pipeline.hset(keys.routesPace, carrier, `${clock.now()} ${sum / seconds.length}`);
    }
    for (const [field, count] of counts) pipeline.hincrby(keys.routesTally, field, count);
    // Whether a lost answer was carried out is not known, and not counting is better than counting twice.
    await answering(pipeline.exec()).catch(() => undefined);
  }

  return {
    counted(carrier, api) {
      let written = false;
      return {
        ...api,
        async readRouting(...asked) {
          const routing = await api.readRouting(...asked);
          if (written) add(carrier, READ_BACK);
          written = false;
          return routing;
        },
        async setRouting(...asked) {
          written = true;
          try {
            const done = await api.setRouting(...asked);
            add(carrier, 'done');
            return done;
          } catch (error) {
            add(carrier, outcomeOf(error));
            throw error;
          }
        },
      };
    },
    start() {
      stop = timers.every(FLUSH_MS, () => void flush());
    },
    async close() {
      stop();
      await flush();
    },
  };
}

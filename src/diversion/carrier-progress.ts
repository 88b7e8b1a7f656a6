/** How fast bulk work goes at each carrier, and what holds it up there. */
import type { Redis } from 'ioredis';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';
import type { RouteStore } from '../store/route-store.ts';
import type { Clock } from '../system/system.ts';
import { BREAK_AFTER, createHealthStore } from './carrier-health.ts';

export interface CarrierProgress {
  carrier: string;
  /** Of the diversion. */
  numbers: number;
  /** Of whatever is written there, in the last seconds. */
  writesPerSecond: number;
  /** Nothing is sent there for so long; 0: it is. */
  pauseSeconds: number;
  /** It fails time after time and is tried now and then. */
  failing: boolean;
}

interface Options {
  redis: Redis;
  routes: Pick<RouteStore, 'numbersAt'>;
  clock: Clock;
}

/** Told more often while anything is written: what is older is of a worker that has ended. */
const FRESH_MS = 5000;

/** Of the carriers that have numbers in the diversion. Throws `store_unavailable`. */
export function createCarrierProgress({ redis, routes, clock }: Options): (diversion: string, carriers: Iterable<string>) => Promise<CarrierProgress[]> {
  const health = createHealthStore(redis);

  async function at(diversion: string, carrier: string): Promise<CarrierProgress> {
    const [numbers, { failures, pausedUntil }, pace] = await Promise.all([routes.numbersAt(diversion, carrier), health.read(carrier), answering(redis.hget(keys.routesPace, carrier))]);
    const now = clock.now();
    const [told = 0, perSecond = 0] = (pace ?? '').split(' ').map(Number);
    return { carrier, numbers, writesPerSecond: now - told < FRESH_MS ? Math.round(perSecond * 10) / 10 : 0, pauseSeconds: Math.ceil(Math.max(0, pausedUntil - now) / 1000), failing: failures >= BREAK_AFTER };
  }

  return async (diversion, carriers) => (await Promise.all([...carriers].map((carrier) => at(diversion, carrier)))).filter(({ numbers }) => numbers > 0);
}

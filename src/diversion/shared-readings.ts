/** What metrics tell of the routings at carriers, from a few counts in Redis for each carrier: no walk over its numbers. */
import type { Redis } from 'ioredis';
import { SYNC_STATES } from '../domain/route.ts';
import { WRITE_OUTCOMES, type CarrierReading, type SharedReadings, type WriteOutcome } from '../domain/route-readings.ts';
import { answering } from '../store/answering.ts';
import { createDueRoutes } from '../store/due-routes.ts';
import { keys } from '../store/keys.ts';
import type { Clock } from '../system/system.ts';
import { BREAK_AFTER, createHealthStore } from './carrier-health.ts';
import { READ_BACK } from './route-tally.ts';

interface Options {
  redis: Redis;
  approvals(): Promise<SharedReadings['approvals']>;
  /** Ids of all that there are. */
  carriers(): Iterable<string>;
  clock: Clock;
}

/** Rejects with `store_unavailable`. */
export function createSharedReadings({ redis, approvals, carriers, clock }: Options): () => Promise<SharedReadings> {
  const due = createDueRoutes(redis);
  const health = createHealthStore(redis);

  async function at(carrier: string, states: Readonly<Record<string, string>>, tally: Readonly<Record<string, string>>): Promise<CarrierReading> {
    const now = clock.now();
    const [{ counts, criticalSince }, { failures, pausedUntil }] = await Promise.all([due.counts(carrier, now), health.read(carrier)]);
    const done = (what: string): number => Number(tally[`${carrier} ${what}`] ?? 0);
    const ofState = (unit: string) => Object.fromEntries(SYNC_STATES.map((state) => [state, Number(states[`${carrier} ${unit} ${state}`] ?? 0)]));
    return {
      carrier,
      due: counts,
      criticalWaitsSeconds: criticalSince === undefined ? 0 : Math.max(0, now - criticalSince) / 1000,
      states: { number: ofState('number'), group: ofState('group') },
      writes: Object.fromEntries(WRITE_OUTCOMES.map((outcome) => [outcome, done(outcome)])) as Record<WriteOutcome, number>,
      readBacks: done(READ_BACK),
      failing: failures >= BREAK_AFTER,
      pauseSeconds: Math.max(0, pausedUntil - now) / 1000,
    };
  }

  return async () => {
    const [states, tally, waiting, owed] = await Promise.all([answering(redis.hgetall(keys.routeStates)), answering(redis.hgetall(keys.routesTally)), approvals(), answering(redis.xlen(keys.owed))]);
    return { carriers: await Promise.all([...carriers()].map((carrier) => at(carrier, states, tally))), approvals: waiting, owed };
  };
}

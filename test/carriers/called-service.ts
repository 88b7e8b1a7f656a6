/** A service to which calls come from a carrier's stand-in: a customer with a primary and a plan. One for a test file. */
import { afterAll, beforeAll, expect } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService, type StartOptions } from '../support/service.ts';

export interface CalledService {
  /** Its customer, primary and plan are `acme`, `pbx` and `acme`; carrier and number are the test's. */
  readonly service: RunningService;
  /** Resolves once the call of this id is on record like this. */
  recorded(ref: string, like: object): Promise<void>;
}

/** Registers the hooks. Without `more` no workers run. */
export function calledService({ country, destinations }: { country: string; destinations: readonly object[] }, more: (redis: TestRedis) => Promise<Partial<StartOptions>> = () => Promise.resolve({ settings: { WORKERS: 'off' } })): CalledService {
  let redis: TestRedis | undefined;
  let service: RunningService | undefined;
  beforeAll(async () => {
    redis = await startTestRedis();
    service = await startService({ redis, ...(await more(redis)) });
    await service.ask('PUT', '/v1/customers/acme', { name: 'Acme', allowedCountries: [country] });
    await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
    await service.ask('PUT', '/v1/plans/acme', { customer: 'acme', destinations });
  });
  afterAll(async () => {
    await service?.close();
    await redis?.stop();
  });
  function running(): RunningService {
    if (!service) throw new Error('there is no service outside a test');
    return service;
  }
  return {
    get service() {
      return running();
    },
    async recorded(ref, like) {
      const found = async () => (await running().ask<{ items: { ref: string }[] }>('GET', '/v1/calls')).items.find((one) => one.ref === ref);
      await expect.poll(found, { timeout: 10_000, interval: 10 }).toMatchObject(like);
    },
  };
}

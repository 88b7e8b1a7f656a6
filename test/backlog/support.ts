/** A service with two subscribers, whose backlogs a test looks into. Nothing is delivered: there are no workers. */
import { afterEach, beforeEach, expect } from 'vitest';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore } from '../../src/store/backlog-store.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { BacklogCounts, Notification } from '../../src/domain/notification.ts';
import { eachWorld } from '../support/each-world.ts';
import { startService, type RunningService } from '../support/service.ts';

export type Json = Record<string, unknown>;

/** `whsec_` and 24 bytes in Base64. */
export const SECRET = `whsec_${'a'.repeat(32)}`;
export const SUBSCRIBER: Json = { url: 'https://pbx.example.net/events', secret: SECRET };
export const POSTED: Json = { subscriber: 'crm', kind: 'order.changed', key: 'order/1', class: 'history', data: { total: 1 } };

/** What was answered 202 may be on the local disk, where Redis is slow: resolves when it is in Redis. One that has ended has nothing there that counts. */
export async function landed(service: RunningService): Promise<void> {
  const spooled = async (): Promise<string | undefined> => /^ringthrough_spool_entries (\d+)/m.exec((await service.request<string>('GET', '/metrics')).body)?.[1];
  await expect.poll(() => spooled().catch(() => '0'), { timeout: 10_000 }).toBe('0');
}

export function eachBacklog() {
  const here = eachWorld();
  const running: RunningService[] = [];
  let backlog: BacklogStore | undefined;

  async function start(settings: Partial<Settings> = {}): Promise<RunningService> {
    const service = await startService({ redis: here.server, settings: { WORKERS: 'off', OVERLOAD_LAG_MS: 60_000, ...settings } });
    running.push(service);
    return service;
  }

  beforeEach(async () => {
    backlog = createBacklogStore(here.world.redis);
    const service = await start();
    for (const customer of ['acme', 'globex']) await service.ask('PUT', `/v1/customers/${customer}`, { name: customer });
    await service.ask('PUT', '/v1/subscribers/crm', SUBSCRIBER);
    await service.ask('PUT', '/v1/subscribers/acme:crm', { ...SUBSCRIBER, customer: 'acme' });
  });
  afterEach(async () => {
    for (const service of running) await service.close();
    running.length = 0;
  });

  const site = {
    get server() {
      return here.server;
    },
    get world() {
      return here.world;
    },
    get backlog(): BacklogStore {
      if (!backlog) throw new Error('there is no backlog outside a test');
      return backlog;
    },
    get service(): RunningService {
      const [first] = running;
      if (!first) throw new Error('there is no service outside a test');
      return first;
    },
    start,
    /** What waits, the oldest first. */
    async held(subscriber = 'crm', of: Notification['class'] = 'history'): Promise<Notification[]> {
      await site.landed();
      const store = site.backlog;
      await store.begin(subscriber, 'test', Date.now());
      const taken = await store.take(subscriber, 'test', 0, { class: of, after: '0', limit: 1000, seen: false, counted: true });
      return (taken?.held ?? []).map(({ notification }) => notification);
    },
    async landed(): Promise<void> {
      for (const service of running) await landed(service);
    },
    async counts(subscriber = 'crm'): Promise<BacklogCounts> {
      await site.landed();
      return (await site.backlog.status(subscriber)).counts;
    },
  };
  return site;
}

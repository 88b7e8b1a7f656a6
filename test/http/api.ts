/** What the tests of the HTTP API share: a service with two customers and a key of every sort, and the routes it has. */
import diagnostics from 'node:diagnostics_channel';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { startService, type Answer, type RunningService, type StartOptions } from '../support/service.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ACCOUNT } from '../support/world.ts';

export type Json = Record<string, unknown>;

/** Who asks: `none` has no key, `expired` had the role admin. `globexAdmin` is the admin of another customer than acme. */
export const HOLDERS = ['none', 'expired', 'viewer', 'operator', 'admin', 'acmeViewer', 'acmeAdmin', 'globexAdmin'] as const;
export type Holder = (typeof HOLDERS)[number];

export interface RegisteredRoute {
  method: string;
  url: string;
  schema: FastifySchema;
}

export interface Api extends RunningService {
  redis: TestRedis;
  /** The key of each; null for none. */
  keys: Record<Holder, string | null>;
  /** A request as one of them. */
  as<B = Json>(holder: Holder, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<B>>;
  routes: RegisteredRoute[];
}

const KEYS: Partial<Record<Holder, Json>> = {
  expired: { role: 'admin', expiresAt: '2020-01-01T00:00:00Z' },
  viewer: { role: 'viewer' },
  operator: { role: 'operator' },
  acmeViewer: { role: 'viewer', customer: 'acme' },
  acmeAdmin: { role: 'admin', customer: 'acme' },
  globexAdmin: { role: 'admin', customer: 'globex' },
};

export const CARRIER: Json = { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TWILIO_AUTH_TOKEN' } };
export const PRIMARY: Json = { kind: 'pbx', target: 'sip:{number}@pbx.example.net' };
export const PLAN: Json = { destinations: [{ to: '+447400123456', ringSeconds: 20, screen: true }, { to: 'voicemail' }] };

/** Valid numbers of London, from `+442079461000` on. */
export const london = (at: number): string => `+4420794${String(61_000 + at)}`;
export const ACME_NUMBER = london(1);
export const GLOBEX_NUMBER = london(2);

/** Two customers with a plan and a number each, the provider's own plan, a carrier and a primary. */
async function putTenants(service: RunningService): Promise<void> {
  const put = (path: string, body: Json) => service.ask('PUT', path, body);
  await put('/v1/carriers/main', CARRIER);
  await put('/v1/primaries/pbx', PRIMARY);
  await put('/v1/plans/shared', PLAN);
  for (const [customer, number] of [['acme', ACME_NUMBER], ['globex', GLOBEX_NUMBER]] as const) {
    await put(`/v1/customers/${customer}`, { name: customer });
    await put(`/v1/plans/${customer}-desk`, { ...PLAN, customer });
    await put(`/v1/numbers/${number}`, { customer, primary: 'pbx', carrier: 'main', plan: `${customer}-desk` });
  }
}

/** Every route that any application registers from now on; `stop` ends the watch. */
export function watchRoutes(): { routes: RegisteredRoute[]; stop(): void } {
  const routes: RegisteredRoute[] = [];
  const onCreated = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url, schema = {} }: RouteOptions) => {
      for (const one of [method].flat()) routes.push({ method: one, url, schema });
    });
  };
  diagnostics.subscribe('fastify.initialization', onCreated);
  return { routes, stop: () => void diagnostics.unsubscribe('fastify.initialization', onCreated) };
}

export async function openApi(options: Omit<StartOptions, 'redis'> = {}): Promise<Api> {
  const redis = await startTestRedis();
  const { routes, stop } = watchRoutes();
  const service = await startService({ redis, ...options, settings: { WORKERS: 'off', AUTHENTICATION_BURST: 1_000_000, ...options.settings } });
  stop();
  await putTenants(service);
  const keys = { none: null, admin: service.adminKey } as Record<Holder, string | null>;
  for (const [holder, settings] of Object.entries(KEYS) as [Holder, Json][]) {
    const { key } = await service.ask<{ key: string }>('PUT', `/v1/keys/${holder.toLowerCase()}`, settings);
    keys[holder] = key;
  }
  return {
    ...service,
    redis,
    keys,
    routes,
    as: (holder, method, path, body, headers) => service.request(method, path, body, keys[holder], headers),
    async close() {
      await service.close();
      await redis.stop();
    },
  };
}

export interface Pages<T> {
  items: T[];
  pages: number;
}

/** Follows `next` to the end; every item in the order of the pages. */
export async function allPages<T = Json>(api: Api, holder: Holder, path: string, from?: string): Promise<Pages<T>> {
  const items: T[] = [];
  let cursor = from;
  let pages = 0;
  do {
    const separator = path.includes('?') ? '&' : '?';
    const answer = await api.as<{ items: T[]; next?: string }>(holder, 'GET', cursor === undefined ? path : `${path}${separator}cursor=${encodeURIComponent(cursor)}`);
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    items.push(...answer.body.items);
    cursor = answer.body.next;
    pages += 1;
  } while (cursor !== undefined);
  return { items, pages };
}

/**
 * The one place where it is decided who may do what: every route says which role it asks for and whether keys of one
 * customer may use it; a route that says nothing cannot be registered.
 */
import type { FastifyRequest } from 'fastify';
import type { GuessGuard } from '../access/guess-guard.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { KeyUse } from '../access/key-use.ts';
import { Failure } from '../domain/errors.ts';
import { NOBODY, roleCovers, type Actor } from '../domain/key.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { Access, App } from './app-type.ts';

function presented(request: FastifyRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function assertAllowed(actor: Actor, access: Exclude<Access, { scope: 'public' }>): void {
  if (access.scope === 'provider' && actor.customer !== undefined) throw new Failure('provider_only');
  if (!roleCovers(actor.role, access.role)) throw new Failure('role_insufficient', `This asks for the role ${access.role}`);
}

/** True when the actor may see what belongs to `owner`; provider keys see everything. */
export function maySee(actor: Actor, owner: string | undefined): boolean {
  return actor.customer === undefined || actor.customer === owner;
}

/** The customer whose records a request asks for; undefined for all. Another customer's are as if they were not there. */
export function customerAsked(actor: Actor, asked: string | undefined): string | undefined {
  if (asked !== undefined && !maySee(actor, asked)) throw new Failure('not_found', 'No such customer');
  return actor.customer ?? asked;
}

export interface AccessOptions {
  keyRing: KeyRing;
  keyUse: Pick<KeyUse, 'used'>;
  guard: GuessGuard;
  metrics: Pick<Metrics, 'authenticationsFailed'>;
  publicPrefix: string;
}

/** Unknown, expired, rotated away or deleted: all are told the same, in the same way. Who sends no key has guessed none. */
function refusal(key: string | undefined, address: string, { guard, metrics }: AccessOptions): Failure {
  const wait = key === undefined ? undefined : guard.failed(address);
  metrics.authenticationsFailed.inc({ answer: wait === undefined ? 'refused' : 'throttled' });
  return wait === undefined ? new Failure('unauthenticated') : new Failure('throttled_authentication', undefined, { retryAfterSeconds: wait });
}

/** Routes of plugins below `publicPrefix` say nothing of access; they are open to all. */
export function installAccess(app: App, options: AccessOptions): void {
  const { keyRing, keyUse, publicPrefix } = options;
  app.decorateRequest('actor');
  app.addHook('onRoute', (route) => {
    if (route.url === publicPrefix || route.url.startsWith(`${publicPrefix}/`)) route.config = { ...route.config, access: { scope: 'public' } };
    if (!route.config?.access) throw new Error(`the route ${String(route.method)} ${route.url} does not say who may use it`);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    request.actor = NOBODY;
    if (!access || access.scope === 'public') return;
    const key = presented(request);
    const actor = key === undefined ? undefined : keyRing.identify(key);
    if (!actor) throw refusal(key, request.ip, options);
    keyUse.used(actor.key);
    request.actor = actor;
    assertAllowed(actor, access);
  });
}

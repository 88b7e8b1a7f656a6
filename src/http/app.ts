/** The HTTP application: plugins and routes put together. It never listens; src/server.ts does. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type RawReplyDefaultExpression, type RawRequestDefaultExpression, type RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import type { KeyRing } from '../access/key-ring.ts';
import { Failure } from '../domain/errors.ts';
import type { Actor, Role } from '../domain/key.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { Random } from '../system/system.ts';
import { installAccess } from './access.ts';
import { sendProblem } from './problem.ts';

export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;

/**
 * Who may use a route. `customer`: keys of one customer too, which then see and change that customer's records alone;
 * `provider`: only keys that belong to no customer; `public`: no key at all.
 */
export type Access = { role: Role; scope: 'customer' | 'provider' } | { scope: 'public' };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who acts; set for every route that is not public. */
    actor: Actor;
  }
}

export interface AppOptions {
  log: Logger;
  keyRing: KeyRing;
  metrics: Metrics;
  random: Random;
  version: string;
  bodyLimitBytes: number;
  /** Registers the routes, after the hooks that hold for all of them. */
  routes(app: App): void;
}

const DOCS = '/docs';

/** Bodies are taken as they are sent; only the texts of a query are read as numbers and booleans. */
function installValidation(app: App): void {
  const options = { allErrors: true, removeAdditional: false, useDefaults: false, strict: false } as const;
  const exact = formats.default(new Ajv({ ...options, coerceTypes: false }));
  const fromText = formats.default(new Ajv({ ...options, coerceTypes: true }));
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? exact : fromText).compile(schema as object));
}

async function installDocs(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Ringthrough', description: "Keeps a business's phone numbers answered while its phone system is down.", version },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
  });
  await app.register(swaggerUi, { routePrefix: DOCS, staticCSP: true });
}

/** One line a request, with the route's pattern: its real address may hold a telephone number. */
function installRequestLog(app: App, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    if (route.startsWith(DOCS)) return;
    metrics.requests.inc({ method: request.method, route, status: reply.statusCode });
    // Calls have a line of their own, see src/calls/webhook-desk.ts.
    if (route.startsWith('/webhooks/') && reply.statusCode < 300) return;
    const quiet = request.routeOptions.config.access?.scope === 'public' && reply.statusCode < 400;
    request.log[quiet ? 'debug' : 'info']({ method: request.method, route, status: reply.statusCode, by: request.actor.key, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'request');
  });
}

export async function createApp(options: AppOptions): Promise<App> {
  const { log, keyRing, metrics, random, version, bodyLimitBytes, routes } = options;
  const logger: FastifyBaseLogger = log;
  const app: App = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => random.uuid(),
    requestIdHeader: false,
    bodyLimit: bodyLimitBytes,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>();

  installValidation(app);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => sendProblem(new Failure('route_unknown', `There is no ${request.method} here`), request, reply));
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  });
  installAccess(app, keyRing, { publicPrefix: DOCS });
  installRequestLog(app, metrics);
  await installDocs(app, version);
  routes(app);
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: { scope: 'public' } },
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
  return app;
}

/** The HTTP application: plugins and routes put together. It never listens; src/server.ts does. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { GuessGuard } from '../access/guess-guard.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { KeyUse } from '../access/key-use.ts';
import { NOBODY } from '../domain/key.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { LoadLevel } from '../system/load.ts';
import type { Random, Timers } from '../system/system.ts';
import { installAccess } from './access.ts';
import type { App } from './app-type.ts';
import { describeRoute } from './describe-route.ts';
import type { Front } from './front.ts';
import { DOCS_POLICY } from './headers.ts';
import { createClientErrorAnswer, createHttpServer, watchBodies } from './http-server.ts';
import { installNotFound } from './not-found.ts';
import { sendProblem } from './problem.ts';
import { installShedding } from './shedding.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { installValidation } from './validation.ts';
import type { WebhookLane } from './webhook-lane.ts';

export interface AppOptions {
  log: Logger;
  keyRing: KeyRing;
  keyUse: Pick<KeyUse, 'used'>;
  guard: GuessGuard;
  metrics: Metrics;
  random: Random;
  timers: Timers;
  version: string;
  bodyLimitBytes: number;
  /** See src/http/headers.ts. */
  standing: readonly string[];
  webhooks: WebhookLane;
  load: LoadLevel;
  front: Front;
  /** Registers the routes, after the hooks that hold for all of them. */
  routes(app: App): void;
}

const DOCS = '/docs';

/** JSON alone is taken. Clients that name its type on every request send none with a DELETE: that is no mistake. */
function installBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (request.method === 'DELETE' && body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}

async function installDocs(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    refResolver: { buildLocalReference: (schema, _baseUri, _fragment, index) => (typeof schema.$id === 'string' ? schema.$id : `def-${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Ringthrough', description: "Keeps a business's phone numbers answered while its phone system is down.", version },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: ({ schema, url, route }) => ({ schema: describeRoute(schema, route.config?.access), url }),
  });
  await app.register(swaggerUi, { routePrefix: DOCS, staticCSP: DOCS_POLICY, theme: { title: 'Ringthrough API' }, uiConfig: { layout: 'BaseLayout' } });
}

/** One line a request, with the route's pattern: its real address may hold a telephone number. */
function installRequestLog(app: App, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    // The webhook lane counts and tells its own.
    if (route.startsWith(DOCS) || route.startsWith('/webhooks/')) return;
    metrics.requests.inc({ method: request.method, route, status: reply.statusCode });
    const quiet = request.shed || (request.routeOptions.config.access?.scope === 'public' && reply.statusCode < 400);
    request.log[quiet ? 'debug' : 'info']({ method: request.method, route, status: reply.statusCode, by: (request.actor ?? NOBODY).key, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'request');
  });
}

/** What is in flight while the application closes is answered, and its connection not kept open: closing would wait for it. */
function installClosing(app: App, webhooks: WebhookLane): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    webhooks.closing();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) void reply.header('connection', 'close');
  });
}

export async function createApp(options: AppOptions): Promise<App> {
  const { log, metrics, random, timers, version, bodyLimitBytes, standing, webhooks, load, front, routes } = options;
  const logger: FastifyBaseLogger = log;
  const stand = (request: FastifyRequest, reply: FastifyReply): void => {
    void reply.header('x-request-id', request.id);
    for (let at = 0; at < standing.length; at += 2) void reply.header(standing[at]!, standing[at + 1]!);
  };
  const app: App = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => random.uuid(),
    requestIdHeader: false,
    bodyLimit: bodyLimitBytes,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    forceCloseConnections: 'idle',
    // What has reached this process is answered by it: Fastify's own refusal is no problem document, and nobody is told to come again.
    return503OnClosing: false,
    ...(front.proxies.length > 0 ? { trustProxy: [...front.proxies] } : {}),
    serverFactory: (others) => createHttpServer({ listener: webhooks.before(watchBodies(front, others)), front, metrics, timers }),
    clientErrorHandler: createClientErrorAnswer(metrics),
    // Of an address that cannot be read: no hook is run for it.
    frameworkErrors(error, request, reply) {
      stand(request, reply);
      sendProblem(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  installValidation(app);
  installBodies(app);
  app.setErrorHandler(sendProblem);
  installNotFound(app);
  app.addHook('onSend', async (request, reply) => {
    stand(request, reply);
  });
  installClosing(app, webhooks);
  installShedding(app, { load, metrics });
  installAccess(app, { ...options, publicPrefix: DOCS });
  installRequestLog(app, metrics);
  await installDocs(app, version);
  webhookRoutes(app, webhooks);
  routes(app);
  let document: string | undefined;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: { scope: 'public' } },
    schema: { hide: true },
    handler: async (_request, reply) => {
      // Made once: it costs more than anything else that is open to all.
      document ??= JSON.stringify(app.swagger());
      return reply.type('application/json; charset=utf-8').send(document);
    },
  });
  return app;
}

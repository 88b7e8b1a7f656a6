/** What changes, as it does: server-sent events. */
import { Type } from 'typebox';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { Strict } from '../../domain/schema.ts';
import type { Metrics } from '../../operations/metrics.ts';
import type { LoadLevel } from '../../system/load.ts';
import type { Timers } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { createStreamHub } from '../stream-hub.ts';
import { backlogOf, type BacklogDeps } from './backlog-reads.ts';

export interface StreamDeps extends Pick<BacklogDeps, 'backlog' | 'clock'> {
  tables: RoutingTableHolder;
  load: LoadLevel;
  metrics: Metrics;
  timers: Timers;
}

/** Then whoever follows comes again, with a key that is still good. */
const LONGEST_SECONDS = 900;

export function streamRoutes(app: App, deps: StreamDeps): void {
  const hub = createStreamHub({ ...deps, backlogOf: (id, record) => backlogOf(deps, id, record) });
  app.addHook('preClose', async () => hub.close());
  app.route({
    method: 'GET',
    url: '/v1/stream',
    // The answer to a HEAD would look through all backlogs for nothing.
    exposeHeadRoute: false,
    config: { access: { role: 'viewer', scope: 'customer' }, urgency: 'stream' },
    schema: {
      tags: ['Subscribers'],
      summary: 'What changes, as server-sent events: `backlog`, how a subscriber\'s backlog stands, at most once a second each; `primary`, the state of a primary and its diversion (keys of the provider); `end`, why the stream ends. First what is so now',
      querystring: Strict({ seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_SECONDS, description: `When it ends by itself; default and most ${LONGEST_SECONDS}. 0: what is so now, and no more` })) }),
      produces: ['text/event-stream'],
      response: { 200: Type.Unsafe<unknown>({ type: 'string', description: 'The events' }), default: ProblemSchema },
    },
    async handler({ actor, query }, reply) {
      void reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
      return reply.send(hub.open(actor, query.seconds ?? LONGEST_SECONDS));
    },
  });
}

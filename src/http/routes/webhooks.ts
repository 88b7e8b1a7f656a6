/** The addresses that carriers call, see src/calls/webhook-desk.ts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { WEBHOOK_VERBS, type WebhookVerb } from '../../calls/webhook-address.ts';
import type { WebhookDesk } from '../../calls/webhook-desk.ts';
import { Id } from '../../domain/schema.ts';
import type { Metrics } from '../../operations/metrics.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';

/** Carriers' webhooks have some 2 kB. */
const BODY_LIMIT_BYTES = 262_144;

const SUMMARIES: Readonly<Record<WebhookVerb, string>> = {
  voice: 'A call has come in',
  step: 'A leg of a call has ended',
  screen: 'Somebody who was called has picked up and is asked to press a key',
  pressed: 'The key that was pressed',
  voicemail: 'The caller has left a message',
  recorded: 'The recording of a message is ready',
  status: 'A call has ended',
  recovery: "The last resort: a trunk's disaster recovery, or our own address having failed",
};

export function webhookRoutes(app: App, { desk, metrics }: { desk: WebhookDesk; metrics: Metrics }): void {
  void app.register(async (scope) => {
    // What is signed is the body as it came, so nothing may parse it before the dialect has it.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => done(null, body));
    const plain = scope as unknown as FastifyInstance;

    for (const verb of WEBHOOK_VERBS) {
      plain.route({
        method: ['GET', 'POST'],
        url: `/webhooks/:carrier/${verb}`,
        exposeHeadRoute: false,
        config: { access: { scope: 'public' } },
        schema: { tags: ['Webhooks'], summary: SUMMARIES[verb], description: 'Called by the carrier; signed, or refused', params: Type.Object({ carrier: Id }), response: { 200: Type.String(), 204: Type.Null(), default: ProblemSchema } },
        handler: async (request: FastifyRequest, reply: FastifyReply) => {
          const stop = metrics.webhookSeconds.startTimer({ verb });
          const { carrier } = request.params as { carrier: string };
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const { document } = await desk.receive(carrier, verb, { method: request.method, target: request.raw.url ?? '', headers: request.headers, body });
          stop();
          if (!document) return reply.code(204).send();
          return reply.header('content-type', document.contentType).send(document.body);
        },
      });
    }
  });
}

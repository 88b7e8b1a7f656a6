/** The addresses that carriers call, for the API document and for whoever spells one in another way; src/http/webhook-lane.ts answers them. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { WEBHOOK_VERBS, type WebhookVerb } from '../../calls/webhook-address.ts';
import { Id } from '../../domain/schema.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import type { WebhookLane } from '../webhook-lane.ts';

const SUMMARIES: Readonly<Record<WebhookVerb, string>> = {
  voice: 'A call has come in',
  step: 'A leg of a call has ended',
  screen: 'Somebody who was called has picked up and is asked to press a key',
  pressed: 'The key that was pressed',
  voicemail: 'The caller has left a message',
  recorded: 'The recording of a message is ready',
  status: 'A call has ended',
  drill: 'Who was called by a drill has picked up, and is asked to press a key',
  'drill-key': 'The key that was pressed in a test call',
  'drill-status': 'How a test call fares',
  recovery: "The last resort: a trunk's disaster recovery, or our own address having failed",
};

export function webhookRoutes(app: App, lane: WebhookLane): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Nothing is read before the lane has it.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const plain = scope as unknown as FastifyInstance;

    for (const verb of WEBHOOK_VERBS) {
      plain.route({
        method: ['GET', 'POST'],
        url: `/webhooks/:carrier/${verb}`,
        exposeHeadRoute: false,
        // An id that can be no carrier's is an unknown one; the lane says so.
        attachValidation: true,
        config: { access: { scope: 'public' }, urgency: 'always' },
        schema: { tags: ['Webhooks'], summary: SUMMARIES[verb], description: 'Called by the carrier; signed, or refused', params: Type.Object({ carrier: Id }), response: { 200: Type.String(), 204: Type.Null(), default: ProblemSchema } },
        handler(request, reply) {
          reply.hijack();
          lane.answer((request.params as { carrier: string }).carrier, verb, request.raw, reply.raw);
        },
      });
    }
  });
}

/** The addresses that carriers call, for the API document and for whoever spells one in another way; src/http/webhook-lane.ts answers them. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { WEBHOOK_VERBS, type WebhookVerb } from '../../calls/webhook-address.ts';
import { Id, SubscriberId } from '../../domain/schema.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { PASS_ROUTE, type WebhookLane } from '../webhook-lane.ts';

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

    const common = {
      method: ['GET', 'POST'],
      exposeHeadRoute: false,
      // An id that can be no carrier's is an unknown one; the lane says so.
      attachValidation: true,
      config: { access: { scope: 'public' }, urgency: 'always' },
    } as const;
    const described = { tags: ['Webhooks'], description: 'Called by the carrier; signed, or refused' };

    for (const verb of WEBHOOK_VERBS) {
      plain.route({
        ...common,
        method: [...common.method],
        url: `/webhooks/:carrier/${verb}`,
        schema: { ...described, summary: SUMMARIES[verb], params: Type.Object({ carrier: Id }), response: { 200: Type.String(), 204: Type.Null(), default: ProblemSchema } },
        handler(request, reply) {
          reply.hijack();
          lane.answer((request.params as { carrier: string }).carrier, verb, request.raw, reply.raw);
        },
      });
    }
    plain.route({
      ...common,
      method: [...common.method],
      url: PASS_ROUTE,
      schema: { ...described, summary: 'Something for a subscriber: taken, and passed on as it came', params: Type.Object({ carrier: Id, subscriber: SubscriberId }), response: { 204: Type.Null(), default: ProblemSchema } },
      handler(request, reply) {
        const { carrier, subscriber } = request.params as { carrier: string; subscriber: string };
        reply.hijack();
        lane.pass(carrier, subscriber, request.raw, reply.raw);
      },
    });
  });
}

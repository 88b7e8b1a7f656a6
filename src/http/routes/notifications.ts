/** Handing in a notification for a subscriber: it is durable when it is answered. */
import { Type } from 'typebox';
import type { PostDesk } from '../../backlog/post-desk.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { Failure, issuesFailure } from '../../domain/errors.ts';
import { KIND_PATTERN, NOTIFICATION_CLASSES, NOTIFICATION_MAX_BYTES, OWN_KINDS } from '../../domain/notification.ts';
import { Instant, Strict, SubscriberId } from '../../domain/schema.ts';
import type { Subscriber } from '../../domain/subscriber.ts';
import type { Store } from '../../store/store.ts';
import { maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { ProblemSchema } from '../problem.ts';

export interface NotificationDeps {
  store: Pick<Store, 'find'>;
  tables: RoutingTableHolder;
  desk: PostDesk;
}

const BodySchema = Strict({
  subscriber: SubscriberId,
  kind: Type.String({ pattern: KIND_PATTERN, maxLength: 100, description: 'What happened; it may not begin with `call.`, `diversion.`, `primary.` or `carrier.`', examples: ['voicemail.read'] }),
  key: Type.String({ pattern: '^[^\\x00-\\x1f\\x7f]+$', minLength: 1, maxLength: 200, description: 'What it is about: those of one class and key are delivered in the order in which they were handed in', examples: ['mailbox/42'] }),
  class: Type.Enum(NOTIFICATION_CLASSES, { description: '`history`: each counts. `state`: only the newest of its kind and key; one that is newer takes the place of the one that waits' }),
  data: Type.Unknown({ description: `Any JSON, ${NOTIFICATION_MAX_BYTES} bytes at most` }),
  expiresAt: Type.Optional(Instant),
});

/** What was made a moment ago may not have come here yet. */
async function subscriberOf({ store, tables }: NotificationDeps, id: string): Promise<Subscriber | undefined> {
  const known = tables.current.subscriber(id);
  if (known) return known;
  const found = await store.find('subscribers', id);
  return found && 'record' in found ? found.record : undefined;
}

export function notificationRoutes(app: App, deps: NotificationDeps): void {
  app.route({
    method: 'POST',
    url: '/v1/notifications',
    config: { access: { role: 'operator', scope: 'customer' } },
    schema: {
      tags: ['Subscribers'],
      summary: 'Hand in a notification for a subscriber',
      description: 'Answered when it is durable: in Redis, or on the local disk while Redis is away. With the header `Idempotency-Key` the same body sent again within a day is the same notification, and another body is refused.',
      body: BodySchema,
      response: { 202: Type.Object({ id: Type.String({ description: 'The `id` of the event at every try, and the header `webhook-id`' }) }), default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { subscriber: id, kind, key, class: notificationClass, data: given, expiresAt } = request.body;
      const subscriber = await subscriberOf(deps, id);
      if (!subscriber || !maySee(request.actor, subscriber.customer)) throw new Failure('not_found', 'No such subscriber');
      if (OWN_KINDS.some((own) => kind.startsWith(own))) throw issuesFailure('notification_invalid', [{ at: '/kind', detail: 'is one that Ringthrough alone tells' }]);
      if (!key.isWellFormed()) throw issuesFailure('notification_invalid', [{ at: '/key', detail: 'has half a character' }]);
      const data = JSON.stringify(given);
      if (Buffer.byteLength(data) > NOTIFICATION_MAX_BYTES) throw new Failure('body_too_large', `data has more than ${NOTIFICATION_MAX_BYTES} bytes`);
      const posted = { kind, key, class: notificationClass, data, ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }) };
      void reply.code(202);
      return { id: await deps.desk.post(id, posted, idempotencyKeyOf(request).idempotencyKey) };
    },
  });
}

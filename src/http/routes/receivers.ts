/** Receivers, who are told of diversions, and silences, while which they are not. */
import { Type } from 'typebox';
import { CONCEALED, concealed, isGivenSecret, type SecretBox } from '../../config/secrets.ts';
import { Failure, type FieldIssue, issuesFailure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import { ReceiverSchema, SilenceSchema, withReceiverSecrets, type Receiver, type Silence } from '../../domain/receiver.ts';
import { Id } from '../../domain/schema.ts';
import type { Telling } from '../../telling/telling.ts';
import { webhookKey } from '../../posting/standard-webhooks.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import type { ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { sealedOrKept } from '../sealed-or-kept.ts';

export interface ReceiverDeps extends ResourceDeps {
  secrets: SecretBox;
  telling: Pick<Telling, 'test' | 'store'>;
}

/** A silence that nobody remembers hides the next outage, milliseconds. */
const LONGEST_SILENCE_MS = 30 * 86_400_000;

const StatusSchema = Type.Object({
  state: Type.Enum(['new', 'well', 'failing'], { description: '`new`: nothing was sent yet; `failing`: the last try has failed' }),
  sent: Type.Integer({ description: 'Messages that arrived' }),
  givenUp: Type.Integer({ description: 'Messages that did not arrive in an hour' }),
  lastSentAt: Type.Optional(Type.String()),
  lastFailure: Type.Optional(Type.Object({ at: Type.String(), why: Type.String() })),
}, { description: 'Read-only: what is so now' });

/** Secrets that were given themselves; a reference is looked at when it is used. */
function issuesOf(receiver: Receiver): FieldIssue[] {
  if (receiver.kind === 'webhook') {
    return isGivenSecret(receiver.secret) && !webhookKey(receiver.secret) ? [{ at: '/secret', detail: 'must be `whsec_` and 24 to 64 bytes in Base64' }] : [];
  }
  if (receiver.kind === 'email' || receiver.kind === 'sms') return [];
  const isUrl = URL.canParse(receiver.url) && /^https?:\/\//.test(receiver.url);
  return isGivenSecret(receiver.url) && !isUrl ? [{ at: '/url', detail: 'must be an address, or `env:NAME` or `file:PATH` that leads to one' }] : [];
}

async function statusOf({ telling: { store } }: ReceiverDeps, id: string) {
  const { sent, givenUp, lastSentAt, lastFailedAt, lastFailure } = await store.notes(id);
  return {
    state: lastFailedAt !== undefined ? 'failing' as const : lastSentAt === undefined ? 'new' as const : 'well' as const,
    sent,
    givenUp,
    ...(lastSentAt === undefined ? {} : { lastSentAt: iso(lastSentAt) }),
    ...(lastFailedAt === undefined ? {} : { lastFailure: { at: iso(lastFailedAt), why: lastFailure ?? '' } }),
  };
}

function silences(app: App, deps: ReceiverDeps): void {
  const { clock } = deps;
  registerResource(app, deps, {
    collection: 'silences',
    path: '/v1/silences',
    tag: 'Receivers',
    idSchema: Id,
    bodySchema: SilenceSchema,
    access: { read: { role: 'viewer', scope: 'provider' }, write: { role: 'operator', scope: 'provider' } },
    ownerOf: () => undefined,
    accept(given) {
      const silence = given as Silence;
      const ahead = Date.parse(silence.until) - clock.now();
      if (!(ahead > 0) || ahead > LONGEST_SILENCE_MS) throw new Failure('silence_invalid', 'until must lie ahead, and at most 30 days');
      return silence;
    },
    status: (_id, { until }) => Promise.resolve({ isOver: Date.parse(until) <= clock.now() }),
    statusInList: true,
    statusSchema: Type.Object({ isOver: Type.Boolean({ description: 'It has ended, and silences nothing any more' }) }),
  });
}

export function receiverRoutes(app: App, deps: ReceiverDeps): void {
  const { secrets, store, telling } = deps;
  registerResource(app, deps, {
    collection: 'receivers',
    path: '/v1/receivers',
    tag: 'Receivers',
    idSchema: Id,
    bodySchema: ReceiverSchema,
    access: { read: { role: 'viewer', scope: 'provider' }, write: { role: 'admin', scope: 'provider' } },
    ownerOf: () => undefined,
    accept(given, { current }) {
      const receiver = given as Receiver;
      const issues = issuesOf(receiver);
      if (issues.length > 0) throw issuesFailure('receiver_invalid', issues);
      const known = current?.kind === receiver.kind ? (current as unknown as Readonly<Record<string, string>>) : {};
      // A signing secret that stays must not be used for posts to another address.
      if (receiver.kind === 'webhook' && receiver.secret === CONCEALED && receiver.url !== known['url']) throw issuesFailure('receiver_invalid', [{ at: '/secret', detail: 'must be given anew with another address' }]);
      return withReceiverSecrets(receiver, (secret, field) => sealedOrKept(secret, known[field], secrets));
    },
    show: (receiver) => withReceiverSecrets(receiver, concealed),
    status: (id) => statusOf(deps, id),
    statusSchema: StatusSchema,
  });
  silences(app, deps);
  app.route({
    method: 'POST',
    url: '/v1/receivers/:id/test',
    config: { access: { role: 'operator', scope: 'provider' } },
    schema: { tags: ['Receivers'], summary: 'Send a receiver a test, at once and once', params: Type.Object({ id: Id }), response: { 200: Type.Object({ receiver: Type.String(), message: Type.String({ description: 'Id of the message' }) }), default: ProblemSchema } },
    handler: async (request) => {
      const { id } = request.params;
      const found = await store.find('receivers', id);
      if (!found) throw new Failure('not_found');
      if ('unreadable' in found) throw new Failure('record_unreadable');
      return { receiver: id, message: await telling.test(id, found.record, request.actor.key) };
    },
  });
}

/** What can be read of the backlog of a subscriber: how it stands, its dead letters, the last tries. */
import type { FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { BACKLOG_STANDS, whyBacklog } from '../../../rules/why-backlog.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { Failure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import { parseJson } from '../../domain/json.ts';
import { ENDS, KIND_PATTERN, NOTIFICATION_CLASSES } from '../../domain/notification.ts';
import { readPassedOn } from '../../domain/passed-on.ts';
import { Instant, Strict, SubscriberId, Text } from '../../domain/schema.ts';
import type { Subscriber } from '../../domain/subscriber.ts';
import type { Attempt, BacklogStore, DeadFilter, DeadLetter } from '../../store/backlog-store.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../system/system.ts';
import { maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';

export interface BacklogDeps {
  store: Store;
  backlog: BacklogStore;
  tables: RoutingTableHolder;
  clock: Clock;
}

const Count = (description: string) => Type.Integer({ description });
const Time = (description: string) => Type.Optional(Type.String({ description: `${description}; ISO 8601` }));

export const BacklogSchema = Type.Object({
  is: Type.Enum(BACKLOG_STANDS, { description: '`paused` by an operator; `disabled`: it answered 410; `held` while its primary is down; `failing`: tried again now and then; `live-only`: its primary is not up yet, what waits waits on; `idle`: nothing waits; `delivering`; `waiting` for a worker or for a retry' }),
  why: Type.String({ description: 'One sentence for people' }),
  counts: Type.Object({
    accepted: Count('All that ever came; always the sum of the others'),
    waiting: Count('Not ended yet'),
    ...Object.fromEntries(ENDS.map((end) => [end, Count({ delivered: 'Taken by it: 2xx', coalesced: 'A newer state took their place', expired: 'Of no use any more', dropped: 'Beyond a bound', dead: 'Given up; redriven they wait again' }[end])])),
  }, { additionalProperties: Type.Integer() }),
  waiting: Type.Object(Object.fromEntries(NOTIFICATION_CLASSES.map((name) => [name, Type.Integer()])), { description: 'How many wait, by class', additionalProperties: Type.Integer() }),
  bytes: Count('About how many bytes wait'),
  retries: Count('Keys whose first notification is to be tried again'),
  deadLetters: Count('Dead letters that are kept'),
  oldestAt: Time('When the first of those that wait came'),
  lastDeliveredAt: Time('When it last took one'),
  perSecond: Type.Optional(Type.Number({ description: 'Deliveries a second, while it is delivering' })),
  etaSeconds: Type.Optional(Type.Integer({ description: 'In how many seconds nothing waits any more, at this rate' })),
}, { description: 'Read-only: what is so now' });

const viewer = { role: 'viewer', scope: 'customer' } as const;
const tags = ['Subscribers'];
const params = Type.Object({ id: SubscriberId });

const moments = (given: Readonly<Record<string, number | undefined>>): Record<string, string> => Object.fromEntries(Object.entries(given).flatMap(([name, at]) => (at === undefined ? [] : [[name, iso(at)]])));

/** How the backlog of a subscriber stands. Throws `store_unavailable`. */
export async function backlogOf({ backlog, tables, clock }: Pick<BacklogDeps, 'backlog' | 'tables' | 'clock'>, id: string, { primary }: Subscriber): Promise<Static<typeof BacklogSchema>> {
  const status = await backlog.status(id);
  const { counts, waiting, bytes, retries, deadKept, oldestAt, lastDeliveredAt } = status;
  const verdict = whyBacklog({ ...status, waiting: counts.waiting }, primary === undefined ? undefined : { id: primary, state: tables.current.state(primary) }, clock.now());
  return { ...verdict, counts, waiting, bytes, retries, deadLetters: deadKept, ...moments({ oldestAt, lastDeliveredAt }) };
}

export const LetterFilter = {
  kind: Type.Optional(Type.String({ pattern: KIND_PATTERN, maxLength: 100 })),
  key: Type.Optional(Text(200, 'What it is about')),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
};

export function filterOf({ ids, kind, key, from, to }: { ids?: readonly string[]; kind?: string; key?: string; from?: string; to?: string }): DeadFilter {
  return { ...(ids ? { ids } : {}), ...(kind === undefined ? {} : { kind }), ...(key === undefined ? {} : { key }), ...(from === undefined ? {} : { from: Date.parse(from) }), ...(to === undefined ? {} : { to: Date.parse(to) }) };
}

const Shown = { id: Type.String(), kind: Type.String(), key: Type.String() };
const LetterSchema = Type.Object({
  ...Shown,
  class: Type.Enum(NOTIFICATION_CLASSES),
  at: Type.String({ description: 'When it happened' }),
  diedAt: Type.String({ description: 'When it was given up' }),
  cause: Type.String(),
  tries: Type.Integer(),
  data: Type.Optional(Type.Unknown()),
  body: Type.Optional(Type.String({ description: 'Of what is passed on as it came, in place of `data`' })),
  contentType: Type.Optional(Type.String()),
  encoding: Type.Optional(Type.Literal('base64', { description: 'Of a body that is no UTF-8' })),
  carrier: Type.Optional(Type.String({ description: 'Whose callback it is' })),
});

function shownBody(body: string, text: string) {
  const { contentType, callback, isBase64 } = readPassedOn(text);
  return { body, contentType, ...(isBase64 ? { encoding: 'base64' as const } : {}), ...(callback ? { carrier: callback.carrier } : {}) };
}

function shownLetter({ notification: { id, kind, key, class: notificationClass, at, data, contentType }, cause, tries, diedAt }: DeadLetter): Static<typeof LetterSchema> {
  const content = contentType === undefined ? { data: parseJson(data) } : shownBody(data, contentType);
  return { id, kind, key, class: notificationClass, at: iso(at), diedAt: iso(diedAt), cause, tries, ...content };
}

const AttemptSchema = Type.Object({
  ...Shown,
  at: Type.String(),
  ms: Type.Number({ description: 'How long it took, milliseconds' }),
  status: Type.Integer({ description: 'HTTP status; 0: there was no answer' }),
  said: Type.String({ description: 'The beginning of the answer, or why there was none' }),
});
const shownAttempt = ({ at, ...rest }: Attempt): Static<typeof AttemptSchema> => ({ ...rest, at: iso(at) });

/** One page has the payloads: 6 MB at most. */
const LETTERS_MAX = 100;
const ATTEMPTS_MAX = 200;

/** A subscriber that the actor may see, and which revision of it that is. */
export async function subscriberSeen({ store }: BacklogDeps, { actor, params: given }: Pick<FastifyRequest, 'actor' | 'params'>): Promise<{ id: string; revision: number; record: Subscriber }> {
  const { id } = given as { id: string };
  const found = await store.find('subscribers', id);
  if (!found) throw new Failure('not_found');
  if ('unreadable' in found) throw new Failure(actor.customer === undefined ? 'record_unreadable' : 'not_found');
  if (!maySee(actor, found.record.customer)) throw new Failure('not_found');
  return { id, ...found };
}

export function backlogReadRoutes(app: App, deps: BacklogDeps): void {
  const { backlog } = deps;
  app.route({
    method: 'GET',
    url: '/v1/subscribers/:id/backlog',
    config: { access: viewer },
    schema: { tags, summary: 'What waits for a subscriber, how it stands and why', params, response: { 200: BacklogSchema, default: ProblemSchema } },
    handler: async (request) => {
      const { id, record } = await subscriberSeen(deps, request);
      return backlogOf(deps, id, record);
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/subscribers/:id/dead-letters',
    config: { access: viewer },
    schema: {
      tags, summary: 'What was given up, with the cause; the oldest first', params,
      querystring: Strict({ ...LetterFilter, ...PageQuery, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LETTERS_MAX, default: LETTERS_MAX, description: 'Dead letters a page' })) }),
      response: { 200: Type.Object({ items: Type.Array(LetterSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    handler: async (request) => {
      const { id } = await subscriberSeen(deps, request);
      const { cursor, limit = LETTERS_MAX, ...filter } = request.query;
      const [after = '0'] = decodeCursor(cursor, 1) ?? [];
      if (!/^\d{1,20}(-\d{1,20})?$/.test(after)) throw new Failure('cursor_invalid');
      const { letters, last } = await backlog.deadLetters(id, filterOf(filter), after, limit);
      return { items: letters.map(shownLetter), ...(last === undefined ? {} : { next: encodeCursor([last]) }) };
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/subscribers/:id/attempts',
    config: { access: viewer },
    schema: { tags, summary: 'The last tries to deliver, the newest first', params, querystring: Strict({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ATTEMPTS_MAX, default: ATTEMPTS_MAX })) }), response: { 200: Type.Object({ items: Type.Array(AttemptSchema) }), default: ProblemSchema } },
    handler: async (request) => {
      const { id } = await subscriberSeen(deps, request);
      return { items: (await backlog.attempts(id, request.query.limit ?? ATTEMPTS_MAX)).map(shownAttempt) };
    },
  });
}

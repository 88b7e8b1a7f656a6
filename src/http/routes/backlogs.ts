/** What operators do about the backlog of a subscriber: pause, resume, redrive; each with a reason, in the audit trail. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { termsOf } from '../../backlog/terms.ts';
import { Failure } from '../../domain/errors.ts';
import { Strict, SubscriberId, Text } from '../../domain/schema.ts';
import { createDraft } from '../../store/draft.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf } from '../resource.ts';
import { backlogOf, backlogReadRoutes, BacklogSchema, filterOf, LetterFilter, subscriberSeen, type BacklogDeps } from './backlog-reads.ts';

const operator = { role: 'operator', scope: 'customer' } as const;
const tags = ['Subscribers'];
const params = Type.Object({ id: SubscriberId });

type Seen = Awaited<ReturnType<typeof subscriberSeen>>;

export function backlogRoutes(app: App, deps: BacklogDeps): void {
  const { store, backlog, tables, clock } = deps;
  const reason = Text(500, 'Why: goes into the audit trail');
  backlogReadRoutes(app, deps);

  /** In the trail before it is done: what was done must never be missing there. */
  async function tell(request: FastifyRequest & { body: { reason: string } }, { id, revision, record: { customer } }: Seen, what: 'pause' | 'resume' | 'redrive', before: unknown, after: unknown): Promise<void> {
    const draft = createDraft();
    draft.expect('subscribers', id, revision);
    draft.audit({ ...deedOf(request, clock, request.body.reason), action: `subscribers.${what}`, changes: [{ subject: `subscribers/${id}`, before, after }], ...(customer === undefined ? {} : { customer }) });
    if ('failed' in (await store.commit(draft))) throw new Failure('write_contended');
  }

  app.route({
    method: 'POST',
    url: '/v1/subscribers/:id/pause',
    config: { access: operator },
    schema: { tags, summary: 'Send a subscriber nothing until it is resumed; what comes waits', params, body: Strict({ reason }), response: { 200: BacklogSchema, default: ProblemSchema } },
    handler: async (request) => {
      const found = await subscriberSeen(deps, request);
      const { pausedAt } = await backlog.status(found.id);
      if (pausedAt === undefined) {
        await tell(request, found, 'pause', null, { paused: true });
        await backlog.stand(found.id, { pausedAt: clock.now() });
      }
      return backlogOf(deps, found.id, found.record);
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/subscribers/:id/resume',
    config: { access: operator },
    schema: { tags, summary: 'Send it what waits again: after a pause, after it answered 410, or before it would be tried again by itself', params, body: Strict({ reason }), response: { 200: BacklogSchema, default: ProblemSchema } },
    handler: async (request) => {
      const found = await subscriberSeen(deps, request);
      const { pausedAt, disabledAt, failingSince, failingUntil } = await backlog.status(found.id);
      const stood = { ...(pausedAt === undefined ? {} : { paused: true }), ...(disabledAt === undefined ? {} : { disabled: true }), ...(failingSince === undefined && failingUntil === undefined ? {} : { failing: true }) };
      if (Object.keys(stood).length > 0) {
        await tell(request, found, 'resume', stood, null);
        await backlog.stand(found.id, { pausedAt: undefined, disabledAt: undefined, failingUntil: undefined, failingSince: undefined, failure: undefined });
      }
      // Also when a process died before it had asked for that.
      await backlog.ask(found.id, clock.now());
      return backlogOf(deps, found.id, found.record);
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/subscribers/:id/redrive',
    config: { access: operator },
    schema: {
      tags,
      summary: 'Have dead letters tried again',
      description: 'Those that match all of `ids`, `kind`, `key`, `from` and `to` (by when it happened); `all` when nothing of that is given. A state of which a newer one was accepted is not sent any more.',
      params,
      body: Strict({ reason, ids: Type.Optional(Type.Array(Text(200, 'Id of a notification'), { minItems: 1, maxItems: 1000 })), ...LetterFilter, all: Type.Optional(Type.Literal(true)) }),
      response: { 200: Type.Object({ redriven: Type.Integer({ description: 'They wait again' }), coalesced: Type.Integer({ description: 'A newer state had taken their place' }) }), default: ProblemSchema },
    },
    handler: async (request) => {
      const found = await subscriberSeen(deps, request);
      const { reason: _reason, all, ...given } = request.body;
      const isAll = Object.keys(given).length === 0;
      if (isAll !== (all === true)) throw new Failure('request_invalid', 'Say which: by `ids`, `kind`, `key`, `from`, `to`, or `all`', { issues: [{ at: '/all', detail: isAll ? 'must be true when nothing else says which' : 'goes with nothing else' }] });
      await tell(request, found, 'redrive', null, isAll ? { all } : given);
      return backlog.redrive(found.id, filterOf(given), termsOf(tables.current, found.id).worth, clock.now());
    },
  });
}

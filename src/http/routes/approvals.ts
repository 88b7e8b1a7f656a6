/** Changes of many numbers' destinations that wait for a second admin: what they are, and what is decided of them. */
import { Type } from 'typebox';
import type { Approval } from '../../domain/approval.ts';
import { Failure } from '../../domain/errors.ts';
import type { Actor } from '../../domain/key.ts';
import { Strict } from '../../domain/schema.ts';
import { approve, findApproval, refuse, stateOf, type DecideApprovalDeps } from '../../policy/decide-approval.ts';
import { indexName } from '../../store/relations.ts';
import { maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { APPROVAL_STATES_SHOWN, ShownApproval, shownApproval } from '../held.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf, type ResourceDeps } from '../resource.ts';

export type ApprovalRouteDeps = ResourceDeps & DecideApprovalDeps;

const tags = ['Approvals'];
const viewer = { role: 'viewer', scope: 'customer' } as const;
const admin = { role: 'admin', scope: 'customer' } as const;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

export function approvalRoutes(app: App, deps: ApprovalRouteDeps): void {
  const { store, clock } = deps;

  /** Whose key asked, theirs it is to see and to decide. */
  async function visible(id: string, actor: Actor): Promise<Approval> {
    const { record } = await findApproval(store, id);
    if (!maySee(actor, record.by.customer)) throw new Failure('not_found');
    return record;
  }

  app.route({
    method: 'GET',
    url: '/v1/approvals',
    config: { access: viewer },
    schema: {
      tags,
      summary: 'List changes that wait for a second admin, and those of the last 30 days that did',
      querystring: Strict({ ...PageQuery, state: Type.Optional(Type.Enum([...APPROVAL_STATES_SHOWN])) }),
      response: { 200: Type.Object({ items: Type.Array(ShownApproval), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor, state } = request.query;
      const ids = await store.page(indexName('approvals', request.actor.customer), decodeCursor(cursor, 1)?.[0], limit);
      const found = await store.findMany('approvals', ids);
      const now = clock.now();
      const items = ids.flatMap((id, at) => {
        const one = found[at];
        return one && 'record' in one && maySee(request.actor, one.record.by.customer) && (state === undefined || stateOf(one.record, now) === state) ? [shownApproval(id, one.record, now)] : [];
      });
      const last = ids.at(-1);
      return { items, ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/approvals/:id',
    config: { access: viewer },
    schema: { tags, summary: 'Get one: who asked for what, from what to what, and for how many numbers', params, response: { 200: ShownApproval, default: ProblemSchema } },
    handler: async (request) => shownApproval(request.params.id, await visible(request.params.id, request.actor), clock.now()),
  });

  for (const [verb, decide, summary] of [
    ['approve', approve, 'Approve a change that another admin has asked for: it is judged again and made at once'],
    ['refuse', refuse, 'Refuse a change that waits, or take it back: nothing of it is done'],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/v1/approvals/:id/${verb}`,
      config: { access: admin },
      schema: { tags, summary, params, response: { 200: ShownApproval, default: ProblemSchema } },
      async handler(request) {
        const { id } = request.params;
        await visible(id, request.actor);
        return shownApproval(id, await decide(deps, id, deedOf(request, clock)), clock.now());
      },
    });
  }
}

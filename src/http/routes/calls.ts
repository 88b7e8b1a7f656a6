/** The calls seen, and the callers that nobody has spoken to yet. */
import { Type } from 'typebox';
import { lostCallers } from '../../calls/lost-callers.ts';
import { iso } from '../../domain/instant.ts';
import type { Actor } from '../../domain/key.ts';
import { OUTCOMES } from '../../domain/call.ts';
import { Failure } from '../../domain/errors.ts';
import { canonicalNumber } from '../../domain/phone-number.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { CallSchema, shownCall } from '../../domain/shown-call.ts';
import type { CallQuery, CallStore } from '../../store/call-store.ts';
import type { Store } from '../../store/store.ts';
import { customerAsked } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';

export interface CallDeps {
  calls: CallStore;
  store: Store;
}

const viewer = { role: 'viewer', scope: 'customer' } as const;

function before(cursor: string | undefined): CallQuery['before'] {
  const parts = decodeCursor(cursor, 2);
  if (!parts) return undefined;
  const at = Number(parts[0]);
  if (!Number.isSafeInteger(at)) throw new Failure('cursor_invalid');
  return { at, id: parts[1] ?? '' };
}

/** One customer's key must not meet the calls of a number that is not its own, not even to leave them out: that takes time. */
async function isElsewhere(store: Store, { customer }: Actor, number: string | undefined): Promise<boolean> {
  if (customer === undefined || number === undefined) return false;
  const found = await store.find('numbers', number);
  return !found || !('record' in found) || found.record.customer !== customer;
}

/** What the query asks for, within what the actor may see. */
async function queryFor(store: Store, actor: Actor, query: { number?: string; customer?: string; outcome?: string }): Promise<Omit<CallQuery, 'before' | 'limit'>> {
  const number = query.number === undefined ? undefined : canonicalNumber(query.number);
  if (query.number !== undefined && number === undefined) throw new Failure('number_invalid');
  return { number, customer: customerAsked(actor, query.customer), withinCustomer: await isElsewhere(store, actor, number), unanswered: query.outcome === 'unanswered' || query.outcome === 'missed' || query.outcome === 'lost' };
}

function list(app: App, { calls, store }: CallDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/calls',
    config: { access: viewer },
    schema: {
      tags: ['Calls'],
      summary: 'The calls seen, the newest first',
      querystring: Strict({
        ...PageQuery,
        number: Type.Optional(Type.String({ maxLength: 32 })),
        customer: Type.Optional(Id),
        outcome: Type.Optional(Type.Enum([...OUTCOMES, 'unanswered'], { description: '`unanswered` is missed or lost' })),
      }),
      response: { 200: Type.Object({ items: Type.Array(CallSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    handler: async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, outcome } = request.query;
      const found = await calls.list({ ...(await queryFor(store, request.actor, request.query)), before: before(cursor), limit });
      const last = found.at(-1);
      const items = found.filter((call) => outcome === undefined || outcome === 'unanswered' || call.outcome === outcome).map(shownCall);
      return { items, ...(found.length === limit && last ? { next: encodeCursor([String(last.startedAt), last.id]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/calls/:id',
    config: { access: viewer },
    schema: { tags: ['Calls'], summary: 'One call: its steps and its outcome', params: Type.Object({ id: Type.String({ maxLength: 200 }) }), response: { 200: CallSchema, default: ProblemSchema } },
    handler: async (request) => {
      const call = await calls.find(request.params.id);
      if (!call || (request.actor.customer !== undefined && request.actor.customer !== call.customer)) throw new Failure('not_found');
      return shownCall(call);
    },
  });
}

/** Calls that are looked at for one list of callers. */
const LOST_CALLS = 1000;

function listLostCallers(app: App, calls: CallStore): void {
  const CallerSchema = Type.Object({
    from: Type.String(),
    calls: Type.Integer({ description: 'How often the caller met nobody' }),
    lastAt: Type.String(),
    numbers: Type.Array(Type.String(), { description: 'The numbers that were called' }),
    customer: Type.Optional(Type.String()),
  });
  app.route({
    method: 'GET',
    url: '/v1/lost-callers',
    config: { access: viewer },
    schema: {
      tags: ['Calls'],
      summary: 'Callers whose last call met nobody: whom to call back. The newest first, from the last 1,000 unanswered calls',
      querystring: Strict({ customer: Type.Optional(Id) }),
      response: { 200: Type.Object({ items: Type.Array(CallerSchema) }), default: ProblemSchema },
    },
    handler: async (request) => {
      const customer = customerAsked(request.actor, request.query.customer);
      const missed = await calls.list({ customer, unanswered: true, limit: LOST_CALLS });
      const callers = await lostCallers(calls, missed);
      const items = callers.map(({ lastAt, customer, ...caller }) => ({ ...caller, lastAt: iso(lastAt), ...(customer === undefined ? {} : { customer }) }));
      return { items };
    },
  });
}

export function callRoutes(app: App, deps: CallDeps): void {
  list(app, deps);
  listLostCallers(app, deps.calls);
}

/** Numbers: their records, and what would happen to a call now. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { judgeCall } from '../../calls/judge-call.ts';
import { planFor } from '../../calls/number-facts.ts';
import { createActiveLegs } from '../../calls/active-legs.ts';
import type { DestinationJudge } from '../../calls/destination-judge.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { Failure } from '../../domain/errors.ts';
import type { Actor } from '../../domain/key.ts';
import { NumberSchema, type NumberRecord } from '../../domain/number.ts';
import { canonicalNumber } from '../../domain/phone-number.ts';
import { Id, Instant, PlanId, Strict } from '../../domain/schema.ts';
import { createGate, type ApprovalDeps } from '../../policy/approvals.ts';
import type { DecideApprovalDeps } from '../../policy/decide-approval.ts';
import { whyNotDivertedBy } from '../../policy/divert-by.ts';
import type { EntryCheck } from '../../policy/entry-check.ts';
import { numberWarnings } from '../../policy/warnings.ts';
import type { Store } from '../../store/store.ts';
import { walkNumbers, type NumberPosition } from '../../store/walk-numbers.ts';
import { customerAsked, maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { etagOf, type ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { assertUsablePlan } from './records.ts';

export interface NumberDeps extends ResourceDeps {
  tables: RoutingTableHolder;
  entry: EntryCheck;
  judge: DestinationJudge;
  approvals: ApprovalDeps & Pick<DecideApprovalDeps, 'make'>;
}

const viewer = { role: 'viewer', scope: 'customer' } as const;
const admin = { role: 'admin', scope: 'customer' } as const;

function canonicalOrRefuse(text: string): string {
  const number = canonicalNumber(text);
  if (number === undefined) throw new Failure('number_invalid');
  return number;
}

/** A customer's own admin chooses the plan of its numbers; where they belong is the provider's. */
function assertOnlyPlan(next: NumberRecord, current: NumberRecord | undefined): void {
  if (!current) throw new Failure('not_found');
  for (const field of ['customer', 'primary', 'carrier', 'carrierRef', 'divertBy'] as const) {
    if (next[field] !== current[field]) throw new Failure('field_provider_only', undefined, { issues: [{ at: `/${field}`, detail: 'only the provider changes this' }] });
  }
}

async function assertDivertible(store: Store, number: string, record: NumberRecord, current: NumberRecord | undefined): Promise<void> {
  const found = await store.find('carriers', record.carrier);
  // One that is not there is told by others.
  const why = found && 'record' in found ? whyNotDivertedBy(number, record, current, found.record) : undefined;
  if (why !== undefined) throw new Failure('carrier_ability_missing', `divertBy: ${why}`, { issues: [{ at: '/divertBy', detail: why }] });
}

function records(app: App, deps: NumberDeps): void {
  deps.approvals.make.numbers = registerResource(
    app,
    deps,
    {
      collection: 'numbers',
      path: '/v1/numbers',
      tag: 'Numbers',
      idName: 'number',
      idSchema: Type.String({ maxLength: 32, description: 'E.164', examples: ['+442079460123'] }),
      bodySchema: NumberSchema,
      access: { read: viewer, write: admin },
      canonicalId: canonicalOrRefuse,
      ownerOf: (_number, record) => record.customer,
      gate: (asked) => createGate(deps.approvals, { collection: 'numbers', ...asked }),
      async accept(given, { id, current, actor, also }) {
        const record = given as NumberRecord;
        if (actor.customer !== undefined) assertOnlyPlan(record, current);
        await assertDivertible(deps.store, id, record, current);
        await assertUsablePlan(deps.store, record.plan, record.customer, also, actor);
        if (record.plan !== current?.plan || record.customer !== current?.customer) await deps.entry.number(id, record, also);
        return record;
      },
      async beforeRemoval(_number, _record, actor) {
        if (actor.customer !== undefined) throw new Failure('provider_only', 'Only the provider takes a number away');
        return undefined;
      },
      status: (number, record, actor) => Promise.resolve(statusOf(deps, number, record, actor)),
    },
    { ownList: true },
  );
}

function statusOf({ tables, judge }: NumberDeps, number: string, record: NumberRecord, { customer: viewer }: Actor) {
  const table = tables.current;
  const { chosen } = planFor(table, record);
  return { primary: table.state(record.primary).is, protected: chosen !== undefined, ...(chosen ? { plan: chosen.id, planFrom: chosen.from } : {}), warnings: numberWarnings({ table, judge, viewer }, number, record) };
}

interface NumberQuery {
  limit?: number;
  cursor?: string;
  customer?: string;
  primary?: string;
  carrier?: string;
  plan?: string;
  protected?: boolean;
}

/** Numbers looked at for one page when a filter leaves few: the page is then short, and its cursor goes on. */
const LOOKED_AT = 5000;

function list(app: App, deps: NumberDeps): void {
  const { store, tables } = deps;
  const Item = Type.Object({ number: Type.String(), etag: Type.String(), ...NumberSchema.properties });

  function matches(query: NumberQuery, record: NumberRecord): boolean {
    for (const field of ['primary', 'carrier', 'plan'] as const) if (query[field] !== undefined && record[field] !== query[field]) return false;
    return query.protected === undefined || (planFor(tables.current, record).chosen !== undefined) === query.protected;
  }

  function start(cursor: string | undefined): { after?: NumberPosition } {
    const parts = decodeCursor(cursor, 2);
    return parts ? { after: { customer: parts[0] ?? '', number: parts[1] ?? '' } } : {};
  }

  async function page(query: NumberQuery, actor: Actor) {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const customer = customerAsked(actor, query.customer);
    const items: Record<string, unknown>[] = [];
    let looked = 0;
    for await (const { entries, next } of walkNumbers(store, { limit, ...(customer === undefined ? {} : { customer }), ...start(query.cursor) })) {
      for (const { number, found } of entries) {
        looked += 1;
        if (!('record' in found) || !maySee(actor, found.record.customer) || !matches(query, found.record)) continue;
        items.push({ number, etag: etagOf('numbers', found.record), ...found.record });
        if (items.length === limit) return { items, next: encodeCursor([found.record.customer, number]) };
      }
      if (next && looked >= LOOKED_AT) return { items, next: encodeCursor([next.customer, next.number]) };
    }
    return { items };
  }

  (app as unknown as FastifyInstance).route({
    method: 'GET',
    url: '/v1/numbers',
    config: { access: viewer },
    schema: {
      tags: ['Numbers'],
      summary: 'List numbers, in the order of customer and number',
      querystring: Strict({ ...PageQuery, customer: Type.Optional(Id), primary: Type.Optional(Id), carrier: Type.Optional(Id), plan: Type.Optional(PlanId), protected: Type.Optional(Type.Boolean({ description: 'Whether a plan holds for the number' })) }),
      response: { 200: Type.Object({ items: Type.Array(Item), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    handler: (request: FastifyRequest) => page(request.query as NumberQuery, request.actor),
  });
}

function steps(app: App, { store, tables, clock, judge }: NumberDeps): void {
  (app as unknown as FastifyInstance).route({
    method: 'GET',
    url: '/v1/numbers/:number/steps',
    config: { access: viewer },
    schema: {
      tags: ['Numbers'],
      summary: 'What would happen to a call now, or at another time: the steps in order, and why. Nobody is called',
      params: Type.Object({ number: Type.String({ maxLength: 32 }) }),
      querystring: Strict({ from: Type.Optional(Type.String({ maxLength: 100, description: 'The caller' })), at: Type.Optional(Type.String({ ...Instant, description: 'Default now' })) }),
      response: { 200: Type.Object({ number: Type.String(), because: Type.String(), steps: Type.Array(Type.Unknown()), skipped: Type.Array(Type.Unknown()) }), default: ProblemSchema },
    },
    handler: async (request: FastifyRequest, _reply: FastifyReply) => {
      const number = canonicalOrRefuse((request.params as { number: string }).number);
      const { from = '', at } = request.query as { from?: string; at?: string };
      const found = await store.find('numbers', number);
      if (!found || !('record' in found) || !maySee(request.actor, found.record.customer)) throw new Failure('not_found');
      const call = { ref: '', number, from, overSip: false, forwardedBy: [], mark: undefined, afterOurFailure: false, failedUrl: undefined, connected: false };
      const { decision } = judgeCall(call, { call: '', table: tables.current, legs: createActiveLegs(), judge, at: at === undefined ? clock.now() : Date.parse(at), loopWindowMs: 0 }, 'fresh');
      return { number, because: decision.because, steps: decision.steps, skipped: decision.skipped };
    },
  });
}

export function numberRoutes(app: App, deps: NumberDeps): void {
  list(app, deps);
  records(app, deps);
  steps(app, deps);
}

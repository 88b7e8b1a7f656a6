/** Drills: test calls to the destinations of plans; what came of them, and what of each plan was proven when. */
import { Type, type Static } from 'typebox';
import { DRILL_STATES, DrillTimesSchema, HELD_BACK, ScopeSchema, TEST_RESULTS, TestTimesSchema, type HeldBack, type TestResult } from '../../domain/drill.ts';
import { Failure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import type { Actor } from '../../domain/key.ts';
import { Id, Instant, PlanId, Strict, Text } from '../../domain/schema.ts';
import { destinationKind } from '../../domain/plan.ts';
import type { DrillDesk, DrillView, TestView } from '../../drills/drill-desk.ts';
import { createDrillStore, type Proof } from '../../store/drill-store.ts';
import { indexName } from '../../store/relations.ts';
import type { Redis } from 'ioredis';
import { customerAsked } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf, type ResourceDeps } from '../resource.ts';

export interface DrillDeps extends ResourceDeps {
  redis: Redis;
  drills: DrillDesk;
}

const tags = ['Drills'];
const viewer = { role: 'viewer', scope: 'customer' } as const;
const operator = { role: 'operator', scope: 'customer' } as const;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const RESULTS = Object.keys(TEST_RESULTS) as TestResult[];
const E164 = '^\\+[1-9][0-9]{6,14}$';
const DAY_MS = 86_400_000;

const Body = Strict({
  ...ScopeSchema.properties,
  numbers: Type.Optional(Type.Array(Type.String({ pattern: E164 }), { minItems: 1, maxItems: 100, uniqueItems: true })),
  carrier: Type.Optional(Type.String({ ...Id, description: 'Through this carrier instead of that of the numbers; for keys of the provider' })),
  from: Type.Optional(Type.String({ pattern: E164, description: 'The caller that is shown: a number here that the carrier holds. Default one of the same customer' })),
  notBefore: Type.Optional(Instant),
  anyHour: Type.Optional(Type.Boolean({ description: 'Also outside the hours of the policy. The hours of a destination itself hold in any case' })),
  reason: Type.Optional(Text(500, 'Why: goes into the drill and the audit trail')),
}, { description: 'Whose destinations are called: one of `plan`, `customer`, `primary` and `numbers` is needed; of several each must apply' });

const Held = Type.Object({ code: Type.Enum(Object.keys(HELD_BACK) as HeldBack[]), means: Type.String() });

const TestShown = Type.Object({
  to: Type.String(),
  plans: Type.Array(Type.String(), { description: 'Plans that it stands in: it is called once for all of them' }),
  customer: Type.String(),
  primaries: Type.Optional(Type.Array(Type.String(), { description: 'For keys of the provider, as `carrier`' })),
  carrier: Type.Optional(Type.String()),
  from: Type.Optional(Type.String({ description: 'The caller that is shown' })),
  is: Type.Enum(RESULTS),
  means: Type.String(),
  heldBack: Type.Optional(Held),
  why: Type.Optional(Type.String({ description: "The carrier's own words, for keys of the provider" })),
  calledAt: Type.Optional(Type.String()),
  times: TestTimesSchema,
});

const Who = Type.Object({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) });

const Summary = {
  id: Type.String(),
  state: Type.Enum(['waiting', 'running', 'stopping', ...DRILL_STATES.filter((state) => state !== 'open')], { description: '`waiting`: nobody has been called yet; `expired`: its time ran out with calls not made' }),
  scope: ScopeSchema,
  customer: Type.Optional(Type.String({ description: 'Whose keys see it; absent: the provider alone' })),
  by: Who,
  reason: Type.Optional(Type.String()),
  at: Type.String(),
  notBefore: Type.Optional(Type.String()),
  anyHour: Type.Optional(Type.Boolean()),
  scheduled: Type.Optional(Type.Boolean({ description: 'It began by itself' })),
  until: Type.String({ description: 'It ends with what it has then' }),
  endedAt: Type.Optional(Type.String()),
  counts: Type.Record(Type.String(), Type.Integer(), { description: 'Tests by what became of them, as `is` of each has it' }),
};
const Shown = Type.Object({ ...Summary, rehearsed: Type.Optional(Type.Array(DrillTimesSchema, { description: 'Of the first five primaries, for keys of the provider' })), tests: Type.Array(TestShown) });

const ProofShown = Type.Object({
  plan: Type.String(),
  customer: Type.Optional(Type.String()),
  to: Type.String(),
  proven: Type.Optional(Type.Object({ at: Type.String(), ageDays: Type.Number() }, { description: 'When 1 was last pressed there; absent: never' })),
  last: Type.Optional(Type.Object({ at: Type.String(), is: Type.Enum(RESULTS), drill: Type.String() }, { description: 'What the last test call came to that came to anything' })),
});

function shownTest({ now, ...test }: TestView, own: boolean): Static<typeof TestShown> {
  const { is, heldBack, why, calledAt, times } = now;
  return {
    to: test.to, plans: [...test.plans], customer: test.customer, ...(own ? {} : { primaries: [...test.primaries], carrier: test.carrier }), ...(test.from === undefined ? {} : { from: test.from }),
    is, means: TEST_RESULTS[is], ...(heldBack === undefined ? {} : { heldBack: { code: heldBack, means: HELD_BACK[heldBack] } }), ...(why === undefined || own ? {} : { why }),
    ...(calledAt === undefined ? {} : { calledAt: iso(calledAt) }), times,
  };
}

function stateOf({ drill, tests }: DrillView): Static<(typeof Summary)['state']> {
  if (drill.state !== 'open') return drill.state;
  if (drill.stopping) return 'stopping';
  return tests.every(({ now }) => now.calledAt === undefined) ? 'waiting' : 'running';
}

function shownSummary(view: DrillView): Static<ReturnType<typeof Type.Object<typeof Summary>>> {
  const { id, drill, tests } = view;
  const { scope, customer, by, reason, at, notBefore, anyHour, scheduled, until, endedAt } = drill;
  const counts: Partial<Record<TestResult, number>> = {};
  for (const { now } of tests) counts[now.is] = (counts[now.is] ?? 0) + 1;
  return {
    id, state: stateOf(view), scope, by, at: iso(at), until: iso(until), counts,
    ...(customer === undefined ? {} : { customer }), ...(reason === undefined ? {} : { reason }), ...(notBefore === undefined ? {} : { notBefore: iso(notBefore) }), ...(anyHour === undefined ? {} : { anyHour }), ...(scheduled === undefined ? {} : { scheduled }),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
  };
}

const shown = (view: DrillView, actor: Actor): Static<typeof Shown> => ({
  ...shownSummary(view),
  ...(view.drill.rehearsed && actor.customer === undefined ? { rehearsed: view.drill.rehearsed } : {}),
  tests: view.tests.map((test) => shownTest(test, actor.customer !== undefined)),
});

function shownProof(plan: string, customer: string | undefined, to: string, proof: Proof | undefined, now: number): Static<typeof ProofShown> {
  const { provenAt } = proof ?? {};
  return {
    plan, ...(customer === undefined ? {} : { customer }), to,
    ...(provenAt === undefined ? {} : { proven: { at: iso(provenAt), ageDays: Math.round((now - provenAt) / (DAY_MS / 10)) / 10 } }),
    ...(proof ? { last: { at: iso(proof.triedAt), is: proof.is, drill: proof.drill } } : {}),
  };
}

function begin(app: App, { drills, clock }: DrillDeps): void {
  app.route({
    method: 'POST',
    url: '/v1/drills',
    config: { access: operator },
    schema: {
      tags, summary: 'Begin a drill: each telephone and SIP address in these plans gets a test call, and whoever picks up is asked to press 1',
      description: 'Nobody else is ever called. It is paced, keeps to the hours and limits of the policy, makes no call to a destination that a diversion may need, and can be stopped.',
      body: Body, response: { 202: Shown, default: ProblemSchema },
    },
    async handler(request, reply) {
      const { notBefore, ...wanted } = request.body;
      const { plan, customer, primary, numbers, carrier, reason } = wanted;
      if ([plan, customer, primary, numbers].every((one) => one === undefined)) throw new Failure('request_invalid', 'One of plan, customer, primary and numbers is needed');
      // Which carriers there are is the provider's to know; so is what a primary has.
      if (carrier !== undefined && request.actor.customer !== undefined) throw new Failure('field_provider_only', 'carrier');
      const view = await drills.begin({ ...wanted, ...(notBefore === undefined ? {} : { notBefore: Date.parse(notBefore) }) }, deedOf(request, clock, reason));
      return reply.status(202).header('location', `/v1/drills/${view.id}`).send(shown(view, request.actor));
    },
  });
}

export function drillRoutes(app: App, deps: DrillDeps): void {
  const { drills, store, redis, clock } = deps;
  const proofs = createDrillStore(redis);
  begin(app, deps);

  app.route({
    method: 'GET',
    url: '/v1/drills',
    config: { access: viewer },
    schema: { tags, summary: 'List drills, the newest first', querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(Type.Object(Summary)), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler({ actor, query: { limit = DEFAULT_LIMIT, cursor } }) {
      const { ids, drills: views } = await drills.list(actor, decodeCursor(cursor, 1)?.[0], limit);
      const last = ids.at(-1);
      return { items: views.map(shownSummary), ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/drills/proofs',
    config: { access: viewer },
    schema: {
      tags, summary: 'When each destination of the plans was last proven, and what its last test call came to', description: 'A page has the destinations of `limit` plans.',
      querystring: Strict({ ...PageQuery, customer: Type.Optional(Id), plan: Type.Optional(PlanId) }), response: { 200: Type.Object({ items: Type.Array(ProofShown), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    async handler({ actor, query: { limit = DEFAULT_LIMIT, cursor, customer, plan } }) {
      const owner = customerAsked(actor, customer);
      const ids = plan === undefined ? await store.page(indexName('plans', owner), decodeCursor(cursor, 1)?.[0], limit) : [plan];
      const found = await store.findMany('plans', ids);
      const wanted = ids.flatMap((id, at) => {
        const one = found[at];
        if (!one || !('record' in one) || (owner !== undefined && one.record.customer !== owner)) return [];
        return one.record.destinations.filter(({ to }) => ['phone', 'sip'].includes(destinationKind(to))).map(({ to }) => ({ plan: id, customer: one.record.customer, to }));
      });
      const known = await proofs.proofs(wanted);
      const last = ids.at(-1);
      return {
        items: wanted.map(({ plan: id, customer: whose, to }, at) => shownProof(id, whose, to, known[at], clock.now())),
        ...(plan === undefined && ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/drills/:id',
    config: { access: viewer },
    schema: { tags, summary: 'Get a drill: each test call, what became of it, and how long each part took', params, response: { 200: Shown, default: ProblemSchema } },
    async handler({ actor, params: { id } }) {
      const view = await drills.read(id, actor);
      if (!view) throw new Failure('not_found', 'No such drill');
      return shown(view, actor);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/drills/:id/stop',
    config: { access: operator },
    schema: { tags, summary: 'Stop a drill: nobody more is called, and calls under way are ended', params, response: { 202: Shown, default: ProblemSchema } },
    async handler(request, reply) {
      return reply.status(202).send(shown(await drills.stop(request.params.id, deedOf(request, clock)), request.actor));
    },
  });
}

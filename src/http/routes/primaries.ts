/** Primaries: their records, their state in a sentence, divert and restore by hand, and the diversions. */
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { checkProbes } from '../../../rules/probe-laws.ts';
import { whyPrimary, type PrimaryCounts } from '../../../rules/why.ts';
import { countNumbers } from '../../calls/number-facts.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { Given, OrderDesk } from '../../diversion/order-desk.ts';
import type { DestinationPolicy } from '../../domain/destination-policy.ts';
import type { Diversion } from '../../domain/diversion.ts';
import { Failure, issuesFailure } from '../../domain/errors.ts';
import { CLAIMS, EVIDENCE_GROUPS, type Evidence } from '../../domain/evidence.ts';
import { iso } from '../../domain/instant.ts';
import type { Actor } from '../../domain/key.ts';
import { PRIMARY_STATES } from '../../domain/primary-states.ts';
import { INITIAL_STATE, isDiverted, PrimarySchema, type Primary, type PrimaryState } from '../../domain/primary.ts';
import { Id, Strict, Text } from '../../domain/schema.ts';
import { BRAKES, DIAGNOSES, FAILING, type BrakeName, type Diagnosis } from '../../domain/diagnosis.ts';
import { ACTS } from '../../domain/health-record.ts';
import type { Automation } from '../../health/automation.ts';
import type { EvidenceBoard } from '../../health/evidence-board.ts';
import type { ChangeAlarm } from '../../policy/change-alarm.ts';
import { indexName } from '../../store/relations.ts';
import type { Store } from '../../store/store.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { OWN_TABLE_MS, type ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { AskedShown, HoldShown, shownAsked, shownHold } from './automation.ts';

export interface PrimaryDeps extends ResourceDeps {
  tables: RoutingTableHolder;
  orders: OrderDesk;
  alarm: ChangeAlarm;
  evidence: Pick<EvidenceBoard, 'about'>;
  automation: Pick<Automation, 'about' | 'thresholds' | 'causeOf'>;
  policy(): DestinationPolicy;
}

const viewer = { role: 'viewer', scope: 'provider' } as const;
const operator = { role: 'operator', scope: 'provider' } as const;
const admin = { role: 'admin', scope: 'provider' } as const;

/** `stored` is what a commit may expect: a state that cannot be read is there all the same. */
async function stateOf(store: Store, id: string): Promise<{ stored: number | 'absent' | 'unreadable'; state: PrimaryState }> {
  const found = await store.find('states', id);
  if (!found) return { stored: 'absent', state: INITIAL_STATE };
  return 'record' in found ? { stored: found.revision, state: found.record } : { stored: found.revision ?? 'unreadable', state: INITIAL_STATE };
}

const EvidenceShown = Type.Object({
  source: Type.String({ description: 'Who says so; a newer claim of the same source takes the place of the older' }),
  group: Type.Enum(EVIDENCE_GROUPS, { description: 'Sources that fail together are one group' }),
  claim: Type.Enum(CLAIMS),
  weight: Type.Number({ description: 'Above 0, at most 1: how far the source alone is trusted' }),
  at: Type.String({ description: 'When it was seen' }),
  expiresAt: Type.String({ description: 'From then on it counts no more' }),
  because: Type.String(),
});

function shownEvidence({ source, group, claim, weight, at, expiresAt, because }: Evidence): Static<typeof EvidenceShown> {
  return { source, group, claim, weight, at: iso(at), expiresAt: iso(expiresAt), because };
}

const StatusSchema = Type.Object(
  {
    state: Type.Enum(PRIMARY_STATES),
    why: Type.String({ description: 'One sentence for people' }),
    share: Type.Optional(Type.Number({ description: 'Recovering: the share of its calls that are offered to it first, 0 to 1; the plan stands behind each' })),
    diagnosis: Type.Optional(Type.Object(
      { is: Type.Enum(Object.keys(DIAGNOSES) as Diagnosis[]), because: Type.String(), why: Type.String({ description: 'What was found, and what is done about it or not' }) },
      { description: 'What this process makes of the evidence; absent when there is none' },
    )),
    cause: Type.Optional(Type.Object({ id: Type.String(), because: Type.String() }, { description: 'Failing: the primary, or what several depend on (`dependsOn`), by which it fails' })),
    heldBack: Type.Optional(Type.Object({ action: Type.Enum(ACTS), brake: Type.Enum(Object.keys(BRAKES) as BrakeName[]), because: Type.String() }, { description: 'What automation would do, and which brake keeps it from it' })),
    asked: Type.Optional(Type.Object(AskedShown.properties, { description: 'What waits for somebody to agree' })),
    hold: Type.Optional(HoldShown),
    evidence: Type.Array(EvidenceShown, { description: 'What is known of its health and has not expired, the newest first' }),
  },
  { additionalProperties: true, description: 'Read-only: what is so now' },
);

/** What automation makes of it, and what keeps it from acting. */
function judgedOf(automation: PrimaryDeps['automation'], id: string, { health, hold }: PrimaryState) {
  const { finding, blocked, why } = automation.about(id) ?? {};
  const cause = finding && FAILING.includes(finding.is) ? automation.causeOf(id) : undefined;
  return {
    ...(finding ? { diagnosis: { is: finding.is, because: finding.because, why: why ?? '' } } : {}),
    ...(cause ? { cause: { id: cause.cause, because: cause.because } } : {}),
    ...(blocked ? { heldBack: { action: blocked.action, brake: blocked.brake, because: blocked.because } } : {}),
    ...(health?.pending ? { asked: shownAsked(health.pending) } : {}),
    ...(hold ? { hold: shownHold(hold) } : {}),
  };
}

/** What is so with a primary now, and why. */
async function statusOf({ store, tables, orders: desk, evidence, automation }: PrimaryDeps, id: string) {
  const { stored, state: inRedis } = await stateOf(store, id);
  const pending = desk.isPending(id);
  const state = pending ? tables.current.state(id) : inRedis;
  const found = state.diversion === undefined ? undefined : await store.find('diversions', state.diversion);
  const counts = countNumbers(tables.current, id);
  return {
    state: state.is,
    ...(state.since === 0 ? {} : { since: iso(state.since) }),
    version: typeof stored === 'number' ? stored : 0,
    ...(state.override ? { override: { ...state.override, at: iso(state.override.at) } } : {}),
    ...(state.diversion === undefined ? {} : { diversion: state.diversion }),
    ...(state.share === undefined ? {} : { share: state.share }),
    ...judgedOf(automation, id, state),
    ...(pending ? { pending } : {}),
    ...counts,
    why: whyPrimary(id, state, found && 'record' in found ? found.record : undefined, counts),
    evidence: evidence.about(id).map(shownEvidence),
  };
}

function records(app: App, deps: PrimaryDeps): void {
  registerResource(app, deps, {
    collection: 'primaries',
    path: '/v1/primaries',
    tag: 'Primaries',
    idSchema: Id,
    bodySchema: PrimarySchema,
    access: { read: viewer, write: admin },
    ownerOf: () => undefined,
    accept(given) {
      const primary = given as Primary;
      const issues = checkProbes(primary.probes ?? [], deps.policy());
      if (issues.length > 0) throw issuesFailure('probe_invalid', issues);
      return primary;
    },
    async beforeRemoval(id) {
      const { stored, state } = await stateOf(deps.store, id);
      if (isDiverted(state) || state.diversion !== undefined) throw new Failure('diverted', 'Restore the primary before it is deleted');
      return (draft) => {
        draft.expect('states', id, stored);
        if (stored !== 'absent') draft.remove('states', id, state);
      };
    },
    status: (id) => statusOf(deps, id),
    statusSchema: StatusSchema,
  });
}

const PENDING = 'Redis does not answer: so far this holds in this process alone; it is kept on its disk and told to the others when Redis is back.';

function shownOrder(id: string, { state, diversion, changed, revision }: Given, counts: PrimaryCounts) {
  const why = whyPrimary(id, state, undefined, counts);
  const pending = revision === undefined;
  return { primary: id, state: state.is, ...(diversion === undefined ? {} : { diversion }), changed, ...(pending ? { pending } : {}), why: pending ? `${why} ${PENDING}` : why };
}

const TurnedSchema = Type.Object({
  primary: Type.String(),
  state: Type.Enum(PRIMARY_STATES),
  diversion: Type.Optional(Type.String()),
  changed: Type.Boolean({ description: 'False when it was so already' }),
  pending: Type.Optional(Type.Boolean({ description: 'True (with status 202) while Redis is away: in force in this process at once, kept on its disk, and everywhere when Redis is back' })),
  why: Type.String(),
  recentChanges: Type.Optional(Type.Array(
    Type.Object({ at: Type.String(), by: Type.Object({ key: Type.String(), role: Type.String() }), action: Type.String(), subject: Type.String(), count: Type.Optional(Type.Integer()) }),
    { description: 'Changes of destinations of its numbers shortly before: make sure that they were meant. Absent when there are none' },
  )),
});

function orders(app: App, deps: PrimaryDeps): void {
  const { tables, clock, orders: desk, follower, alarm, evidence, automation } = deps;
  const params = Type.Object({ id: Id });
  const reason = Text(500, 'Why: goes into the diversion and the audit trail');

  /** The share of calls with which a restore in steps begins: without anything that sees the primary there would never be a second. */
  function firstShareOf(id: string): number {
    if (evidence.about(id).length === 0) throw new Failure('evidence_missing');
    return automation.thresholds(id).probation.steps[0]?.share ?? 1;
  }

  async function give(says: 'divert' | 'restore', request: { params: { id: string }; body: { reason: string; how?: 'now' | 'steps' }; id: string; actor: Actor }, reply: FastifyReply) {
    const { id } = request.params;
    const inSteps = says === 'restore' && request.body.how === 'steps' ? { firstShare: firstShareOf(id) } : {};
    const given = await desk.give({ primary: id, says, by: request.actor, reason: request.body.reason, requestId: request.id, ...inSteps });
    if (given.revision === undefined) void reply.code(202);
    else await follower.reached(given.revision, OWN_TABLE_MS);
    return { given, answer: shownOrder(id, given, countNumbers(tables.current, id)) };
  }

  app.route({
    method: 'POST',
    url: '/v1/primaries/:id/divert',
    config: { access: operator, urgency: 'always' },
    schema: { tags: ['Primaries'], summary: 'Send the calls of every number of this primary to the plans, from the next call on', params, body: Strict({ reason }), response: { 200: TurnedSchema, 202: TurnedSchema, default: ProblemSchema } },
    handler: async (request, reply) => {
      const { given, answer } = await give('divert', request, reply);
      const changes = given.changed && given.revision !== undefined ? await alarm.diverted(request.params.id, clock.now(), request.log) : [];
      return { ...answer, ...(changes.length > 0 ? { recentChanges: changes } : {}) };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/primaries/:id/restore',
    config: { access: operator, urgency: 'always' },
    schema: {
      tags: ['Primaries'],
      summary: 'Offer the calls to this primary first again, from the next call on; the plan stays behind it',
      params,
      body: Strict({ reason, how: Type.Optional(Type.Enum(['now', 'steps'], { description: '`now`, the default: all calls at once; `steps`: a small share first, more of them while they get through, and back to the plans on failure' })) }),
      response: { 200: TurnedSchema, 202: TurnedSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => (await give('restore', request, reply)).answer,
  });
}

const ActSchema = Type.Object({ at: Type.String(), by: Type.Object({ key: Type.String(), role: Type.String() }), reason: Type.String() });
const DiversionShown = Type.Object({ id: Type.String(), primary: Type.String(), started: ActSchema, ended: Type.Optional(ActSchema) });

function shownDiversion(id: string, diversion: Diversion) {
  const { primary, started, ended } = diversion;
  return { id, primary, started: { ...started, at: iso(started.at) }, ...(ended ? { ended: { ...ended, at: iso(ended.at) } } : {}) };
}

function diversions(app: App, { store }: PrimaryDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/diversions',
    config: { access: viewer },
    schema: { tags: ['Diversions'], summary: 'List diversions, the newest first', querystring: Strict({ ...PageQuery, primary: Type.Optional(Id) }), response: { 200: Type.Object({ items: Type.Array(DiversionShown), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    handler: async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, primary } = request.query;
      const ids = await store.pageBack(indexName('diversions', primary), decodeCursor(cursor, 1)?.[0], limit);
      const found = await store.findMany('diversions', ids);
      const items = found.flatMap((one, at) => (one && 'record' in one ? [shownDiversion(ids[at] ?? '', one.record)] : []));
      const last = ids.at(-1);
      return { items, ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/diversions/:id',
    config: { access: viewer },
    schema: { tags: ['Diversions'], summary: 'Get one diversion: who began and ended it, when and why', params: Type.Object({ id: Id }), response: { 200: DiversionShown, default: ProblemSchema } },
    handler: async (request) => {
      const found = await store.find('diversions', request.params.id);
      if (!found) throw new Failure('not_found');
      if ('unreadable' in found) throw new Failure('record_unreadable');
      return shownDiversion(request.params.id, found.record);
    },
  });
}

export function primaryRoutes(app: App, deps: PrimaryDeps): void {
  records(app, deps);
  orders(app, deps);
  diversions(app, deps);
}

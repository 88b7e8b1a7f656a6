/** What machines ask of the service itself: is it alive, can it answer calls, its metrics, and what an error code means. */
import { Type } from 'typebox';
import { ERRORS, Failure, type ErrorCode } from '../../domain/errors.ts';
import type { GobagStatus } from '../../gobag/keep-bag.ts';
import type { Metrics } from '../../operations/metrics.ts';
import type { Follower } from '../../store/follower.ts';
import { SHEDDING, type Load, type Shedding } from '../../system/load.ts';
import type { Clock } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema, statusOf } from '../problem.ts';

const open = { scope: 'public' } as const;

const HealthSchema = Type.Object({
  status: Type.Enum(['ok', 'memory-only', 'snapshot', 'loading']),
  detail: Type.String(),
  revision: Type.Integer(),
  /** Seconds since the table was last known to be in step. */
  ageSeconds: Type.Number(),
  setAside: Type.Integer(),
  /** Records on the local disk that wait for Redis. */
  spooled: Type.Integer(),
  /** The go-bag that this process keeps. */
  gobag: Type.Optional(Type.Object({ ageSeconds: Type.Optional(Type.Number()), failures: Type.Integer(), numbers: Type.Integer(), cannot: Type.Integer() })),
  /** What is refused or waits because of overload. */
  shedding: Type.Enum(SHEDDING),
});

export interface OperationDeps {
  follower: Follower;
  metrics: Metrics;
  clock: Clock;
  /** How many records wait on the local disk for Redis. */
  spooled(): number;
  load: Pick<Load, 'shedding' | 'level'>;
  gobag: GobagStatus | undefined;
}

const UNDER_LOAD: Readonly<Record<Shedding, string>> = {
  nothing: '',
  background: ' There is much to do: background work waits.',
  admin: ' There is too much to do: background work waits, and requests to the API are refused, divert and restore excepted.',
  webhooks: ' There is far too much to do: all but divert and restore is refused, and calls are sent to the second origin where there is one.',
};

function gobagOf({ writtenAt, failures, numbers, cannot }: GobagStatus, now: number) {
  return { ...(writtenAt === 0 ? {} : { ageSeconds: Math.max(0, Math.round((now - writtenAt) / 1000)) }), failures, numbers, cannot };
}

/** In plain words: which mode the process is in. */
function healthOf({ follower, spooled, clock, load, gobag }: OperationDeps) {
  const { is, revision, inStepAt, setAside } = follower.status();
  const ageSeconds = inStepAt === 0 ? 0 : Math.max(0, Math.round((clock.now() - inStepAt) / 100) / 10);
  const status = ({ following: 'ok', stale: 'memory-only', snapshot: 'snapshot', loading: 'loading' } as const)[is];
  const detail = {
    ok: 'Calls are answered from memory, in step with Redis.',
    'memory-only': `Redis cannot be read. Calls are answered from memory as of ${ageSeconds} s ago; divert and restore work here, other changes are refused.`,
    snapshot: `Redis was not reached since the start. Calls are answered from the snapshot on disk, as of ${ageSeconds} s ago; divert and restore work here, other changes are refused.`,
    loading: 'The routing table is not loaded yet: calls cannot be answered.',
  }[status];
  return { status, detail: detail + UNDER_LOAD[load.shedding], revision, ageSeconds, setAside, spooled: spooled(), ...(gobag ? { gobag: gobagOf(gobag, clock.now()) } : {}), shedding: load.shedding };
}

export function operationRoutes(app: App, deps: OperationDeps): void {
  const { metrics, load, clock } = deps;
  let scraped: { at: number; text: Promise<string> } | undefined;

  /** Written for each scrape; under load at most once a second, for it takes longer than a hundred calls. */
  function scrape(): Promise<string> {
    const now = clock.now();
    if (load.level === 0 || !scraped || Math.abs(now - scraped.at) > 1000) scraped = { at: now, text: metrics.registry.metrics() };
    return scraped.text;
  }

  app.route({
    method: 'GET',
    url: '/healthz',
    config: { access: open, urgency: 'always' },
    schema: { tags: ['Operations'], summary: 'The process is alive; says in which mode', response: { 200: HealthSchema, default: ProblemSchema } },
    handler: async () => healthOf(deps),
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { access: open, urgency: 'always' },
    schema: { tags: ['Operations'], summary: 'Calls can be answered: also from memory, while Redis is away', response: { 200: HealthSchema, 503: HealthSchema, default: ProblemSchema } },
    handler: async (_request, reply) => {
      const health = healthOf(deps);
      return reply.code(health.status === 'loading' ? 503 : 200).send(health);
    },
  });
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: open, urgency: 'always' },
    schema: { tags: ['Operations'], summary: 'Metrics in the Prometheus text format', response: { 200: Type.String(), default: ProblemSchema } },
    handler: async (_request, reply) => reply.header('content-type', metrics.registry.contentType).send(await scrape()),
  });
  app.route({
    method: 'GET',
    url: '/errors/:code',
    config: { access: open },
    schema: { tags: ['Operations'], summary: 'What an error code means', params: Type.Object({ code: Type.String({ maxLength: 100 }) }), response: { 200: Type.Object({ code: Type.String(), title: Type.String(), status: Type.Integer() }), default: ProblemSchema } },
    handler: async (request) => {
      const code = Object.keys(ERRORS).find((known): known is ErrorCode => known === request.params.code);
      if (code === undefined) throw new Failure('not_found', 'No such code');
      return { code, title: ERRORS[code].title, status: statusOf(code) };
    },
  });
}

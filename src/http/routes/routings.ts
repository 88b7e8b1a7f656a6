/** Routings that are set at carriers: what is so with each number's, how far a diversion has come, conflicts and how they end. */
import type { Redis } from 'ioredis';
import { Type } from 'typebox';
import { UNCAUGHT, type Dropped, type Unheeded } from '../../../rules/desired-route.ts';
import { readPlaced, type PlacedRoute } from '../../diversion/placed-route.ts';
import { createCarrierProgress } from '../../diversion/carrier-progress.ts';
import { createRouteDesk, progressOf, type RouteDesk, type ShownRoute } from '../../diversion/route-desk.ts';
import type { Sight } from '../../diversion/unit-facts.ts';
import { Failure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import { canonicalNumber } from '../../domain/phone-number.ts';
import { SYNC_STATES, WHY_MIXED } from '../../domain/route.ts';
import { Id, Strict, Text } from '../../domain/schema.ts';
import { targetText } from '../../domain/target.ts';
import { createDueRoutes } from '../../store/due-routes.ts';
import { createMemberLists } from '../../store/member-lists.ts';
import type { Confirmed } from '../../store/replica-wait.ts';
import { createRouteStore, groupIn, unitName, type RouteStore, type RouteUnit } from '../../store/route-store.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf } from '../resource.ts';

export interface RoutingDeps {
  redis: Redis;
  /** Of that connection. */
  confirmed: Confirmed;
  store: Store;
  sight(): Sight;
  clock: Clock;
}

type Parts = Pick<RoutingDeps, 'store' | 'clock' | 'sight'> & { desk: RouteDesk; routes: RouteStore; carriersOf: ReturnType<typeof createCarrierProgress> };

const viewer = { role: 'viewer', scope: 'provider' } as const;
const operator = { role: 'operator', scope: 'provider' } as const;

const Fields = Type.Record(Type.String(), Type.String(), { description: "The carrier's own fields by name" });
const common = {
  number: Type.String(),
  carrier: Type.String(),
  ref: Type.Optional(Type.String({ description: "The number's own id at the carrier" })),
  is: Type.Enum(SYNC_STATES, { description: 'See docs/diverting-by-api.md' }),
  since: Type.Optional(Type.String()),
  why: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() }, { description: 'What stood in the way the last time' })),
  attempts: Type.Integer({ description: 'Tries since it was last as it should be' }),
  diversion: Type.Optional(Type.String({ description: 'For which it is diverted, or was last' })),
  dropped: Type.Array(Type.Object({ to: Type.String(), why: Type.String(), rule: Type.Optional(Type.String()) }), { description: 'Destinations of its plan that are not in its routing when it is diverted' }),
  unheeded: Type.Array(Type.Object({ to: Type.String(), what: Type.String() }), { description: 'What the plan says of a destination, and a routing at a carrier cannot heed' }),
  group: Type.Optional(Type.Object({
    ref: Type.String({ description: 'The id of the trunk or application at the carrier' }),
    moved: Type.Boolean({ description: 'True when that is moved, and the number with it; false when the number is moved by itself' }),
    mixed: Type.Optional(Type.Object({ why: Type.Enum(WHY_MIXED), number: Type.Optional(Type.String()), count: Type.Integer() }, { description: 'Why it is not moved as one: which number stands in the way, and how many do' })),
    why: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() }, { description: 'What stood in the way of moving it the last time' })),
    numbers: Type.Optional(Type.Integer({ description: 'Of ours on it; with conflicts' })),
  }, { description: 'The trunk or application that has its calls, or will have them again when they are put back' })),
  conflict: Type.Optional(Type.Object({ of: Type.Enum(['divert', 'net']), since: Type.String(), ours: Fields, there: Fields, original: Fields })),
};
const Item = Type.Object(common);
const RouteShown = Type.Object({
  ...common,
  wanted: Type.Object({ is: Type.Enum(['original', 'diverted', 'no-plan']), targets: Type.Array(Type.String()), net: Type.Optional(Type.String()), uncaught: Type.Optional(Type.Enum(UNCAUGHT, { description: 'Why nothing catches its calls when its ordinary way fails and Ringthrough is gone, too' })), diversion: Type.Optional(Type.String()) }),
  original: Type.Optional(Fields),
  set: Type.Optional(Fields),
});

function shownItem({ carrier, unit }: RouteUnit, { route, group }: PlacedRoute, now: { dropped: readonly Dropped[]; unheeded: readonly Unheeded[] } | undefined) {
  const { ref, why, diversion, conflict, since = 0, dropped = [], unheeded = [] } = route ?? {};
  return {
    number: unit,
    carrier,
    ...(ref === undefined ? {} : { ref }),
    is: route?.is ?? ('pending' as const),
    ...(since === 0 ? {} : { since: iso(since) }),
    ...(why ? { why } : {}),
    attempts: route?.attempts ?? 0,
    ...(diversion === undefined ? {} : { diversion }),
    dropped: [...(now?.dropped ?? dropped)],
    unheeded: [...(now?.unheeded ?? unheeded)],
    ...(group ? { group } : {}),
    ...(conflict ? { conflict: { ...conflict, since: iso(conflict.since) } } : {}),
  };
}

function shownRoute({ unit, placed, wanted }: ShownRoute) {
  const { is, targets, net, uncaught } = wanted.route;
  const { route } = placed;
  return {
    ...shownItem(unit, placed, wanted.route),
    wanted: { is, targets: targets.map(targetText), ...(net ? { net: targetText(net) } : {}), ...(uncaught ? { uncaught } : {}), ...(wanted.diversion === undefined ? {} : { diversion: wanted.diversion }) },
    ...(route?.divert ? { original: route.divert.original, set: route.divert.set } : {}),
  };
}

function canonicalOrRefuse(text: string): string {
  const number = canonicalNumber(text);
  if (number === undefined) throw new Failure('number_invalid');
  return number;
}

function one(app: App, { desk, clock }: Parts): void {
  const params = Type.Object({ number: Type.String({ maxLength: 32 }) });
  const tags = ['Numbers'];
  app.route({
    method: 'GET',
    url: '/v1/numbers/:number/route',
    config: { access: viewer },
    schema: { tags, summary: "What is so with the number's routing at its carrier, and what it should be. The carrier is not asked", params, response: { 200: RouteShown, default: ProblemSchema } },
    handler: async (request) => shownRoute(await desk.show(canonicalOrRefuse(request.params.number))),
  });
  app.route({
    method: 'POST',
    url: '/v1/numbers/:number/route/retry',
    config: { access: operator },
    schema: { tags, summary: 'Look at the routing at its carrier now, and bring it to what it should be', params, response: { 202: RouteShown, default: ProblemSchema } },
    async handler(request, reply) {
      void reply.code(202);
      return shownRoute(await desk.retry(canonicalOrRefuse(request.params.number)));
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/numbers/:number/route/resolve',
    config: { access: operator },
    schema: {
      tags,
      summary: 'Say how a conflict is to end: keep what is there, go on as if nobody had changed it, or put back what was there before us',
      params,
      body: Strict({ how: Type.Enum(['keep', 'ours', 'original']), reason: Type.Optional(Text(500, 'Why: goes into the audit trail')) }),
      response: { 202: RouteShown, default: ProblemSchema },
    },
    async handler(request, reply) {
      const { how, reason } = request.body;
      const shown = shownRoute(await desk.resolve(canonicalOrRefuse(request.params.number), how, deedOf(request, clock, reason)));
      void reply.code(202);
      return shown;
    },
  });
}

function lists(app: App, { routes, store, clock, sight, carriersOf }: Parts): void {
  async function page(units: readonly RouteUnit[], limit: number) {
    const placed = await readPlaced(routes, units);
    const last = units.at(-1);
    return { items: await Promise.all(units.map((unit, at) => item(unit, placed[at] ?? { route: undefined }))), ...(units.length === limit && last ? { next: encodeCursor([unitName(last)]) } : {}) };
  }

  /** A group is told of by one of its numbers. */
  async function item(unit: RouteUnit, placed: PlacedRoute) {
    const ref = groupIn(unit);
    if (ref === undefined) return shownItem(unit, placed, undefined);
    const numbers = await routes.inGroup(unit.carrier, ref);
    const { route } = placed;
    return shownItem({ ...unit, unit: numbers[0] ?? '' }, { route, group: { ref, moved: true, numbers: numbers.length, ...(route?.mixed ? { mixed: route.mixed } : {}) } }, undefined);
  }

  app.route({
    method: 'GET',
    url: '/v1/conflicts',
    config: { access: viewer },
    schema: { tags: ['Diversions'], summary: 'Routings that somebody else has changed since we set them: of numbers, and of trunks and applications, each with one of its numbers', querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(Item), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler({ query: { limit = DEFAULT_LIMIT, cursor } }) {
      return page(await routes.inConflict(decodeCursor(cursor, 1)?.[0], limit), limit);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/diversions/:id/numbers',
    config: { access: viewer },
    schema: {
      tags: ['Diversions'],
      summary: 'The numbers of a diversion whose routing is set at their carrier: what is so with each, and how far all have come',
      params: Type.Object({ id: Id }),
      querystring: Strict(PageQuery),
      response: {
        200: Type.Object({
          progress: Type.Object({
            numbers: Type.Integer(),
            left: Type.Integer({ description: 'Not yet as they are to be' }),
            perSecond: Type.Optional(Type.Number({ description: 'Numbers a second since it began, or since its end did' })),
            etaSeconds: Type.Optional(Type.Integer({ description: 'Until none is left, at that rate' })),
            carriers: Type.Array(Type.Object({
              carrier: Type.String(),
              numbers: Type.Integer(),
              writesPerSecond: Type.Number({ description: 'Of whatever is written there, in the last seconds' }),
              pauseSeconds: Type.Integer({ description: 'Nothing is sent there for so long: it asked for a pause, or fails' }),
              failing: Type.Boolean({ description: 'It fails time after time and is tried now and then' }),
            })),
            states: Type.Record(Type.String(), Type.Integer(), { description: 'Numbers by state' }),
          }),
          items: Type.Array(Item),
          next: Type.Optional(Type.String()),
        }),
        default: ProblemSchema,
      },
    },
    async handler({ params: { id }, query: { limit = DEFAULT_LIMIT, cursor } }) {
      const found = await store.find('diversions', id);
      if (!found) throw new Failure('not_found');
      if ('unreadable' in found) throw new Failure('record_unreadable');
      const { started, ended } = found.record;
      const states = await routes.counts(id);
      const progress = progressOf(states, ended !== undefined, (ended ?? started).at, clock.now());
      return { progress: { ...progress, states, carriers: await carriersOf(id, sight().table.ids('carriers')) }, ...(await page(await routes.ofDiversion(id, decodeCursor(cursor, 1)?.[0], limit), limit)) };
    },
  });
}

export function routingRoutes(app: App, { redis, confirmed, store, sight, clock }: RoutingDeps): void {
  const routes = createRouteStore(redis, confirmed);
  const parts = { store, clock, sight, routes, carriersOf: createCarrierProgress({ redis, routes, clock }), desk: createRouteDesk({ store, routes, due: createDueRoutes(redis), lists: createMemberLists(redis), sight, clock }) };
  one(app, parts);
  lists(app, parts);
}

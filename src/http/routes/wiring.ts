/** Wiring: what must be set at a carrier so that calls come to us, what is set there, and setting it. */
import { Type } from 'typebox';
import { carrierOf, readWiring, wireNumber, wiringOf, type WireDeps } from '../../diversion/wire-number.ts';
import { Failure } from '../../domain/errors.ts';
import { canonicalNumber } from '../../domain/phone-number.ts';
import { Id, Strict } from '../../domain/schema.ts';
import type { Follower } from '../../store/follower.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf, OWN_TABLE_MS } from '../resource.ts';

const tags = ['Carriers'];
const admin = { role: 'admin', scope: 'provider' } as const;

const RoutingSchema = Type.Record(Type.String(), Type.String(), { description: "The carrier's own fields by name; what is not set is empty" });
const common = {
  number: Type.String(),
  ref: Type.String({ description: "The number's own id at the carrier" }),
  state: Type.Enum(['wired', 'differs', 'left-alone'], { description: '`wired`: its calls come here; `differs`: `changes` must be made for that; `left-alone`: a trunk or an application has its calls, see `warnings`' }),
  changes: Type.Array(Type.Object({ field: Type.String(), from: Type.String(), to: Type.String() })),
  warnings: Type.Array(Type.String()),
};
const Options = {
  takeFromTrunk: Type.Optional(Type.Boolean({ description: 'Also take a number that a trunk serves now: its calls then come here instead' })),
  takeFromApplication: Type.Optional(Type.Boolean({ description: 'The same for a number that an application serves' })),
};
const params = Type.Object({ id: Id, number: Type.String({ maxLength: 32 }) });

function canonicalOrRefuse(text: string): string {
  const number = canonicalNumber(text);
  if (number === undefined) throw new Failure('number_invalid');
  return number;
}

export function wiringRoutes(app: App, deps: WireDeps & { follower: Follower }): void {
  app.route({
    method: 'GET',
    url: '/v1/carriers/:id/wiring',
    config: { access: admin },
    schema: {
      tags,
      summary: 'What numbers and trunks of this carrier must have set so that calls come here. The carrier is not asked',
      params: Type.Object({ id: Id }),
      response: { 200: Type.Object({ carrier: Type.String(), kind: Type.String(), number: RoutingSchema, trunk: RoutingSchema, warnings: Type.Array(Type.String()) }), default: ProblemSchema },
    },
    async handler(request) {
      const { id } = request.params;
      const carrier = await carrierOf(deps.store, id);
      const { number, trunk, warnings } = wiringOf(deps, id, carrier);
      return { carrier: id, kind: carrier.kind, number: { ...number }, trunk: { ...trunk }, warnings };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/carriers/:id/wiring/:number',
    config: { access: admin },
    // The answer to a HEAD would ask the carrier for nothing.
    exposeHeadRoute: false,
    schema: { tags, summary: 'What a number has set at its carrier now, and what would be changed', params, querystring: Strict(Options), response: { 200: Type.Object({ ...common, actual: RoutingSchema }), default: ProblemSchema } },
    async handler(request) {
      const number = canonicalOrRefuse(request.params.number);
      const { ref, state, actual, changes, warnings } = await readWiring(deps, request.params.id, number, request.query);
      return { number, ref, state, actual: { ...actual }, changes: [...changes], warnings: [...warnings] };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/carriers/:id/wiring/:number',
    config: { access: admin },
    schema: {
      tags,
      summary: 'Set a number at its carrier so that its calls come here. What was set before is kept in the audit trail',
      params,
      body: Strict(Options),
      response: { 200: Type.Object({ ...common, before: RoutingSchema, after: RoutingSchema, applied: Type.Boolean({ description: 'False when nothing was to be changed' }) }), default: ProblemSchema },
    },
    async handler(request) {
      const number = canonicalOrRefuse(request.params.number);
      const { ref, state, before, after, changes, warnings, applied, revision } = await wireNumber(deps, { carrier: request.params.id, number, options: request.body, deed: deedOf(request, deps.clock) });
      await deps.follower.reached(revision, OWN_TABLE_MS);
      return { number, ref, state, before: { ...before }, after: { ...after }, changes: [...changes], warnings: [...warnings], applied };
    },
  });
}

/** Checks of carriers: whether the account lets us in, what can be done there, and how its numbers and ours agree. */
import type { Redis } from 'ioredis';
import { Type } from 'typebox';
import { CARRIER_PARTS, routingOf } from '../../carriers/kinds.ts';
import { addCheck, openCheckQueue } from '../../diversion/check-queue.ts';
import { createStrayCounts } from '../../diversion/stray-counts.ts';
import { carrierOf } from '../../diversion/wire-number.ts';
import { CheckSchema, UnderWaySchema, type CarrierCheck, type CheckUnderWay } from '../../domain/carrier-check.ts';
import type { Carrier } from '../../domain/carrier.ts';
import { iso } from '../../domain/instant.ts';
import { Id } from '../../domain/schema.ts';
import type { Metrics } from '../../operations/metrics.ts';
import { createCheckStore } from '../../store/check-store.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';

interface Deps {
  redis: Redis;
  store: Store;
  metrics: Metrics;
  clock: Clock;
}

const Time = Type.String({ description: 'ISO 8601' });
const Kinds = Type.Array(Type.Enum(['phone', 'sip', 'web']));

const Shown = Type.Object({
  carrier: Type.String(),
  kind: Type.String(),
  abilities: Type.Object({
    perCall: Type.Boolean({ description: 'It asks us for each call' }),
    number: Type.Array(Type.Enum(['phone', 'sip', 'web']), { description: "What a number's own routing can lead to; `web`: an address that is asked for each call" }),
    group: Type.Optional(Type.Object({ word: Type.String(), targets: Kinds, safetyNet: Kinds }, { description: 'What many numbers share, moved by one write' })),
    safetyNet: Kinds,
    safetyNetCatches: Type.String(),
    most: Type.Integer({ description: 'Targets that one routing holds' }),
  }),
  limits: Type.Object({ writesPerSecond: Type.Number(), atOnce: Type.Integer() }, { description: 'In force here' }),
  underWay: Type.Optional(Type.Object({ ...UnderWaySchema.properties, asked: Time, began: Type.Optional(Time) }, { description: 'A check that waits or is being made' })),
  last: Type.Optional(Type.Object({ ...CheckSchema.properties, asked: Time, began: Time, ended: Time })),
});

function abilitiesOf(carrier: Carrier) {
  const { perCall, number, group, safetyNet, safetyNetCatches, most } = routingOf(carrier).abilities;
  return { perCall, number: [...number], ...(group ? { group: { word: group.word, targets: [...group.targets], safetyNet: [...group.safetyNet] } } : {}), safetyNet: [...safetyNet], safetyNetCatches, most };
}

function shown(id: string, carrier: Carrier, last: CarrierCheck | undefined, underWay: CheckUnderWay | undefined) {
  return {
    carrier: id,
    kind: carrier.kind,
    abilities: abilitiesOf(carrier),
    limits: { ...CARRIER_PARTS[carrier.kind].limits, ...carrier.limits },
    ...(underWay ? { underWay: { by: underWay.by, seen: underWay.seen, asked: iso(underWay.asked), ...(underWay.began === undefined ? {} : { began: iso(underWay.began) }) } } : {}),
    ...(last ? { last: { ...last, asked: iso(last.asked), began: iso(last.began), ended: iso(last.ended) } } : {}),
  };
}

/** Of the provider alone: what an account holds is no single customer's. */
export function carrierCheckRoutes(app: App, { redis, store, metrics, clock }: Deps): void {
  const checks = createCheckStore(redis);
  let queue: ReturnType<typeof openCheckQueue> | undefined;
  app.addHook('onClose', async () => queue?.close());
  metrics.watchStrays(createStrayCounts(checks));
  const params = Type.Object({ id: Id });
  const tags = ['Carriers'];

  app.route({
    method: 'GET',
    url: '/v1/carriers/:id/check',
    config: { access: { role: 'viewer', scope: 'provider' } },
    schema: { tags, summary: 'What can be done at a carrier, and what the last check of its account and numbers found. The carrier is not asked', params, response: { 200: Shown, default: ProblemSchema } },
    async handler({ params: { id } }) {
      const carrier = await carrierOf(store, id);
      const { last, underWay } = await checks.read(id);
      return shown(id, carrier, last, underWay);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/carriers/:id/check',
    config: { access: { role: 'operator', scope: 'provider' } },
    schema: { tags, summary: 'Have the account and its numbers checked, in the background: are the credentials accepted, which numbers are held there, and which are forwarded for nothing. Nothing is changed', params, response: { 202: Shown, default: ProblemSchema } },
    async handler({ params: { id } }, reply) {
      const carrier = await carrierOf(store, id);
      const underWay = await checks.ask(id, 'operator', clock.now());
      await addCheck((queue ??= openCheckQueue(redis)), id);
      const { last } = await checks.read(id);
      void reply.code(202);
      return shown(id, carrier, last, underWay);
    },
  });
}

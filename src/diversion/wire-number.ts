/**
 * Wires a number: sets it at its carrier so that its calls come to us. What was set before is in the audit trail,
 * durably, before anything is written at the carrier; what is set afterwards is read back, and goes there too.
 */
import type { Logger } from 'pino';
import type { RoutedNumber, Routing, RoutingChange } from '../carriers/api.ts';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import { CARRIER_PARTS, routingOf, type CarrierParts } from '../carriers/kinds.ts';
import type { CarrierRouting } from '../carriers/routing.ts';
import type { Rewiring, WantedWiring, WiringOptions, WiringSite } from '../carriers/wiring.ts';
import type { Carrier } from '../domain/carrier.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { isDivertedAtCarriers } from '../domain/primary.ts';
import type { Target } from '../domain/target.ts';
import { createDraft } from '../store/draft.ts';
import { edit, type Deed } from '../store/edit.ts';
import { groupUnit, type RouteStore } from '../store/route-store.ts';
import type { Store } from '../store/store.ts';
import type { WiringStore } from '../store/wiring-store.ts';
import type { Clock } from '../system/system.ts';
import { canBeAsked, isReachableByCarriers } from './public-address.ts';
import { setAndReadBack } from './set-and-read-back.ts';
import { isRouted, routeInPeace, type Sight } from './unit-facts.ts';

export interface WireDeps {
  store: Store;
  apis: CarrierApis;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  site: Pick<WiringSite, 'baseUrl' | 'fallbackBaseUrl'>;
  routes: Pick<RouteStore, 'read'>;
  wirings: Pick<WiringStore, 'note'>;
  sight(): Sight;
}

/**
 * - `wired`: its calls come to us
 * - `differs`: something must be changed for that
 * - `left-alone`: a trunk or an application has its calls, and is not to lose them
 */
export type WiringState = 'wired' | 'differs' | 'left-alone';

export interface NumberWiring {
  /** The number's own id at the carrier. */
  ref: string;
  state: WiringState;
  actual: Routing;
  changes: readonly RoutingChange[];
  warnings: readonly string[];
}

export interface Wired extends Omit<NumberWiring, 'actual'> {
  before: Routing;
  after: Routing;
  /** False when there was nothing to write, or it was left alone. */
  applied: boolean;
  /** Of the store, once a newly found ref is on the number's record. */
  revision: number;
}

export async function carrierOf(store: Store, id: string): Promise<Carrier> {
  const found = await store.find('carriers', id);
  if (!found) throw new Failure('not_found', 'No such carrier');
  if ('unreadable' in found) throw new Failure('record_unreadable');
  return found.record;
}

function wiringParts({ kind }: Carrier): NonNullable<CarrierParts['wiring']> {
  const { wiring } = CARRIER_PARTS[kind];
  if (!wiring) throw new Failure('carrier_ability_missing', 'This carrier asks nobody where a call is to go');
  return wiring;
}

/** What numbers and trunks of a carrier shall have set. Asks nobody. */
export function wiringOf({ site }: Pick<WireDeps, 'site'>, id: string, carrier: Carrier): WantedWiring & { warnings: string[] } {
  const wanted = wiringParts(carrier).wantedWiring({ ...site, carrierId: id, fallbackUrl: carrier.fallbackUrl });
  const warnings = isReachableByCarriers(site.baseUrl) ? [] : [`A carrier cannot reach ${site.baseUrl}: set PUBLIC_BASE_URL.`];
  return { ...wanted, warnings };
}

/** Its safety net is the document that leads to the number's own plan, where its carrier takes one at a number and the record says who keeps it. */
function withNet(wanted: Routing, net: Target | undefined, { armed }: CarrierRouting): Routing {
  return net?.kind === 'web' ? { ...wanted, ...armed('number', wanted, net) } : wanted;
}

/** The net of the application that it is on is kept by the reconciler, and right as it is: else the number would be moved to another one for it. */
async function withNetOfGroup({ routes }: WireDeps, wanted: Routing, carrier: string, number: string, { follows = [] }: CarrierRouting): Promise<Routing> {
  const { route } = await routes.read({ carrier, unit: number });
  const net = route?.group === undefined ? undefined : (await routes.read(groupUnit(carrier, route.group))).route?.net;
  const shown = Object.entries(net?.set ?? {}).flatMap(([field, value]) => follows.filter((name) => name.endsWith(`.${field}`) && name in wanted).map((name) => [name, value] as const));
  return { ...wanted, ...Object.fromEntries(shown) };
}

async function numberOf(store: Store, carrierId: string, number: string): Promise<NumberRecord> {
  const found = await store.find('numbers', number);
  if (found && 'unreadable' in found) throw new Failure('record_unreadable');
  if (found?.record.carrier !== carrierId) throw new Failure('not_found', 'No such number at this carrier');
  return found.record;
}

interface Inspected {
  carrier: Carrier;
  record: NumberRecord;
  held: RoutedNumber;
  rewiring: Rewiring;
}

async function inspect(deps: WireDeps, carrierId: string, number: string, options: WiringOptions): Promise<Inspected> {
  const { store, apis, site, sight } = deps;
  const carrier = await carrierOf(store, carrierId);
  const record = await numberOf(store, carrierId, number);
  const { carrierRef: ref } = record;
  const held = await apis.use(carrierId, carrier, async (api) => (ref === undefined ? api.findNumber(number) : { ref, routing: await api.readRouting(ref, number) }));
  if (!held) throw new Failure('carrier_number_unknown', 'The carrier account holds no such number');
  const routing = routingOf(carrier);
  const wanted = await withNetOfGroup(deps, withNet(wiringOf({ site }, carrierId, carrier).number, routeInPeace(sight(), number, record).net, routing), carrierId, number, routing);
  return { carrier, record, held, rewiring: wiringParts(carrier).wiringChanges(held.routing, wanted, options) };
}

function stateOf({ changes, warnings }: Rewiring): WiringState {
  if (changes.length > 0) return 'differs';
  return warnings.length > 0 ? 'left-alone' : 'wired';
}

/** How a number is wired now, and what would be changed. Writes nothing, here or there. */
export async function readWiring(deps: WireDeps, carrierId: string, number: string, options: WiringOptions): Promise<NumberWiring> {
  const { held, rewiring } = await inspect(deps, carrierId, number, options);
  const { changes, warnings } = rewiring;
  return { ref: held.ref, state: stateOf(rewiring), actual: held.routing, changes, warnings };
}

interface Order {
  carrier: string;
  number: string;
  options: WiringOptions;
  deed: Deed;
}

/** The ref that was found goes onto the number's record, unless somebody has said another meanwhile. */
async function keepRef({ store }: WireDeps, { carrier, number, deed }: Order, ref: string): Promise<number> {
  const change = (current: NumberRecord | undefined) => (current?.carrier === carrier && current.carrierRef === undefined ? { ...current, carrierRef: ref } : current);
  const { revision } = await edit(store, { collection: 'numbers', id: number, action: 'numbers.put', change, customerOf: (record) => record.customer }, deed);
  return revision;
}

/** The provider's entry alone: what was set may lead to systems that are not the customer's. */
async function note({ store }: WireDeps, { number, deed }: Order, action: string, before: unknown, after: unknown): Promise<void> {
  const draft = createDraft();
  draft.audit({ ...deed, action, changes: [{ subject: `numbers/${number}`, before, after }] });
  await store.commit(draft);
}

function assertReachable({ site }: WireDeps, carrier: Carrier): void {
  if (canBeAsked(site.baseUrl, carrier)) return;
  throw new Failure('public_address_unusable', `A carrier cannot reach ${site.baseUrl}: set PUBLIC_BASE_URL; nothing was changed`);
}

/** Writes at the carrier, between two entries of the audit trail. Resolves with the routing as read back, and with what could not be noted. */
async function write(deps: WireDeps, order: Order, { carrier, held, rewiring }: Inspected): Promise<{ after: Routing; warnings: readonly string[] }> {
  const { ref, routing } = held;
  const before = { ref, ...routing };
  await note(deps, order, 'carriers.wire', before, { ...before, ...rewiring.fields });
  /** Says what became of it. That it could not be noted does not undo it. */
  async function conclude(action: string, after: unknown): Promise<readonly string[]> {
    try {
      await note(deps, { ...order, deed: { ...order.deed, at: deps.clock.now() } }, action, before, after);
      return [];
    } catch (error) {
      deps.log.error({ err: error, carrier: order.carrier, action }, 'the result of wiring a number is not in the audit trail; what was set before is');
      return ['The result could not be written to the audit trail; what was set before is there.'];
    }
  }
  let after: Routing;
  try {
    after = await deps.apis.use(order.carrier, carrier, (api) => setAndReadBack(api, ref, rewiring.fields));
  } catch (error) {
    await conclude('carriers.wire-failed', { code: codeOf(error) });
    throw error;
  }
  return { after, warnings: await conclude('carriers.wired', { ref, ...after }) };
}

/** What was set for a diversion is put back by its restore, not written over. */
async function assertNotDiverted({ store }: WireDeps, record: NumberRecord): Promise<void> {
  if (!isRouted(record)) return;
  const state = await store.find('states', record.primary);
  if (state && 'record' in state && isDivertedAtCarriers(state.record)) throw new Failure('diverted', 'Its routing at the carrier is set for a diversion: restore the primary first; nothing was changed');
}

/** For the go-bag, which puts it back. What cannot be noted is by the next check of the carrier. */
async function keepSeen({ wirings, clock }: WireDeps, { carrier, number }: Order, { record, held: { ref } }: Inspected, routing: Routing): Promise<void> {
  if (isRouted(record)) return;
  await wirings.note(carrier, new Map([[number, { ref, routing }]]), clock.now()).catch(() => undefined);
}

/** Throws what readWiring throws, `public_address_unusable`, `diverted`, `store_unavailable` before anything is written, and what the carrier says. */
export async function wireNumber(deps: WireDeps, order: Order): Promise<Wired> {
  const inspected = await inspect(deps, order.carrier, order.number, order.options);
  const { carrier, record, held, rewiring } = inspected;
  const { ref, routing: before } = held;
  assertReachable(deps, carrier);
  await assertNotDiverted(deps, record);
  const revision = record.carrierRef === undefined ? await keepRef(deps, order, ref) : 0;
  const { changes, warnings } = rewiring;
  if (changes.length === 0) {
    if (warnings.length === 0) await keepSeen(deps, order, inspected, before);
    return { ref, state: stateOf(rewiring), before, after: before, changes, warnings, applied: false, revision };
  }
  const written = await write(deps, order, inspected);
  await keepSeen(deps, order, inspected, written.after);
  return { ref, state: 'wired', before, after: written.after, changes, warnings: [...warnings, ...written.warnings], applied: true, revision };
}

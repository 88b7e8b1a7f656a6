/**
 * The fallback of a number for which its carrier asks us: what the carrier asks when we do not answer. Where its record says who keeps documents, the reconciler keeps it equal to the
 * one that leads to the number's own plan. Pure.
 */
import type { RoutingTable } from '../calls/routing-table.ts';
import { webhookAddress } from '../calls/webhook-address.ts';
import type { Routing } from '../carriers/api.ts';
import { CARRIER_PARTS, routingOf } from '../carriers/kinds.ts';
import { isDocumentOf } from '../carriers/safety-net-url.ts';
import { pathOf } from '../carriers/wiring.ts';
import type { Carrier } from '../domain/carrier.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Rank } from '../store/due-routes.ts';
import { isAskedOf } from './check-groups.ts';
import type { Wanted } from './next-write.ts';
import { canBeAsked } from './public-address.ts';
import type { Seen, UnitFacts } from './reconcile.ts';
import { AS_IT_WAS, isRouted, rankFor, routeInPeace, type Sight } from './unit-facts.ts';

/** True where numbers that ask us have a fallback of their own, and somebody keeps documents for it. */
export function keepsFallbacks(carrier: Carrier | undefined): carrier is Carrier {
  if (carrier?.safetyNetUrl === undefined) return false;
  const { asks, abilities } = routingOf(carrier);
  return CARRIER_PARTS[carrier.kind].wiring !== undefined && asks !== undefined && abilities.safetyNet.includes('web');
}

/** Tells of a rule whether anything of its numbers is kept at their carrier: their routing, or their fallback. */
export function keptIn(table: RoutingTable): (rule: Pick<NumberRecord, 'divertBy' | 'carrier'>) => boolean {
  const keeping = new Set([...table.ids('carriers')].filter((id) => keepsFallbacks(table.carrier(id))));
  return (rule) => isRouted(rule) || keeping.has(rule.carrier);
}

/** How important it is that this is so; undefined: nothing is kept. A fallback keeps no diversion waiting. */
export function keptRank(table: RoutingTable, rule: NumberRecord): Rank | undefined {
  if (isRouted(rule)) return rankFor(table, rule);
  return keepsFallbacks(table.carrier(rule.carrier)) ? 'low' : undefined;
}

/** Of a number that asks us; undefined when its fallback is nobody's but the carrier's. Throws `record_unreadable`. */
export function wantedFallback(sight: Sight, number: string, rule: NumberRecord): Wanted | undefined {
  return isRouted(rule) || !keepsFallbacks(sight.table.carrier(rule.carrier)) ? undefined : { route: routeInPeace(sight, number, rule), diversion: undefined };
}

/** What is there was set by `carriers wire`, now or earlier, or is nothing. */
function isReplaceable(id: string, { fallbackUrl, safetyNetUrl }: Carrier, address: string): boolean {
  const ours = pathOf(address);
  return address === '' || address === fallbackUrl || ours === webhookAddress(id, 'recovery') || ours === webhookAddress(id, 'voice') || isDocumentOf(safetyNetUrl, address);
}

/** The fields of a fallback as `carriers wire` sets them where no document is kept. */
function plainFallback({ baseUrl, fallbackBaseUrl }: Sight, id: string, { kind, fallbackUrl }: Carrier, armed: Routing): Routing {
  const wiring = CARRIER_PARTS[kind].wiring?.wantedWiring({ baseUrl, fallbackBaseUrl, carrierId: id, fallbackUrl }).number ?? {};
  return Object.fromEntries(Object.entries(wiring).filter(([field]) => field in armed));
}

/** What is wanted of it by what it shows; undefined when there is no fallback at this carrier for us to keep. Throws `record_unreadable`. */
export function fallbackFacts(sight: Sight, id: string, number: string, seen: Seen | undefined): Pick<UnitFacts, 'wanted' | 'routed'> | undefined {
  const rule = sight.table.number(number);
  const carrier = sight.table.carrier(id);
  const wanted = rule?.carrier === id ? wantedFallback(sight, number, rule) : undefined;
  if (!carrier || !wanted) return undefined;
  const asItIs = { wanted: { ...wanted, netStays: true }, routed: true };
  const theirs = { wanted: AS_IT_WAS, routed: false };
  if (!seen?.shown) return asItIs;
  const { shown, known } = seen;
  const { asks, leadsTo, armed } = routingOf(carrier);
  const isWired = (routing: Routing): boolean => isAskedOf(id, asks?.(routing)) && leadsTo(routing) === undefined;
  // It may be led elsewhere by hand just now; what was set when it was not wired is put back.
  if (!isWired(shown) || !canBeAsked(sight.baseUrl, carrier)) return known?.net && isWired(known.net.original) ? asItIs : theirs;
  if (known?.net) return { wanted, routed: true };
  const addresses = Object.keys(armed('number', shown, undefined));
  if (!addresses.every((field) => isReplaceable(id, carrier, shown[field] ?? ''))) return theirs;
  return { wanted: { ...wanted, without: plainFallback(sight, id, carrier, armed('number', shown, wanted.route.net)) }, routed: true };
}

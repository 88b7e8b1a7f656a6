/** What Flowroute's two voice routes of a number say: where calls go first, and where they go when that fails. */
import { routingChanges } from '../api.ts';
import type { CarrierRouting, Target } from '../routing.ts';

export const ROUTE_FIELDS = ['primary_route', 'failover_route'] as const;

/** An 11-digit number of North America, without its `+` (https://developer.flowroute.com/api/numbers/v2.0/create-an-inbound-route/). */
const NORTH_AMERICA = /^\+(1[0-9]{10})$/;
/** `protocol:user@domain[:port][;transport=<tcp/udp>]` (same page). */
const URI = /^sips?:[^\s@:;?]+@[^\s@:;?]+(?::[0-9]{1,5})?(?:;transport=(?:tcp|udp))?$/i;
const HOST = /^sip:([^\s@:;?]+(?::[0-9]{1,5})?)$/i;

/** The route as a field has it: `number:…`, `uri:…` or `host:…`; undefined for what no route can be. */
function routeFor(target: Target): string | undefined {
  if (target.kind === 'phone') {
    const digits = NORTH_AMERICA.exec(target.number)?.[1];
    return digits === undefined ? undefined : `number:${digits}`;
  }
  if (target.kind !== 'sip') return undefined;
  if (URI.test(target.uri)) return `uri:${target.uri}`;
  const host = HOST.exec(target.uri)?.[1];
  return host === undefined ? undefined : `host:${host}`;
}

export const flowrouteRouting: CarrierRouting = {
  abilities: {
    perCall: false,
    number: ['phone', 'sip'],
    // One write to a route would move all numbers on it, but those too that are not kept here.
    group: undefined,
    safetyNet: ['phone', 'sip'],
    safetyNetCatches: 'When the primary route does not take the call; what Flowroute counts as that is not published.',
    most: 2,
  },
  knows: (number) => NORTH_AMERICA.test(number),
  leadsTo({ primary_route: route = '' }) {
    // Of a route that is not ours its id goes before it.
    const [, type, value = ''] = /^(?:[^=:]+=)?(number|uri|host):(.+)$/.exec(route) ?? [];
    if (type === 'number') return { kind: 'phone', to: `+${value}` };
    return type === undefined ? undefined : { kind: 'sip', to: type === 'host' ? `sip:${value}` : value };
  },
  takes: (target) => routeFor(target) !== undefined,
  groupOf: () => undefined,
  divertedTo(_unit, _original, [first, second]) {
    const primary = routeFor(first);
    const failover = second && routeFor(second);
    return { ...(primary === undefined ? {} : { primary_route: primary }), ...(failover === undefined ? {} : { failover_route: failover }) };
  },
  armed: (_unit, _original, target) => ({ failover_route: (target && routeFor(target)) ?? '' }),
  /** One field a write: each is a request of its own, and of two it would not be known which was made. */
  writes: (actual, wanted) => routingChanges(actual, wanted).map(({ field, to }) => ({ [field]: to })),
};

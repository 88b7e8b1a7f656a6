/** What a Telnyx number must have set so that its calls come to us: a TeXML application with our addresses, and no forwarding. */
import { routingChanges, type Routing, type RoutingChange } from '../api.ts';
import { addressesOf, pathOf, type Rewiring, type WantedWiring, type WiringOptions, type WiringSite } from '../wiring.ts';
import { CONNECTION, ENABLED, isForwarding, OF_APPLICATION, onApplication } from './fields.ts';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere } = addressesOf(site);
  return {
    number: {
      [`${OF_APPLICATION}voice_url`]: at('voice'),
      // Signatures cover the body alone: what came in a query would be anybody's word.
      [`${OF_APPLICATION}voice_method`]: 'post',
      // The call begins anew there: which of our addresses failed is not told.
      [`${OF_APPLICATION}voice_fallback_url`]: site.fallbackUrl ?? elsewhere('voice'),
      [`${OF_APPLICATION}status_callback`]: at('status'),
      [`${OF_APPLICATION}status_callback_method`]: 'post',
    },
    trunk: {},
  };
}

/** A number that belongs to somebody else's connection or application is taken from it only when asked. */
export function wiringChanges(actual: Routing, wanted: Routing, options: WiringOptions = {}): Rewiring {
  const connection = actual[CONNECTION] ?? '';
  const field = `${OF_APPLICATION}voice_url`;
  const ours = pathOf(actual[field]) === pathOf(wanted[field]);
  const warnings: string[] = [];
  if (connection !== '' && !ours) {
    const [what, taken] = onApplication(actual) ? ['TeXML application', options.takeFromApplication] : ['connection', options.takeFromTrunk];
    if (taken !== true) return { changes: [], fields: {}, warnings: [`It belongs to ${what} ${connection}, which has its calls; left alone.`] };
    warnings.push(`It is taken from ${what} ${connection}, which no longer gets its calls.`);
  }
  // Forwarding and applications exclude each other (https://support.telnyx.com/en/articles/1130657-call-forwarding).
  const forwarding: RoutingChange[] = isForwarding(actual) ? [{ field: ENABLED, from: 'true', to: 'false' }] : [];
  if (forwarding.length > 0) warnings.push('Telnyx forwards its calls now; that is turned off.');
  const changes = [...forwarding, ...routingChanges(actual, wanted)];
  return { changes, fields: changes.length === 0 ? {} : { ...wanted, ...Object.fromEntries(forwarding.map(({ field: name, to }) => [name, to])) }, warnings };
}

/** What a Vonage number must have set so that its calls come to us: an application with our addresses, and no forwarding. */
import { routingChanges, type Routing, type RoutingChange } from '../api.ts';
import { addressesOf, pathOf, type Rewiring, type WantedWiring, type WiringOptions, type WiringSite } from '../wiring.ts';
import { APP, applicationOf, isForwarded, OF_APPLICATION, TYPE, VALUE } from './fields.ts';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere, fallbackMethod } = addressesOf(site);
  const settings = {
    'answer_url.address': at('voice'),
    // What comes in a query is not signed in a way that is documented.
    'answer_url.http_method': 'POST',
    // "connection_timeout 300-1000, socket_timeout 1000-5000" (https://developer.vonage.com/api/application.v2), milliseconds.
    'answer_url.connection_timeout': '1000',
    'answer_url.socket_timeout': '3000',
    // The call begins anew there: which of our addresses failed is not told.
    'fallback_answer_url.address': site.fallbackUrl ?? elsewhere('voice'),
    'fallback_answer_url.http_method': fallbackMethod,
    'event_url.address': at('status'),
    'event_url.http_method': 'POST',
    signed_callbacks: 'true',
  };
  return { number: Object.fromEntries(Object.entries(settings).map(([field, value]) => [OF_APPLICATION + field, value])), trunk: {} };
}

/** Who has the number's calls now, unless it is us. */
function ownerOf(actual: Routing, wanted: Routing, options: WiringOptions): { what: string; taken: boolean | undefined } | undefined {
  const field = `${OF_APPLICATION}answer_url.address`;
  if (isForwarded(actual)) return { what: `${actual[TYPE] === 'sip' ? 'a SIP address' : 'a telephone number'}, to which Vonage forwards its calls`, taken: options.takeFromTrunk };
  const id = applicationOf(actual) || actual[APP];
  return id === undefined || id === '' || pathOf(actual[field]) === pathOf(wanted[field]) ? undefined : { what: `application ${id}`, taken: options.takeFromApplication };
}

/** A number that is forwarded, or belongs to somebody else's application, is taken from it only when asked. */
export function wiringChanges(actual: Routing, wanted: Routing, options: WiringOptions = {}): Rewiring {
  const owner = ownerOf(actual, wanted, options);
  if (owner !== undefined && owner.taken !== true) return { changes: [], fields: {}, warnings: [`It belongs to ${owner.what}; left alone.`] };
  // A callback of its own is heeded before the application.
  const cleared: RoutingChange[] = [TYPE, VALUE].filter((field) => (actual[field] ?? '') !== '' && isForwarded(actual)).map((field) => ({ field, from: actual[field] ?? '', to: '' }));
  const changes = [...cleared, ...routingChanges(actual, wanted)];
  const fields = changes.length === 0 ? {} : { ...wanted, ...Object.fromEntries(cleared.map(({ field }) => [field, ''])) };
  return { changes, fields, warnings: owner === undefined ? [] : [`It is taken from ${owner.what}, which no longer gets its calls${actual[APP] ? ', nor its messages where the application has those' : ''}.`] };
}

/** What is set on a SignalWire number so that its calls come to us, and what must change for that. */
import { routingChanges, type Routing } from '../api.ts';
import { addressesOf, type Rewiring, type WantedWiring, type WiringOptions, type WiringSite } from '../wiring.ts';
import { APPLICATION, HANDLED_BY, HANDLER, isHandledElsewhere } from './fields.ts';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere, fallbackMethod } = addressesOf(site);
  return {
    number: {
      voiceUrl: at('voice'),
      voiceMethod: 'POST',
      // The call begins anew there: which of our addresses failed is not told.
      voiceFallbackUrl: site.fallbackUrl ?? elsewhere('voice'),
      voiceFallbackMethod: fallbackMethod,
      statusCallback: at('status'),
      statusCallbackMethod: 'POST',
    },
    trunk: {},
  };
}

/** A number that an application or a resource of the dashboard serves is taken from it only when asked. */
export function wiringChanges(actual: Routing, wanted: Routing, { takeFromApplication }: WiringOptions = {}): Rewiring {
  const application = actual[APPLICATION] ?? '';
  const holder = isHandledElsewhere(actual) ? `handler ${actual[HANDLER]}` : application === '' ? undefined : `application ${application}`;
  if (holder !== undefined && takeFromApplication !== true) return { changes: [], fields: {}, warnings: [`It belongs to ${holder}, which has its calls; left alone.`] };
  const cleared = holder === undefined ? {} : { [APPLICATION]: '', [HANDLER]: '', [HANDLED_BY]: '' };
  const changes = routingChanges(actual, { ...cleared, ...wanted });
  const warnings = holder === undefined ? [] : [`It is taken from ${holder}, which no longer gets its calls.`];
  return { changes, fields: changes.length === 0 ? {} : { ...wanted, ...Object.fromEntries(Object.entries(cleared).filter(([field]) => changes.some((change) => change.field === field))) }, warnings };
}

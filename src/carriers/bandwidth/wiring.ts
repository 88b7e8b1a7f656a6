/** What must be set at Bandwidth so that calls come to us: nothing stands in the way at the number, and the application of its location has our addresses. */
import { routingChanges, type Routing } from '../api.ts';
import { addressesOf, type Rewiring, type WantedWiring, type WiringSite } from '../wiring.ts';
import { WEBHOOK_USER } from './credentials.ts';

/** Seconds; Bandwidth's own is 15, by which most callers are gone. */
const CALLBACK_TIMEOUT = '3';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere, fallbackMethod } = addressesOf(site);
  return {
    // Calls that are forwarded ask nobody.
    number: { CallForward: '' },
    trunk: {
      CallInitiatedCallbackUrl: at('voice'),
      CallInitiatedMethod: 'POST',
      // The same, at our other origin: Bandwidth does not say that it asks there because something failed.
      CallInitiatedFallbackUrl: site.fallbackUrl ?? elsewhere('voice'),
      CallInitiatedFallbackMethod: fallbackMethod,
      CallStatusCallbackUrl: at('status'),
      CallStatusMethod: 'POST',
      CallbackTimeout: CALLBACK_TIMEOUT,
      'CallbackCreds.UserId': WEBHOOK_USER,
      ...(site.fallbackUrl === undefined ? { 'CallInitiatedFallbackCreds.UserId': WEBHOOK_USER } : {}),
    },
  };
}

export function wiringChanges(actual: Routing, wanted: Routing): Rewiring {
  const changes = routingChanges(actual, wanted);
  return { changes, fields: changes.length === 0 ? {} : wanted, warnings: changes.length === 0 ? [] : ['Bandwidth forwards its calls now; that is taken away.'] };
}

/** What is set on a Twilio number and on a trunk so that calls come to us, and what must change for that. */
import { routingChanges, type Routing, type RoutingChange } from '../api.ts';
import { addressesOf, type Rewiring, type WantedWiring, type WiringOptions, type WiringSite } from '../wiring.ts';

/**
 * Connection overrides (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides): connect and read
 * time-outs in ms, retries and what is retried. By default a caller waits 15 s before the fallback is asked.
 */
export const CALL = '#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx';
const LAST_RESORT = '#ct=1500&rt=3000';
const STATUS = '#ct=1500&rt=3000&rc=2&rp=ct,rt,5xx';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere, fallbackMethod } = addressesOf(site);
  const recovery = elsewhere('recovery');
  return {
    number: {
      voiceUrl: at('voice') + CALL,
      voiceMethod: 'POST',
      voiceFallbackUrl: site.fallbackUrl ?? recovery + LAST_RESORT,
      voiceFallbackMethod: fallbackMethod,
      statusCallback: at('status') + STATUS,
      statusCallbackMethod: 'POST',
    },
    trunk: {
      disasterRecoveryUrl: site.fallbackUrl ?? recovery + CALL,
      disasterRecoveryMethod: fallbackMethod,
    },
  };
}

/** With a trunk or an application set, Twilio ignores the number's own URLs: it is taken from them only when asked. */
export function wiringChanges(actual: Routing, wanted: Routing, options: WiringOptions = {}): Rewiring {
  const trunk = actual['trunkSid'] ?? '';
  const application = actual['voiceApplicationSid'] ?? '';
  const warnings: string[] = [];
  const cleared: RoutingChange[] = [];
  let leftAlone = false;
  for (const [field, sid, taken, what] of [
    ['trunkSid', trunk, options.takeFromTrunk, 'trunk'],
    ['voiceApplicationSid', application, options.takeFromApplication, 'application'],
  ] as const) {
    if (sid === '') continue;
    if (taken === true) {
      cleared.push({ field, from: sid, to: '' });
      warnings.push(`It is taken from ${what} ${sid}, which no longer gets its calls.`);
    } else {
      leftAlone = true;
      warnings.push(`It belongs to ${what} ${sid}, which overrides the voice URLs; left alone.`);
    }
  }
  const changes = leftAlone ? [] : [...cleared, ...routingChanges(actual, wanted)];
  const fields = changes.length === 0 ? {} : { ...wanted, ...Object.fromEntries(cleared.map(({ field, to }) => [field, to])) };
  return { changes, fields, warnings };
}

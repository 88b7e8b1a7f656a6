/** What a Plivo number must have set so that its calls come to us: an application with our addresses. */
import { routingChanges, type Routing } from '../api.ts';
import { addressesOf, pathOf, type Rewiring, type WantedWiring, type WiringOptions, type WiringSite } from '../wiring.ts';
import { APPLICATION, NUMBER_APPLICATION_FIELDS, OF_APPLICATION } from './fields.ts';

/**
 * In the fragment (https://docs.plivo.com/docs/voice/concepts/callback-configurations): milliseconds to connect and to read, and what is tried
 * again. By default a caller waits 40 s before the fallback is asked.
 */
const CALL = '#ct=1500&rt=3000&rp=ct,rt,5xx';

export function wantedWiring(site: WiringSite): WantedWiring {
  const { at, elsewhere, fallbackMethod } = addressesOf(site);
  const wanted = {
    answer_url: at('voice') + CALL,
    answer_method: 'POST',
    // The call begins anew there: which of our addresses failed is not told.
    fallback_answer_url: site.fallbackUrl ?? elsewhere('voice') + CALL,
    fallback_method: fallbackMethod,
    hangup_url: at('status') + CALL,
    hangup_method: 'POST',
  };
  return { number: Object.fromEntries(Object.entries(wanted).map(([field, value]) => [OF_APPLICATION + field, value])), trunk: {} };
}

/** A number of somebody else's application is taken from it only when asked. */
export function wiringChanges(actual: Routing, wanted: Routing, { takeFromApplication }: WiringOptions = {}): Rewiring {
  const application = actual[APPLICATION] ?? '';
  const field = `${OF_APPLICATION}answer_url`;
  const others = application !== '' && pathOf(actual[field]) !== pathOf(wanted[field]);
  if (others && takeFromApplication !== true) return { changes: [], fields: {}, warnings: [`It belongs to application ${application}, which has its calls; left alone.`] };
  const changes = routingChanges(actual, wanted);
  const whole = Object.fromEntries(NUMBER_APPLICATION_FIELDS.flatMap((name) => (wanted[name] === undefined ? [] : [[name, wanted[name]]])));
  return { changes, fields: changes.length === 0 ? {} : whole, warnings: others ? [`It is taken from application ${application}, which no longer gets its calls.`] : [] };
}

/** Numbers at the stand-in for Twilio, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createTwilioApi } from '../../../src/carriers/twilio/api.ts';
import { twilioRouting } from '../../../src/carriers/twilio/routing.ts';
import type { NumberSettings } from '../../../stand-ins/twilio/numbers.ts';
import { createTwilio } from '../../../stand-ins/twilio/twilio.ts';
import { PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'a-token-of-the-test';
const NUMBER = '+442079460123';

const address = fc.webUrl().map((url) => url.slice(0, 200));
const method = fc.constantFrom('GET', 'POST');
const sid = (prefix: string) => fc.constantFrom('0', '1').map((digit) => prefix + digit.repeat(32));

/** A trunk or an application, one at most, and an address beside it. */
const originals: fc.Arbitrary<Partial<NumberSettings>> = fc.tuple(
  fc.record({ voice_url: address, voice_method: method, voice_fallback_url: fc.oneof(fc.constant(''), address), voice_fallback_method: method, status_callback: fc.oneof(fc.constant(''), address), status_callback_method: method }),
  fc.oneof(fc.constant({ trunk_sid: '', voice_application_sid: '' }), sid('TK').map((trunk) => ({ trunk_sid: trunk, voice_application_sid: '' })), sid('AP').map((application) => ({ trunk_sid: '', voice_application_sid: application }))),
).map(([addresses, connection]) => ({ ...addresses, ...connection }));

export const twilioRoutingFixture: RoutingFixture<Partial<NumberSettings>> = {
  routing: twilioRouting,
  originals,
  targets: address.map((url) => ({ kind: 'web', url }) as const),
  async open() {
    const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
    const { settings } = twilio.addNumber(NUMBER);
    const api = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, timeoutMs: PATIENCE_MS });
    return {
      api,
      number: NUMBER,
      faults: twilio.faults,
      set: (original) => void Object.assign(twilio.number(NUMBER)?.settings ?? settings, original),
      held: () => twilio.number(NUMBER)?.settings,
      async close() {
        api.close();
        await twilio.close();
      },
    };
  },
};

/** Numbers, applications and trunks at the stand-in for Twilio, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createTwilioApi } from '../../../src/carriers/twilio/api.ts';
import { twilioRouting } from '../../../src/carriers/twilio/routing.ts';
import type { NumberSettings } from '../../../stand-ins/twilio/numbers.ts';
import { createTwilio, type Twilio } from '../../../stand-ins/twilio/twilio.ts';
import type { ApplicationSettings } from '../../../stand-ins/twilio/applications.ts';
import type { HeldTrunk } from '../../../stand-ins/twilio/trunks.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture, type RoutingWorld } from '../routing-contract.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'a-token-of-the-test';
const NUMBER = '+442079460123';

const address = fc.webUrl().map((url) => url.slice(0, 200));
const method = fc.constantFrom('GET', 'POST');
const sid = (prefix: string) => fc.constantFrom('0', '1').map((digit) => prefix + digit.repeat(32));

const voice: fc.Arbitrary<Partial<ApplicationSettings>> = fc.record({ voice_url: address, voice_method: method, voice_fallback_url: fc.oneof(fc.constant(''), address), voice_fallback_method: method, status_callback: fc.oneof(fc.constant(''), address), status_callback_method: method });

/** A trunk or an application, one at most, and an address beside it. */
const originals: fc.Arbitrary<Partial<NumberSettings>> = fc.tuple(
  voice,
  fc.oneof(fc.constant({ trunk_sid: '', voice_application_sid: '' }), sid('TK').map((trunk) => ({ trunk_sid: trunk, voice_application_sid: '' })), sid('AP').map((application) => ({ trunk_sid: '', voice_application_sid: application }))),
).map(([addresses, connection]) => ({ ...addresses, ...connection }));

/** `place` puts what is to be moved into the account, and says how it is set and held. */
async function open<Original>(place: (twilio: Twilio) => Pick<RoutingWorld<Original>, 'number' | 'group' | 'more' | 'set' | 'held'>): Promise<RoutingWorld<Original>> {
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN, mostOfAPage: MOST_OF_A_PAGE });
  const api = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, timeoutMs: PATIENCE_MS });
  return {
    ...place(twilio),
    carrier: { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url },
    api,
    faults: twilio.faults,
    async close() {
      api.close();
      await twilio.close();
    },
  };
}

const web = address.map((url) => ({ kind: 'web', url }) as const);

export const twilioRoutingFixture: RoutingFixture<Partial<NumberSettings>> = {
  routing: twilioRouting,
  originals,
  targets: web,
  open: () => open((twilio) => {
    const held = twilio.addNumber(NUMBER);
    const more = (): readonly string[] => [0, 1, 2, 3].map((digit) => twilio.addNumber(`+44207946020${digit}`, { voice_url: 'https://pbx.example.net/voice' }).phoneNumber);
    return { number: NUMBER, more, set: (original) => void Object.assign(held.settings, original), held: () => held.settings };
  }),
};

export const twilioApplicationFixture: RoutingFixture<Partial<ApplicationSettings>> = {
  routing: twilioRouting,
  unit: 'group',
  groupLike: `AP${'0'.repeat(32)}`,
  originals: voice,
  targets: web,
  open: () => open((twilio) => {
    const held = twilio.applications.add();
    return { number: undefined, group: held.sid, set: (original) => void Object.assign(held.settings, original), held: () => held.settings };
  }),
};

type Trunk = Pick<HeldTrunk, 'settings' | 'originationUrls'>;

const URLS = [`OU${'1'.repeat(32)}`, `OU${'2'.repeat(32)}`];

const trunks: fc.Arbitrary<Trunk> = fc.record({
  settings: fc.record({ friendly_name: fc.constant('main'), disaster_recovery_url: fc.oneof(fc.constant(''), address), disaster_recovery_method: method, secure: fc.boolean(), cnam_lookup_enabled: fc.boolean() }),
  originationUrls: fc.tuple(...URLS.map((one) => fc.record({
    sid: fc.constant(one), friendly_name: fc.constantFrom('', 'pbx'), sip_url: fc.domain().map((host) => `sip:${host}`), priority: fc.nat(65_535), weight: fc.integer({ min: 1, max: 65_535 }), enabled: fc.boolean(),
  }))),
});

export const twilioTrunkFixture: RoutingFixture<Trunk> = {
  routing: twilioRouting,
  unit: 'group',
  groupLike: `TK${'0'.repeat(32)}`,
  originals: trunks,
  targets: fc.oneof(web, fc.domain().map((host) => ({ kind: 'sip', uri: `sip:${host};transport=tls` }) as const)),
  open: () => open((twilio) => {
    const held = twilio.trunks.add([]);
    const set = ({ settings, originationUrls }: Trunk): void => void Object.assign(held, { settings: { ...settings }, originationUrls: originationUrls.map((url) => ({ ...url })) });
    return { number: undefined, group: held.sid, set, held: () => ({ settings: held.settings, originationUrls: held.originationUrls }) };
  }),
};

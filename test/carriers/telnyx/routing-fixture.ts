/** Numbers and TeXML applications at the stand-in for Telnyx, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createTelnyxApi } from '../../../src/carriers/telnyx/api.ts';
import { APPLICATION_REF } from '../../../src/carriers/telnyx/fields.ts';
import { telnyxRouting } from '../../../src/carriers/telnyx/routing.ts';
import type { HeldNumber, TexmlApplication } from '../../../stand-ins/telnyx/account.ts';
import { createTelnyx } from '../../../stand-ins/telnyx/telnyx.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const KEY = 'a-key-of-the-test';
const NUMBER = '+442079460123';
const address = fc.webUrl().map((url) => url.slice(0, 200));
const web = fc.oneof(address, fc.constant('https://calls.example.net/webhooks/main/voice')).map((url) => ({ kind: 'web', url }) as const);
const phone = fc.integer({ min: 1_000_000, max: 9_999_999 }).map((digits) => `+44740${digits}`);

/** On one of two SIP connections: a number of an application cannot be forwarded, and is led away as below. */
type Original = { connection: 0 | 1 } & Pick<HeldNumber, 'call_forwarding'>;

const forwarding = fc.oneof(
  fc.constant({ call_forwarding_enabled: true, forwarding_type: null, forwards_to: '' }),
  fc.record({ call_forwarding_enabled: fc.boolean(), forwarding_type: fc.constantFrom('always' as const, 'on-failure' as const), forwards_to: phone }),
);

export const telnyxRoutingFixture: RoutingFixture<Original> = {
  routing: telnyxRouting,
  originals: fc.record({ connection: fc.constantFrom(0 as const, 1 as const), call_forwarding: forwarding }),
  targets: phone.map((number) => ({ kind: 'phone', number }) as const),
  async open() {
    const telnyx = await createTelnyx({ apiKey: KEY, mostOfAPage: MOST_OF_A_PAGE });
    const connections = [telnyx.addConnection(), telnyx.addConnection()];
    const application = telnyx.addApplication({});
    const held = telnyx.addNumber(NUMBER);
    const api = createTelnyxApi({ credentials: { apiKey: KEY }, baseUrl: telnyx.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'telnyx', credentials: { apiKey: KEY }, baseUrl: telnyx.url },
      api,
      number: NUMBER,
      more: () => [0, 1, 2, 3].map((digit) => telnyx.addNumber(`+44207946020${digit}`, { connection_id: digit < 2 ? application.id : (connections[0] ?? '') }).phone_number),
      faults: telnyx.faults,
      set: ({ connection, call_forwarding: set }) => void Object.assign(held, { connection_id: connections[connection], call_forwarding: { ...set } }),
      held() {
        const { connection_id: connection, call_forwarding: { forwarding_type: type, ...is } } = held;
        // A type that was once set stays, and without a number it says nothing.
        return { connection, ...is, ...(is.forwards_to === '' ? {} : { type }) };
      },
      async close() {
        api.close();
        await telnyx.close();
      },
    };
  },
};

/** One of two applications, or one that bears our name and is not as we make it. */
export const telnyxMemberFixture: RoutingFixture<0 | 1 | 2> = {
  routing: telnyxRouting,
  originals: fc.constantFrom(0 as const, 1 as const, 2 as const),
  targets: web,
  async open() {
    const telnyx = await createTelnyx({ apiKey: KEY, mostOfAPage: MOST_OF_A_PAGE });
    const applications = [telnyx.addApplication({}), telnyx.addApplication({ voice_url: 'https://theirs.example/voice' }), telnyx.addApplication({ friendly_name: 'Ringthrough-diverted', voice_method: 'post' })];
    const idOf = (at: number): string => applications[at]?.id ?? '';
    const held = telnyx.addNumber(NUMBER, { call_forwarding: { call_forwarding_enabled: false, forwarding_type: null, forwards_to: '' } });
    const api = createTelnyxApi({ credentials: { apiKey: KEY }, baseUrl: telnyx.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'telnyx', credentials: { apiKey: KEY }, baseUrl: telnyx.url },
      api,
      number: NUMBER,
      more: () => [0, 1, 2].map((at) => telnyx.addNumber(`+44207946020${at}`, { connection_id: idOf(at) }).phone_number),
      faults: telnyx.faults,
      set: (original) => void (held.connection_id = idOf(original)),
      held: () => [held, applications.map(({ id }) => telnyx.application(id))],
      async close() {
        api.close();
        await telnyx.close();
      },
    };
  },
};

type Settings = Pick<TexmlApplication, 'voice_url' | 'voice_method' | 'voice_fallback_url' | 'status_callback' | 'status_callback_method'>;

const optional = fc.oneof(fc.constant(''), address);
const method = fc.constantFrom('get' as const, 'post' as const);

export const telnyxApplicationFixture: RoutingFixture<Settings> = {
  routing: telnyxRouting,
  unit: 'group',
  groupLike: `${APPLICATION_REF}1`,
  originals: fc.record({ voice_url: address, voice_method: method, voice_fallback_url: optional, status_callback: optional, status_callback_method: method }),
  targets: address.map((url) => ({ kind: 'web', url }) as const),
  async open() {
    const telnyx = await createTelnyx({ apiKey: KEY });
    const { id } = telnyx.addApplication({});
    const api = createTelnyxApi({ credentials: { apiKey: KEY }, baseUrl: telnyx.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'telnyx', credentials: { apiKey: KEY }, baseUrl: telnyx.url },
      api,
      number: undefined,
      group: APPLICATION_REF + id,
      faults: telnyx.faults,
      set: (original) => void Object.assign(telnyx.application(id) ?? {}, original),
      held: () => telnyx.application(id),
      async close() {
        api.close();
        await telnyx.close();
      },
    };
  },
};

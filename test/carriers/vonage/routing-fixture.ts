/** Numbers and applications at the stand-in for Vonage, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createVonageApi } from '../../../src/carriers/vonage/api.ts';
import { APPLICATION_REF } from '../../../src/carriers/vonage/fields.ts';
import { vonageRouting } from '../../../src/carriers/vonage/routing.ts';
import type { Hook, OwnedNumber } from '../../../stand-ins/vonage/account.ts';
import { createVonage } from '../../../stand-ins/vonage/vonage.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const ACCOUNT = { apiKey: '12345678', apiSecret: 'a-secret-of-the-test' };
const MSISDN = '442079460123';
const STATUS = 'https://pbx.example.net/status';
const digits = fc.integer({ min: 1_000_000, max: 9_999_999 }).map((last) => `44740${last}`);
const uri = fc.constantFrom('sip:desk@backup.example.net', 'sip:backup.example.net:5080', 'sips:desk@backup.example.net;transport=tls');

type Original = { application: boolean } & Pick<OwnedNumber, 'voiceCallbackType' | 'voiceCallbackValue' | 'moHttpUrl'>;

const callback = fc.oneof(fc.constant({}), digits.map((voiceCallbackValue) => ({ voiceCallbackType: 'tel', voiceCallbackValue })), uri.map((voiceCallbackValue) => ({ voiceCallbackType: 'sip', voiceCallbackValue })));

export const vonageRoutingFixture: RoutingFixture<Original> = {
  routing: vonageRouting,
  originals: fc.tuple(callback, fc.boolean(), fc.constantFrom({}, { moHttpUrl: 'https://pbx.example.net/sms' })).map(([set, application, sms]) => ({ ...set, ...sms, application })),
  targets: fc.oneof(digits.map((number) => ({ kind: 'phone', number: `+${number}` }) as const), uri.map((to) => ({ kind: 'sip', uri: to }) as const)),
  async open() {
    const vonage = await createVonage({ ...ACCOUNT, mostOfAPage: MOST_OF_A_PAGE });
    const { id } = vonage.addApplication({ capabilities: { voice: { webhooks: { answer_url: { address: 'https://pbx.example.net/answer', http_method: 'GET' } } }, messages: { webhooks: {} } } });
    const held = vonage.addNumber('GB', MSISDN);
    const api = createVonageApi({ credentials: { ...ACCOUNT, voiceStatusCallback: STATUS }, baseUrl: vonage.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'vonage', credentials: { ...ACCOUNT, voiceStatusCallback: STATUS }, baseUrl: vonage.url },
      api,
      number: `+${MSISDN}`,
      more: () => ['442079460201', '442079460202', '442079460203', '442079460204'].map((msisdn) => `+${vonage.addNumber('GB', msisdn, { app_id: id }).msisdn}`),
      faults: vonage.faults,
      set({ application, ...settings }) {
        for (const name of ['voiceCallbackType', 'voiceCallbackValue', 'moHttpUrl', 'app_id'] as const) delete held[name];
        Object.assign(held, settings, application ? { app_id: id } : {}, { voiceStatusCallback: STATUS });
      },
      held: () => [held, vonage.application(id)],
      async close() {
        api.close();
        await vonage.close();
      },
    };
  },
};

interface Settings {
  webhooks: Record<string, Hook>;
  signed_callbacks?: boolean;
}

const address = fc.webUrl().map((url) => url.slice(0, 200));
const hook = fc.record({ address, http_method: fc.constantFrom('GET', 'POST') });

export const vonageApplicationFixture: RoutingFixture<Settings> = {
  routing: vonageRouting,
  unit: 'group',
  groupLike: `${APPLICATION_REF}1`,
  originals: fc.record({
    webhooks: fc.record({ answer_url: fc.tuple(hook, fc.constantFrom({}, { connection_timeout: 500, socket_timeout: 3000 })).map(([set, times]) => ({ ...set, ...times })), fallback_answer_url: hook, event_url: hook }, { requiredKeys: ['answer_url'] }),
    signed_callbacks: fc.boolean(),
  }),
  targets: address.map((url) => ({ kind: 'web', url }) as const),
  async open() {
    const vonage = await createVonage(ACCOUNT);
    const { id } = vonage.addApplication({});
    const api = createVonageApi({ credentials: ACCOUNT, baseUrl: vonage.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'vonage', credentials: ACCOUNT, baseUrl: vonage.url },
      api,
      number: undefined,
      group: APPLICATION_REF + id,
      faults: vonage.faults,
      set: (original) => void Object.assign(vonage.application(id)?.capabilities ?? {}, { voice: structuredClone(original) }),
      held: () => vonage.application(id),
      async close() {
        api.close();
        await vonage.close();
      },
    };
  },
};

/** Numbers and applications at the stand-in for SignalWire, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createSignalwireApi } from '../../../src/carriers/signalwire/api.ts';
import { APPLICATION_REF } from '../../../src/carriers/signalwire/fields.ts';
import { signalwireRouting } from '../../../src/carriers/signalwire/routing.ts';
import type { VoiceSettings } from '../../../stand-ins/signalwire/account.ts';
import { createSignalwire, type Signalwire } from '../../../stand-ins/signalwire/signalwire.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture, type RoutingWorld } from '../routing-contract.ts';

export const PROJECT = '11111111-2222-4333-8444-555555555555';
export const TOKEN = 'PT-of-the-test';
const NUMBER = '+442079460123';

const address = fc.webUrl().map((url) => url.slice(0, 200));
const optional = fc.option(address, { nil: null });
const method = fc.constantFrom('GET', 'POST');
const voice = fc.record({ voice_url: address, voice_method: method, voice_fallback_url: optional, voice_fallback_method: method, status_callback: optional, status_callback_method: method });

/** An address, one of two applications, or a resource of the dashboard has the calls. */
interface Original {
  voice: VoiceSettings;
  by: 'address' | 0 | 1 | { call_handler: string; companions: Record<string, string> };
  settingTakesOver: boolean;
}

const others = fc.oneof(
  address.map((url) => ({ call_handler: 'relay_script', companions: { call_relay_script_url: url } })),
  fc.uuid().map((id) => ({ call_handler: 'ai_agent', companions: { call_ai_agent_id: id } })),
);

async function open<Thing>(place: (signalwire: Signalwire) => Pick<RoutingWorld<Thing>, 'number' | 'group' | 'more' | 'set' | 'held'>): Promise<RoutingWorld<Thing>> {
  const signalwire = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, mostOfAPage: MOST_OF_A_PAGE });
  const api = createSignalwireApi({ credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN }, baseUrl: signalwire.url, timeoutMs: PATIENCE_MS });
  return {
    ...place(signalwire),
    carrier: { kind: 'signalwire', credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN }, baseUrl: signalwire.url },
    api,
    faults: signalwire.faults,
    async close() {
      api.close();
      await signalwire.close();
    },
  };
}

const targets = address.map((url) => ({ kind: 'web', url }) as const);

export const signalwireRoutingFixture: RoutingFixture<Original> = {
  routing: signalwireRouting,
  originals: fc.record({ voice, by: fc.oneof(fc.constantFrom('address' as const, 0 as const, 1 as const), others), settingTakesOver: fc.boolean() }),
  targets,
  open: () => open((signalwire) => {
    const applications = [signalwire.addApplication(), signalwire.addApplication()];
    const held = signalwire.addNumber(NUMBER);
    return {
      number: NUMBER,
      more: () => ['ai_agent', 'laml_webhooks', 'call_flow', 'laml_webhooks'].map((handler, digit) => signalwire.addNumber(`+44207946020${digit}`, { call_handler: handler, companions: { call_ai_agent_id: 'a', call_flow_id: 'f' } }).phone_number),
      set({ voice: settings, by, settingTakesOver }) {
        signalwire.project.settingTakesOver = settingTakesOver;
        const application = typeof by === 'number' ? applications[by]?.sid ?? null : null;
        const handler = typeof by === 'object' ? by : { call_handler: application === null ? 'laml_webhooks' : 'laml_application', companions: {} };
        Object.assign(held, settings, { voice_application_sid: application }, handler);
      },
      held: () => ({ ...held, companions: { [held.call_handler]: Object.values(held.companions)[0] } }),
    };
  }),
};

export const signalwireApplicationFixture: RoutingFixture<VoiceSettings> = {
  routing: signalwireRouting,
  unit: 'group',
  groupLike: APPLICATION_REF + PROJECT,
  originals: voice,
  targets,
  open: () => open((signalwire) => {
    const held = signalwire.addApplication();
    return { number: undefined, group: APPLICATION_REF + held.sid, set: (original) => void Object.assign(held, original), held: () => held };
  }),
};

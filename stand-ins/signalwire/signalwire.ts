/** A stand-in for SignalWire: numbers and applications behind its REST APIs, and calls to them. It knows nothing of the product, and is meant to be hard to please. */
import type { Transcript } from '../document-call.ts';
import { realRandom, realTimers, type Random, type Timers } from '../outside.ts';
import { createRestServer, type RestServer } from '../rest-server.ts';
import { NO_VOICE, type HeldApplication, type HeldNumber, type Project } from './account.ts';
import { placeCall, type Arrival } from './call.ts';
import type { Called, PlacedCall } from '../placed-call.ts';
import { createCallsApi } from './placed-calls.ts';
import { answer, broken, refusal, throttled } from './rest.ts';

export interface SignalwireOptions {
  projectId: string;
  apiToken: string;
  signingKey?: string;
  /** Public origins and where they really listen. May be changed at any time. */
  origins?: ReadonlyMap<string, string>;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  timers?: Timers;
  random?: Random;
}

export interface Signalwire extends RestServer {
  /** To be changed behind everybody's back. */
  project: Project;
  addNumber(phoneNumber: string, settings?: Partial<HeldNumber>): HeldNumber;
  addApplication(settings?: Partial<HeldApplication>): HeldApplication;
  placeCall(call: Arrival): Promise<Transcript>;
  /** Who answers the calls that are placed over the API, by number or SIP address. */
  called: Map<string, Called>;
  placed: readonly PlacedCall[];
}

export async function createSignalwire(options: SignalwireOptions): Promise<Signalwire> {
  const { projectId, apiToken, signingKey = 'PSK-of-the-stand-in', origins = new Map(), timers = realTimers, random = realRandom } = options;
  const project: Project = { numbers: new Map(), applications: new Map(), settingTakesOver: false };
  const newId = (): string => random.bytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const called = new Map<string, Called>();
  const calls = createCallsApi({ projectId, signingKey, project, origins, timers, newId }, (to) => called.get(to), refusal);
  const server = await createRestServer({ answer: (asked) => answer({ projectId, apiToken, project, calls, mostOfAPage: options.mostOfAPage ?? Infinity }, asked), throttled, broken });
  return {
    ...server,
    project,
    called,
    placed: calls.placed,
    addNumber(phoneNumber, settings = {}) {
      const held: HeldNumber = { ...NO_VOICE, sid: newId(), phone_number: phoneNumber, friendly_name: phoneNumber, voice_application_sid: null, call_handler: 'laml_webhooks', companions: {}, ...settings };
      project.numbers.set(held.sid, held);
      return held;
    },
    addApplication(settings = {}) {
      const held: HeldApplication = { ...NO_VOICE, sid: newId(), friendly_name: 'an application', ...settings };
      project.applications.set(held.sid, held);
      return held;
    },
    placeCall: (call) => placeCall({ projectId, signingKey, project, origins, timers, newId }, call),
  };
}

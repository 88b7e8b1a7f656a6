/**
 * A stand-in for Vonage: numbers and applications behind its two APIs, and calls to numbers of applications. It knows nothing of the
 * product, and is meant to be hard to please.
 */
import { realClock, realRandom, realTimers, type Clock, type Random, type Timers } from '../outside.ts';
import type { Called, PlacedCall } from '../placed-call.ts';
import { createRestServer, type RestServer } from '../rest-server.ts';
import type { Account, Application, OwnedNumber } from './account.ts';
import { placeCall, type Arrival, type Transcript } from './call.ts';
import { createCallsApi } from './placed-calls.ts';
import { answer, broken, throttled } from './rest.ts';

export interface VonageOptions {
  apiKey: string;
  apiSecret: string;
  /** Of webhooks. */
  signatureSecret?: string;
  /** Public origins and where they really listen. May be changed at any time. */
  origins?: ReadonlyMap<string, string>;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  clock?: Clock;
  timers?: Timers;
  random?: Random;
}

export interface Vonage extends RestServer {
  /** `msisdn`: digits alone. */
  addNumber(country: string, msisdn: string, settings?: Partial<OwnedNumber>): OwnedNumber;
  /** To be read, and changed behind everybody's back. */
  number(msisdn: string): OwnedNumber | undefined;
  addApplication(settings: Partial<Application>): Application;
  application(id: string): Application | undefined;
  /** In the order in which they were made. */
  readonly applications: readonly Application[];
  /** From now on this address for messages does not answer. */
  silence(address: string): void;
  placeCall(call: Arrival): Promise<Transcript>;
  /** Who answers the calls that are placed over the API, by digits or SIP address. */
  called: Map<string, Called>;
  placed: readonly PlacedCall[];
}

export async function createVonage(options: VonageOptions): Promise<Vonage> {
  const { apiKey, apiSecret, signatureSecret = '', clock = realClock, timers = realTimers, random = realRandom, origins = new Map() } = options;
  const account: Account = { numbers: new Map(), applications: new Map(), deadAddresses: new Set() };
  let count = 0;
  const newId = (): string => `aaaaaaaa-bbbb-cccc-dddd-${String(++count).padStart(12, '0')}`;
  const called = new Map<string, Called>();
  const world = { account, origins, apiKey, signatureSecret, timers, clock, random };
  const calls = createCallsApi(world, newId, (to) => called.get(to));
  const server = await createRestServer({ answer: (asked) => answer({ account, calls, apiKey, apiSecret, newId, mostOfAPage: options.mostOfAPage ?? Infinity }, asked), throttled, broken });

  return {
    ...server,
    called,
    placed: calls.placed,
    addNumber(country, msisdn, settings = {}) {
      const held: OwnedNumber = { country, msisdn, features: ['VOICE', 'SMS'], ...settings };
      account.numbers.set(msisdn, held);
      return held;
    },
    number: (msisdn) => account.numbers.get(msisdn),
    addApplication(settings) {
      const made: Application = { name: 'an application', keys: { public_key: '-----BEGIN PUBLIC KEY-----' }, capabilities: {}, ...settings, id: newId() };
      account.applications.set(made.id, made);
      return made;
    },
    application: (id) => account.applications.get(id),
    get applications() { return [...account.applications.values()]; },
    silence: (address) => void account.deadAddresses.add(address),
    placeCall: (call) => placeCall(world, call),
  };
}

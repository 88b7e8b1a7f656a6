/**
 * A stand-in for Telnyx: numbers, SIP connections and TeXML applications behind its REST API, and calls to numbers of applications. It
 * knows nothing of the product, and is meant to be hard to please.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Transcript } from '../document-call.ts';
import { realClock, realRandom, realTimers, type Clock, type Random, type Timers } from '../outside.ts';
import type { Called, PlacedCall } from '../placed-call.ts';
import { createRestServer, type RestServer } from '../rest-server.ts';
import type { Account, HeldNumber, TexmlApplication } from './account.ts';
import { placeCall, type Arrival } from './call.ts';
import { createCallsApi } from './placed-calls.ts';
import { answer, broken, throttled } from './rest.ts';

export interface TelnyxOptions {
  apiKey: string;
  /** Of webhooks: the 32 bytes of an Ed25519 private key (RFC 8032), as hexadecimal digits. */
  privateSeed?: string;
  /** Public origins and where they really listen. May be changed at any time. */
  origins?: ReadonlyMap<string, string>;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  clock?: Clock;
  timers?: Timers;
  random?: Random;
}

export interface Telnyx extends RestServer {
  addNumber(phoneNumber: string, settings?: Partial<HeldNumber>): HeldNumber;
  /** To be read, and changed behind everybody's back. */
  number(phoneNumber: string): HeldNumber | undefined;
  /** The id of a new SIP connection. */
  addConnection(): string;
  addApplication(settings: Partial<TexmlApplication>): TexmlApplication;
  application(id: string): TexmlApplication | undefined;
  /** Of the account's TeXML applications, in the order in which they were made. */
  readonly applications: readonly TexmlApplication[];
  placeCall(call: Arrival): Promise<Transcript>;
  /** Who answers the calls that are placed over the API, by number or SIP address. */
  called: Map<string, Called>;
  placed: readonly PlacedCall[];
}

/** Before the seed, as PKCS #8 (RFC 8410). */
const PKCS8 = '302e020100300506032b657004220420';
const FIRST_ID = 1_293_384_261_075_731_499n;

export function privateKeyOf(seed: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(PKCS8 + seed, 'hex'), format: 'der', type: 'pkcs8' });
}

export async function createTelnyx(options: TelnyxOptions): Promise<Telnyx> {
  const { apiKey, clock = realClock, timers = realTimers, random = realRandom, origins = new Map() } = options;
  const privateKey = privateKeyOf(options.privateSeed ?? '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  const account: Account = { numbers: new Map(), applications: new Map(), connections: new Set() };
  let last = FIRST_ID;
  const newId = (): string => String(++last);
  const called = new Map<string, Called>();
  const world = { account, origins, privateKey, timers, clock, random };
  const calls = createCallsApi(world, (to) => called.get(to));
  const server = await createRestServer({ answer: (asked) => answer({ account, calls, apiKey: () => apiKey, newId, mostOfAPage: options.mostOfAPage ?? Infinity }, asked), throttled, broken });

  return {
    ...server,
    called,
    placed: calls.placed,
    addNumber(phoneNumber, settings = {}) {
      const held: HeldNumber = { id: newId(), phone_number: phoneNumber, connection_id: '', call_forwarding: { call_forwarding_enabled: true, forwarding_type: null, forwards_to: '' }, ...settings };
      account.numbers.set(held.id, held);
      return held;
    },
    number: (phoneNumber) => [...account.numbers.values()].find(({ phone_number: number }) => number === phoneNumber),
    addConnection() {
      const id = newId();
      account.connections.add(id);
      return id;
    },
    addApplication(settings) {
      const made: TexmlApplication = {
        id: newId(), friendly_name: 'an application', voice_url: 'https://other.example/voice', voice_fallback_url: '', voice_method: 'post', status_callback: '', status_callback_method: 'post',
        outbound: { outbound_voice_profile_id: '' }, ...settings,
      };
      account.applications.set(made.id, made);
      return made;
    },
    application: (id) => account.applications.get(id),
    get applications() { return [...account.applications.values()]; },
    placeCall: (call) => placeCall(world, call),
  };
}

/**
 * A stand-in for Twilio: keeps numbers and their settings behind its REST API, and carries calls to them as Twilio
 * does: signed webhooks over real HTTP, TwiML followed to the letter, real SIP to a PBX, simulated telephones.
 * It knows nothing of the product, and is meant to be hard to please: see `violations` in a transcript.
 */
import type { Faults } from '../faults.ts';
import { realClock, realRandom, realTimers, type Clock, type Random, type Timers } from '../outside.ts';
import { createRestServer, type Asked, type RestPace } from '../rest-server.ts';
import { createApplicationBook, type ApplicationBook } from './applications.ts';
import { inboundCall } from './inbound-call.ts';
import { createNumberBook, type HeldNumber, type NumberSettings } from './numbers.ts';
import { createPhones, type PhoneBehaviour, type Phones } from './phones.ts';
import { createPlacedCalls, type PlacedCall } from './placed-calls.ts';
import { twilioRest } from './rest.ts';
import type { SignedPort } from './signature.ts';
import type { Transcript, WebhookRecord, WebhookResponse } from './transcript.ts';
import { trunkCall, type TrunkCall } from './trunk-call.ts';
import type { Text } from './texts.ts';
import { createTrunkBook, originationTargets, type HeldTrunk, type TrunkBook } from './trunks.ts';
import { resendWebhook } from './webhook-client.ts';
import { newSid, type Arrival, type Deliver, type World } from './world.ts';

export interface TwilioOptions {
  accountSid: string;
  authToken: string;
  /** Simulated seconds pass this many times as fast as real ones; default 1. HTTP time-outs are never scaled. */
  timeScale?: number;
  phones?: Readonly<Record<string, PhoneBehaviour>> | ReadonlyMap<string, PhoneBehaviour>;
  verifiedCallerIds?: readonly string[];
  /** Public origins and where they really listen, e.g. `https://calls.example.net` at `http://127.0.0.1:4711`. May be changed at any time. */
  origins?: ReadonlyMap<string, string>;
  /** SIP hosts (`pbx.example.net` or `pbx.example.net:5060`) and where they really listen. May be changed at any time. */
  sipHosts?: ReadonlyMap<string, { host: string; port: number }>;
  /** How the port of a webhook's URL enters its signature; default as given. */
  signedPort?: SignedPort;
  /** For every call that has none of its own. */
  deliver?: Deliver;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  /** How fast the REST API answers, and what it takes; default: at once, and all. */
  pace?: RestPace;
  timers?: Timers;
  clock?: Clock;
  random?: Random;
}

export interface Twilio {
  /** Base of the REST API: put it in place of `https://api.twilio.com`. */
  url: string;
  accountSid: string;
  addNumber(phoneNumber: string, settings?: Partial<NumberSettings>): HeldNumber;
  number(phoneNumber: string): HeldNumber | undefined;
  /** What a number's `voice_application_sid` can name: voice URLs of its own, instead of the number's. */
  applications: Pick<ApplicationBook, 'add' | 'bySid'>;
  /** What a number's `trunk_sid` can name: its calls go there, and its voice URLs are ignored. */
  trunks: Pick<TrunkBook, 'add' | 'originationUrl'>;
  /** Text messages that were sent, in order. */
  texts: readonly Text[];
  /** Calls that were placed over the REST API, in order. */
  placed: readonly PlacedCall[];
  phones: Phones;
  faults: Faults;
  /** Every request that the REST API has seen. */
  requests: readonly Asked[];
  /** Resolves when the call is over and all its callbacks have been sent. */
  placeCall(call: Arrival): Promise<Transcript>;
  placeTrunkCall(call: TrunkCall): Promise<Transcript>;
  /** Sends a webhook of a transcript once more, unchanged. */
  resend(webhook: WebhookRecord): Promise<WebhookResponse | undefined>;
  /** From now on webhooks are signed, and requests authorized, with this one. */
  rotateAuthToken(next: string): void;
  close(): Promise<void>;
}

function onTrunk(trunk: HeldTrunk): Pick<TrunkCall, 'originationTargets' | 'disasterRecoveryUrl' | 'disasterRecoveryMethod'> {
  const { disaster_recovery_url: url, disaster_recovery_method: method } = trunk.settings;
  return { originationTargets: originationTargets(trunk), ...(url === '' ? {} : { disasterRecoveryUrl: url, disasterRecoveryMethod: method === 'GET' ? 'GET' : 'POST' }) };
}

export async function createTwilio(options: TwilioOptions): Promise<Twilio> {
  let { authToken } = options;
  const { accountSid, timers = realTimers, clock = realClock, random = realRandom, deliver } = options;
  const sid = (prefix: string): string => newSid(random, prefix);
  const numbers = createNumberBook(sid, () => clock.now());
  const applications = createApplicationBook(sid);
  const trunks = createTrunkBook(sid);
  const texts: Text[] = [];
  const keepText = (text: Text): { sid: string } => {
    texts.push(text);
    return { sid: sid('SM') };
  };
  const phones = createPhones(options.phones);
  const withDeliver = <C extends Arrival>(call: C): C => (deliver && !call.deliver ? { ...call, deliver } : call);
  const arrive = (call: Arrival): Promise<Transcript> => {
    const trunkSid = numbers.byNumber(call.to)?.settings.trunk_sid ?? '';
    const trunk = trunks.bySid(trunkSid);
    return trunkSid === '' ? inboundCall(world, withDeliver(call)) : trunkCall(world, withDeliver({ originationTargets: [], ...(trunk && onTrunk(trunk)), ...call }));
  };
  const world: World = {
    accountSid, authToken: () => authToken, timers, clock, random, timeScale: options.timeScale ?? 1, origins: options.origins ?? new Map(), signedPort: options.signedPort ?? 'as-given',
    numbers, phones, verifiedCallerIds: new Set(options.verifiedCallerIds), sipHosts: options.sipHosts ?? new Map(),
    applications, arrive,
  };
  const calls = createPlacedCalls(world, deliver);
  const { url, requests, faults, close } = await createRestServer(twilioRest({ accountSid, authToken: () => authToken, numbers, applications, trunks, keepText, calls, now: () => clock.now(), mostOfAPage: options.mostOfAPage ?? Infinity }), options.pace);
  return {
    url, accountSid, phones, faults, requests,
    addNumber: (phoneNumber, settings) => numbers.add(phoneNumber, settings),
    number: (phoneNumber) => numbers.byNumber(phoneNumber),
    applications, trunks, texts,
    placed: calls.placed,
    placeCall: arrive,
    placeTrunkCall: (call) => trunkCall(world, withDeliver(call)),
    resend: (webhook) => resendWebhook(world, webhook),
    rotateAuthToken(next) { authToken = next; },
    async close() {
      await calls.close();
      await close();
    },
  };
}

/** A call to a number of a voice application: events in JSON with Basic credentials, the document followed from verb to verb on both legs, and the report of its end. */
import { exchange, type Origins } from '../exchange.ts';
import type { Clock, Random, Timers } from '../outside.ts';
import type { Element } from '../xml.ts';
import { readBxml } from './bxml.ts';

/** What is set in the application of the number's location, by Bandwidth's own names. */
export interface Application {
  CallInitiatedCallbackUrl: string;
  CallInitiatedFallbackUrl?: string;
  CallStatusCallbackUrl?: string;
  CallbackCreds: { UserId: string; Password: string };
}

export interface CallWorld {
  application: Application;
  origins: Origins;
  timers: Timers;
  clock: Clock;
  random: Random;
}

/** What becomes of a leg: Bandwidth's own cause, or somebody picks up, is asked or not, and presses or not. */
export type Leg = { cause: string } | { picksUp: true; presses?: string };

export interface Arrival {
  from: string;
  to: string;
  /** The number that forwarded it here. */
  divertedFrom?: string;
  uui?: string;
  leg(dialled: string): Leg;
  /** Length of the message that the caller leaves, seconds. */
  message?: number;
}

export interface Webhook {
  url: string;
  event: Readonly<Record<string, unknown>>;
  status: number | undefined;
  body: string;
}

export interface Transcript {
  callId: string;
  webhooks: Webhook[];
  dialled: { to: string; attributes: Readonly<Record<string, string>>; of: Readonly<Record<string, string>> }[];
  heard: string[];
  /** Legs that were connected to the caller. */
  connected: string[];
  /** What Bandwidth would not take. */
  faults: string[];
}

const TIMEOUT_MS = 5000;
const MOST_DOCUMENTS = 20;

/** Who is told of a call, and what of it is always told. */
export interface PlacedLeg {
  world: Omit<CallWorld, 'application'>;
  transcript: Transcript;
  common: Readonly<Record<string, unknown>>;
}

interface Call extends PlacedLeg {
  /** Where the document that is being followed came from. */
  base: string;
}

/** Where an event goes: with credentials, and to the fallback when that fails. */
interface Address {
  url: string;
  authorization: string | undefined;
  fallback?: string;
}

type Reply = { contentType: string; body: string; url: string } | undefined;

export function basic(user: string | undefined, password: string | undefined): string | undefined {
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
}

/** `c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d` */
export function callIdOf({ random }: Pick<CallWorld, 'random'>): string {
  return `c-${[4, 4, 2, 2, 2, 6].map((bytes) => random.bytes(bytes).toString('hex')).join('-')}`;
}

async function send({ world, transcript }: PlacedLeg, url: string, authorization: string | undefined, event: Readonly<Record<string, unknown>>): Promise<Reply> {
  if (authorization !== undefined && !url.startsWith('https:')) transcript.faults.push(`credentials go to ${url} in clear`);
  const body = JSON.stringify(event);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(body)), ...(authorization === undefined ? {} : { authorization }) };
  const outcome = await exchange(world.timers, world.origins, { method: 'POST', url, headers, body, connectMs: TIMEOUT_MS, readMs: TIMEOUT_MS });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url, event, status: reply?.status, body: reply?.body.toString('utf8') ?? '' });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), body: reply.body.toString('utf8'), url } : undefined;
}

export async function post(call: PlacedLeg, { url, authorization, fallback }: Address, eventType: string, more: Readonly<Record<string, unknown>>): Promise<Reply> {
  const event = { eventType, eventTime: new Date(call.world.clock.now()).toISOString(), ...call.common, ...more };
  return (await send(call, url, authorization, event)) ?? (fallback === undefined ? undefined : send(call, fallback, authorization, event));
}

/** The address of an event that a verb names. */
export function addressOf({ attributes }: Element, event: string, base: string): Address | undefined {
  const { [`${event}Url`]: url, [`${event}FallbackUrl`]: fallback, username, password } = attributes;
  if (url === undefined) return undefined;
  return { url: new URL(url, base).href, authorization: basic(username, password), ...(fallback === undefined ? {} : { fallback: new URL(fallback, base).href }) };
}

/** The called leg until it is connected or over: undefined when connected, else the cause of its end. */
async function answeredLeg(call: Call, target: Element, leg: { presses?: string }, base: string): Promise<string | undefined> {
  const { world, transcript } = call;
  const own = { callId: callIdOf(world), parentCallId: transcript.callId, direction: 'outbound', transferTo: target.text, answerTime: new Date(world.clock.now()).toISOString() };
  const first = addressOf(target, 'transferAnswer', base);
  let reply = first && (await post(call, first, 'transferAnswer', own));
  if (first && !reply) return 'callback-error';
  for (let count = 0; reply && count < MOST_DOCUMENTS; count++) {
    const reading = readBxml(reply.contentType, reply.body, 'called');
    if ('faults' in reading) {
      transcript.faults.push(...reading.faults.map((fault) => `on the called leg: ${fault}`));
      return 'invalid-bxml';
    }
    // https://dev.bandwidth.com/docs/voice/bxml/hangup: an empty document hangs up.
    if (reading.verbs.length === 0 || reading.verbs.some(({ name }) => name === 'Hangup')) return 'hangup';
    const gather = reading.verbs.find(({ name }) => name === 'Gather');
    const address = gather && addressOf(gather, 'gather', reply.url);
    if (!address) return undefined;
    reply = await post(call, address, 'gather', { ...own, digits: leg.presses ?? '', terminatingDigit: '' });
    if (!reply) return 'callback-error';
  }
  return undefined;
}

async function transfer(call: Call, verb: Element, arrival: Arrival): Promise<Reply> {
  const { transcript, base } = call;
  const target = verb.children[0];
  if (!target) return undefined;
  transcript.dialled.push({ to: target.text, attributes: target.attributes, of: verb.attributes });
  const leg = arrival.leg(target.text);
  let cause = 'cause' in leg ? leg.cause : await answeredLeg(call, target, leg, base);
  if (cause === undefined) {
    transcript.connected.push(target.text);
    cause = 'hangup';
  }
  const address = addressOf(verb, 'transferComplete', base);
  return address && post(call, address, 'transferComplete', { transferTo: target.text, cause, ...(cause === 'hangup' ? {} : { errorMessage: cause, errorId: '4642074b-7b58-478b-96e4-3a60955c6765' }) });
}

async function record(call: Call, verb: Element, seconds: number): Promise<Reply> {
  const recording = { recordingId: 'r-115da407-e3d9-4ea7-889f-5f4ad7386a80', duration: `PT${seconds}.056S`, channels: 1, fileFormat: 'wav', mediaUrl: 'https://voice.bandwidth.com/api/v2/accounts/55555555/calls/x/recordings/y/media' };
  const complete = addressOf(verb, 'recordComplete', call.base);
  const reply = complete && (await post(call, complete, 'recordComplete', recording));
  const available = addressOf(verb, 'recordingAvailable', call.base);
  if (available) await post(call, available, 'recordingAvailable', { ...recording, status: 'complete' });
  return reply;
}

/** The next document, if there is one. */
async function follow(call: Call, verbs: readonly Element[], arrival: Arrival): Promise<Reply> {
  for (const verb of verbs) {
    if (verb.name === 'SpeakSentence') call.transcript.heard.push(verb.text);
    else if (verb.name === 'Transfer') return transfer(call, verb, arrival);
    else if (verb.name === 'Record') return record(call, verb, arrival.message ?? 5);
    else if (verb.name === 'Hangup') return undefined;
  }
  return undefined;
}

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, arrival: Arrival): Promise<Transcript> {
  const { application: { CallbackCreds, CallInitiatedCallbackUrl, CallInitiatedFallbackUrl, CallStatusCallbackUrl }, clock } = world;
  const { from, to, divertedFrom, uui } = arrival;
  const callId = callIdOf(world);
  const transcript: Transcript = { callId, webhooks: [], dialled: [], heard: [], connected: [], faults: [] };
  const time = new Date(clock.now()).toISOString();
  const common = { accountId: '55555555', applicationId: '7fc9698a-b04a-468b-9e8f-91238c0d0086', from, to, direction: 'inbound', callId, callUrl: `https://voice.bandwidth.com/api/v2/accounts/55555555/calls/${callId}`, startTime: time };
  const call: Call = { world, transcript, common, base: CallInitiatedCallbackUrl };
  const authorization = basic(CallbackCreds.UserId, CallbackCreds.Password);
  const diversion = divertedFrom === undefined ? {} : { diversion: { origTo: divertedFrom, reason: 'unconditional', privacy: 'off', counter: '1' } };
  let reply = await post(call, { url: CallInitiatedCallbackUrl, authorization, ...(CallInitiatedFallbackUrl === undefined ? {} : { fallback: CallInitiatedFallbackUrl }) }, 'initiate', { ...diversion, ...(uui === undefined ? {} : { uui }) });
  for (let count = 0; reply && count < MOST_DOCUMENTS; count++) {
    call.base = reply.url;
    const reading = readBxml(reply.contentType, reply.body, 'caller');
    if ('faults' in reading) {
      transcript.faults.push(...reading.faults);
      break;
    }
    reply = await follow(call, reading.verbs, arrival);
  }
  const answered = transcript.connected.length > 0 || transcript.heard.length > 0;
  const end = { cause: 'hangup', endTime: new Date(clock.now() + 12_000).toISOString(), ...(answered ? { answerTime: time } : {}) };
  if (CallStatusCallbackUrl !== undefined) await post(call, { url: CallStatusCallbackUrl, authorization }, 'disconnect', end);
  return transcript;
}

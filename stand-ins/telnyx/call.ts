/** A call to a number of a TeXML application: webhooks in signed forms, the document followed from leg to leg, and the report of its end. */
import { sign, type KeyObject } from 'node:crypto';
import { exchange, type Origins } from '../exchange.ts';
import type { Clock, Random, Timers } from '../outside.ts';
import type { Element } from '../xml.ts';
import type { Account, TexmlApplication } from './account.ts';
import { readTexml } from './texml.ts';

export interface CallWorld {
  account: Account;
  origins: Origins;
  privateKey: KeyObject;
  timers: Timers;
  clock: Clock;
  random: Random;
}

export interface Arrival {
  from: string;
  to: string;
  /** What becomes of a leg to this address: parameters of its `action`. */
  leg(dialled: string): Readonly<Record<string, string>>;
}

export interface Webhook {
  url: string;
  params: Readonly<Record<string, string>>;
  status: number | undefined;
  body: string;
}

export interface Transcript {
  callSid: string;
  webhooks: Webhook[];
  /** Whom it dialled, in order. */
  dialled: string[];
  /** What the caller was told. */
  heard: string[];
  /** What Telnyx would not take. */
  faults: string[];
}

const TIMEOUT_MS = 5000;
const MOST_DOCUMENTS = 20;

interface Call {
  world: CallWorld;
  application: TexmlApplication;
  transcript: Transcript;
  common: Readonly<Record<string, string>>;
  /** Of the document that is being followed. */
  url: string;
}

async function post({ world, transcript, common }: Call, url: string, more: Readonly<Record<string, string>>): Promise<{ contentType: string; body: string } | undefined> {
  const params = { ...common, ...more };
  const body = new URLSearchParams(params).toString();
  const timestamp = String(Math.floor(world.clock.now() / 1000));
  const signature = sign(null, Buffer.from(`${timestamp}|${body}`), world.privateKey).toString('base64');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)), 'telnyx-timestamp': timestamp, 'telnyx-signature-ed25519': signature };
  const outcome = await exchange(world.timers, world.origins, { method: 'POST', url, headers, body, connectMs: TIMEOUT_MS, readMs: TIMEOUT_MS });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url, params, status: reply?.status, body: reply?.body.toString('utf8') ?? '' });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), body: reply.body.toString('utf8') } : undefined;
}

async function documentAt(call: Call, url: string, params: Readonly<Record<string, string>>): Promise<readonly Element[]> {
  const { voice_fallback_url: fallback } = call.application;
  const answer = (await post(call, url, params)) ?? (fallback === '' ? undefined : await post(call, fallback, params));
  if (!answer) {
    call.transcript.faults.push('neither the address nor the fallback gave a document');
    return [];
  }
  call.url = url;
  const reading = readTexml(answer.contentType, answer.body);
  if ('verbs' in reading) return reading.verbs;
  call.transcript.faults.push(...reading.faults);
  return [];
}

/** Where the call goes on, if it does. */
function follow({ transcript, url }: Call, verbs: readonly Element[], leg: Arrival['leg']): { url: string; params: Readonly<Record<string, string>> } | undefined {
  for (const verb of verbs) {
    if (verb.name === 'Say') transcript.heard.push(verb.text);
    if (verb.name !== 'Dial') continue;
    const dialled = verb.children[0]?.text ?? '';
    transcript.dialled.push(dialled);
    const { action } = verb.attributes;
    return action === undefined ? undefined : { url: new URL(action, url).href, params: leg(dialled) };
  }
  return undefined;
}

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, { from, to, leg }: Arrival): Promise<Transcript> {
  const held = [...world.account.numbers.values()].find(({ phone_number: number }) => number === to);
  const application = world.account.applications.get(held?.connection_id ?? '');
  if (!application) throw new Error('The called number has no TeXML application');
  const callSid = `v3:${world.random.bytes(40).toString('base64url')}`;
  const transcript: Transcript = { callSid, webhooks: [], dialled: [], heard: [], faults: [] };
  const common = { AccountSid: '6a9a7976-012e-45d2-9258-6f5dc68d861e', CallSid: callSid, CallSidLegacy: callSid, CallerId: from, CallingPartyType: 'pstn', From: from, To: to, ConnectionId: application.id };
  const call: Call = { world, application, transcript, common, url: application.voice_url };
  let next: ReturnType<typeof follow> = { url: application.voice_url, params: { CallStatus: 'ringing' } };
  for (let count = 0; next && count < MOST_DOCUMENTS; count++) next = follow(call, await documentAt(call, next.url, next.params), leg);
  if (application.status_callback !== '') await post(call, application.status_callback, { CallStatus: 'completed', CallDuration: '12', CallbackSource: 'call-progress-events', HangupCause: 'normal_clearing', SequenceNumber: '3' });
  return transcript;
}

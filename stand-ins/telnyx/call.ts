/** A call to a number of a TeXML application: webhooks in signed forms, the document followed from leg to leg, and the report of its end. */
import { sign, type KeyObject } from 'node:crypto';
import { followDocuments, newTranscript, type Transcript } from '../document-call.ts';
import { exchange, type Origins } from '../exchange.ts';
import type { Clock, Random, Timers } from '../outside.ts';
import type { Account } from './account.ts';
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

const TIMEOUT_MS = 5000;

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, { from, to, leg }: Arrival): Promise<Transcript> {
  const held = [...world.account.numbers.values()].find(({ phone_number: number }) => number === to);
  const application = world.account.applications.get(held?.connection_id ?? '');
  if (!application) throw new Error('The called number has no TeXML application');
  const callSid = `v3:${world.random.bytes(40).toString('base64url')}`;
  const transcript = newTranscript(callSid);
  const common = { AccountSid: '6a9a7976-012e-45d2-9258-6f5dc68d861e', CallSid: callSid, CallSidLegacy: callSid, CallerId: from, CallingPartyType: 'pstn', From: from, To: to, ConnectionId: application.id };
  const post = (url: string, more: Readonly<Record<string, string>>) => send(world, transcript, url, { ...common, ...more });
  // https://developers.telnyx.com/docs/voice/programmable-voice/texml-instruction-fetching
  const method = application.voice_method === 'get' ? 'GET' : 'POST';
  const byMethod: typeof post = (url, more) => ([application.voice_url, application.voice_fallback_url].includes(url) ? send(world, transcript, url, { ...common, ...more }, method) : post(url, more));
  await followDocuments({ transcript, post: byMethod, read: readTexml, fallback: application.voice_fallback_url, speaks: 'Say', leg }, { url: application.voice_url, params: { CallStatus: 'ringing' } });
  if (application.status_callback !== '') await post(application.status_callback, { CallStatus: 'completed', CallDuration: '12', CallbackSource: 'call-progress-events', HangupCause: 'normal_clearing', SequenceNumber: '3' });
  return transcript;
}

export async function send(world: CallWorld, transcript: Transcript, url: string, params: Readonly<Record<string, string>>, method: 'GET' | 'POST' = 'POST'): Promise<{ contentType: string; body: string } | undefined> {
  const form = new URLSearchParams(params).toString();
  const [address, body] = method === 'GET' ? [`${url}${url.includes('?') ? '&' : '?'}${form}`, ''] : [url, form];
  const timestamp = String(Math.floor(world.clock.now() / 1000));
  const signature = sign(null, Buffer.from(`${timestamp}|${body}`), world.privateKey).toString('base64');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)), 'telnyx-timestamp': timestamp, 'telnyx-signature-ed25519': signature };
  const outcome = await exchange(world.timers, world.origins, { method, url: address, headers, body, connectMs: TIMEOUT_MS, readMs: TIMEOUT_MS });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url, params, status: reply?.status, body: reply?.body.toString('utf8') ?? '' });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), body: reply.body.toString('utf8') } : undefined;
}

/** A call to a number: webhooks in signed forms, the documents followed from leg to leg, and the report of its end. */
import { createHmac } from 'node:crypto';
import { followDocuments, newTranscript, type Transcript } from '../document-call.ts';
import { exchange, type Origins } from '../exchange.ts';
import type { Timers } from '../outside.ts';
import type { Project } from './account.ts';
import { readCxml } from './cxml.ts';

export interface CallWorld {
  projectId: string;
  signingKey: string;
  project: Project;
  origins: Origins;
  timers: Timers;
  newId(): string;
}

export interface Arrival {
  from: string;
  to: string;
  /** What becomes of a leg to this address: parameters of its `action`. */
  leg(dialled: string): Readonly<Record<string, string>>;
}

/** "2 seconds for Connect and 5 seconds for Read." */
const CONNECT_MS = 2000;
const READ_MS = 5000;

/** base64(HMAC-SHA1(Signing Key, address + every parameter as name and value, sorted by name)) */
export function signForm(signingKey: string, url: string, params: Readonly<Record<string, string>>): string {
  const text = Object.keys(params).sort().map((name) => name + (params[name] ?? '')).join('');
  return createHmac('sha1', signingKey).update(url + text, 'utf8').digest('base64');
}

export async function send(world: CallWorld, transcript: Transcript, url: string, params: Readonly<Record<string, string>>): Promise<{ contentType: string; body: string } | undefined> {
  const body = new URLSearchParams(params).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)), 'x-signalwire-signature': signForm(world.signingKey, url, params) };
  const outcome = await exchange(world.timers, world.origins, { method: 'POST', url, headers, body, connectMs: CONNECT_MS, readMs: READ_MS });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url, params, status: reply?.status, body: reply?.body.toString('utf8') ?? '' });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), body: reply.body.toString('utf8') } : undefined;
}

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, { from, to, leg }: Arrival): Promise<Transcript> {
  const held = [...world.project.numbers.values()].find(({ phone_number: number }) => number === to);
  const voice = held && (held.voice_application_sid === null ? held : world.project.applications.get(held.voice_application_sid));
  if (!voice || voice.voice_url === null) throw new Error('The called number has no address');
  const callSid = world.newId();
  const transcript = newTranscript(callSid);
  const common = { AccountSid: world.projectId, ApiVersion: '2010-04-01', CallSid: callSid, Direction: 'inbound', From: from, To: to };
  const post = (url: string, more: Readonly<Record<string, string>>) => send(world, transcript, url, { ...common, ...more });
  await followDocuments({ transcript, post, read: readCxml, fallback: voice.voice_fallback_url ?? '', speaks: 'Say', leg }, { url: voice.voice_url, params: { CallStatus: 'ringing' } });
  if (voice.status_callback !== null) await post(voice.status_callback, { CallStatus: 'completed', CallDuration: '12', CallbackSource: 'call-progress-events', SequenceNumber: '0' });
  return transcript;
}

/** A call to a number: webhooks in signed forms, the documents followed from leg to leg, and the report of its end. */
import { followDocuments, newTranscript, type Transcript } from '../document-call.ts';
import { exchange, type Origins } from '../exchange.ts';
import type { Random, Timers } from '../outside.ts';
import type { Account } from './account.ts';
import { readPlivoXml } from './document.ts';
import { signV3 } from './signature.ts';

export interface CallWorld {
  authId: string;
  authToken: string;
  account: Account;
  origins: Origins;
  timers: Timers;
  random: Random;
  newUuid(): string;
}

export interface Arrival {
  from: string;
  to: string;
  /** What becomes of a leg to this address: parameters of its `action`. */
  leg(dialled: string): Readonly<Record<string, string>>;
}

/** What the fragment of an address says, milliseconds; else Plivo's own. */
function patienceOf(url: string): { connectMs: number; readMs: number } {
  const set = new URLSearchParams(new URL(url).hash.slice(1));
  return { connectMs: Number(set.get('ct') ?? 2000), readMs: Number(set.get('rt') ?? 40_000) };
}

export async function send(world: CallWorld, transcript: Transcript, configured: string, params: Readonly<Record<string, string>>): Promise<{ contentType: string; body: string } | undefined> {
  const [url = ''] = configured.split('#');
  const body = new URLSearchParams(params).toString();
  const nonce = BigInt(`0x${world.random.bytes(8).toString('hex')}`).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)), 'x-plivo-signature-v3': signV3(world.authToken, url, params, nonce), 'x-plivo-signature-v3-nonce': nonce,
  };
  const outcome = await exchange(world.timers, world.origins, { method: 'POST', url, headers, body, ...patienceOf(configured) });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url, params, status: reply?.status, body: reply?.body.toString('utf8') ?? '' });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), body: reply.body.toString('utf8') } : undefined;
}

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, { from, to, leg }: Arrival): Promise<Transcript> {
  const application = world.account.applications.get(world.account.numbers.get(to.replace('+', ''))?.app_id ?? '');
  if (!application) throw new Error('The called number has no application');
  const id = world.newUuid();
  const transcript = newTranscript(id);
  const common = { CallUUID: id, ALegUUID: id, ALegRequestUUID: id, RequestUUID: id, From: from.replace('+', ''), To: to.replace('+', ''), Direction: 'inbound', BillRate: '0.0055', ParentAuthID: world.authId, SessionStart: '2026-11-22 10:00:00.000000' };
  const post = (url: string, more: Readonly<Record<string, string>>) => send(world, transcript, url, { ...common, ...more });
  const legEnded = (dialled: string) => ({ Event: 'Redirect', CallStatus: 'in-progress', DialRingStatus: 'true', DialALegUUID: id, DialBLegUUID: id, ...leg(dialled) });
  await followDocuments({ transcript, post, read: readPlivoXml, fallback: application.fallback_answer_url, speaks: 'Speak', leg: legEnded }, { url: application.answer_url, params: { Event: 'StartApp', CallStatus: 'ringing' } });
  if (application.hangup_url !== '') await post(application.hangup_url, { Event: 'Hangup', CallStatus: 'completed', Duration: '12', BillDuration: '60', HangupCause: 'NORMAL_CLEARING', HangupCauseName: 'Normal Hangup' });
  return transcript;
}

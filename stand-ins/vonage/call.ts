/** A call to a number of an application: signed JSON webhooks, the document followed from leg to leg, and the events of the caller's leg. */
import { createHash, createHmac } from 'node:crypto';
import { exchange, type HttpRequest, type Origins } from '../exchange.ts';
import type { Clock, Random, Timers } from '../outside.ts';
import type { Account, Hook } from './account.ts';
import { readNcco, type Action } from './ncco.ts';

export interface CallWorld {
  account: Account;
  origins: Origins;
  apiKey: string;
  signatureSecret: string;
  timers: Timers;
  clock: Clock;
  random: Random;
}

export interface Arrival {
  /** E.164. */
  from: string;
  to: string;
  /** What a leg goes through, in order: the last state is its end. */
  leg(dialled: string): readonly Readonly<Record<string, string>>[];
}

/** What is told: texts, and groups of them. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Webhook {
  url: string;
  body: Fields;
  status: number | undefined;
}

export interface Transcript {
  conversation: string;
  webhooks: Webhook[];
  /** Whom it dialled, in order. */
  dialled: string[];
  /** What the caller was told. */
  heard: string[];
  /** What Vonage would not take. */
  faults: string[];
}

const MOST_DOCUMENTS = 20;
const FAILED = ['failed', 'rejected', 'unanswered', 'busy', 'timeout', 'machine'];
const digits = (number: string): string => number.replace('+', '');
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Reply {
  contentType: string;
  text: string;
}

/** Who is told of a call. */
export interface PlacedLeg {
  world: CallWorld;
  transcript: Transcript;
}

interface Call extends PlacedLeg {
  leg: Arrival['leg'];
}

export function tokenFor(body: string, { apiKey, secret, seconds, id }: { apiKey: string; secret: string; seconds: number; id: string }): string {
  const claims = { iat: seconds, jti: id, iss: 'Vonage', payload_hash: createHash('sha256').update(body).digest('hex'), api_key: apiKey };
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export async function post({ world, transcript }: PlacedLeg, url: string, fields: Fields): Promise<Reply | undefined> {
  const body = JSON.stringify(fields);
  const authorization = tokenFor(body, { apiKey: world.apiKey, secret: world.signatureSecret, seconds: Math.floor(world.clock.now() / 1000), id: world.random.bytes(16).toString('hex') });
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), authorization };
  return exchanged({ world, transcript }, fields, { method: 'POST', url, headers, body });
}

/** By the method that the application says; of a GET all is in the query. */
async function asked(leg: PlacedLeg, { address, http_method: method }: Hook, fields: Readonly<Record<string, string>>): Promise<Reply | undefined> {
  if (method === 'POST') return post(leg, address, fields);
  const { world } = leg;
  const authorization = tokenFor('', { apiKey: world.apiKey, secret: world.signatureSecret, seconds: Math.floor(world.clock.now() / 1000), id: world.random.bytes(16).toString('hex') });
  return exchanged(leg, fields, { method: 'GET', url: `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams(fields).toString()}`, headers: { authorization }, body: '' });
}

async function exchanged({ world, transcript }: PlacedLeg, fields: Fields, request: Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>): Promise<Reply | undefined> {
  const outcome = await exchange(world.timers, world.origins, { ...request, connectMs: 1000, readMs: 5000 });
  const reply = outcome.is === 'reply' ? outcome.reply : undefined;
  transcript.webhooks.push({ url: request.url, body: fields, status: reply?.status });
  return reply && reply.status >= 200 && reply.status < 300 ? { contentType: String(reply.headers['content-type'] ?? ''), text: reply.body.toString('utf8') } : undefined;
}

export function actionsOf({ transcript }: PlacedLeg, reply: Reply | undefined): readonly Action[] {
  const reading = reply ? readNcco(reply.contentType, reply.text) : { faults: ['no document'] };
  if ('actions' in reading) return reading.actions;
  transcript.faults.push(...reading.faults);
  return [];
}

/** Dials, tells all that the leg goes through, and has the actions that replace the rest when it fails. */
async function connect(call: Call, action: Action): Promise<readonly Action[] | undefined> {
  const { transcript } = call;
  const [endpoint = {}] = action['endpoint'] as Record<string, string>[];
  const [url = ''] = action['eventUrl'] as string[];
  const { from = '' } = action as { from?: string };
  const dialled = endpoint['uri'] ?? endpoint['number'] ?? '';
  transcript.dialled.push(dialled);
  for (const state of call.leg(dialled)) {
    const reply = await post(call, url, { from, to: dialled, uuid: '63f61863-4a51-4f6b-86e1-46edebcf9356', conversation_uuid: transcript.conversation, direction: 'outbound', ...state });
    if (FAILED.includes(state['status'] ?? '')) return actionsOf(call, reply);
  }
  return undefined;
}

/** Resolves when the call is over and its end has been told. */
export async function placeCall(world: CallWorld, { from, to, leg }: Arrival): Promise<Transcript> {
  const held = world.account.numbers.get(digits(to));
  const hooks = world.account.applications.get(held?.app_id ?? '')?.capabilities.voice?.webhooks ?? {};
  const { answer_url: answer, event_url: event, fallback_answer_url: fallback } = hooks as Record<string, Hook | undefined>;
  if (!answer) throw new Error('The called number has no application for voice');
  const id = world.random.bytes(16).toString('hex');
  const transcript: Transcript = { conversation: `CON-${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`, webhooks: [], dialled: [], heard: [], faults: [] };
  const call: Call = { world, transcript, leg };
  const parties = { from: digits(from), to: digits(to), uuid: '46edebcf-4a51-4f6b-86e1-63f618639356', conversation_uuid: transcript.conversation };
  let actions = actionsOf(call, (await asked(call, answer, { endpoint_type: 'phone', ...parties })) ?? (fallback && (await asked(call, fallback, parties))));
  for (let count = 0; count < MOST_DOCUMENTS; count++) {
    for (const { action, text } of actions) if (action === 'talk') transcript.heard.push(String(text));
    const dial = actions.find(({ action }) => action === 'connect');
    const next = dial && (await connect(call, dial));
    if (!next) break;
    actions = next;
  }
  if (event) await post(call, event.address, { ...parties, direction: 'inbound', status: 'completed', duration: '12' });
  return transcript;
}

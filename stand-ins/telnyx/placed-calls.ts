/**
 * Calls that the project places as a TeXML application (https://developers.telnyx.com/api-reference/texml-rest-commands): strict about fields
 * and callers, told step by step in signed forms.
 */
import { compatibleLine } from '../compatible-line.ts';
import { newTranscript } from '../document-call.ts';
import { createPlacedCalls, isOver, type Called, type PlacedCall } from '../placed-call.ts';
import type { Asked, RestAnswer } from '../rest-server.ts';
import { invalid, isRefusal, type TexmlApplication } from './account.ts';
import { bodyOf, notFound, refusal } from './answers.ts';
import { send, type CallWorld } from './call.ts';
import { readTexml } from './texml.ts';

export interface CallsApi {
  placed: readonly PlacedCall[];
  answer(asked: Asked): RestAnswer;
}

type Check = (value: unknown) => boolean;
const whole: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
const method: Check = (value) => value === 'GET' || value === 'POST';
const events: Check = (value) => typeof value === 'string' && value.split(' ').every((event) => ['initiated', 'ringing', 'answered', 'completed'].includes(event));
const party: Check = (value) => typeof value === 'string' && (/^\+[1-9][0-9]{6,14}$/.test(value) || /^sips?:[^@\s]+@[^@\s]+$/.test(value));
const FIELDS: Readonly<Record<string, Check>> = { To: party, From: party, Url: whole, Method: method, UrlMethod: method, StatusCallback: whole, StatusCallbackMethod: method, StatusCallbackEvent: events };

export function createCallsApi(world: CallWorld, called: (to: string) => Called | undefined): CallsApi {
  const calls = createPlacedCalls(called);

  function place({ id: application, outbound }: TexmlApplication, body: Readonly<Record<string, unknown>>): RestAnswer {
    const wrong = [...Object.keys(body), 'To', 'From'].find((name) => FIELDS[name]?.(body[name]) !== true);
    if (wrong !== undefined) return refusal(invalid(`${wrong} is not valid`));
    if (outbound.outbound_voice_profile_id === '') return refusal({ status: 403, code: '10010', title: 'Authorization failed', detail: 'The connection has no outbound voice profile' });
    const { To: to = '', From: from = '', Url: url = '', StatusCallback: status = '', StatusCallbackEvent: wanted = 'completed' } = body as Record<string, string>;
    if (![...world.account.numbers.values()].some(({ phone_number: number }) => number === from)) return refusal(invalid('From is not a number of this account'));
    const id = `v3:${world.random.bytes(40).toString('base64url')}`;
    const transcript = newTranscript(id);
    const common = { AccountSid: '6a9a7976-012e-45d2-9258-6f5dc68d861e', CallSid: id, CallSidLegacy: id, ConnectionId: application, From: from, To: to };
    const post = (address: string, more: Readonly<Record<string, string>>) => send(world, transcript, address, { ...common, ...more });
    calls.place({ id, to, from }, compatibleLine({ transcript, post, read: readTexml, url, status, events: wanted.split(' ') }));
    return { status: 200, body: { call_sid: id, from, to, status: 'queued' } };
  }

  function update({ id, to, from }: PlacedCall, body: Readonly<Record<string, unknown>>): RestAnswer {
    if (body['Status'] !== 'completed' || Object.keys(body).length !== 1) return refusal(invalid('Status is not valid'));
    return calls.end(id) ? { status: 200, body: { call_sid: id, from, to, status: 'completed' } } : refusal({ status: 422, code: '90018', title: 'Call has already ended', detail: 'This call is no longer active and can\'t receive commands.' });
  }

  return {
    placed: calls.placed,
    answer(asked) {
      const [, looked] = /^\/v2\/calls\/([^/]+)$/.exec(asked.path) ?? [];
      const [, application] = /^\/v2\/texml\/calls\/([0-9]+)$/.exec(asked.path) ?? [];
      const [, updated] = /^\/v2\/texml\/calls\/([^/]+)\/update$/.exec(asked.path) ?? [];
      const known = calls.find(decodeURIComponent(looked ?? updated ?? ''));
      if (looked !== undefined && known && asked.method === 'GET') return { status: 200, body: { data: { record_type: 'call', call_control_id: known.id, is_alive: !isOver(known) } } };
      const held = world.account.applications.get(application ?? '');
      if (asked.method !== 'POST' || (!held && (updated === undefined || !known))) return notFound();
      const body = bodyOf(asked);
      if (isRefusal(body)) return refusal(body);
      return held ? place(held, body) : known ? update(known, body) : notFound();
    },
  };
}

/** Calls that the project places over Plivo's API (https://www.plivo.com/docs/voice/api/call/make-a-call): strict about fields and callers, told in signed forms. */
import { followDocuments, newTranscript } from '../document-call.ts';
import { createPlacedCalls, isOver, type Called, type Ending, type PlacedCall } from '../placed-call.ts';
import type { Asked, RestAnswer } from '../rest-server.ts';
import type { Fields } from './account.ts';
import { send, type CallWorld } from './call.ts';
import { readPlivoXml } from './document.ts';

export interface CallsApi {
  placed: readonly PlacedCall[];
  /** `body`: undefined when it is none. */
  answer(asked: Asked, id: string | undefined, body: Fields | undefined): RestAnswer;
}

type Check = (value: unknown) => boolean;
const whole: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
const method: Check = (value) => value === 'GET' || value === 'POST';
const seconds = (most: number): Check => (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
const party: Check = (value) => typeof value === 'string' && (/^[1-9][0-9]{6,14}$/.test(value) || /^sips?:[^@\s<]+@[^@\s<]+$/.test(value));
const REQUIRED: Readonly<Record<string, Check>> = { from: party, to: party, answer_url: whole };
const OPTIONAL: Readonly<Record<string, Check>> = { answer_method: method, ring_url: whole, ring_method: method, hangup_url: whole, hangup_method: method, fallback_url: whole, fallback_method: method, time_limit: seconds(86_400), ring_timeout: seconds(3600) };
/** As webhooks and as records have it. */
const WORDS: Readonly<Record<Ending, readonly [status: string, cause: string]>> = {
  completed: ['completed', 'Normal Hangup'], busy: ['busy', 'Busy Line'], 'no-answer': ['no-answer', 'Ring Timeout Reached'], canceled: ['cancel', 'Cancelled'], failed: ['failed', 'Invalid Destination Address'],
};
const TIME = '2026-11-22 10:00:00+00:00';

export function createCallsApi(world: CallWorld, called: (to: string) => Called | undefined, answerOf: (status: number, body: object) => RestAnswer): CallsApi {
  const calls = createPlacedCalls(called);

  function fault(body: Fields): string | undefined {
    const wrong = Object.entries(body).find(([name, value]) => (REQUIRED[name] ?? OPTIONAL[name])?.(value) !== true) ?? Object.keys(REQUIRED).flatMap((name) => (name in body ? [] : [[name]]))[0];
    if (wrong) return `${wrong[0]} parameter is invalid`;
    return world.account.numbers.has(String(body['from'])) ? undefined : 'from is not a number of this account';
  }

  function place({ from, to, answer_url: url, ring_url: ring, hangup_url: hangup }: Record<string, string>): PlacedCall {
    const id = world.newUuid();
    const transcript = newTranscript(id);
    const common = { CallUUID: id, ALegUUID: id, RequestUUID: id, ALegRequestUUID: id, From: from ?? '', To: to ?? '', Direction: 'outbound', ParentAuthID: world.authId };
    const post = (address: string, more: Readonly<Record<string, string>>) => send(world, transcript, address, { ...common, ...more });
    return calls.place({ id, to: to ?? '', from: from ?? '' }, {
      heard: transcript.heard, faults: transcript.faults,
      rings: () => (ring === undefined ? Promise.resolve() : post(ring, { Event: 'Ring', CallStatus: 'ringing' })),
      answered(key) {
        const asks = { verb: 'GetInput', pressed: key === undefined ? undefined : { Event: 'Redirect', CallStatus: 'in-progress', InputType: 'dtmf', Digits: key } };
        return followDocuments({ transcript, post, read: readPlivoXml, fallback: '', speaks: 'Speak', leg: () => ({}), asks }, { url: url ?? '', params: { Event: 'StartApp', CallStatus: 'in-progress' } });
      },
      ended: (how) => (hangup === undefined ? Promise.resolve() : post(hangup, { Event: 'Hangup', CallStatus: WORDS[how][0], Duration: '5', HangupCauseName: WORDS[how][1] })),
    });
  }

  function shown(call: PlacedCall, status: string | null): RestAnswer {
    const parties = { call_uuid: call.id, from: call.from, to: call.to, direction: 'outbound' };
    const notFound = answerOf(404, { error: 'not found' });
    if (status === 'live') return call.is === 'ringing' || call.is === 'answered' ? answerOf(200, { ...parties, call_status: call.is === 'ringing' ? 'ringing' : 'in-progress' }) : notFound;
    if (status === 'queued') return call.is === 'queued' ? answerOf(200, { ...parties, call_status: 'queued' }) : notFound;
    if (!isOver(call) || status !== null) return notFound;
    return answerOf(200, { call_uuid: call.id, call_direction: 'outbound', from_number: `+${call.from}`, to_number: call.to, answer_time: call.is === 'completed' ? TIME : null, end_time: TIME, hangup_cause_name: WORDS[call.is as Ending][1], call_duration: 5 });
  }

  return {
    placed: calls.placed,
    answer(asked, id, body) {
      const known = id === undefined ? undefined : calls.find(id);
      if (id !== undefined && !known) return answerOf(404, { error: 'not found' });
      if (known && asked.method === 'GET') return shown(known, asked.query.get('status'));
      if (known && asked.method === 'DELETE') return calls.end(known.id) ? { status: 204 } : answerOf(404, { error: 'call not found' });
      if (known || asked.method !== 'POST' || !body) return answerOf(405, { error: 'method not allowed' });
      const why = fault(body);
      return why === undefined ? answerOf(201, { message: 'call fired', request_uuid: place(body as Record<string, string>).id }) : answerOf(400, { error: why });
    },
  };
}

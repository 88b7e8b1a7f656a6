/** Calls that the project places over the Voice API (https://dev.bandwidth.com/docs/voice/programmable-voice/calls): strict about fields and callers, told in events with the credentials that it named. */
import { createPlacedCalls, isOver, type Called, type Ending, type PlacedCall } from '../placed-call.ts';
import type { Asked, RestAnswer } from '../rest-server.ts';
import type { Book } from './book.ts';
import { readBxml } from './bxml.ts';
import { addressOf, basic, callIdOf, post, type CallWorld, type PlacedLeg } from './call.ts';

export interface CallsApi {
  placed: readonly PlacedCall[];
  answer(asked: Asked, id: string | undefined): RestAnswer;
}

type Check = (value: unknown) => boolean;
const whole: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
const method: Check = (value) => value === 'GET' || value === 'POST';
const text: Check = (value) => typeof value === 'string' && value.length <= 1024;
const e164: Check = (value) => typeof value === 'string' && /^\+[1-9][0-9]{6,14}$/.test(value);
const REQUIRED: Readonly<Record<string, Check>> = {
  from: e164, to: (value) => e164(value) || (typeof value === 'string' && /^sips?:[^@\s]+@[^@\s]+$/.test(value)), answerUrl: whole, applicationId: (value) => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value),
};
const OPTIONAL: Readonly<Record<string, Check>> = {
  answerMethod: method, disconnectUrl: whole, disconnectMethod: method, username: text, password: text, tag: text, answerFallbackUrl: whole, answerFallbackMethod: method,
  callTimeout: (value) => typeof value === 'number' && value >= 1 && value <= 300, callbackTimeout: (value) => typeof value === 'number' && value >= 1 && value <= 25,
};
const CAUSES: Readonly<Record<Ending, string>> = { completed: 'hangup', busy: 'busy', 'no-answer': 'timeout', canceled: 'cancel', failed: 'error' };
const MOST_DOCUMENTS = 10;

const refusal = (status: number, type: string, description: string): RestAnswer => ({ status, body: { type, description, id: '4642074b-7b58-478b-96e4-3a60955c6765' } });

/** What who picked up is asked, document by document. */
async function play(leg: PlacedLeg, answerUrl: string, authorization: string | undefined, own: object, key: string | undefined): Promise<void> {
  const { transcript } = leg;
  let reply = await post(leg, { url: answerUrl, authorization }, 'answer', { ...own });
  for (let count = 0; reply && count < MOST_DOCUMENTS; count += 1) {
    const reading = readBxml(reply.contentType, reply.body, 'called');
    if ('faults' in reading) {
      transcript.faults.push(...reading.faults);
      return;
    }
    const gather = reading.verbs.find(({ name }) => name === 'Gather');
    transcript.heard.push(...(gather?.children ?? reading.verbs.filter(({ name }) => name === 'SpeakSentence')).map((said) => said.text));
    const address = gather && addressOf(gather, 'gather', reply.url);
    reply = address && (await post(leg, address, 'gather', { ...own, digits: key ?? '', terminatingDigit: '' }));
  }
}

export function createCallsApi(world: Omit<CallWorld, 'application'>, book: Book, accountId: string, called: (to: string) => Called | undefined): CallsApi {
  const calls = createPlacedCalls(called);

  function place(body: Readonly<Record<string, unknown>>): RestAnswer {
    const wrong = [...Object.keys(body), ...Object.keys(REQUIRED)].find((name) => (REQUIRED[name] ?? OPTIONAL[name])?.(body[name]) !== true);
    if (wrong !== undefined) return refusal(400, 'validation', `${wrong} is not valid`);
    const { to = '', from = '', applicationId, answerUrl = '', disconnectUrl, username, password } = body as Record<string, string>;
    if (!book.number(from.slice(2))) return refusal(400, 'validation', 'The from number is not on this account');
    const id = callIdOf(world);
    const transcript = { callId: id, webhooks: [], dialled: [], heard: [] as string[], connected: [], faults: [] as string[] };
    const common = { accountId, applicationId, from, to, direction: 'outbound', callId: id, callUrl: `https://voice.bandwidth.com/api/v2/accounts/${accountId}/calls/${id}`, startTime: new Date(world.clock.now()).toISOString() };
    const leg: PlacedLeg = { world, transcript, common };
    const authorization = basic(username, password);
    const time = new Date(world.clock.now()).toISOString();
    calls.place({ id, to, from }, {
      heard: transcript.heard, faults: transcript.faults,
      answered: (key) => play(leg, answerUrl, authorization, { answerTime: time }, key),
      ended: async (how) => disconnectUrl === undefined ? undefined : post(leg, { url: disconnectUrl, authorization }, 'disconnect', { cause: CAUSES[how], endTime: time, ...(how === 'completed' ? { answerTime: time } : {}) }),
    });
    return { status: 201, body: { ...common, answerUrl, callTimeout: 30, enqueuedTime: time } };
  }

  function shown(call: PlacedCall): object {
    const over = isOver(call);
    return { callId: call.id, accountId, to: call.to, from: call.from, direction: 'outbound', state: over ? 'disconnected' : call.is === 'answered' ? 'answered' : 'initiated', ...(over ? { disconnectCause: CAUSES[call.is as Ending] } : {}) };
  }

  return {
    placed: calls.placed,
    answer({ method: asked, headers, body: given }, id) {
      const known = id === undefined ? undefined : calls.find(id);
      if (id !== undefined && !known) return refusal(404, 'not-found', 'Call not found');
      if (known && asked === 'GET') return { status: 200, body: shown(known) };
      if (asked !== 'POST' || !/^application\/json\b/.test(String(headers['content-type']))) return refusal(415, 'unsupported-media-type', 'JSON is expected');
      const body = JSON.parse(given) as Readonly<Record<string, unknown>>;
      if (!known) return place(body);
      if (body['state'] !== 'completed' || Object.keys(body).length !== 1) return refusal(400, 'validation', 'state is not valid');
      return calls.end(known.id) ? { status: 200 } : refusal(409, 'conflict', 'The call has ended');
    },
  };
}

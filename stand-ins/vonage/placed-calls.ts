/** Calls that the project places over the Voice API (https://developer.vonage.com/en/api/voice): strict about the application's token, fields and callers, told in signed JSON. */
import { verify } from 'node:crypto';
import { createPlacedCalls, isOver, type Called, type Ending, type PlacedCall } from '../placed-call.ts';
import type { Asked, RestAnswer } from '../rest-server.ts';
import { actionsOf, post, type CallWorld, type PlacedLeg } from './call.ts';

export interface CallsApi {
  placed: readonly PlacedCall[];
  answer(asked: Asked): RestAnswer;
}

type Check = (value: unknown) => boolean;
const one = (check: Check): Check => (value) => Array.isArray(value) && value.length === 1 && value.every(check);
const whole: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
const method: Check = (value) => value === 'GET' || value === 'POST';
const seconds = (most: number): Check => (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
const endpoint: Check = (value) => {
  const { type, number, uri, ...more } = value as Record<string, unknown>;
  if (Object.keys(more).length > 0) return false;
  return type === 'phone' ? typeof number === 'string' && /^[1-9][0-9]{6,14}$/.test(number) : type === 'sip' && typeof uri === 'string' && /^sips?:[^@\s]+@[^@\s]+$/.test(uri);
};
const REQUIRED: Readonly<Record<string, Check>> = { to: one(endpoint), from: endpoint, answer_url: one(whole) };
const OPTIONAL: Readonly<Record<string, Check>> = { answer_method: method, event_url: one(whole), event_method: method, ringing_timer: seconds(120), length_timer: seconds(7200) };
const STATUSES: Readonly<Record<Ending, string>> = { completed: 'completed', busy: 'busy', 'no-answer': 'unanswered', canceled: 'cancelled', failed: 'failed' };
const MOST_DOCUMENTS = 10;
/** "The time at which the token expires": here no more than a day after it was made. */
const MOST_SECONDS = 86_400;

const problem = (status: number, title: string, detail: string): RestAnswer => ({ status, body: { type: 'https://developer.vonage.com/api-errors', title, detail, instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf' } });

async function play(leg: PlacedLeg, answerUrl: string, parties: Readonly<Record<string, string>>, key: string | undefined): Promise<void> {
  let actions = actionsOf(leg, await post(leg, answerUrl, parties));
  for (let count = 0; count < MOST_DOCUMENTS; count += 1) {
    for (const { action, text } of actions) if (action === 'talk') leg.transcript.heard.push(String(text));
    const input = actions.find(({ action }) => action === 'input');
    if (!input) return;
    const [url = ''] = input['eventUrl'] as string[];
    actions = actionsOf(leg, await post(leg, url, { ...parties, dtmf: { digits: key ?? '', timed_out: key === undefined } }));
  }
}

export function createCallsApi(world: CallWorld, newId: () => string, called: (to: string) => Called | undefined): CallsApi {
  const calls = createPlacedCalls(called);
  const spent = new Set<string>();

  /** Signed by the private key of an application of the account, in force, and not seen before. */
  function isGenuine(authorization: unknown): boolean {
    const [, head = '', claimed = '', signature = ''] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(String(authorization)) ?? [];
    if (signature === '') return false;
    const [header, claims] = [head, claimed].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>);
    const { application_id: id, iat, exp, jti } = claims ?? {};
    const application = world.account.applications.get(String(id));
    const now = world.clock.now() / 1000;
    if (header?.['alg'] !== 'RS256' || !application || typeof jti !== 'string' || spent.has(jti) || Number(iat) > now + 60 || Number(exp) < now || Number(exp) - Number(iat) > MOST_SECONDS) return false;
    spent.add(jti);
    return verify('sha256', Buffer.from(`${head}.${claimed}`), application.keys.public_key, Buffer.from(signature, 'base64url'));
  }

  function place(body: Readonly<Record<string, unknown>>): RestAnswer {
    const wrong = [...Object.keys(body), ...Object.keys(REQUIRED)].find((name) => (REQUIRED[name] ?? OPTIONAL[name])?.(body[name]) !== true);
    if (wrong !== undefined) return problem(400, 'Bad Request', `${wrong} is not valid`);
    const { to: [target = {}] = [], from: { number: from = '' } = {}, answer_url: [answerUrl = ''] = [], event_url: [eventUrl] = [] } = body as { to?: Record<string, string>[]; from?: Record<string, string>; answer_url?: string[]; event_url?: string[] };
    if (!world.account.numbers.has(from)) return problem(403, 'Forbidden', 'from is not a number of this account');
    const to = target['number'] ?? target['uri'] ?? '';
    const id = newId();
    const conversation = `CON-${newId()}`;
    const transcript = { conversation, webhooks: [], dialled: [], heard: [] as string[], faults: [] as string[] };
    const leg: PlacedLeg = { world, transcript };
    const parties = { from, to, uuid: id, conversation_uuid: conversation };
    const tell = async (status: string): Promise<void> => {
      if (eventUrl !== undefined) await post(leg, eventUrl, { ...parties, direction: 'outbound', status, timestamp: new Date(world.clock.now()).toISOString() });
    };
    calls.place({ id, to, from }, {
      heard: transcript.heard, faults: transcript.faults,
      begun: () => tell('started'),
      rings: () => tell('ringing'),
      async answered(key) {
        await tell('answered');
        await play(leg, answerUrl, parties, key);
      },
      ended: (how) => tell(STATUSES[how]),
    });
    return { status: 201, body: { uuid: id, status: 'started', direction: 'outbound', conversation_uuid: conversation } };
  }

  const statusOf = (call: PlacedCall): string => (isOver(call) ? STATUSES[call.is as Ending] : call.is === 'queued' ? 'started' : call.is);

  return {
    placed: calls.placed,
    answer({ method: asked, path, headers, body: given }) {
      if (!isGenuine(headers['authorization'])) return problem(401, 'Unauthorized', 'You did not provide correct credentials');
      const [, id] = /^\/v1\/calls(?:\/([0-9a-f-]{36}))?$/.exec(path) ?? [];
      const known = id === undefined ? undefined : calls.find(id);
      if (id !== undefined && !known) return problem(404, 'Not Found', 'Call does not exist, or cannot be accessed');
      if (known && asked === 'GET') return { status: 200, body: { uuid: known.id, status: statusOf(known), direction: 'outbound' } };
      if (!/^application\/json\b/.test(String(headers['content-type']))) return problem(415, 'Unsupported Media Type', 'JSON is expected');
      const body = JSON.parse(given) as Readonly<Record<string, unknown>>;
      if (!known) return asked === 'POST' ? place(body) : problem(405, 'Method not allowed', asked);
      if (asked !== 'PUT' || JSON.stringify(body) !== '{"action":"hangup"}') return problem(400, 'Bad Request', 'action is not valid');
      return calls.end(known.id) ? { status: 204 } : problem(400, 'Bad Request', 'The call is not in progress');
    },
  };
}

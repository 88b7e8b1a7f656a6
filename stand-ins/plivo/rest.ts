/** Plivo's REST API for numbers and applications: strict about credentials, addresses, types and fields. */
import { basic, type Asked, type RestAnswer } from '../rest-server.ts';
import type { CallsApi } from './placed-calls.ts';
import { applied, changeNumber, NEW_APPLICATION, type Account, type Fields, type HeldNumber } from './account.ts';

export interface RestOptions {
  authId: string;
  authToken: string;
  account: Account;
  calls: CallsApi;
  newId(): string;
  mostOfAPage: number;
}

const MOST_OF_A_PAGE = 20;
const API_ID = '97e49efc-5a2c-11e9-9b1a-0242ac110003';
export const answerOf = (status: number, body: object): RestAnswer => ({ status, body: { api_id: API_ID, ...body } });
const notFound = (): RestAnswer => answerOf(404, { error: 'not found' });

export const broken: RestAnswer = answerOf(500, { error: 'internal server error' });
export const throttled = (withWait: boolean): RestAnswer => ({ ...answerOf(429, { error: 'too many requests' }), ...(withWait ? { headers: { 'Retry-After': '5' } } : {}) });

function bodyOf(asked: Asked): Fields | undefined {
  if (!/^application\/json\b/.test(String(asked.headers['content-type']))) return undefined;
  try {
    const value: unknown = JSON.parse(asked.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function shown({ authId }: RestOptions, { number, alias, app_id: id }: HeldNumber): object {
  return { number, alias, application: id === null ? null : `/v1/Account/${authId}/Application/${id}/`, number_type: 'local', voice_enabled: true, sms_enabled: true, sub_account: null, resource_uri: `/v1/Account/${authId}/Number/${number}/` };
}

function onNumber(options: RestOptions, asked: Asked, digits: string): RestAnswer {
  const held = options.account.numbers.get(digits);
  if (!held) return notFound();
  if (asked.method === 'GET') return answerOf(200, shown(options, held));
  const body = asked.method === 'POST' ? bodyOf(asked) : undefined;
  if (!body) return answerOf(400, { error: 'invalid request' });
  const faults = changeNumber(options.account, held, body);
  return faults ? answerOf(400, { error: faults }) : answerOf(202, { message: 'changed' });
}

function list(all: readonly object[], most: number, { query }: Asked): RestAnswer {
  const [wished, offset] = [Number(query.get('limit') ?? 20), Number(query.get('offset') ?? 0)];
  const limit = Math.min(wished, most);
  if (!Number.isInteger(wished) || wished < 1 || wished > MOST_OF_A_PAGE || !Number.isInteger(offset) || offset < 0) return answerOf(400, { error: 'limit must be from 1 to 20' });
  return answerOf(200, { meta: { limit, offset, next: null, previous: null, total_count: all.length }, objects: all.slice(offset, offset + limit) });
}

function onApplications(options: RestOptions, asked: Asked, id: string | undefined): RestAnswer {
  const { applications } = options.account;
  if (id === undefined && asked.method === 'GET') return list([...applications.values()], MOST_OF_A_PAGE, asked);
  const held = id === undefined ? NEW_APPLICATION : applications.get(id);
  if (!held) return notFound();
  if (asked.method === 'GET') return answerOf(200, { ...held, enabled: true, resource_uri: asked.path });
  const body = asked.method === 'POST' ? bodyOf(asked) : undefined;
  if (!body) return answerOf(400, { error: 'invalid request' });
  const next = applied(held, body, id === undefined);
  if ('faults' in next) return answerOf(400, { error: next.faults });
  if (id !== undefined) {
    Object.assign(held, next);
    return answerOf(202, { message: 'changed' });
  }
  const made = { ...next, app_id: options.newId() };
  applications.set(made.app_id, made);
  return answerOf(201, { message: 'created', app_id: made.app_id });
}

export function answer(options: RestOptions, asked: Asked): RestAnswer {
  const { authId, authToken } = options;
  if (asked.headers['authorization'] !== basic(authId, authToken)) return { status: 401, body: 'Could not verify your access level for that URL. You have to login with proper credentials' };
  const base = `/v1/Account/${authId}/`;
  const [, calls, call] = /^(Call)\/(?:([0-9a-f-]{36})\/)?$/.exec(asked.path.startsWith(base) ? asked.path.slice(base.length) : '') ?? [];
  if (calls !== undefined) return options.calls.answer(asked, call, bodyOf(asked));
  const [, resource, id] = /^(Number|Application)\/(?:([0-9]+)\/)?$/.exec(asked.path.startsWith(base) ? asked.path.slice(base.length) : '') ?? [];
  if (resource === 'Application') return onApplications(options, asked, id);
  if (resource !== 'Number') return notFound();
  if (id !== undefined) return onNumber(options, asked, id);
  return asked.method === 'GET' ? list([...options.account.numbers.values()].map((held) => shown(options, held)), options.mostOfAPage, asked) : notFound();
}

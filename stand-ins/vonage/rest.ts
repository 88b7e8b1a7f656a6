/** Vonage's APIs, that of numbers, that of applications and that of calls, at one address: strict about credentials, queries and bodies. */
import type { Asked, RestAnswer } from '../rest-server.ts';
import type { CallsApi } from './placed-calls.ts';
import { faultOf, update, type Account, type Application } from './account.ts';

export interface RestOptions {
  account: Account;
  calls: CallsApi;
  apiKey: string;
  apiSecret: string;
  newId(): string;
  mostOfAPage: number;
}

const said = (status: number, label: string): RestAnswer => ({ status, body: { 'error-code': String(status), 'error-code-label': label } });
const problem = (status: number, title: string, detail: string): RestAnswer => ({ status, body: { type: 'https://developer.vonage.com/api-errors', title, detail, instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf' } });

export function throttled(withWait: boolean): RestAnswer {
  return { ...said(429, 'too many requests'), ...(withWait ? { headers: { 'Retry-After': '2' } } : {}) };
}

export const broken: RestAnswer = said(500, 'internal error');

function listNumbers({ account, mostOfAPage }: RestOptions, { query }: Asked): RestAnswer {
  if ([...query.keys()].some((name) => !['pattern', 'search_pattern', 'size', 'index', 'country', 'application_id', 'has_application'].includes(name))) return said(420, 'method failed');
  const wished = Number(query.get('size') ?? 10);
  const size = Math.min(wished, mostOfAPage);
  if (!Number.isInteger(wished) || wished < 1 || wished > 100) return said(420, 'method failed');
  const index = Number(query.get('index') ?? 1);
  if (!Number.isInteger(index) || index < 1) return said(420, 'method failed');
  const pattern = query.get('pattern') ?? '';
  const strategies = [(one: string) => one.startsWith(pattern), (one: string) => one.includes(pattern), (one: string) => one.endsWith(pattern)];
  const matches = strategies[Number(query.get('search_pattern') ?? 0)];
  if (!matches) return said(420, 'method failed');
  const found = [...account.numbers.values()].filter(({ msisdn }) => matches(msisdn));
  const shown = found.slice((index - 1) * size, index * size).map(({ voiceStatusCallback: _hidden, ...one }) => one);
  return { status: 200, body: found.length === 0 ? {} : { count: found.length, ...(shown.length === 0 ? {} : { numbers: shown }) } };
}

function onApplications({ account: { applications }, newId }: RestOptions, asked: Asked, id: string | undefined): RestAnswer {
  const current = id === undefined ? undefined : applications.get(id);
  if (id !== undefined && !current) return problem(404, 'Not Found', 'The requested resource does not exist, or you do not have access to it');
  if (asked.method === 'GET' && current) return { status: 200, body: { ...current, _links: { self: { href: `/v2/applications/${current.id}` } } } };
  if (asked.method === 'GET') {
    const [size, page] = [Number(asked.query.get('page_size') ?? 10), Number(asked.query.get('page') ?? 1)];
    const all = [...applications.values()];
    return { status: 200, body: { page_size: size, page, total_items: all.length, total_pages: Math.ceil(all.length / size), _embedded: { applications: all.slice((page - 1) * size, page * size) } } };
  }
  if (asked.method !== (current ? 'PUT' : 'POST')) return problem(405, 'Method not allowed', asked.method);
  if (!/^application\/json\b/.test(String(asked.headers['content-type'] ?? ''))) return problem(415, 'Unsupported Media Type', 'JSON is expected');
  let body: Partial<Application>;
  try {
    body = JSON.parse(asked.body) as Partial<Application>;
  } catch {
    return problem(400, 'Bad Request', 'The body is no JSON');
  }
  const fault = faultOf(body);
  if (fault !== undefined) return problem(422, 'Validation Error', fault);
  // Replaced as a whole; without keys there are new ones.
  const made: Application = { keys: { public_key: `-----BEGIN PUBLIC KEY-----${newId()}` }, capabilities: {}, name: '', ...body, id: id ?? newId() };
  applications.set(made.id, made);
  return { status: current ? 200 : 201, body: { ...made } };
}

export function answer(options: RestOptions, asked: Asked): RestAnswer {
  const { apiKey, apiSecret, account } = options;
  if (asked.path.startsWith('/v1/calls')) return options.calls.answer(asked);
  if (asked.headers['authorization'] !== `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`) return asked.path.startsWith('/v2/') ? problem(401, 'Unauthorized', 'You did not provide correct credentials') : said(401, 'authentication failed');
  const [, id] = /^\/v2\/applications(?:\/([0-9a-f-]{36}))?$/.exec(asked.path) ?? [];
  if (asked.path.startsWith('/v2/applications')) return onApplications(options, asked, id);
  if (asked.method === 'GET' && asked.path === '/account/numbers') return listNumbers(options, asked);
  if (asked.method !== 'POST' || asked.path !== '/number/update') return said(404, 'not found');
  if (!/^application\/x-www-form-urlencoded\b/.test(String(asked.headers['content-type'] ?? ''))) return said(415, 'a form is expected');
  const fault = update(account, new URLSearchParams(asked.body));
  return fault === undefined ? said(200, 'success') : said(420, fault);
}

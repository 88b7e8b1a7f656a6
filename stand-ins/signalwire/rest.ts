/** SignalWire's compatible REST API for numbers and applications, and its native one for what has a number's calls: strict about credentials, addresses and fields. */
import { basic, formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import type { CallsApi } from './placed-calls.ts';
import { changed, changeNative, changeNumber, HANDLERS, isRefusal, type HeldNumber, type Project, type Refusal } from './account.ts';

export interface RestOptions {
  projectId: string;
  apiToken: string;
  project: Project;
  mostOfAPage: number;
  calls?: Pick<CallsApi, 'answer'>;
}

export function refusal(status: number, { code, message }: Refusal): RestAnswer {
  return { status, body: { code, message, more_info: `https://developer.signalwire.com/compatibility-api/reference/error-codes#${code}`, status } };
}

export const broken = refusal(500, { code: '20504', message: 'An internal error occurred' });

export function throttled(withWait: boolean): RestAnswer {
  return { ...refusal(429, { code: '20429', message: 'There were too many requests' }), ...(withWait ? { headers: { 'Retry-After': '7' } } : {}) };
}

const notFound = (): RestAnswer => refusal(404, { code: '20404', message: 'The resource you are trying to access does not exist' });

function shownNumber({ projectId }: RestOptions, { call_handler: _handler, companions: _companions, ...held }: HeldNumber): object {
  return { ...held, account_sid: projectId, api_version: '2010-04-01', capabilities: { voice: true, sms: true, mms: true }, sms_url: null, uri: `/api/laml/2010-04-01/Accounts/${projectId}/IncomingPhoneNumbers/${held.sid}` };
}

function list(options: RestOptions, { query, path }: Asked): RestAnswer {
  const unknown = [...query.keys()].find((name) => !['PhoneNumber', 'FriendlyName', 'PageSize', 'Page', 'PageToken'].includes(name));
  if (unknown !== undefined) return refusal(400, { code: '90000', message: `The supplied parameter ${unknown} is unsupported` });
  const wished = Number(query.get('PageSize') ?? 50);
  const size = Math.min(wished, options.mostOfAPage);
  if (!Number.isInteger(wished) || wished < 1 || wished > 1000) return refusal(400, { code: '54454', message: 'The page size provided is invalid' });
  const page = Number(query.get('Page') ?? 0);
  if (!Number.isInteger(page) || page < 0) return refusal(400, { code: '54454', message: 'The page provided is invalid' });
  const found = [...options.project.numbers.values()].filter(({ phone_number: number }) => number.includes(query.get('PhoneNumber') ?? ''));
  const next = new URLSearchParams(query);
  next.set('Page', String(page + 1));
  return {
    status: 200,
    body: {
      uri: path, page, page_size: size, next_page_uri: (page + 1) * size < found.length ? `${path}?${next.toString()}` : null,
      incoming_phone_numbers: found.slice(page * size, (page + 1) * size).map((held) => shownNumber(options, held)),
    },
  };
}

/** One resource: shown, or changed by a form. */
function one<T extends object>(asked: Asked, held: T, apply: (form: URLSearchParams) => T | Refusal, show: (held: T) => object): RestAnswer {
  if (asked.method === 'GET') return { status: 200, body: show(held) };
  const form = formOf(asked);
  if (asked.method !== 'POST' || !form) return refusal(405, { code: '20004', message: 'Method not allowed' });
  const next = apply(form);
  if (isRefusal(next)) return refusal(400, next);
  Object.assign(held, next);
  return { status: 200, body: show(held) };
}

function nativeList({ project, mostOfAPage }: RestOptions, { query, path }: Asked): RestAnswer {
  const unknown = [...query.keys()].find((name) => !['page_size', 'page_number', 'page_token'].includes(name));
  const size = Math.min(Number(query.get('page_size') ?? 50), mostOfAPage);
  const page = Number(query.get('page_number') ?? 0);
  if (unknown !== undefined || !(size >= 1) || !Number.isInteger(page)) return { status: 422, body: { errors: [{ code: 'invalid_parameter', message: 'The query is not understood' }] } };
  const all = [...project.numbers.values()];
  const link = (number: number): string => `https://example.signalwire.com${path}?page_number=${number}&page_size=${size}`;
  return { status: 200, body: { links: { self: link(page), first: link(0), ...((page + 1) * size < all.length ? { next: link(page + 1) } : {}) }, data: all.slice(page * size, (page + 1) * size).map(shownNatively) } };
}

function shownNatively(held: HeldNumber): object {
  return {
    id: held.sid, number: held.phone_number, name: held.friendly_name, call_handler: held.call_handler, call_request_url: held.voice_url, call_request_method: held.voice_method, call_fallback_url: held.voice_fallback_url,
    ...Object.fromEntries(Object.values(HANDLERS).filter((field) => field !== 'call_request_url').map((field) => [field, held.companions[field] ?? null])), call_laml_application_id: held.voice_application_sid,
  };
}

function native({ project }: RestOptions, asked: Asked, id: string): RestAnswer {
  const held = project.numbers.get(id);
  if (!held) return { status: 404, body: { errors: [{ code: 'not_found', message: 'Not Found', type: 'resource_not_found' }] } };
  const shown = (): object => shownNatively(held);
  if (asked.method === 'GET') return { status: 200, body: shown() };
  if (asked.method !== 'PUT' || !/^application\/json\b/.test(String(asked.headers['content-type']))) return { status: 405, body: { errors: [{ code: 'method_not_allowed', message: 'Method Not Allowed' }] } };
  const next = changeNative(held, JSON.parse(asked.body) as Readonly<Record<string, unknown>>);
  if (isRefusal(next)) return { status: 422, body: { errors: [next] } };
  Object.assign(held, next);
  return { status: 200, body: shown() };
}

export function answer(options: RestOptions, asked: Asked): RestAnswer {
  const { projectId, apiToken, project } = options;
  if (asked.headers['authorization'] !== basic(projectId, apiToken)) return refusal(401, { code: '20003', message: 'There was an authentication error' });
  if (asked.path === '/api/relay/rest/phone_numbers' && asked.method === 'GET') return nativeList(options, asked);
  const nativeId = /^\/api\/relay\/rest\/phone_numbers\/([0-9a-f-]{36})$/.exec(asked.path)?.[1];
  if (nativeId !== undefined) return native(options, asked, nativeId);
  const base = `/api/laml/2010-04-01/Accounts/${projectId}/`;
  if (!asked.path.startsWith(base)) return notFound();
  const [, calls, placed] = /^(Calls)(?:\/([0-9a-f-]{36}))?$/.exec(asked.path.slice(base.length)) ?? [];
  if (calls !== undefined && options.calls) return options.calls.answer(asked, placed);
  const [, resource, sid] = /^(IncomingPhoneNumbers|Applications)(?:\/([0-9a-f-]{36}))?$/.exec(asked.path.slice(base.length)) ?? [];
  if (resource === 'IncomingPhoneNumbers' && sid === undefined) return asked.method === 'GET' ? list(options, asked) : notFound();
  const number = resource === 'IncomingPhoneNumbers' ? project.numbers.get(sid ?? '') : undefined;
  if (number) return one(asked, number, (form) => changeNumber(project, number, form), (held) => shownNumber(options, held));
  const application = resource === 'Applications' ? project.applications.get(sid ?? '') : undefined;
  if (!application) return notFound();
  return one(asked, application, (form) => changed(application, form, (name) => ({ code: '90000', message: `The supplied parameter ${name} is unsupported` })), (held) => ({ ...held, account_sid: projectId }));
}

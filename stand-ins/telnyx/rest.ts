/** Telnyx' REST API v2 as far as the routing of numbers is concerned: strict about the key, addresses, queries and bodies. */
import type { Asked, RestAnswer } from '../rest-server.ts';
import type { CallsApi } from './placed-calls.ts';
import { applied, changeNumber, changeVoice, invalid, isRefusal, type Account, type HeldNumber, type TexmlApplication } from './account.ts';
import { bodyOf, notFound, refusal } from './answers.ts';

const MOST_OF_A_PAGE = 250;

export interface RestOptions {
  account: Account;
  calls: CallsApi;
  apiKey(): string;
  newId(): string;
  mostOfAPage: number;
}

const ok = (data: object, status = 200): RestAnswer => ({ status, body: { data } });

export function throttled(withWait: boolean): RestAnswer {
  const answer = refusal({ status: 429, code: '10011', title: 'Too many requests', detail: 'You have exceeded the maximum number of allowed requests.' });
  return withWait ? { ...answer, headers: { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' } } : answer;
}

export const broken: RestAnswer = refusal({ status: 500, code: '10007', title: 'Unexpected error', detail: 'An unexpected error occured.' });

type Filters<T> = Readonly<Record<string, (one: T, wanted: string) => boolean>>;

/** One page of those that match, with its meta; a query that is not known is refused. */
function list<T extends object>(most: number, asked: Asked, filters: Filters<T>, all: readonly T[]): RestAnswer {
  const unknown = [...asked.query.keys()].find((name) => !(name in filters) && !['page[number]', 'page[size]'].includes(name));
  if (unknown !== undefined) return refusal(invalid(`Unknown parameter ${unknown}`));
  const [page, wished] = [Number(asked.query.get('page[number]') ?? 1), Number(asked.query.get('page[size]') ?? 20)];
  const size = Math.min(wished, most);
  if (!Number.isInteger(page) || page < 1 || !Number.isInteger(wished) || wished < 1 || wished > MOST_OF_A_PAGE) return refusal(invalid('page must be within its bounds'));
  const found = all.filter((one) => Object.entries(filters).every(([name, matches]) => !asked.query.has(name) || matches(one, asked.query.get(name) ?? '')));
  return { status: 200, body: { data: found.slice((page - 1) * size, page * size), meta: { page_number: page, page_size: size, total_pages: Math.ceil(found.length / size), total_results: found.length } } };
}

function voiceOf({ id, phone_number: number, connection_id: connection, call_forwarding: forwarding }: HeldNumber): object {
  return { record_type: 'voice_settings', id, phone_number: number, connection_id: connection, call_forwarding: forwarding, translated_number: '', usage_payment_method: 'pay-per-minute' };
}

function numberOf({ id, phone_number: number, connection_id: connection }: HeldNumber) {
  return { record_type: 'phone_number', id, phone_number: number, connection_id: connection, status: 'active' };
}

const NUMBER_FILTERS: Filters<ReturnType<typeof numberOf>> = {
  'filter[phone_number]': ({ phone_number: number }, wanted) => number.includes(wanted),
  'filter[connection_id]': ({ connection_id: connection }, wanted) => connection === wanted,
};

function onNumber({ account }: RestOptions, asked: Asked, id: string, voice: boolean): RestAnswer {
  const held = account.numbers.get(id);
  if (!held) return notFound();
  const shown = voice ? voiceOf : numberOf;
  if (asked.method === 'GET') return ok(shown(held));
  if (asked.method !== 'PATCH') return notFound();
  const body = bodyOf(asked);
  const fault = isRefusal(body) ? body : (voice ? changeVoice : changeNumber)(account, held, body);
  return fault ? refusal(fault) : ok(shown(held));
}

function onApplications({ account, newId }: RestOptions, asked: Asked, id: string | undefined): RestAnswer {
  const { applications } = account;
  if (id === undefined && asked.method === 'GET') return list(MOST_OF_A_PAGE, asked, { 'filter[friendly_name]': ({ friendly_name: name }, wanted) => name.includes(wanted) }, [...applications.values()]);
  const fresh: TexmlApplication = { id: '', friendly_name: '', voice_url: '', voice_fallback_url: '', voice_method: 'post', status_callback: '', status_callback_method: 'post', outbound: { outbound_voice_profile_id: '' } };
  const current = id === undefined ? fresh : applications.get(id);
  if (!current) return notFound();
  if (asked.method === 'GET') return ok(current);
  if (asked.method !== (id === undefined ? 'POST' : 'PATCH')) return notFound();
  const body = bodyOf(asked);
  const next = isRefusal(body) ? body : applied(current, body);
  if (isRefusal(next)) return refusal(next);
  const made = { ...next, id: id ?? newId() };
  applications.set(made.id, made);
  return ok({ record_type: 'texml_application', ...made }, id === undefined ? 201 : 200);
}

export function answer(options: RestOptions, asked: Asked): RestAnswer {
  if (asked.headers['authorization'] !== `Bearer ${options.apiKey()}`) return refusal({ status: 401, code: '10009', title: 'Authentication failed', detail: 'No key found matching the ID with the provided secret.' });
  if (asked.path.startsWith('/v2/texml/calls/') || asked.path.startsWith('/v2/calls/')) return options.calls.answer(asked);
  const voiceList = asked.path === '/v2/phone_numbers/voice';
  const [, resource, id, sub] = /^\/v2\/([a-z_]+)(?:\/([0-9]+)(?:\/([a-z_]+))?)?$/.exec(asked.path) ?? [];
  if (resource === 'texml_applications' && sub === undefined) return onApplications(options, asked, id);
  if (resource !== 'phone_numbers' && !voiceList) return notFound();
  if (id !== undefined) return sub === undefined || sub === 'voice' ? onNumber(options, asked, id, sub === 'voice') : notFound();
  if (asked.method !== 'GET') return notFound();
  const held = [...options.account.numbers.values()];
  // That it says the numbers is not certain: here it does not.
  return voiceList ? list(options.mostOfAPage, asked, {}, held.map((one) => ({ ...voiceOf(one), phone_number: undefined }))) : list(options.mostOfAPage, asked, NUMBER_FILTERS, held.map(numberOf));
}

/** The REST API of 2010-04-01 as far as numbers are concerned: strict about credentials, addresses and form fields. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults, Fault } from '../faults.ts';
import { applyForm, type HeldNumber, type NumberBook, type Refusal } from './numbers.ts';
import { rfc2822 } from './parameters.ts';

export interface RestRequest {
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  form: Readonly<Record<string, string>>;
  authorized: boolean;
  fault: Fault | undefined;
  /** Undefined when it was never answered. */
  status: number | undefined;
}

export interface RestOptions {
  accountSid: string;
  authToken(): string;
  numbers: NumberBook;
  faults: Faults;
  now(): number;
}

type Answer = { status: number; body: object };

const VERSION = '2010-04-01';
const MAX_PAGE = 1000;

/** A request listener, and what it has been asked. */
export function createRest(options: RestOptions): { requests: readonly RestRequest[]; listener: (request: IncomingMessage, response: ServerResponse) => void } {
  const requests: RestRequest[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const fault = options.faults.take();
    const authorized = isAuthorized(options, request.headers.authorization);
    const seen: RestRequest = {
      method: request.method ?? '', path: url.pathname, query: Object.fromEntries(url.searchParams), form: Object.fromEntries(form), authorized, fault, status: undefined,
    };
    requests.push(seen);
    if (fault === 'hang') return;
    const answer = faultAnswer(fault) ?? (authorized ? route(options, request, url, form) : error(401, 20003, 'Authenticate'));
    if (fault === 'accept-then-hang') return;
    seen.status = answer.status;
    response.writeHead(answer.status, { 'Content-Type': 'application/json; charset=utf-8', 'Twilio-Concurrent-Requests': '1' });
    response.end(JSON.stringify(answer.body));
  };
  return { requests, listener: (request, response) => { serve(request, response).catch(() => response.destroy()); } };
}

function isAuthorized({ accountSid, authToken }: RestOptions, given: string | undefined): boolean {
  return given === `Basic ${Buffer.from(`${accountSid}:${authToken()}`).toString('base64')}`;
}

function faultAnswer(fault: Fault | undefined): Answer | undefined {
  if (fault === 'throttled' || fault === 'throttled-with-wait') return error(429, 20429, 'Too Many Requests');
  return fault === 'broken' ? error(500, 20500, 'Internal Server Error') : undefined;
}

function error(status: number, code: number, message: string): Answer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

function route(options: RestOptions, request: IncomingMessage, url: URL, form: URLSearchParams): Answer {
  const base = `/${VERSION}/Accounts/${options.accountSid}/IncomingPhoneNumbers`;
  const notFound = error(404, 20404, `The requested resource ${url.pathname} was not found`);
  if (url.pathname === `${base}.json`) return request.method === 'GET' ? list(options, url, base) : error(405, 20004, 'Method not allowed');
  const sid = new RegExp(`^${base}/(PN[0-9a-f]{32})\\.json$`).exec(url.pathname)?.[1];
  const held = sid === undefined ? undefined : options.numbers.bySid(sid);
  if (!held) return notFound;
  if (request.method === 'GET') return { status: 200, body: resource(options, held) };
  if (request.method !== 'POST') return error(405, 20004, 'Method not allowed');
  if (!/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) return error(415, 20415, 'A form is expected');
  return update(options, held, form);
}

function update(options: RestOptions, held: HeldNumber, form: URLSearchParams): Answer {
  const next = applyForm(held.settings, form);
  if (isRefusal(next)) return error(next.status, next.code, next.message);
  held.settings = next;
  held.updatedAt = new Date(options.now());
  return { status: 200, body: resource(options, held) };
}

function isRefusal(value: object): value is Refusal {
  return 'code' in value;
}

const LIST_PARAMETERS: readonly string[] = ['PhoneNumber', 'FriendlyName', 'Beta', 'Origin', 'PageSize', 'Page', 'PageToken'];

function list(options: RestOptions, url: URL, base: string): Answer {
  const unknown = [...url.searchParams.keys()].find((name) => !LIST_PARAMETERS.includes(name));
  if (unknown !== undefined) return error(400, 20001, `Unknown parameter ${unknown}`);
  const size = Number(url.searchParams.get('PageSize') ?? 50);
  const page = Number(url.searchParams.get('Page') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) return error(400, 20006, 'Page size must be from 1 to 1000');
  if (!Number.isInteger(page) || page < 0) return error(400, 20006, 'Page must be an integer from 0');
  const all = options.numbers.search(url.searchParams.get('PhoneNumber') ?? '');
  const shown = all.slice(page * size, (page + 1) * size);
  const pageUri = (number: number) => {
    const query = new URLSearchParams(url.searchParams);
    query.set('PageSize', String(size));
    query.set('Page', String(number));
    return `${base}.json?${query.toString()}`;
  };
  return {
    status: 200,
    body: {
      incoming_phone_numbers: shown.map((held) => resource(options, held)), page, page_size: size, start: page * size, end: Math.max(page * size, page * size + shown.length - 1),
      uri: pageUri(page), first_page_uri: pageUri(0), previous_page_uri: page > 0 ? pageUri(page - 1) : null, next_page_uri: (page + 1) * size < all.length ? pageUri(page + 1) : null,
    },
  };
}

function resource({ accountSid }: RestOptions, held: HeldNumber): object {
  return {
    sid: held.sid, account_sid: accountSid, phone_number: held.phoneNumber, api_version: VERSION, ...held.settings,
    address_requirements: 'none', address_sid: null, bundle_sid: null, identity_sid: null, beta: false, capabilities: { voice: true, sms: true, mms: false, fax: false },
    date_created: rfc2822(held.createdAt.getTime()), date_updated: rfc2822(held.updatedAt.getTime()), emergency_address_sid: null, emergency_address_status: 'unregistered',
    emergency_status: 'Inactive', origin: 'twilio', status: 'in-use', type: 'local',
    subresource_uris: { assigned_add_ons: `/${VERSION}/Accounts/${accountSid}/IncomingPhoneNumbers/${held.sid}/AssignedAddOns.json` },
    uri: `/${VERSION}/Accounts/${accountSid}/IncomingPhoneNumbers/${held.sid}.json`,
  };
}

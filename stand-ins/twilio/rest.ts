/** The REST API of 2010-04-01 as far as numbers are concerned: strict about credentials, addresses and form fields. */
import { basic, formOf, type Asked, type RestAnswer, type RestCarrier } from '../rest-server.ts';
import { applyForm, type HeldNumber, type NumberBook, type Refusal } from './numbers.ts';
import { rfc2822 } from './parameters.ts';

export interface RestOptions {
  accountSid: string;
  authToken(): string;
  numbers: NumberBook;
  now(): number;
}

const VERSION = '2010-04-01';
const MAX_PAGE = 1000;

export function twilioRest(options: RestOptions): RestCarrier {
  const headers = { 'Twilio-Concurrent-Requests': '1' };
  return {
    answer(request) {
      const authorized = request.headers.authorization === basic(options.accountSid, options.authToken());
      return { headers, ...(authorized ? route(options, request) : error(401, 20003, 'Authenticate')) };
    },
    throttled: (withWait) => ({ headers: withWait ? { ...headers, 'Retry-After': '7' } : headers, ...error(429, 20429, 'Too Many Requests') }),
    broken: { headers, ...error(500, 20500, 'Internal Server Error') },
  };
}

function error(status: number, code: number, message: string): RestAnswer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

function route(options: RestOptions, request: Asked): RestAnswer {
  const { method, path, query } = request;
  const base = `/${VERSION}/Accounts/${options.accountSid}/IncomingPhoneNumbers`;
  if (path === `${base}.json`) return method === 'GET' ? list(options, query, base) : error(405, 20004, 'Method not allowed');
  const sid = new RegExp(`^${base}/(PN[0-9a-f]{32})\\.json$`).exec(path)?.[1];
  const held = sid === undefined ? undefined : options.numbers.bySid(sid);
  if (!held) return error(404, 20404, `The requested resource ${path} was not found`);
  if (method === 'GET') return { status: 200, body: resource(options, held) };
  if (method !== 'POST') return error(405, 20004, 'Method not allowed');
  const form = formOf(request);
  return form ? update(options, held, form) : error(415, 20415, 'A form is expected');
}

function update(options: RestOptions, held: HeldNumber, form: URLSearchParams): RestAnswer {
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

function list(options: RestOptions, query: URLSearchParams, base: string): RestAnswer {
  const unknown = [...query.keys()].find((name) => !LIST_PARAMETERS.includes(name));
  if (unknown !== undefined) return error(400, 20001, `Unknown parameter ${unknown}`);
  const size = Number(query.get('PageSize') ?? 50);
  const page = Number(query.get('Page') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) return error(400, 20006, 'Page size must be from 1 to 1000');
  if (!Number.isInteger(page) || page < 0) return error(400, 20006, 'Page must be an integer from 0');
  const all = options.numbers.search(query.get('PhoneNumber') ?? '');
  const shown = all.slice(page * size, (page + 1) * size);
  const pageUri = (number: number) => {
    const wanted = new URLSearchParams(query);
    wanted.set('PageSize', String(size));
    wanted.set('Page', String(number));
    return `${base}.json?${wanted.toString()}`;
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

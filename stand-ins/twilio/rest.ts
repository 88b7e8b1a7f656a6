/** The REST APIs as far as numbers, applications and trunks are concerned: strict about credentials, addresses and form fields. */
import { basic, type Asked, type RestAnswer, type RestCarrier } from '../rest-server.ts';
import { applyToApplication, type ApplicationBook } from './applications.ts';
import { error, notAllowed, notFound, resourceAnswer } from './fields.ts';
import { applyForm, type HeldNumber, type NumberBook } from './numbers.ts';
import { rfc2822 } from './parameters.ts';
import type { PlacedCalls } from './placed-calls.ts';
import { textAnswer, type Text } from './texts.ts';
import { trunkAnswer } from './trunk-rest.ts';
import type { TrunkBook } from './trunks.ts';

export interface RestOptions {
  accountSid: string;
  authToken(): string;
  numbers: NumberBook;
  applications: ApplicationBook;
  trunks: TrunkBook;
  /** Takes a text message that was sent. */
  keepText(text: Text): { sid: string };
  calls: Pick<PlacedCalls, 'answer'>;
  now(): number;
  /** However many are asked for. */
  mostOfAPage: number;
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

function route(options: RestOptions, asked: Asked): RestAnswer {
  const { path } = asked;
  const account = `/${VERSION}/Accounts/${options.accountSid}`;
  if (path.startsWith('/v1/Trunks/')) return trunkAnswer(options, asked);
  if (path.startsWith(`${account}/IncomingPhoneNumbers`)) return numberAnswer(options, asked, `${account}/IncomingPhoneNumbers`);
  if (path === `${account}/Messages.json`) return textAnswer(asked, (number) => options.numbers.byNumber(number) !== undefined, options.keepText);
  if (path.startsWith(`${account}/Calls`)) return options.calls.answer(asked, `${account}/Calls`);
  const sid = new RegExp(`^${account}/Applications/(AP[0-9a-f]{32})\\.json$`).exec(path)?.[1] ?? '';
  const held = options.applications.bySid(sid);
  if (!held) return notFound(path);
  return resourceAnswer(asked, {
    apply: (form) => applyToApplication(held.settings, form),
    keep: (next) => { held.settings = next; },
    show: () => ({ sid, account_sid: options.accountSid, api_version: VERSION, ...held.settings, sms_url: '', uri: path }),
  });
}

function numberAnswer(options: RestOptions, asked: Asked, base: string): RestAnswer {
  const { method, path, query } = asked;
  if (path === `${base}.json`) return method === 'GET' ? list(options, query, base) : notAllowed();
  const sid = new RegExp(`^${base}/(PN[0-9a-f]{32})\\.json$`).exec(path)?.[1];
  const held = sid === undefined ? undefined : options.numbers.bySid(sid);
  if (!held) return notFound(path);
  return resourceAnswer(asked, {
    apply: (form) => applyForm(held.settings, form),
    keep: (next) => {
      held.settings = next;
      held.updatedAt = new Date(options.now());
    },
    show: () => resource(options, held),
  });
}

const LIST_PARAMETERS: readonly string[] = ['PhoneNumber', 'FriendlyName', 'Beta', 'Origin', 'PageSize', 'Page', 'PageToken'];

function list(options: RestOptions, query: URLSearchParams, base: string): RestAnswer {
  const unknown = [...query.keys()].find((name) => !LIST_PARAMETERS.includes(name));
  if (unknown !== undefined) return error(400, 20001, `Unknown parameter ${unknown}`);
  const asked = Number(query.get('PageSize') ?? 50);
  const size = Math.min(asked, options.mostOfAPage);
  const page = Number(query.get('Page') ?? 0);
  if (!Number.isInteger(asked) || asked < 1 || asked > MAX_PAGE) return error(400, 20006, 'Page size must be from 1 to 1000');
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

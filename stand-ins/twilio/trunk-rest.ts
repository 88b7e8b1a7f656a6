/** The API of trunking.twilio.com (v1) as far as trunks, their origination URLs and which numbers they have are concerned. */
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import type { NumberBook } from './numbers.ts';
import { applied, error, isRefusal, notAllowed, notFound, resourceAnswer } from './fields.ts';
import { ORIGINATION_SETTERS, TRUNK_SETTERS, type HeldTrunk, type OriginationUrl, type TrunkBook } from './trunks.ts';

interface Options {
  accountSid: string;
  trunks: TrunkBook;
  numbers: NumberBook;
}

const PATH = /^\/v1\/Trunks\/(TK[0-9a-f]{32})(?:\/(OriginationUrls|PhoneNumbers)(?:\/(OU[0-9a-f]{32}))?)?$/;
/** All of them must be given when one is made. */
const REQUIRED = ['Weight', 'Priority', 'Enabled', 'FriendlyName', 'SipUrl'];

export function trunkAnswer(options: Options, asked: Asked): RestAnswer {
  const [, sid = '', within, url] = PATH.exec(asked.path) ?? [];
  const trunk = options.trunks.bySid(sid);
  if (!trunk) return notFound(asked.path);
  if (within === undefined) {
    return resourceAnswer(asked, {
      apply: (form) => applied(trunk.settings, form, TRUNK_SETTERS),
      keep: (next) => { trunk.settings = next; },
      show: () => ({ sid, account_sid: options.accountSid, domain_name: null, ...trunk.settings, transfer_mode: 'disable-all', auth_type: '', auth_type_set: [], links: {}, url: `https://trunking.twilio.com${asked.path}` }),
    });
  }
  if (within === 'PhoneNumbers') return url === undefined && asked.method === 'GET' ? page(asked, 'phone_numbers', numbersOn(options, trunk)) : notAllowed();
  return url === undefined ? collection(options, trunk, asked) : one(options, trunk, asked, url);
}

function numbersOn({ accountSid, numbers }: Options, { sid }: HeldTrunk): object[] {
  return numbers.search('').filter(({ settings }) => settings.trunk_sid === sid).map((held) => ({ sid: held.sid, account_sid: accountSid, trunk_sid: sid, phone_number: held.phoneNumber, friendly_name: held.settings.friendly_name }));
}

function shown({ accountSid }: Options, trunk: HeldTrunk, url: OriginationUrl): object {
  return { ...url, account_sid: accountSid, trunk_sid: trunk.sid, url: `https://trunking.twilio.com/v1/Trunks/${trunk.sid}/OriginationUrls/${url.sid}` };
}

function one(options: Options, trunk: HeldTrunk, asked: Asked, sid: string): RestAnswer {
  const at = trunk.originationUrls.findIndex((url) => url.sid === sid);
  const held = trunk.originationUrls[at];
  if (!held) return notFound(asked.path);
  if (asked.method === 'DELETE') {
    trunk.originationUrls.splice(at, 1);
    return { status: 204 };
  }
  return resourceAnswer(asked, {
    apply: (form) => applied(held, form, ORIGINATION_SETTERS),
    keep: (next) => { trunk.originationUrls[at] = next; },
    show: () => shown(options, trunk, trunk.originationUrls[at] ?? held),
  });
}

function collection(options: Options, trunk: HeldTrunk, asked: Asked): RestAnswer {
  if (asked.method === 'GET') return page(asked, 'origination_urls', trunk.originationUrls.map((url) => shown(options, trunk, url)));
  const form = formOf(asked);
  if (asked.method !== 'POST' || !form) return notAllowed();
  const missing = REQUIRED.find((name) => !form.has(name));
  if (missing !== undefined) return error(400, 20001, `Missing required parameter ${missing}`);
  const made = applied(options.trunks.originationUrl({}), form, ORIGINATION_SETTERS);
  if (isRefusal(made)) return error(made.status, made.code, made.message);
  trunk.originationUrls.push(made);
  return { status: 201, body: shown(options, trunk, made) };
}

/** Paged by absolute addresses, unlike the older API. */
function page(asked: Asked, key: string, all: readonly object[]): RestAnswer {
  const size = Number(asked.query.get('PageSize') ?? 50);
  const number = Number(asked.query.get('Page') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > 1000 || !Number.isInteger(number) || number < 0) return error(400, 20006, 'Page size must be from 1 to 1000');
  const at = (other: number) => `https://trunking.twilio.com${asked.path}?PageSize=${size}&Page=${other}`;
  const more = (number + 1) * size < all.length;
  return {
    status: 200,
    body: {
      [key]: all.slice(number * size, (number + 1) * size),
      meta: { page: number, page_size: size, first_page_url: at(0), previous_page_url: number > 0 ? at(number - 1) : null, url: at(number), next_page_url: more ? at(number + 1) : null, key },
    },
  };
}

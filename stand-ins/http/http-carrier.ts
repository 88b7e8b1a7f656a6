/**
 * A stand-in for a carrier that nobody has heard of, with two APIs over the same numbers: `/v1`, with paths, statuses and JSON (or XML in,
 * for one thing), and `/api.php`, with forms, credentials in them, national numbers, and 200 whatever happens. It knows nothing of the product.
 */
import type { Faults } from '../faults.ts';
import { realClock, type Clock } from '../outside.ts';
import { createRestServer, type Asked, type RestAnswer } from '../rest-server.ts';
import { parseXml } from '../xml.ts';
import { isAuthorized, type Account, type AuthWay } from './credentials.ts';
import { failoverOf, forwardingOf, isRefusal, type HeldNumber } from './numbers.ts';

export interface HttpCarrierOptions extends Account {
  /** How `/v1` wants its credentials. */
  auth: AuthWay;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  clock?: Clock;
}

export interface HttpCarrier {
  url: string;
  addNumber(e164: string, settings?: Partial<HeldNumber>): HeldNumber;
  faults: Faults;
  requests: readonly Asked[];
  close(): Promise<void>;
}

const problem = (status: number, code: string, message: string): RestAnswer => ({ status, body: { error: { code, message } } });
const word = (result: string, more: object = {}): RestAnswer => ({ status: 200, body: { result, ...more } });

function jsonIn({ headers, body }: Asked): unknown {
  if (headers['content-type'] !== 'application/json') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** `<failover to="…"/>`. */
function failoverInXml({ headers, body }: Asked): unknown {
  const parsed = headers['content-type'] === 'application/xml; charset=utf-8' ? parseXml(body) : { fault: 'not said to be XML' };
  if ('fault' in parsed || parsed.root.name !== 'failover' || parsed.root.children.length > 0) return undefined;
  const { to, ...more } = parsed.root.attributes;
  return to === undefined || Object.keys(more).length > 0 ? undefined : { to: to === '' ? null : to };
}

function changed(held: HeldNumber, asked: Asked, part: string): RestAnswer {
  const given = part === '/failover.xml' ? failoverInXml(asked) : jsonIn(asked);
  if (typeof given !== 'object' || given === null) return problem(400, 'unreadable', 'The body cannot be read');
  if (part === '') {
    const { forwarding, ...more } = given as { forwarding?: unknown };
    const next = Object.keys(more).length > 0 ? { code: 'unknown_field', message: 'Only forwarding can be changed' } : forwardingOf(held, forwarding);
    if (isRefusal(next)) return problem(422, next.code, next.message);
    held.forwarding = next;
  } else {
    const next = failoverOf(given);
    if (isRefusal(next)) return problem(422, next.code, next.message);
    held.failover = next.to;
  }
  return { status: 204 };
}

function rest(numbers: readonly HeldNumber[], mostOfAPage: number, asked: Asked): RestAnswer {
  const { method, path, query } = asked;
  if (path === '/v1/numbers') {
    if (method !== 'GET') return problem(405, 'method', 'GET it');
    // A part of the number is enough, so that others match too.
    const part = query.get('number')?.replace(/^\+/, '') ?? '';
    const found = numbers.filter(({ e164 }) => e164.includes(part)).map(({ id, e164 }) => ({ id, e164 }));
    if (query.has('number')) return { status: 200, body: { numbers: found } };
    // By the id of the last one; the first page is asked for without.
    const after = query.get('after') ?? '';
    const from = query.has('after') ? found.findIndex(({ id }) => id === after) + 1 : 0;
    if (query.has('after') && from === 0) return problem(400, 'cursor', 'This is not a cursor');
    const page = found.slice(from, from + mostOfAPage);
    return { status: 200, body: { numbers: page, next: from + page.length < found.length ? page.at(-1)?.id : null } };
  }
  const [, id = '', part = ''] = /^\/v1\/numbers\/([\w-]+)(\/failover(?:\.xml)?)?$/.exec(path) ?? [];
  const held = numbers.find((one) => one.id === id);
  if (!held) return problem(404, 'no_number', `There is no number ${id}`);
  if (method === 'GET' && part === '') return { status: 200, body: { number: held } };
  return method === (part === '' ? 'PATCH' : 'PUT') ? changed(held, asked, part) : problem(405, 'method', 'Not so');
}

/** Everything in texts; nothing is set: `-`. */
function form(numbers: readonly HeldNumber[], mostOfAPage: number, { user, secret }: Account, { method, query, headers, body }: Asked): RestAnswer {
  if (method !== 'POST' || headers['content-type'] !== 'application/x-www-form-urlencoded' || query.size > 0) return word('bad_request');
  const { login, key, action, did, forward, active, ring, page, ...more } = Object.fromEntries(new URLSearchParams(body));
  if (login !== user || key !== secret) return word('bad_credentials');
  if (action === 'list') return /^[1-9][0-9]*$/.test(page ?? '') ? word('ok', { dids: numbers.slice((Number(page) - 1) * mostOfAPage, Number(page) * mostOfAPage).map(({ e164 }) => ({ did: e164.replace(/^\+1/, '') })) }) : word('bad_parameter');
  const held = numbers.find(({ e164 }) => e164 === `+1${did}`);
  if (!held) return word('no_such_did', { info: `did ${did}` });
  if (Object.keys(more).length > 0) return word('bad_parameter');
  if (action === 'get') return word('ok', { did, forward: held.forwarding.to?.replace(/^\+/, '011') ?? '-', active: held.forwarding.enabled ? 'yes' : 'no', ring: held.ring_seconds });
  if (action !== 'set' || forward === undefined || !/^(?:yes|no)$/.test(active ?? '') || !/^[1-9][0-9]?$/.test(ring ?? '')) return word('bad_parameter');
  const next = forwardingOf(held, { enabled: active === 'yes', to: forward === '-' ? null : forward.replace(/^011/, '+') });
  if (isRefusal(next)) return word(next.code, { info: next.message });
  Object.assign(held, { forwarding: next, ring_seconds: Number(ring) });
  return word('ok');
}

export async function createHttpCarrier({ auth, clock = realClock, mostOfAPage = 100, ...account }: HttpCarrierOptions): Promise<HttpCarrier> {
  const numbers: HeldNumber[] = [];
  const server = await createRestServer({
    answer(asked) {
      if (asked.path === '/api.php') return form(numbers, mostOfAPage, account, asked);
      return isAuthorized(auth, account, asked, clock.now()) ? rest(numbers, mostOfAPage, asked) : problem(401, 'credentials', 'Who are you?');
    },
    throttled: (withWait) => ({ ...problem(429, 'too_many', 'Slow down'), ...(withWait ? { headers: { 'X-Wait': '9' } } : {}) }),
    broken: { status: 500, body: '<html>Internal Server Error</html>' },
  });
  return {
    url: server.url,
    addNumber(e164, settings = {}) {
      const held = { id: `n-${numbers.length + 1}`, e164, forwarding: { enabled: false, to: null }, ring_seconds: 20, note: 'of the customer', ...settings };
      numbers.push(held);
      return held;
    },
    faults: server.faults,
    requests: server.requests,
    close: server.close,
  };
}

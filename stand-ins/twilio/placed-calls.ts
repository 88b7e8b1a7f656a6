/**
 * Calls that the account places over the REST API (https://www.twilio.com/docs/voice/api/call-resource): strict about form fields and
 * caller IDs, carried out as real ones are: the called party rings, picks up, and hears the document at `Url`.
 */
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import { postCallback } from './documents.ts';
import { error, notAllowed, notFound } from './fields.ts';
import { play } from './interpreter.ts';
import { legParameters, rfc2822 } from './parameters.ts';
import { createPerson } from './person.ts';
import type { GiveUp, Ring } from './ring.ts';
import { ringPhone } from './ring-phone.ts';
import { ringSip } from './ring-sip.ts';
import type { Session } from './session.ts';
import { createScribe, type CallStatus, type Transcript } from './transcript.ts';
import { billedSeconds, newSid, realMs, type Deliver, type World } from './world.ts';

export interface PlacedCall {
  sid: string;
  /** The caller that is shown. */
  from: string;
  transcript: Transcript;
  /** As the resource shows it now. */
  status: CallStatus;
  /** Resolves when it is over and all its callbacks have been sent. */
  over: Promise<unknown>;
}

export interface PlacedCalls {
  /** In the order in which they were placed. */
  placed: readonly PlacedCall[];
  answer(asked: Asked, base: string): RestAnswer;
  /** Hangs up whatever still goes on. */
  close(): Promise<void>;
}

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
type Event = (typeof EVENTS)[number];

interface Order {
  to: string;
  from: string;
  url: string;
  method: 'GET' | 'POST';
  fallback: Session['fallback'];
  status: { url: string; method: 'GET' | 'POST'; events: readonly Event[] } | undefined;
  ringSeconds: number;
  limitSeconds: number;
}

interface Held extends PlacedCall {
  order: Order;
  /** Gives the ringing up, or hangs up. */
  end(reason: 'canceled' | 'completed'): void;
}

const E164 = /^\+[1-9]\d{6,14}$/;
const FIELDS = new Set(['To', 'From', 'Url', 'Method', 'FallbackUrl', 'FallbackMethod', 'StatusCallback', 'StatusCallbackMethod', 'StatusCallbackEvent', 'Timeout', 'TimeLimit']);
const FINAL: readonly CallStatus[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
/** As with `<Dial>`. */
const BUFFER_SECONDS = 5;

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** What is ordered, or why it is refused (https://www.twilio.com/docs/api/errors). */
function orderIn(form: URLSearchParams, world: World): Order | RestAnswer {
  const unknown = [...form.keys()].find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return error(400, 20001, `Unknown parameter ${unknown}`);
  const given = (name: string): string => form.get(name) ?? '';
  const [to, from, url, status, fallback] = [given('To'), given('From'), given('Url'), given('StatusCallback'), given('FallbackUrl')];
  if (to === '') return error(400, 21201, "No 'To' number is specified");
  if (from === '') return error(400, 21213, "No 'From' number is specified");
  if (!E164.test(to) && !/^sip:[^@\s]+@[^@\s]+$/.test(to)) return error(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (!E164.test(from)) return error(400, 21212, `Invalid 'From' Number: ${from}`);
  if (!world.numbers.byNumber(from) && !world.verifiedCallerIds.has(from)) return error(400, 21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
  if (url === '') return error(400, 21205, 'Url parameter is required.');
  for (const one of [url, status, fallback]) if (one !== '' && !isUrl(one)) return error(400, 21205, `Url is not a valid URL: ${one}`);
  const methods = ['Method', 'FallbackMethod', 'StatusCallbackMethod'].map((name) => form.get(name) ?? 'POST');
  if (methods.some((method) => method !== 'GET' && method !== 'POST')) return error(400, 21207, 'A method is GET or POST');
  const [method, fallbackMethod, statusMethod] = methods as ('GET' | 'POST')[];
  const events = form.getAll('StatusCallbackEvent');
  if (events.some((event) => !(EVENTS as readonly string[]).includes(event))) return error(400, 21626, 'Invalid statusCallbackEvents');
  const [ringSeconds, limitSeconds] = [Number(form.get('Timeout') ?? 60), Number(form.get('TimeLimit') ?? 14_400)];
  if (!Number.isInteger(ringSeconds) || ringSeconds < 1 || ringSeconds > 600) return error(400, 20001, 'Timeout is from 1 to 600');
  if (!Number.isInteger(limitSeconds) || limitSeconds < 1 || limitSeconds > 86_400) return error(400, 20001, 'TimeLimit is from 1 to 86400');
  return {
    to, from, url, method: method ?? 'POST', ringSeconds, limitSeconds,
    fallback: fallback === '' ? undefined : { url: fallback, method: fallbackMethod ?? 'POST' },
    status: status === '' ? undefined : { url: status, method: statusMethod ?? 'POST', events: events.length === 0 ? ['completed'] : (events as Event[]) },
  };
}

function sessionFor(world: World, sid: string, { to, from, fallback }: Order, deliver: Deliver | undefined): Session {
  return {
    world, scribe: createScribe(world.clock, { callSid: sid, from, to }), audience: 'caller', sid, from, to, overSip: false, hops: 0, person: createPerson(), deliver, fallback, url: 'https://unset.invalid/',
    params: legParameters({ accountSid: world.accountSid, callSid: sid, from, to, direction: 'outbound-api' }),
    answeredAt: undefined, lastDial: undefined, callbacks: [], onPickedUp: () => undefined,
  };
}

/** Whether the network says that it rings before anybody answers. */
function rings(world: World, to: string): boolean {
  const does = world.phones.behaviours.get(to)?.does;
  return does !== undefined && does !== 'busy' && does !== 'unreachable' && does !== 'forwards-to';
}

function statusOf(ring: Ring): CallStatus {
  return ring.is === 'answered' ? 'completed' : ring.is;
}

export function createPlacedCalls(world: World, deliver: Deliver | undefined): PlacedCalls {
  const held: Held[] = [];

  function place(order: Order): Held {
    const sid = newSid(world.random, 'CA');
    const session = sessionFor(world, sid, order, deliver);
    const giveUp = new AbortController();
    let sequence = 0;
    const call: Held = {
      sid, from: order.from, order, transcript: session.scribe.transcript, status: 'queued', over: Promise.resolve(),
      end(reason) {
        giveUp.abort('caller' satisfies GiveUp);
        if (reason === 'completed') session.person.hangUp();
      },
    };

    function tell(event: Event, params: Record<string, string>): void {
      const { status } = order;
      if (status?.events.includes(event) !== true) return;
      const more = { Timestamp: rfc2822(world.clock.now()), CallbackSource: 'call-progress-events', SequenceNumber: String(sequence) };
      sequence += 1;
      session.callbacks.push(postCallback(session, { kind: 'status', url: status.url, method: status.method, params: { ...more, ...params } }));
    }

    function ended(status: CallStatus, sip?: number): void {
      call.status = status;
      session.scribe.transcript.status = status;
      const seconds = session.answeredAt === undefined ? 0 : billedSeconds(world, session.scribe.elapsed() - session.answeredAt);
      session.scribe.step({ what: 'ended', status, seconds });
      tell('completed', { CallStatus: status, CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)), ...(sip === undefined ? {} : { SipResponseCode: String(sip) }) });
    }

    async function carry(): Promise<void> {
      tell('initiated', { CallStatus: 'initiated' });
      if (rings(world, order.to)) {
        call.status = 'ringing';
        tell('ringing', { CallStatus: 'ringing' });
      }
      const stop = world.timers.after(realMs(world, order.ringSeconds + BUFFER_SECONDS), () => giveUp.abort('timeout' satisfies GiveUp));
      const request = { to: order.to, callerId: order.from, callSid: sid, signal: giveUp.signal };
      const ring: Ring = giveUp.signal.aborted ? { is: 'canceled' } : await (order.to.startsWith('sip:') ? ringSip(world, request) : ringPhone(session, request));
      stop();
      if (ring.is !== 'answered') return ended(statusOf(ring), ring.sip?.status);
      Object.assign(session, { person: ring.person, answeredAt: session.scribe.elapsed() });
      session.scribe.step({ what: 'picked-up' });
      call.status = 'in-progress';
      tell('answered', { CallStatus: 'in-progress' });
      ring.bridged();
      const cut = world.timers.after(realMs(world, order.limitSeconds), session.person.hangUp);
      await play(session, { kind: 'voice', url: order.url, method: order.method, params: {} });
      cut();
      ring.person.hangUp();
      ended('completed', ring.sip?.status);
    }

    call.over = carry().then(() => Promise.all(session.callbacks));
    return call;
  }

  function shown({ sid, status, order }: Held): object {
    return {
      sid, status, to: order.to, from: order.from, account_sid: world.accountSid, api_version: '2010-04-01', direction: 'outbound-api', answered_by: null, caller_name: '', duration: null,
      start_time: null, end_time: null, price: null, price_unit: 'USD', queue_time: '0', parent_call_sid: null, phone_number_sid: null, forwarded_from: null, group_sid: null, trunk_sid: null,
      uri: `/2010-04-01/Accounts/${world.accountSid}/Calls/${sid}.json`,
    };
  }

  function one(asked: Asked, call: Held): RestAnswer {
    if (asked.method === 'GET') return { status: 200, body: shown(call) };
    if (asked.method !== 'POST') return notAllowed();
    const form = formOf(asked);
    const wanted = form?.get('Status');
    if (!form || [...form.keys()].some((name) => name !== 'Status') || (wanted !== 'completed' && wanted !== 'canceled')) return error(400, 21218, 'Invalid ApplicationSid, Twiml, Url or Status');
    if (FINAL.includes(call.status)) return error(400, 21220, 'Call is not in-progress. Cannot redirect.');
    // "canceled" ends only what does not talk yet.
    if (wanted === 'completed' || call.status !== 'in-progress') call.end(wanted);
    return { status: 200, body: shown(call) };
  }

  return {
    placed: held,
    answer(asked, base) {
      if (asked.path !== `${base}.json`) {
        const sid = new RegExp(`^${base}/(CA[0-9a-f]{32})\\.json$`).exec(asked.path)?.[1];
        const call = held.find((candidate) => candidate.sid === sid);
        return call ? one(asked, call) : notFound(asked.path);
      }
      if (asked.method !== 'POST') return notAllowed();
      const form = formOf(asked);
      if (!form) return error(415, 20415, 'A form is expected');
      const order = orderIn(form, world);
      if (!('ringSeconds' in order)) return order;
      const call = place(order);
      held.push(call);
      return { status: 201, body: { ...shown(call), status: 'queued' } };
    },
    async close() {
      for (const call of held) if (!FINAL.includes(call.status)) call.end('completed');
      await Promise.all(held.map(({ over }) => over));
    },
  };
}

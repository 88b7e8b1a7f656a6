/** Calls that the project places over the compatible REST API (signalwire/docs, fern/apis/compatibility: create_a_call, update_a_call): strict about fields and callers, told step by step in signed forms. */
import { newTranscript, type Transcript } from '../document-call.ts';
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import type { Refusal } from './account.ts';
import { send, type CallWorld } from './call.ts';
import { readCxml } from './cxml.ts';

/** Whoever is called: presses a key when asked, or does nothing of that; `rings` goes on until somebody ends it. */
export type Called = { does: 'presses'; key: string } | { does: 'listens' | 'rings' | 'busy' | 'fails' };

export interface PlacedCall {
  sid: string;
  to: string;
  from: string;
  status: string;
  transcript: Transcript;
  over: Promise<void>;
}

export interface PlacedCalls {
  placed: readonly PlacedCall[];
  answer(asked: Asked, sid: string | undefined): RestAnswer;
}

interface Held extends PlacedCall {
  end(): void;
}

const EVENTS: readonly string[] = ['initiated', 'ringing', 'answered', 'completed', 'ringing_forwarded', 'ringing_queued'];
const FIELDS: readonly string[] = ['To', 'From', 'Url', 'Method', 'FallbackUrl', 'FallbackMethod', 'StatusCallback', 'StatusCallbackMethod', 'StatusCallbackEvent', 'Timeout', 'SendDigits', 'CallerId'];
const FINAL: readonly string[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const MOST_DOCUMENTS = 10;

export function createPlacedCalls(world: CallWorld, called: (to: string) => Called | undefined, refusal: (status: number, what: Refusal) => RestAnswer): PlacedCalls {
  const held: Held[] = [];
  const wrong = (message: string): RestAnswer => refusal(422, { code: '21218', message });

  function fault(form: URLSearchParams): string | undefined {
    const unknown = [...form.keys()].find((name) => !FIELDS.includes(name));
    const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
    const timeout = Number(form.get('Timeout') ?? 60);
    if (unknown !== undefined) return `The supplied parameter ${unknown} is unsupported`;
    if (!/^\+[1-9]\d{6,14}$/.test(to) && !/^(?:sip:[^@\s]+@[^@\s]+;transport=(?:udp|tcp|tls)|sips:[^@\s]+@[^@\s]+)$/.test(to)) return 'To is not a valid address';
    if (![...world.project.numbers.values()].some(({ phone_number: number }) => number === from)) return 'From is not a number of this project';
    if (!URL.canParse(form.get('Url') ?? '')) return 'Url is required';
    if (!Number.isInteger(timeout) || timeout < 1 || timeout > 600) return 'Timeout is from 1 to 600';
    return form.getAll('StatusCallbackEvent').every((event) => EVENTS.includes(event)) ? undefined : 'StatusCallbackEvent is not valid';
  }

  function place(form: URLSearchParams): Held {
    const [to, from, url, status] = ['To', 'From', 'Url', 'StatusCallback'].map((name) => form.get(name) ?? '') as [string, string, string, string];
    const events = form.getAll('StatusCallbackEvent');
    const sid = world.newId();
    const common = { AccountSid: world.projectId, ApiVersion: '2010-04-01', CallSid: sid, Direction: 'outbound-api', From: from, To: to };
    const transcript = newTranscript(sid);
    let ended = (): void => undefined;
    const ending = new Promise<void>((resolve) => { ended = resolve; });
    const call: Held = { sid, to, from, status: 'queued', transcript, over: Promise.resolve(), end: () => ended() };

    async function tell(event: string, callStatus: string): Promise<void> {
      call.status = callStatus === 'initiated' ? 'queued' : callStatus;
      if (status !== '' && (events.length === 0 ? ['completed'] : events).includes(event)) await send(world, transcript, status, { ...common, CallStatus: callStatus, CallbackSource: 'call-progress-events' });
    }

    async function play(key: string | undefined): Promise<void> {
      let next: { url: string; params: Record<string, string> } | undefined = { url, params: { CallStatus: 'in-progress' } };
      for (let count = 0; next && count < MOST_DOCUMENTS; count += 1) {
        const at: { url: string; params: Record<string, string> } = next;
        const reply = await send(world, transcript, at.url, { ...common, ...at.params });
        const reading = reply ? readCxml(reply.contentType, reply.body) : { faults: ['no document'] };
        next = undefined;
        if ('faults' in reading) transcript.faults.push(...reading.faults);
        else for (const verb of reading.verbs) {
          if (verb.name === 'Say') transcript.heard.push(verb.text);
          if (verb.name === 'Hangup') break;
          if (verb.name !== 'Gather') continue;
          transcript.heard.push(...verb.children.map(({ text }) => text));
          if (key === undefined) continue;
          next = { url: new URL(verb.attributes['action'] ?? at.url, at.url).href, params: { CallStatus: 'in-progress', Digits: key } };
          break;
        }
      }
    }

    async function carry(): Promise<void> {
      await tell('initiated', 'initiated');
      const who = called(to) ?? { does: 'fails' };
      if (who.does === 'busy') return tell('completed', 'busy');
      if (who.does === 'fails') return tell('completed', 'failed');
      await tell('ringing', 'ringing');
      if (who.does === 'rings') {
        await ending;
        return tell('completed', 'canceled');
      }
      await tell('answered', 'in-progress');
      await play(who.does === 'presses' ? who.key : undefined);
      return tell('completed', 'completed');
    }

    call.over = carry();
    return call;
  }

  const shown = ({ sid, to, from, status }: Held): object => ({ sid, to, from, status, direction: 'outbound-api', account_sid: world.projectId, api_version: '2010-04-01', duration: 0 });

  return {
    placed: held,
    answer(asked, sid) {
      const form = formOf(asked);
      const known = held.find((call) => call.sid === sid);
      if (sid !== undefined && !known) return refusal(404, { code: '20404', message: 'The resource you are trying to access does not exist' });
      if (known && asked.method === 'GET') return { status: 200, body: shown(known) };
      if (asked.method !== 'POST' || !form) return refusal(405, { code: '20004', message: 'Method not allowed' });
      if (known) {
        const wanted = form.get('Status');
        if ((wanted !== 'completed' && wanted !== 'canceled') || [...form.keys()].length !== 1) return wrong('Status is not valid');
        if (FINAL.includes(known.status)) return wrong('The call has ended');
        known.end();
        return { status: 200, body: shown(known) };
      }
      const why = fault(form);
      if (why !== undefined) return wrong(why);
      const call = place(form);
      held.push(call);
      return { status: 201, body: { ...shown(call), status: 'queued' } };
    },
  };
}

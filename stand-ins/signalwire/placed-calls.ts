/** Calls that the project places over the compatible REST API (signalwire/docs, fern/apis/compatibility: create_a_call, update_a_call): strict about fields and callers, told step by step in signed forms. */
import { compatibleLine } from '../compatible-line.ts';
import { newTranscript } from '../document-call.ts';
import { createPlacedCalls, type Called, type PlacedCall } from '../placed-call.ts';
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';
import type { Refusal } from './account.ts';
import { send, type CallWorld } from './call.ts';
import { readCxml } from './cxml.ts';

export interface CallsApi {
  placed: readonly PlacedCall[];
  answer(asked: Asked, sid: string | undefined): RestAnswer;
}

const EVENTS: readonly string[] = ['initiated', 'ringing', 'answered', 'completed', 'ringing_forwarded', 'ringing_queued'];
const FIELDS: readonly string[] = ['To', 'From', 'Url', 'Method', 'FallbackUrl', 'FallbackMethod', 'StatusCallback', 'StatusCallbackMethod', 'StatusCallbackEvent', 'Timeout', 'SendDigits', 'CallerId'];

export function createCallsApi(world: CallWorld, called: (to: string) => Called | undefined, refusal: (status: number, what: Refusal) => RestAnswer): CallsApi {
  const calls = createPlacedCalls(called);
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

  function place(form: URLSearchParams): PlacedCall {
    const [to, from, url, status] = ['To', 'From', 'Url', 'StatusCallback'].map((name) => form.get(name) ?? '') as [string, string, string, string];
    const events = form.getAll('StatusCallbackEvent');
    const id = world.newId();
    const common = { AccountSid: world.projectId, ApiVersion: '2010-04-01', CallSid: id, Direction: 'outbound-api', From: from, To: to };
    const transcript = newTranscript(id);
    const post = (address: string, more: Readonly<Record<string, string>>) => send(world, transcript, address, { ...common, ...more });
    return calls.place({ id, to, from }, compatibleLine({ transcript, post, read: readCxml, url, status, events: events.length === 0 ? ['completed'] : events }));
  }

  const shown = ({ id, to, from, is }: PlacedCall): object => ({ sid: id, to, from, status: is === 'answered' ? 'in-progress' : is, direction: 'outbound-api', account_sid: world.projectId, api_version: '2010-04-01', duration: 0 });

  return {
    placed: calls.placed,
    answer(asked, sid) {
      const form = formOf(asked);
      const known = sid === undefined ? undefined : calls.find(sid);
      if (sid !== undefined && !known) return refusal(404, { code: '20404', message: 'The resource you are trying to access does not exist' });
      if (known && asked.method === 'GET') return { status: 200, body: shown(known) };
      if (asked.method !== 'POST' || !form) return refusal(405, { code: '20004', message: 'Method not allowed' });
      if (known) {
        const wanted = form.get('Status');
        if ((wanted !== 'completed' && wanted !== 'canceled') || [...form.keys()].length !== 1) return wrong('Status is not valid');
        return calls.end(known.id) ? { status: 200, body: shown(known) } : wrong('The call has ended');
      }
      const why = fault(form);
      return why === undefined ? { status: 201, body: { ...shown(place(form)), status: 'queued' } } : wrong(why);
    },
  };
}

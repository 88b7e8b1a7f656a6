/** One call that the stand-in PBX has been sent: rings, answers or refuses it, and repeats finals until they are acknowledged (RFC 3261 17.2.1, 13.3.1.4). */
import type { Timers } from '../outside.ts';
import { addressOf, cseqOf, header, headerValues, serialiseSip, type SipHeader, type SipRequest } from '../sip/message.ts';
import { resend } from '../sip/resend.ts';

export interface IncomingOptions {
  timers: Timers;
  invite: SipRequest;
  /** Our own `host:port`. */
  local: string;
  toTag: string;
  byeBranch: string;
  send(text: string): void;
  ended(): void;
}

export interface IncomingCall {
  provisional(status: number, reason: string): void;
  /** Answers, and hangs up after `talkMs`. */
  answer(talkMs: number): void;
  refuse(status: number, reason: string): void;
  /** The same INVITE came again: the last answer is sent again. */
  again(): void;
  acknowledged(): void;
  /** BYE or CANCEL of the caller. */
  leftByCaller(request: SipRequest): void;
  answered(): boolean;
  after(ms: number, task: () => void): void;
  stop(): void;
}

/** The headers that every answer copies from its request. */
export function responseTo(request: SipRequest, status: number, reason: string, toTag: string, more: readonly SipHeader[] = []): string {
  const to = header(request, 'To') ?? '';
  const tagged = status === 100 || /;\s*tag=/i.test(to) ? to : `${to};tag=${toTag}`;
  const vias = headerValues(request, 'Via').map((via): SipHeader => ['Via', via]);
  const headers: SipHeader[] = [...vias, ['From', header(request, 'From') ?? ''], ['To', tagged], ['Call-ID', header(request, 'Call-ID') ?? ''], ['CSeq', header(request, 'CSeq') ?? '']];
  return serialiseSip({ status, reason, headers: [...headers, ...more], body: '' });
}

export function createIncomingCall({ timers, invite, local, toTag, byeBranch, send, ended }: IncomingOptions): IncomingCall {
  let last = '';
  let state: 'ringing' | 'answered' | 'refused' | 'leaving' | 'over' = 'ringing';
  let stopResend = () => {};
  const pending = new Set<() => void>();
  const after = (ms: number, task: () => void) => {
    const stop = timers.after(ms, () => {
      pending.delete(stop);
      task();
    });
    pending.add(stop);
  };
  const stop = () => {
    state = 'over';
    stopResend();
    for (const cancel of pending) cancel();
    pending.clear();
    ended();
  };
  const repeat = (text: string, gaveUp: () => void) => {
    stopResend();
    last = text;
    stopResend = resend(timers, () => send(text), gaveUp);
  };
  const refuse = (status: number, reason: string) => {
    if (state !== 'ringing') return;
    state = 'refused';
    repeat(responseTo(invite, status, reason, toTag), stop);
  };
  const hangUp = () => {
    state = 'leaving';
    const to = header(invite, 'To') ?? '';
    const headers: SipHeader[] = [
      ['Via', `SIP/2.0/UDP ${local};branch=${byeBranch}`], ['Max-Forwards', '70'], ['From', `${to};tag=${toTag}`], ['To', header(invite, 'From') ?? ''],
      ['Call-ID', header(invite, 'Call-ID') ?? ''], ['CSeq', '1 BYE'],
    ];
    repeat(serialiseSip({ method: 'BYE', uri: addressOf(header(invite, 'Contact')) ?? 'sip:unknown', headers, body: '' }), stop);
  };
  return {
    provisional(status, reason) {
      if (state !== 'ringing') return;
      last = responseTo(invite, status, reason, toTag);
      send(last);
    },
    answer(talkMs) {
      if (state !== 'ringing') return;
      state = 'answered';
      repeat(responseTo(invite, 200, 'OK', toTag, [['Contact', `<sip:${local}>`]]), stop);
      after(talkMs, hangUp);
    },
    refuse,
    again: () => { if (last !== '') send(last); },
    acknowledged() {
      stopResend();
      if (state === 'refused') stop();
    },
    leftByCaller(request) {
      send(responseTo(request, 200, 'OK', toTag));
      if (cseqOf(request).method === 'CANCEL') refuse(487, 'Request Terminated');
      else stop();
    },
    answered: () => state === 'answered',
    after,
    stop,
  };
}

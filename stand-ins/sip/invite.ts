/** One outgoing call over UDP: the INVITE client transaction (RFC 3261 17.1.1) and the little of a dialog that a call needs. */
import type { Random, Timers } from '../outside.ts';
import { createCallerMessages, newIdentity, type CallerIdentity, type CallerMessages } from './caller-messages.ts';
import { branchOf, cseqOf, header, isRequest, parseSip, type SipHeader, type SipResponse } from './message.ts';
import { resend, TRANSACTION_TIMEOUT } from './resend.ts';
import { connectUdp, type ConnectedUdp } from './udp.ts';

export interface InviteOptions {
  timers: Timers;
  random: Random;
  to: { host: string; port: number };
  /** The request line's URI. */
  uri: string;
  fromUser: string;
  headers?: readonly SipHeader[];
  /** Without any answer for this long it is given up, ms; default 64 x T1 = 32 s (timer B). */
  noReplyAfterMs?: number;
}

/**
 * - `answered`: connected; the call lasts until `ended` or `bye`
 * - `rejected`: a final answer of 300 and above that we had not asked for
 * - `cancelled`: by us; `status` when the far end confirmed it (487)
 * - `silent`: not a single answer; `unreachable`: the network says that nobody listens there
 */
export type InviteResult =
  | { is: 'answered'; status: number; ended: Promise<void>; bye(): void }
  | { is: 'rejected'; status: number; reason: string }
  | { is: 'cancelled'; status: number | undefined }
  | { is: 'silent' }
  | { is: 'unreachable' };

export interface OutgoingCall {
  callId: string;
  result: Promise<InviteResult>;
  /** Last provisional status heard, e.g. 180. */
  heard(): number | undefined;
  cancel(): void;
}

/** How long an unanswered CANCEL or BYE is repeated, ms: short, as nobody waits for its answer. */
const LEAVING_TIMEOUT = 1000;

interface Call {
  options: InviteOptions;
  identity: CallerIdentity;
  state: 'calling' | 'cancelling' | 'talking' | 'leaving' | 'over';
  /** Set once the socket is open. */
  wire: { udp: ConnectedUdp; messages: CallerMessages } | undefined;
  heard: number | undefined;
  stopSending(): void;
  settle(result: InviteResult): void;
  ended: Promise<void>;
  end(): void;
}

export function startInvite(options: InviteOptions): OutgoingCall {
  const identity = newIdentity(options.random);
  const result = promised<InviteResult>();
  const ended = promised<void>();
  const call: Call = {
    options, identity, state: 'calling', wire: undefined, heard: undefined, stopSending: () => {}, settle: result.resolve, ended: ended.promise, end: ended.resolve,
  };
  const events = { message: (text: string) => received(call, text), failed: () => refused(call) };
  void connectUdp(options.to, events).then((udp) => connected(call, udp), () => refused(call));
  return { callId: identity.callId, result: result.promise, heard: () => call.heard, cancel: () => cancel(call) };
}

function connected(call: Call, udp: ConnectedUdp): void {
  if (call.state === 'over') return udp.close();
  const { timers, random, uri, fromUser, headers = [], noReplyAfterMs = TRANSACTION_TIMEOUT } = call.options;
  const messages = createCallerMessages(random, call.identity, { local: udp.local, uri, fromUser, headers });
  call.wire = { udp, messages };
  const text = messages.invite();
  call.stopSending = resend(timers, () => udp.send(text), () => over(call, { is: 'silent' }), noReplyAfterMs);
}

function over(call: Call, result?: InviteResult): void {
  call.state = 'over';
  call.stopSending();
  call.wire?.udp.close();
  if (result) call.settle(result);
  call.end();
}

function refused(call: Call): void {
  over(call, call.state === 'cancelling' ? { is: 'cancelled', status: undefined } : { is: 'unreachable' });
}

/** The last transaction of the call: CANCEL or BYE. */
function leave(call: Call, text: string, gaveUp: () => void): void {
  call.stopSending();
  call.stopSending = resend(call.options.timers, () => call.wire?.udp.send(text), gaveUp, LEAVING_TIMEOUT);
}

function cancel(call: Call): void {
  if (call.state !== 'calling') return;
  call.state = 'cancelling';
  // A CANCEL may only follow a provisional answer (RFC 3261 9.1); with none there is nothing to cancel.
  if (call.heard === undefined || !call.wire) return over(call, { is: 'silent' });
  leave(call, call.wire.messages.cancel(), () => over(call, { is: 'cancelled', status: undefined }));
}

function bye(call: Call, answer: SipResponse): void {
  if (call.state !== 'talking' || !call.wire) return;
  call.state = 'leaving';
  leave(call, call.wire.messages.bye(answer), () => over(call));
}

function received(call: Call, text: string): void {
  const message = parseSip(text);
  if (!message || call.state === 'over' || !call.wire) return;
  const { udp, messages } = call.wire;
  if (isRequest(message)) {
    if (message.method !== 'BYE' || header(message, 'Call-ID') !== call.identity.callId) return;
    udp.send(messages.ok(message));
    return over(call);
  }
  const { method } = cseqOf(message);
  if (method === 'BYE' && call.state === 'leaving' && message.status >= 200) return over(call);
  if (method !== 'INVITE' || branchOf(message) !== call.identity.inviteBranch) return;
  if (message.status >= 200) udp.send(messages.ack(message));
  onInviteAnswer(call, message);
}

function onInviteAnswer(call: Call, answer: SipResponse): void {
  const { status, reason } = answer;
  if (call.state !== 'calling' && call.state !== 'cancelling') return;
  if (status < 200) {
    call.heard = status;
    if (call.state === 'calling') call.stopSending();
  } else if (status >= 300) {
    over(call, call.state === 'cancelling' ? { is: 'cancelled', status } : { is: 'rejected', status, reason });
  } else {
    call.stopSending();
    // An answer that crossed our CANCEL: the call is taken and ended at once (RFC 3261 9.1).
    const unwanted = call.state === 'cancelling';
    call.state = 'talking';
    call.settle(unwanted ? { is: 'cancelled', status } : { is: 'answered', status, ended: call.ended, bye: () => bye(call, answer) });
    if (unwanted) bye(call, answer);
  }
}

function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => { resolve = done; });
  return { promise, resolve };
}

/** A stand-in PBX: a SIP user agent server on UDP whose health can be changed at run time. It takes calls, and hangs up by itself after a while. */
import { createSocket } from 'node:dgram';
import { realClock, realRandom, realTimers, type Clock, type Random, type Timers } from '../outside.ts';
import { addressOf, header, isRequest, parseSip, type SipRequest } from '../sip/message.ts';
import { userOf } from '../sip/uri.ts';
import { createIncomingCall, responseTo, type IncomingCall } from './incoming-call.ts';

/**
 * - `up`: takes calls, answers OPTIONS
 * - `refusing`: 503 to calls, while OPTIONS are still answered
 * - `slow`: 100 at once, then nothing; a CANCEL is answered
 * - `busy`: 486; `no-answer`: rings until cancelled; `silent`: drops everything
 */
export const PBX_BEHAVIOURS = ['up', 'refusing', 'slow', 'busy', 'no-answer', 'silent'] as const;
export type PbxBehaviour = (typeof PBX_BEHAVIOURS)[number];

export interface PbxCall {
  /** User part of the request line's URI: the called number. */
  to: string;
  /** User part of From: the caller ID shown. */
  from: string;
  callId: string;
  /** The X- headers, by name in lower case. */
  headers: Readonly<Record<string, string>>;
  at: number;
  /** How the PBX behaved when it came. */
  met: PbxBehaviour;
}

export interface PbxOptions {
  host?: string;
  /** Default 0: any free one. */
  port?: number;
  behaviour?: PbxBehaviour;
  /** From ringing to answering, ms; default 20. */
  answerAfterMs?: number;
  /** From answering to hanging up, ms; default 200. */
  talkMs?: number;
  timers?: Timers;
  clock?: Clock;
  random?: Random;
  /** Told of each call taken or refused, as it comes. */
  onCall?: (call: PbxCall) => void;
}

export interface Pbx {
  port: number;
  setBehaviour(behaviour: PbxBehaviour): void;
  /** Every call that reached it, silent or not, once each. */
  calls: readonly PbxCall[];
  /** OPTIONS seen. */
  probes(): number;
  close(): Promise<void>;
}

export async function createPbx(options: PbxOptions = {}): Promise<Pbx> {
  const { host = '127.0.0.1', port = 0 } = options;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, resolve);
  });
  // Nobody listens any more where an answer went to: no reason to fall over.
  socket.removeAllListeners('error').on('error', () => {});
  const local = `${host}:${socket.address().port}`;
  const exchange = createExchange(options, local);
  socket.on('message', (datagram, peer) => {
    const request = parseSip(datagram.toString('latin1'));
    if (request) exchange.received(request, (text) => socket.send(Buffer.from(text, 'latin1'), peer.port, peer.address, () => {}));
  });
  let closing: Promise<void> | undefined;
  return {
    port: socket.address().port,
    setBehaviour: exchange.setBehaviour,
    calls: exchange.calls,
    probes: exchange.probes,
    close() {
      exchange.stop();
      closing ??= new Promise((resolve) => { socket.close(() => resolve()); });
      return closing;
    },
  };
}

/** All of the PBX but its socket. */
function createExchange(options: PbxOptions, local: string) {
  const { timers = realTimers, clock = realClock, random = realRandom } = options;
  let behaviour = options.behaviour ?? 'up';
  let probed = 0;
  const calls: PbxCall[] = [];
  const open = new Map<string, IncomingCall | 'dropped'>();

  const take = (invite: SipRequest, callId: string, send: (text: string) => void) => {
    const call = record(invite, callId, behaviour, clock.now());
    calls.push(call);
    options.onCall?.(call);
    if (behaviour === 'silent') return void open.set(callId, 'dropped');
    const word = random.bytes(5).toString('hex');
    const incoming = createIncomingCall({ timers, invite, local, toTag: word, byeBranch: `z9hG4bK${word}`, send, ended: () => open.delete(callId) });
    open.set(callId, incoming);
    behave(incoming, behaviour, options);
  };
  const inCall = (call: IncomingCall | 'dropped' | undefined, request: SipRequest, send: (text: string) => void) => {
    if (call === 'dropped') return;
    if (request.method === 'ACK') call?.acknowledged();
    else if (call) call.leftByCaller(request);
    else send(responseTo(request, 481, 'Call/Transaction Does Not Exist', 'none'));
  };
  const received = (message: ReturnType<typeof parseSip>, send: (text: string) => void) => {
    if (!message) return;
    const callId = header(message, 'Call-ID') ?? '';
    const call = open.get(callId);
    // The only answer that it ever waits for is the one to its BYE.
    if (!isRequest(message)) return call === 'dropped' ? undefined : call?.stop();
    if (message.method === 'INVITE' && call !== undefined) return call === 'dropped' ? undefined : call.again();
    if (message.method === 'INVITE') return take(message, callId, send);
    if (behaviour === 'silent') return;
    if (message.method === 'OPTIONS') {
      probed += 1;
      send(responseTo(message, 200, 'OK', 'options', [['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS']]));
    } else if (['ACK', 'BYE', 'CANCEL'].includes(message.method)) inCall(call, message, send);
    else send(responseTo(message, 405, 'Method Not Allowed', 'none'));
  };
  const stop = () => { for (const call of open.values()) if (call !== 'dropped') call.stop(); };
  return { received, calls, stop, probes: () => probed, setBehaviour: (next: PbxBehaviour) => { behaviour = next; } };
}

function behave(call: IncomingCall, behaviour: Exclude<PbxBehaviour, 'silent'>, { answerAfterMs = 20, talkMs = 200 }: PbxOptions): void {
  switch (behaviour) {
    case 'up':
      call.provisional(100, 'Trying');
      call.provisional(180, 'Ringing');
      return call.after(answerAfterMs, () => call.answer(talkMs));
    case 'refusing':
      return call.refuse(503, 'Service Unavailable');
    case 'busy':
      return call.refuse(486, 'Busy Here');
    case 'slow':
      return call.provisional(100, 'Trying');
    case 'no-answer':
      call.provisional(100, 'Trying');
      return call.provisional(180, 'Ringing');
  }
}

function record(invite: SipRequest, callId: string, met: PbxBehaviour, at: number): PbxCall {
  const extension = invite.headers.filter(([name]) => /^x-/i.test(name)).map(([name, value]) => [name.toLowerCase(), value]);
  return { to: userOf(invite.uri), from: userOf(addressOf(header(invite, 'From')) ?? ''), callId, headers: Object.fromEntries(extension) as Record<string, string>, at, met };
}

/** The messages that one caller (UAC) sends for one call: all share Call-ID and From tag, each transaction has its own branch. */
import type { Random } from '../outside.ts';
import { addressOf, header, headerValues, serialiseSip, type SipHeader, type SipMessage, type SipResponse } from './message.ts';

export interface CallerIdentity {
  callId: string;
  inviteBranch: string;
  fromTag: string;
}

export interface CallerMessages {
  invite(): string;
  cancel(): string;
  /** ACK for a final answer: of 300 and above within the INVITE's transaction, of 2xx as its own (RFC 3261 17.1.1.3 and 13.2.2.4). */
  ack(response: SipResponse): string;
  bye(answer: SipResponse): string;
  /** Answers a request of the far end within the call. */
  ok(request: SipMessage): string;
}

export interface CallerFacts {
  /** Our own `host:port`. */
  local: string;
  uri: string;
  fromUser: string;
  headers: readonly SipHeader[];
}

export function newIdentity(random: Random): CallerIdentity {
  const word = (bytes: number) => random.bytes(bytes).toString('hex');
  return { callId: `${word(16)}@stand-in.invalid`, inviteBranch: `z9hG4bK${word(8)}`, fromTag: word(5) };
}

const OFFER = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 8 0', ''].join('\r\n');

export function createCallerMessages(random: Random, identity: CallerIdentity, facts: CallerFacts): CallerMessages {
  const { local, uri, fromUser } = facts;
  const from = `<sip:${fromUser}@${local}>;tag=${identity.fromTag}`;
  const common = (branch: string, to: string, sequence: string): SipHeader[] => [
    ['Via', `SIP/2.0/UDP ${local};branch=${branch};rport`], ['Max-Forwards', '70'], ['From', from], ['To', to], ['Call-ID', identity.callId], ['CSeq', sequence],
  ];
  const freshBranch = () => `z9hG4bK${random.bytes(8).toString('hex')}`;
  const plain = (method: string, target: string, headers: readonly SipHeader[]) => serialiseSip({ method, uri: target, headers, body: '' });
  const remote = (response: SipResponse) => ({ target: addressOf(header(response, 'Contact')) ?? uri, to: header(response, 'To') ?? `<${uri}>` });
  return {
    invite: () => serialiseSip({
      method: 'INVITE',
      uri,
      headers: [...common(identity.inviteBranch, `<${uri}>`, '1 INVITE'), ['Contact', `<sip:${local}>`], ...facts.headers, ['Content-Type', 'application/sdp']],
      body: OFFER,
    }),
    cancel: () => plain('CANCEL', uri, common(identity.inviteBranch, `<${uri}>`, '1 CANCEL')),
    ack(response) {
      const { target, to } = remote(response);
      return response.status >= 300 ? plain('ACK', uri, common(identity.inviteBranch, to, '1 ACK')) : plain('ACK', target, common(freshBranch(), to, '1 ACK'));
    },
    bye(answer) {
      const { target, to } = remote(answer);
      return plain('BYE', target, common(freshBranch(), to, '2 BYE'));
    },
    ok(request) {
      const copied = ['From', 'To', 'Call-ID', 'CSeq'].map((name): SipHeader => [name, header(request, name) ?? '']);
      return serialiseSip({ status: 200, reason: 'OK', headers: [...headerValues(request, 'Via').map((via): SipHeader => ['Via', via]), ...copied], body: '' });
    },
  };
}

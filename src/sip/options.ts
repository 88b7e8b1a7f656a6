/** One OPTIONS request, asked of a SIP server to see whether it lives (RFC 3261, 11), and whether an answer is one to it. */
import { cseqOf, headerValues, splitOutsideQuotes, writeSip, type SipMessage } from './message.ts';

export type SipTransport = 'UDP' | 'TCP' | 'TLS';

export interface OptionsRequest {
  /** Without a user: it is the server that is asked, not somebody at it. */
  uri: string;
  transport: SipTransport;
  /** Our own `host:port`. */
  local: string;
  /** These three are new for each request: a Call-ID that was seen is ignored by some for half a minute (SIPp, `-deadcall_wait`). */
  branch: string;
  callId: string;
  tag: string;
  cseq: number;
}

/** Every branch begins with it (8.1.1.7). */
export const BRANCH_MARK = 'z9hG4bK';

export function writeOptions({ uri, transport, local, branch, callId, tag, cseq }: OptionsRequest): string {
  const scheme = uri.startsWith('sips:') ? 'sips' : 'sip';
  const over = transport === 'UDP' || scheme === 'sips' ? '' : `;transport=${transport.toLowerCase()}`;
  return writeSip({
    start: { method: 'OPTIONS', uri },
    headers: [
      // `rport`: the answer shall come back the way the request came (RFC 3581).
      ['Via', `SIP/2.0/${transport} ${local};branch=${branch};rport`],
      // 70, so that a proxy in front passes it on: with 0 it would answer 483 for itself.
      ['Max-Forwards', '70'],
      ['From', `<${scheme}:ringthrough@${local}>;tag=${tag}`],
      ['To', `<${uri}>`],
      ['Call-ID', callId],
      ['CSeq', `${cseq} OPTIONS`],
      ['Contact', `<${scheme}:ringthrough@${local}${over}>`],
      ['Accept', 'application/sdp'],
      ['User-Agent', 'Ringthrough'],
    ],
    body: '',
  });
}

/** The `branch` of a Via; undefined when it has none. */
export function branchOf(via: string): string | undefined {
  for (const parameter of splitOutsideQuotes(via, ';').slice(1)) {
    const [name = '', value] = parameter.split('=');
    if (name.trim().toLowerCase() === 'branch') return value?.trim();
  }
  return undefined;
}

/** Whether it answers this very request: by branch and method (17.1.3), by Call-ID and number, and with our Via alone. */
export function answersOptions(message: SipMessage, request: Pick<OptionsRequest, 'branch' | 'callId' | 'cseq'>): boolean {
  if (!('status' in message.start)) return false;
  const vias = headerValues(message, 'via');
  const { number, method } = cseqOf(message);
  return vias.length === 1 && branchOf(vias[0] ?? '') === request.branch && method === 'OPTIONS' && number === request.cseq && headerValues(message, 'call-id')[0] === request.callId;
}

/** Seconds after which somebody who is overloaded wants to be asked again (20.33); undefined when none are told. More than a day counts as a day. */
export function retryAfterSeconds(message: SipMessage): number | undefined {
  const [, digits] = /^(\d{1,40})(?:[ \t]*[;(]|[ \t]*$)/.exec(headerValues(message, 'retry-after')[0] ?? '') ?? [];
  return digits === undefined ? undefined : Math.min(Number(digits), 86_400);
}

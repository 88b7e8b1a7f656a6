/**
 * A small SIP codec (RFC 3261, 7 and 25): what cannot be read, or could be read in two ways, is a `SipFault`; what the RFC says to
 * bear is borne. Texts are octets as latin1, so that lengths are those on the wire.
 */

/** All that reading a message can throw. Its text is constant: nothing of the message is in it. */
export class SipFault extends Error {}

export type SipHeader = readonly [name: string, value: string];

export type SipStart = { method: string; uri: string } | { status: number; reason: string };

export interface SipMessage {
  start: SipStart;
  /** In their order, folded lines joined, compact names written out; a Via each. */
  headers: readonly SipHeader[];
  body: string;
}

/** Longest of a datagram (RFC 768), and what is taken of a stream for one message, octets. */
export const LONGEST_MESSAGE = 65_535;
/** No message of any sense has more. */
const MOST_HEADERS = 256;

/** RFC 3261, 7.3.3 and 20. */
const COMPACT: ReadonlyMap<string, string> = new Map([['c', 'Content-Type'], ['e', 'Content-Encoding'], ['f', 'From'], ['i', 'Call-ID'], ['k', 'Supported'], ['l', 'Content-Length'], ['m', 'Contact'], ['s', 'Subject'], ['t', 'To'], ['v', 'Via']]);

/** Each once and no more (RFC 3261, 8.1.1 and 8.2.6); Via may be there several times. */
const ONCE = ['from', 'to', 'call-id', 'cseq'] as const;

const TOKEN = "[A-Za-z0-9\\-.!%*_+`'~]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([^ \\t<>]+) SIP/2\\.0$`, 'i');
/** Some leave out the space before an empty reason. */
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/is;
const HEADER = new RegExp(`^(${TOKEN})[ \\t]*:(.*)$`, 's');
const VIA = new RegExp(`^SIP[ \\t]*/[ \\t]*2\\.0[ \\t]*/[ \\t]*${TOKEN}[ \\t]+[^ \\t;][^;]*(?:;|$)`, 'is');
const CSEQ = new RegExp(`^(\\d{1,20})[ \\t]+(${TOKEN})$`);

/** The parts between separators that stand outside quotes, trimmed. */
export function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator).map((part) => part.trim());
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (quoted && one === '\\') at += 1;
    else if (one === '"') quoted = !quoted;
    else if (one === separator && !quoted) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  if (quoted) throw new SipFault('a quote that does not end');
  return [...parts, text.slice(from).trim()];
}

function startOf(line: string): SipStart {
  const status = STATUS_LINE.exec(line);
  if (status) return { status: Number(status[1]), reason: status[2] ?? '' };
  const request = REQUEST_LINE.exec(line);
  if (request) return { method: request[1] ?? '', uri: request[2] ?? '' };
  throw new SipFault('neither a request line nor a status line');
}

function headersOf(lines: readonly string[]): SipHeader[] {
  if (lines.length > MOST_HEADERS) throw new SipFault('too many headers');
  return lines.flatMap((line): SipHeader[] => {
    const [, given = '', text] = HEADER.exec(line) ?? [];
    if (text === undefined) throw new SipFault('a line that is no header');
    const name = COMPACT.get(given.toLowerCase()) ?? given;
    return name.toLowerCase() === 'via' ? splitOutsideQuotes(text, ',').map((via) => ['Via', via]) : [[name, text.trim()]];
  });
}

/** Values of a header, by its full name in any case. */
export function headerValues({ headers }: Pick<SipMessage, 'headers'>, name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

/** Octets of the body; undefined when it is not told. */
export function contentLength(message: Pick<SipMessage, 'headers'>): number | undefined {
  const [first, ...others] = headerValues(message, 'content-length');
  if (first === undefined) return undefined;
  if (!/^\d{1,9}$/.test(first) || others.some((other) => other !== first)) throw new SipFault('a Content-Length that cannot be');
  return Number(first);
}

export function cseqOf(message: Pick<SipMessage, 'headers'>): { number: number; method: string } {
  const [, digits, method = ''] = CSEQ.exec(headerValues(message, 'cseq')[0] ?? '') ?? [];
  const number = Number(digits ?? Number.NaN);
  // RFC 3261, 8.1.1.5: below 2**31.
  if (!(number < 2 ** 31)) throw new SipFault('a CSeq that cannot be');
  return { number, method };
}

/** What holds of requests and answers alike. */
function check(message: SipMessage): void {
  for (const name of ONCE) if (headerValues(message, name).length !== 1) throw new SipFault('one of From, To, Call-ID and CSeq is missing or doubled');
  const vias = headerValues(message, 'via');
  if (vias.length === 0 || !vias.every((via) => VIA.test(via))) throw new SipFault('no Via, or one that cannot be read');
  const { method } = cseqOf(message);
  if ('method' in message.start && message.start.method !== method) throw new SipFault('CSeq has another method');
}

/** The start line and headers: all before the empty line. */
export function parseHead(head: string): Pick<SipMessage, 'start' | 'headers'> {
  // A line that begins with a space goes on from the one before (7.3.1).
  const [first = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return { start: startOf(first), headers: headersOf(lines) };
}

/** Reads one message. What follows the body is ignored, and a body that is not all there is a fault (RFC 3261, 18.3). Throws `SipFault`. */
export function parseSip(text: string): SipMessage {
  if (text.length > LONGEST_MESSAGE) throw new SipFault('longer than a message can be');
  // Empty lines before the message are keep-alives (7.5).
  const from = /^(?:\r\n)*/.exec(text)?.[0].length ?? 0;
  const end = text.indexOf('\r\n\r\n', from);
  if (end < 0) throw new SipFault('no empty line after the headers');
  const head = parseHead(text.slice(from, end));
  const rest = text.slice(end + 4);
  const length = contentLength(head) ?? rest.length;
  if (length > rest.length) throw new SipFault('the message ends before its body');
  const message = { ...head, body: rest.slice(0, length) };
  check(message);
  return message;
}

/** Content-Length is added; nothing is escaped: whoever makes a message checks what goes into it. */
export function writeSip({ start, headers, body }: SipMessage): string {
  const first = 'method' in start ? `${start.method} ${start.uri} SIP/2.0` : `SIP/2.0 ${start.status} ${start.reason}`;
  const lines = headers.filter(([name]) => name.toLowerCase() !== 'content-length').map(([name, value]) => `${name}: ${value}`);
  return `${[first, ...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}

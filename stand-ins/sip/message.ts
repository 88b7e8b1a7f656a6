/** A small SIP codec (RFC 3261 section 7): parse and write requests and responses. What cannot be read is undefined, never an exception. */

export type SipHeader = readonly [name: string, value: string];

interface Common {
  headers: readonly SipHeader[];
  body: string;
}

export interface SipRequest extends Common {
  method: string;
  uri: string;
}

export interface SipResponse extends Common {
  status: number;
  reason: string;
}

export type SipMessage = SipRequest | SipResponse;

/** RFC 3261 7.3.3 and 20: the one-letter forms. */
const COMPACT: Readonly<Record<string, string>> = {
  c: 'Content-Type', e: 'Content-Encoding', f: 'From', i: 'Call-ID', k: 'Supported', l: 'Content-Length', m: 'Contact', s: 'Subject', t: 'To', v: 'Via',
};

/** Without these five a message belongs to no transaction (RFC 3261 8.1.1; Max-Forwards is forgiven, as most do). */
const REQUIRED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'];

const REQUEST_LINE = /^([A-Z]+) (\S+) SIP\/2\.0$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d) (.*)$/;
const HEADER_LINE = /^([A-Za-z0-9.!%*_+`'~-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/;

export function isRequest(message: SipMessage): message is SipRequest {
  return 'method' in message;
}

export function parseSip(datagram: string): SipMessage | undefined {
  const end = datagram.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = datagram.slice(0, end).replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = parseHeaders(lines);
  if (headers === undefined) return undefined;
  const body = bodyOf(datagram.slice(end + 4), headers);
  if (body === undefined) return undefined;
  const message = parseStart(start, headers, body);
  return message !== undefined && REQUIRED.every((name) => header(message, name) !== undefined) ? message : undefined;
}

function parseStart(start: string, headers: readonly SipHeader[], body: string): SipMessage | undefined {
  const request = REQUEST_LINE.exec(start);
  if (request) return { method: request[1] ?? '', uri: request[2] ?? '', headers, body };
  const response = STATUS_LINE.exec(start);
  if (response) return { status: Number(response[1]), reason: response[2] ?? '', headers, body };
  return undefined;
}

function parseHeaders(lines: readonly string[]): SipHeader[] | undefined {
  const headers: SipHeader[] = [];
  for (const line of lines) {
    const match = HEADER_LINE.exec(line);
    if (!match) return undefined;
    const given = match[1] ?? '';
    const name = COMPACT[given.toLowerCase()] ?? given;
    // Several Vias may share a line; one entry each keeps "the top Via" meaningful.
    const values = name.toLowerCase() === 'via' ? (match[2] ?? '').split(/\s*,\s*/) : [match[2] ?? ''];
    for (const value of values) headers.push([name, value]);
  }
  return headers;
}

/** The body cut to Content-Length; undefined when the datagram is shorter than it says (RFC 3261 18.3). Lengths are octets: texts here are latin1. */
function bodyOf(rest: string, headers: readonly SipHeader[]): string | undefined {
  const said = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  if (said === undefined) return rest;
  const length = /^\d+$/.test(said) ? Number(said) : Number.NaN;
  return length <= rest.length ? rest.slice(0, length) : undefined;
}

export function serialiseSip(message: SipMessage): string {
  const start = isRequest(message) ? `${message.method} ${message.uri} SIP/2.0` : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers.filter(([name]) => name.toLowerCase() !== 'content-length').map(([name, value]) => `${name}: ${value}`);
  return `${[start, ...lines, `Content-Length: ${message.body.length}`].join('\r\n')}\r\n\r\n${message.body}`;
}

/** First value of a header, by its full name in any case. */
export function header(message: SipMessage, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return message.headers.find(([given]) => given.toLowerCase() === wanted)?.[1];
}

export function headerValues(message: SipMessage, name: string): string[] {
  const wanted = name.toLowerCase();
  return message.headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

/** The `tag` of a From or To. */
export function tagOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : /;\s*tag=([^;\s]+)/i.exec(value.replace(/<[^>]*>/, ''))?.[1];
}

/** The `branch` of the top Via: with the method of CSeq it names the transaction (RFC 3261 17.1.3). */
export function branchOf(message: SipMessage): string | undefined {
  return /;\s*branch=([^;\s]+)/i.exec(header(message, 'Via') ?? '')?.[1];
}

export function cseqOf(message: SipMessage): { number: number; method: string } {
  const match = /^(\d+)\s+([A-Z]+)$/.exec(header(message, 'CSeq') ?? '');
  return { number: Number(match?.[1] ?? Number.NaN), method: match?.[2] ?? '' };
}

/** The URI inside a From, To or Contact. */
export function addressOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0]?.trim();
}

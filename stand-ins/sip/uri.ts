/** SIP URIs (RFC 3261 section 19.1), as far as a call needs them. */

export interface SipUri {
  scheme: 'sip' | 'sips';
  user: string | undefined;
  host: string;
  port: number | undefined;
  /** `;transport=udp` and the like, as written, with the leading semicolon; empty when there are none. */
  parameters: string;
  /** `?X-Foo=bar`, decoded. */
  headers: readonly (readonly [name: string, value: string])[];
}

const URI = /^(sips?):(?:([^@\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?((?:;[^?\s]*)?)(?:\?(\S*))?$/i;

export function parseSipUri(text: string): SipUri | undefined {
  const match = URI.exec(text);
  if (!match) return undefined;
  const [, scheme = '', user, host = '', port, parameters = '', headers] = match;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  const decoded = headers === undefined ? [] : parseUriHeaders(headers);
  if (decoded === undefined) return undefined;
  return { scheme: scheme.toLowerCase() === 'sips' ? 'sips' : 'sip', user, host, port: port === undefined ? undefined : Number(port), parameters, headers: decoded };
}

function parseUriHeaders(text: string): [string, string][] | undefined {
  const headers: [string, string][] = [];
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    try {
      headers.push([decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))]);
    } catch {
      return undefined;
    }
  }
  return headers;
}

/** The URI without its headers: what stands in a request line. */
export function requestUri(uri: SipUri): string {
  const user = uri.user === undefined ? '' : `${uri.user}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  return `${uri.scheme}:${user}${uri.host}${port}${uri.parameters}`;
}

/** The user part of any SIP URI or the text itself: `+442079460123` of `sip:+442079460123@pbx`. */
export function userOf(text: string): string {
  return parseSipUri(text)?.user ?? text;
}

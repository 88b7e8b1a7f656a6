/** The parts of a SIP URI that say where a call goes: who is asked for, and at which hosts. */

/** RFC 3261, 25.1, without what no destination needs: scheme, perhaps a user, a host, perhaps port and parameters. */
const SIP_URI = /^sips?:(?:(?<user>(?:[a-z0-9\-_.!~*'()&=+$,;/]|%[0-9a-f]{2})+)(?::[^@\s]*)?@)?(?<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?(?<params>;[a-z0-9\-_.!~*'()&=+$,;%[\]/:]*)?$/i;

export interface SipAddress {
  /** Unescaped, without its parameters; undefined for an address of a host alone. */
  user: string | undefined;
  host: string;
  /** Another host that the request is to be sent to (`maddr`). */
  maddr: string | undefined;
}

/** What `%39` stands for; undefined when it stands for nothing, or only for another `%`. */
function unescaped(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes('%') ? undefined : plain;
  } catch {
    return undefined;
  }
}

/** Undefined for what is no SIP URI, and for one whose user nobody can read with certainty. */
export function parseSipAddress(uri: string): SipAddress | undefined {
  const { user, host, params = '' } = SIP_URI.exec(uri)?.groups ?? {};
  if (host === undefined) return undefined;
  const plain = user === undefined ? undefined : unescaped(user);
  if (user !== undefined && plain === undefined) return undefined;
  const maddr = /;maddr=([^;]*)/i.exec(unescaped(params) ?? params)?.[1];
  return { user: plain?.split(';')[0], host: host.toLowerCase(), maddr: maddr?.toLowerCase() };
}

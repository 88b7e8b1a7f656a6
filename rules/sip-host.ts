/** Whether calls may be sent to a host: never into our own network unless the policy says so, and only to hosts that it admits. */
import type { DestinationPolicy, Refusal } from '../src/domain/destination-policy.ts';

/** Private, loopback, link-local, shared, unspecified, documentation, benchmark, multicast and reserved (RFC 6890; RFC 5771). */
const PRIVATE_V4: readonly (readonly [number, number])[] = [
  [0x00000000, 8], [0x0a000000, 8], [0x64400000, 10], [0x7f000000, 8], [0xa9fe0000, 16], [0xac100000, 12], [0xc0000000, 24], [0xc0000200, 24], [0xc0a80000, 16],
  [0xc6120000, 15], [0xc6336400, 24], [0xcb007100, 24], [0xe0000000, 3],
];
/** What every resolver answers for itself, or only a network of one's own (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`). */
const PRIVATE_NAME = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|corp|home|private)$/;

const V4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

function v4Of(text: string): number | undefined {
  if (!V4.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((sum, part) => sum * 256 + part, 0);
}

const isPrivateV4 = (address: number): boolean => PRIVATE_V4.some(([net, bits]) => Math.floor(address / 2 ** (32 - bits)) === Math.floor(net / 2 ** (32 - bits)));

/** The eight groups of an IPv6 address (RFC 4291, 2.2); undefined for what is none. */
function v6Of(text: string): number[] | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = tail ? v4Of(tail[2] ?? '') : undefined;
  if (tail && v4 === undefined) return undefined;
  const plain = tail && v4 !== undefined ? `${tail[1]}${Math.floor(v4 / 65536).toString(16)}:${(v4 % 65536).toString(16)}` : text;
  const halves = plain.split('::');
  if (halves.length > 2 || !/^[0-9a-f:]+$/.test(plain)) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...right];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined;
}

/** Only global unicast (2000::/3) is anybody else's, and of that not documentation (2001:db8::/32) nor what stands for an IPv4 address (2002::/16, Teredo 2001::/32). */
function isPrivateV6([first = 0, second = 0]: readonly number[]): boolean {
  return first < 0x2000 || first > 0x3fff || first === 0x2002 || (first === 0x2001 && (second === 0xdb8 || second === 0));
}

type HostKind = 'public' | 'private' | 'none';

function kindOf(host: string): HostKind {
  if (host.startsWith('[')) {
    const groups = v6Of(host.slice(1, -1));
    if (groups === undefined) return 'none';
    return isPrivateV6(groups) ? 'private' : 'public';
  }
  const v4 = v4Of(host);
  if (v4 !== undefined) return isPrivateV4(v4) ? 'private' : 'public';
  const labels = host.split('.');
  if (labels.some((label) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return 'none';
  // `2130706433`, `0x7f.1` and `0177.0.0.1` are 127.0.0.1 to many a resolver (inet_aton(3)); and `sip:911` asks for no host.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return 'none';
  return labels.length === 1 || PRIVATE_NAME.test(host) ? 'private' : 'public';
}

/** `*.example.net` holds for every host below example.net, and not for it. */
export function matchesHost(host: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern));
}

/** @param host in lower case */
export function judgeHost(host: string, { sip }: Pick<DestinationPolicy, 'sip'>): Refusal | undefined {
  const refused = (reason: string): Refusal => ({ rule: 'sip-host', reason });
  const bare = host.replace(/^\[|\]$/g, '');
  const kind = kindOf(host);
  if (kind === 'none') return refused('neither a host name nor an IP address');
  if (matchesHost(bare, sip.denyHosts)) return refused('the policy refuses this host');
  if (sip.allowHosts.length > 0) return matchesHost(bare, sip.allowHosts) ? undefined : refused('the policy admits other hosts only');
  return kind === 'private' && !sip.allowPrivateHosts ? refused('a host of a private network, which the policy refuses') : undefined;
}

/** What may a probe not say, and where may it not go? Private networks are allowed: that is where PBXs are, and only the provider's admins write probes. */
import type { DestinationPolicy } from '../src/domain/destination-policy.ts';
import type { FieldIssue } from '../src/domain/errors.ts';
import { placeOf, type Probe } from '../src/domain/probe.ts';
import { judgeHost } from './sip-host.ts';

/** Link-local (where clouds keep the credentials of their machines), multicast, broadcast and "any" (RFC 3927, RFC 4291, RFC 5771). */
const NEVER = /^(?:169\.254\.|22[4-9]\.|23\d\.|2[45]\d\.|0\.|\[?fe[89ab][0-9a-f]:|\[?ff[0-9a-f]{2}:|\[?::\]?$|\[?::ffff:|\[?fd00:ec2::254\]?$)/i;

/** Whether nothing is ever sent to this address, also when a name leads to it. */
export function isForbiddenAddress(address: string): boolean {
  return NEVER.test(address);
}

function faultOfPlace(probe: Probe, { sip }: Pick<DestinationPolicy, 'sip'>): string | undefined {
  const { host, port } = placeOf(probe);
  if (port !== undefined && (port < 1 || port > 65_535)) return 'a port is 1 to 65535';
  if (isForbiddenAddress(host)) return 'nothing is sent to link-local, multicast and unspecified addresses';
  return judgeHost(host, { sip: { ...sip, allowPrivateHosts: true, allowHosts: [] } })?.reason;
}

/** Every breach, with a JSON pointer into the primary. */
export function checkProbes(probes: readonly Probe[], policy: Pick<DestinationPolicy, 'sip'>): FieldIssue[] {
  return probes.flatMap((probe, index): FieldIssue[] => {
    const at = `/probes/${index}`;
    const place = faultOfPlace(probe, policy);
    const issues: FieldIssue[] = place === undefined ? [] : [{ at: `${at}/target`, detail: place }];
    if (probes.findIndex(({ kind, target }) => kind === probe.kind && target === probe.target) < index) issues.push({ at, detail: 'the same target as one before' });
    if ('certificate' in probe && placeOf(probe).over !== 'tls') issues.push({ at: `${at}/certificate`, detail: 'there is a certificate with TLS only' });
    if (probe.timeoutMs !== undefined && probe.everySeconds !== undefined && probe.timeoutMs >= probe.everySeconds * 1000) issues.push({ at: `${at}/timeoutMs`, detail: 'must be less than `everySeconds`' });
    if (probe.slowMs !== undefined && probe.timeoutMs !== undefined && probe.slowMs >= probe.timeoutMs) issues.push({ at: `${at}/slowMs`, detail: 'must be less than `timeoutMs`' });
    return issues;
  });
}

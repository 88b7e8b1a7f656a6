/** A probe: what is asked of a primary again and again to see whether it lives, where, and how often. */
import { Type, type Static } from 'typebox';
import { Strict, Text } from './schema.ts';

export const PROBE_KINDS = ['sip-options', 'http', 'tcp'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

const common = {
  everySeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, description: 'How often, seconds; default `health.probes.everySeconds` of the policy. While in doubt it is asked more often' })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 4000, description: 'So long is waited for an answer, milliseconds; default `health.probes.timeoutMs` of the policy' })),
  slowMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 4000, description: 'An answer that takes as long counts as degraded, milliseconds; default `health.probes.slowMs` of the policy' })),
};

const certificate = Type.Optional(Type.Enum(['check', 'ignore'], { description: 'With TLS: a certificate that is not valid for the host counts as degraded (`check`, the default) or for nothing' }));

const Host = '(?:\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)';

const SIP_TARGET = `^sips?:${Host}(?::\\d{1,5})?(?:;transport=(?:udp|tcp|tls))?$`;
const HTTP_TARGET = `^https?://${Host}(?::\\d{1,5})?(?:[/?][!-~]*)?$`;
const TCP_TARGET = `^${Host}:\\d{1,5}$`;

/** A target of any kind of probe. */
export const ANY_TARGET = [SIP_TARGET, HTTP_TARGET, TCP_TARGET].join('|');

export const SipProbeSchema = Strict({
  kind: Type.Literal('sip-options'),
  target: Type.String({
    maxLength: 255,
    pattern: SIP_TARGET,
    description: 'SIP URI of the server, without a user; `;transport=tcp` or `;transport=tls` (or `sips:`) for other than UDP. Without a port, SRV records hold where there are any',
    examples: ['sip:pbx.example.net'],
  }),
  certificate,
  ...common,
}, { description: 'An OPTIONS request: any final answer but 408, 502, 503 and 504 proves a living SIP server' });

export const HttpProbeSchema = Strict({
  kind: Type.Literal('http'),
  target: Type.String({ maxLength: 1000, pattern: HTTP_TARGET, description: 'Address of a page, `http` or `https`', examples: ['https://pbx.example.net/health'] }),
  expectStatus: Type.Optional(Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { minItems: 1, maxItems: 20, uniqueItems: true, description: 'Statuses of a healthy server; default 200 to 299' })),
  expectBody: Type.Optional(Text(200, 'What the body of a healthy answer has in it, within its first 64 KiB')),
  certificate,
  ...common,
}, { description: 'A GET request; redirects are not followed' });

export const TcpProbeSchema = Strict({
  kind: Type.Literal('tcp'),
  target: Type.String({ maxLength: 255, pattern: TCP_TARGET, description: '`host:port`', examples: ['pbx.example.net:5060'] }),
  ...common,
}, { description: 'A connection that is opened and closed again. It proves a machine, and little of the program behind the port: a stopped one is still connected to' });

export type SipProbe = Static<typeof SipProbeSchema>;
export type HttpProbe = Static<typeof HttpProbeSchema>;
export type TcpProbe = Static<typeof TcpProbeSchema>;
export type Probe = SipProbe | HttpProbe | TcpProbe;

/** By `kind`, so that what is wrong with a probe is told of its own kind alone. */
export const ProbeSchema = Type.Unsafe<Probe>({ type: 'object', required: ['kind'], discriminator: { propertyName: 'kind' }, oneOf: [SipProbeSchema, HttpProbeSchema, TcpProbeSchema] });

/** Where a probe goes. */
export interface ProbePlace {
  /** In lower case; an IPv6 address in square brackets. */
  host: string;
  /** Undefined: as SRV records say, or what is usual. */
  port: number | undefined;
  over: 'udp' | 'tcp' | 'tls';
}

const SIP = /^(sips?):(.+?)(?::(\d{1,5}))?(?:;transport=(udp|tcp|tls))?$/;
const HOST_PORT = /^(.+?)(?::(\d{1,5}))?$/;

/** Of a target that its schema has let through. */
export function placeOf({ kind, target }: Pick<Probe, 'kind' | 'target'>): ProbePlace {
  if (kind === 'sip-options') {
    const [, scheme, host = '', port, transport] = SIP.exec(target) ?? [];
    return { host: host.toLowerCase(), port: port === undefined ? undefined : Number(port), over: scheme === 'sips' || transport === 'tls' ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp' };
  }
  const authority = kind === 'http' ? (/^https?:\/\/([^/?]*)/.exec(target)?.[1] ?? '') : target;
  const [, host = '', port] = HOST_PORT.exec(authority) ?? [];
  const secure = kind === 'http' && target.startsWith('https:');
  const usual = kind === 'http' ? (secure ? 443 : 80) : undefined;
  return { host: host.toLowerCase(), port: port === undefined ? usual : Number(port), over: secure ? 'tls' : 'tcp' };
}

/** Which kind of probe a target is for, by its spelling. */
export function probeTo(target: string): Pick<Probe, 'kind' | 'target'> {
  return { kind: /^sips?:/.test(target) ? 'sip-options' : /^https?:/.test(target) ? 'http' : 'tcp', target };
}

/** How a probe ended. */
export type ProbeOutcome =
  | {
      is: 'answered';
      /** Of SIP and HTTP. */
      status?: number;
      /** From the first octet sent to the answer, milliseconds. */
      ms: number;
      retryAfterSeconds?: number;
      /** Why the certificate is not valid, as Node names it, e.g. `CERT_HAS_EXPIRED`. */
      certificateFault?: string;
      /** The body had not what was expected. */
      bodyWrong?: true;
    }
  /** No answer, or none that was one to what was asked. */
  | { is: 'silent' }
  /** A closed port. */
  | { is: 'refused' }
  /** The connection was ended before the answer. */
  | { is: 'closed' }
  /** Something answered that does not speak the protocol. */
  | { is: 'garbled' }
  /** The network says that there is no way; `code` as the system names it. */
  | { is: 'unreachable'; code: string }
  /** TLS did not come about. */
  | { is: 'tls-failed'; code: string }
  /** The name of the host could not be looked up, and never was. */
  | { is: 'name-unknown'; code: string }
  /** We could not ask: it says nothing of who was to be asked. */
  | { is: 'not-asked'; code: string };

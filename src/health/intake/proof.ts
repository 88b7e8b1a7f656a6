/**
 * How a post proves that it is from its source, by what each sender can do. All comparisons take the same time whatever differs. What can be
 * proved before the body is read is: nobody else's body is ever taken in.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Presented {
  headers: IncomingHttpHeaders;
  /** What stood behind the source's id in the address. */
  inAddress: string | undefined;
}

export interface Proof {
  /** Whether anything was given that could be one: who gives nothing has guessed nothing. */
  given(presented: Presented): boolean;
  /** By what came before the body; undefined when it takes the body to say. */
  early?(presented: Presented, secrets: readonly string[]): boolean | undefined;
  /** `now`: milliseconds since 1970. */
  late?(presented: Presented, body: Buffer, secrets: readonly string[], now: number): boolean;
}

/** What was signed longer ago, or later, than this is not taken, milliseconds: as Standard Webhooks has it. */
const WINDOW_MS = 300_000;

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
/** Anybody can give an empty secret. */
const isOne = (given: string, secrets: readonly string[]): boolean => secrets.filter((secret) => secret !== '' && timingSafeEqual(digest(secret), digest(given))).length > 0;
const same = (given: Buffer, expected: Buffer): boolean => given.length === expected.length && timingSafeEqual(given, expected);

function header({ headers }: Presented, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The password of Basic, whatever the user is called, or the token of Bearer. */
function credential(authorization: string): string | undefined {
  const [, scheme = '', given = ''] = /^(Basic|Bearer) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return given;
  const pair = Buffer.from(given, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}

const hmac = (secret: string | Buffer, text: string | Buffer): Buffer => createHmac('sha256', secret).update(text).digest();
const isFresh = (seconds: string, now: number): boolean => /^\d{1,12}$/.test(seconds) && Math.abs(now - Number(seconds) * 1000) <= WINDOW_MS;

/** `Authorization: Bearer SECRET`, or Basic with it as the password. */
export const byAuthorization: Proof = {
  given: (presented) => header(presented, 'authorization') !== undefined,
  early(presented, secrets) {
    const given = credential(header(presented, 'authorization') ?? '');
    return given !== undefined && isOne(given, secrets);
  },
};

/** For who can set nothing but an address: the secret is its last part. */
export const byAddress: Proof = {
  given: ({ inAddress }) => inAddress !== undefined,
  early: ({ inAddress }, secrets) => inAddress !== undefined && isOne(inAddress, secrets),
};

/** Lower-case hexadecimal HMAC-SHA256 of the body, each behind `v1=`; any of them counts. https://developer.pagerduty.com/docs/verifying-signatures */
export const byPagerduty: Proof = {
  given: (presented) => header(presented, 'x-pagerduty-signature') !== undefined,
  late(presented, body, secrets) {
    const given = (header(presented, 'x-pagerduty-signature') ?? '').split(',').slice(0, 10).flatMap((one) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(one)?.[1] ?? []);
    return secrets.some((secret) => secret !== '' && given.some((one) => same(Buffer.from(one, 'hex'), hmac(secret, body))));
  },
};

/** Hexadecimal HMAC-SHA256 of the body; with the header of a time, of `TIME:BODY`. */
export const byGrafana: Proof = {
  given: (presented) => header(presented, 'x-grafana-alerting-signature') !== undefined,
  late(presented, body, secrets, now) {
    const given = Buffer.from(header(presented, 'x-grafana-alerting-signature') ?? '', 'hex');
    const time = header(presented, 'x-grafana-alerting-timestamp');
    if (time !== undefined && !isFresh(time, now)) return false;
    const signed = time === undefined ? body : Buffer.concat([Buffer.from(`${time}:`), body]);
    return secrets.some((secret) => secret !== '' && same(given, hmac(secret, signed)));
  },
};

/** https://github.com/standard-webhooks/standard-webhooks: base64 HMAC-SHA256 of `ID.TIME.BODY`; the key of a secret `whsec_…` is what that is base64 of. */
export const byStandardWebhook: Proof = {
  given: (presented) => header(presented, 'webhook-signature') !== undefined,
  late(presented, body, secrets, now) {
    const [id, time] = [header(presented, 'webhook-id') ?? '', header(presented, 'webhook-timestamp') ?? ''];
    if (id === '' || !isFresh(time, now)) return false;
    const given = (header(presented, 'webhook-signature') ?? '').split(' ').slice(0, 10).flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice(3), 'base64')] : []));
    const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
    const keyOf = (secret: string): string | Buffer => (secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret);
    return secrets.some((secret) => keyOf(secret).length > 0 && given.some((one) => same(one, hmac(keyOf(secret), signed))));
  },
};

/** Whichever of them was given first in this order. */
export function anyOf(...proofs: readonly Proof[]): Proof {
  const chosen = (presented: Presented): Proof | undefined => proofs.find((proof) => proof.given(presented));
  return {
    given: (presented) => chosen(presented) !== undefined,
    early: (presented, secrets) => chosen(presented)?.early?.(presented, secrets),
    late: (presented, body, secrets, now) => chosen(presented)?.late?.(presented, body, secrets, now) ?? false,
  };
}

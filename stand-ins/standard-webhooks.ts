/** Checks the signature of a post as a receiver does that knows the standard and not who sends (Standard Webhooks 1.0.0, https://www.standardwebhooks.com). */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

/** What is wrong with the signature, undefined when nothing is. `secret` is `whsec_` and Base64. */
export function signatureFault(headers: Readonly<Record<string, string | string[] | undefined>>, body: string | Buffer, secret: string): 'unsigned' | 'stale' | 'forged' | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
  if (typeof id !== 'string' || typeof at !== 'string' || typeof signature !== 'string') return 'unsigned';
  if (!/^\d+$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > TOLERANCE_SECONDS) return 'stale';
  const expected = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(`${id}.${at}.`).update(body).digest();
  const matches = signature.split(' ').some((one) => {
    const [version, given = ''] = one.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  return matches ? undefined : 'forged';
}

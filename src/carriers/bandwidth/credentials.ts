/**
 * Bandwidth signs nothing: its webhooks carry HTTP Basic credentials that are set in its application, and in our documents for what follows
 * (https://dev.bandwidth.com/docs/voice/webhooks). So they say who asks, not what was asked.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { basicAuth } from '../basic-auth.ts';
import type { Params, SigningKeys, Verdict, WebhookRequest } from '../dialect.ts';

/** The user's name is the same everywhere; the password is what is secret. */
export const WEBHOOK_USER = 'ringthrough';

/** Of equal length whatever was sent, so that it can be compared in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

const expectedFor = new WeakMap<SigningKeys, readonly Buffer[]>();

function expected(keys: SigningKeys): readonly Buffer[] {
  const known = expectedFor.get(keys);
  if (known) return known;
  // Anybody can send an empty password.
  const made = keys.secrets.filter((secret) => secret !== '').map((secret) => digest(basicAuth(WEBHOOK_USER, secret)));
  expectedFor.set(keys, made);
  return made;
}

export function verifyCredentials({ headers }: WebhookRequest, _params: Params, keys: SigningKeys): Verdict {
  const { authorization } = headers;
  if (typeof authorization !== 'string' || authorization === '') return 'unsigned';
  const given = digest(authorization);
  return expected(keys).some((one) => timingSafeEqual(one, given)) ? 'genuine' : 'forged';
}

/** An event has the time at which it was made in it; sent again it is the same to the letter. */
export function eventFingerprint({ target, body }: WebhookRequest): string {
  return createHash('sha256').update(target).update('\n').update(body).digest('base64');
}

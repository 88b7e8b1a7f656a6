/**
 * Proves that a webhook is SignalWire's, by the project's Signing Key: as Twilio's, save that a repeated name is signed as often as it comes,
 * or, over a body of JSON, in hexadecimal over address and body (github.com/signalwire/signalwire-python, tests/unit/security).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Params, SigningKeys, Verdict, WebhookRequest } from '../dialect.ts';
import { createFormSignature } from '../form-signature.ts';
import { hasForm, isPost } from '../webhook-form.ts';

const form = createFormSignature({ header: 'x-signalwire-signature', repeated: (values) => values });
/** 20 bytes of SHA-1. */
const HEXADECIMAL = /^[0-9a-f]{40}$/;

export const signatureOf = form.of;

function verifyBody(request: WebhookRequest, signature: string, { origins, secrets }: SigningKeys): Verdict {
  const sent = Buffer.from(signature, 'hex');
  for (const secret of secrets) {
    // Anybody can sign with an empty secret.
    if (secret === '') continue;
    for (const origin of origins) {
      if (timingSafeEqual(sent, createHmac('sha1', secret).update(origin + request.target, 'utf8').update(request.body).digest())) return 'genuine';
    }
  }
  return 'forged';
}

export function verifySignature(request: WebhookRequest, params: Params, keys: SigningKeys): Verdict {
  const sent = signatureOf(request);
  // A form is never signed in this way: what it says would not be what was proved.
  return HEXADECIMAL.test(sent) && isPost(request) && !hasForm(request) ? verifyBody(request, sent, keys) : form.verify(request, params, keys);
}

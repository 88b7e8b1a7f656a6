/** Signs what is posted as Standard Webhooks 1.0.0 has it (https://github.com/standard-webhooks/standard-webhooks). */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The key in a secret, undefined for what is none: `whsec_` and 24 to 64 bytes in Base64. */
export function webhookKey(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(text, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** `at`: milliseconds since 1970, of this try. */
export function signedHeaders(key: Buffer, { id, at, body }: { id: string; at: number; body: string }): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

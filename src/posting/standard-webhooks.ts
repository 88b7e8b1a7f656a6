/** Signs what is posted as Standard Webhooks 1.0.0 has it (https://github.com/standard-webhooks/standard-webhooks). */
import { hash } from 'node:crypto';
import { BLOCK_BYTES, hmacBlocks } from '../system/hmac.ts';

const PREFIX = 'whsec_';
const SHA256_BYTES = 32;

/** The key in a secret, undefined for what is none: `whsec_` and 24 to 64 bytes in Base64. */
export function webhookKey(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(text, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && key.length >= 24 && key.length <= 64 ? key : undefined;
}

export interface Signed {
  /** Seconds since 1970. */
  timestamp: string;
  /** One for each key, separated by spaces. */
  signature: string;
  /** What was signed and is to be posted; of a text, in UTF-8. */
  body: Buffer;
}

/** `at`: milliseconds since 1970, of this try. */
export type Signer = (id: string, at: number, body: string | Uint8Array) => Signed;

/** With several keys the receiver may have any of them, while it changes from one to another. */
export function createSigner(keys: readonly Uint8Array[]): Signer {
  const blocks = keys.map((key) => {
    const { inner, outer } = hmacBlocks('sha256', key);
    return { inner, outer: Buffer.concat([outer, Buffer.alloc(SHA256_BYTES)]) };
  });
  return (id, at, body) => {
    const timestamp = String(Math.floor(at / 1000));
    const head = `${id}.${timestamp}.`;
    // Key, head and body in one piece: the body is made into bytes once, and those are what is posted.
    const bodyAt = BLOCK_BYTES + Buffer.byteLength(head);
    const whole = Buffer.allocUnsafe(bodyAt + Buffer.byteLength(body));
    whole.write(head, BLOCK_BYTES);
    if (typeof body === 'string') whole.write(body, bodyAt);
    else whole.set(body, bodyAt);
    let signature = '';
    for (const { inner, outer } of blocks) {
      whole.set(inner);
      outer.write(hash('sha256', whole, 'binary'), BLOCK_BYTES, 'latin1');
      signature += `${signature === '' ? '' : ' '}v1,${hash('sha256', outer, 'base64')}`;
    }
    return { timestamp, signature, body: whole.subarray(bodyAt) };
  };
}

export function signedHeaders(id: string, { timestamp, signature }: Signed): Record<string, string> {
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}

/**
 * Proves that a webhook is Telnyx': Ed25519 (RFC 8032) under the account's key over the time and the body, joined by `|`
 * (https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks). The address is not signed.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Params, SigningKeys, Verdict, WebhookRequest } from '../dialect.ts';
import { isPost } from '../webhook-form.ts';

const SIGNATURE = 'telnyx-signature-ed25519';
const TIMESTAMP = 'telnyx-timestamp';
const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
/** Before the 32 bytes of a key, as SubjectPublicKeyInfo (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** Either side, as Telnyx' own libraries have it. */
const TOLERANCE_MS = 300_000;

const preparedFor = new WeakMap<SigningKeys, readonly KeyObject[]>();

function keyOf(text: string): KeyObject[] {
  const raw = Buffer.from(text.trim(), 'base64');
  return raw.length === KEY_BYTES ? [createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })] : [];
}

function prepare(keys: SigningKeys): readonly KeyObject[] {
  const known = preparedFor.get(keys);
  if (known !== undefined) return known;
  const prepared = keys.secrets.flatMap(keyOf);
  preparedFor.set(keys, prepared);
  return prepared;
}

function header(request: WebhookRequest, name: string): string {
  const sent = request.headers[name];
  return (Array.isArray(sent) ? sent[0] : sent) ?? '';
}

export function signatureOf(request: WebhookRequest): string {
  return header(request, SIGNATURE);
}

export function verifySignature(request: WebhookRequest, _params: Params, keys: SigningKeys, now: number): Verdict {
  const sent = signatureOf(request);
  const time = header(request, TIMESTAMP);
  if (sent === '' || time === '') return 'unsigned';
  const signature = Buffer.from(sent, 'base64');
  // In one spelling only: by how it is written a webhook that is sent again is known.
  if (signature.length !== SIGNATURE_BYTES || signature.toString('base64') !== sent || !/^[0-9]{1,12}$/.test(time)) return 'forged';
  // Of a GET everything is in the query, which is not signed.
  if (!isPost(request) || Math.abs(now - Number(time) * 1000) > TOLERANCE_MS) return 'forged';
  const signed = Buffer.concat([Buffer.from(`${time}|`, 'latin1'), request.body]);
  return prepare(keys).some((key) => verify(null, signed, key, signature)) ? 'genuine' : 'forged';
}

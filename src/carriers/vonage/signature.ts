/**
 * Proves that a webhook is Vonage's: a JWT (RFC 7519) signed with HS256 under the account's signature secret, with the SHA-256 of the body
 * in it (https://developer.vonage.com/en/getting-started/concepts/webhooks). The address is not signed.
 */
import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Params, SigningKeys, Verdict, WebhookRequest } from '../dialect.ts';
import { parseJson, textAt } from '../../domain/json.ts';
import { isPost } from '../webhook-form.ts';

const TOKEN = /^Bearer ([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{1,4000})\.([A-Za-z0-9_-]{43})$/;
/** Between the time in the token and ours, either side. */
const TOLERANCE_MS = 300_000;

const preparedFor = new WeakMap<SigningKeys, readonly KeyObject[]>();

function prepare(keys: SigningKeys): readonly KeyObject[] {
  const known = preparedFor.get(keys);
  if (known !== undefined) return known;
  // Anybody can sign with an empty secret.
  const prepared = keys.secrets.filter((secret) => secret !== '').map((secret) => createSecretKey(secret, 'utf8'));
  preparedFor.set(keys, prepared);
  return prepared;
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** Of the body as it came, or of its JSON without blanks. */
function coversBody(claims: unknown, body: Buffer): boolean {
  const hash = textAt(claims, 'payload_hash')?.toLowerCase();
  if (hash === undefined) return false;
  if (hash === sha256(body)) return true;
  const json = parseJson(body.toString('utf8'));
  return json !== undefined && hash === sha256(JSON.stringify(json));
}

/** The token as sent. */
export function signatureOf(request: WebhookRequest): string {
  return request.headers['authorization'] === undefined ? '' : String(request.headers['authorization']);
}

export function verifySignature(request: WebhookRequest, _params: Params, keys: SigningKeys, now: number): Verdict {
  const sent = signatureOf(request);
  if (sent === '') return 'unsigned';
  const [, head = '', claimed = '', signature = ''] = TOKEN.exec(sent) ?? [];
  const given = Buffer.from(signature, 'base64url');
  // In one spelling only: by how it is written a webhook that is sent again is known.
  if (signature === '' || given.toString('base64url') !== signature) return 'forged';
  const signed = prepare(keys).some((key) => timingSafeEqual(given, createHmac('sha256', key).update(`${head}.${claimed}`).digest()));
  if (!signed || textAt(parseJson(Buffer.from(head, 'base64url').toString('utf8')), 'alg') !== 'HS256') return 'forged';
  const claims = parseJson(Buffer.from(claimed, 'base64url').toString('utf8'));
  const issued = Number(textAt(claims, 'iat') ?? Number.NaN) * 1000;
  return isPost(request) && Math.abs(now - issued) <= TOLERANCE_MS && coversBody(claims, request.body) ? 'genuine' : 'forged';
}

/**
 * Proves that a webhook is Plivo's: HMAC-SHA256 under the auth token over the public address, all parameters and a nonce, version 3
 * (https://www.plivo.com/docs/voice/concepts/signature-validation). Version 2, which Plivo sends beside it, covers neither query nor body: it
 * is not enough here.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Params, SigningKeys, Verdict, WebhookRequest } from '../dialect.ts';
import { parseForm } from '../form.ts';
import { formParams, hasForm, isPost, queryOf } from '../webhook-form.ts';

/** Under the token of the account that the number is in, and under that of the main account where it is a subaccount's. */
const HEADERS = ['x-plivo-signature-v3', 'x-plivo-signature-ma-v3'] as const;
const NONCE = 'x-plivo-signature-v3-nonce';
/** Base64 of the 32 bytes of SHA-256. */
const SIGNATURE_LENGTH = 44;
/** There is one for each token in force. */
const MOST_SIGNATURES = 10;

function header(request: WebhookRequest, name: string): string {
  const sent = request.headers[name];
  return (Array.isArray(sent) ? sent[0] : sent) ?? '';
}

function signaturesOf(request: WebhookRequest): string[] {
  return HEADERS.flatMap((name) => header(request, name).split(',', MOST_SIGNATURES)).map((text) => text.trim()).filter((text) => text !== '');
}

/** The same for a webhook that is sent again: the nonce is new for each. */
export function fingerprintOf(request: WebhookRequest): string {
  const [signature = ''] = signaturesOf(request);
  return signature === '' ? '' : `${header(request, NONCE)}.${signature}`;
}

/** By name, and the values of a repeated name sorted. */
function sorted(params: Params): [string, string][] {
  return [...params.keys()].sort().flatMap((name) => [...(params.get(name) ?? [])].sort().map((value): [string, string] => [name, value]));
}

const asQuery = (params: Params): string => sorted(params).map(([name, value]) => `${name}=${value}`).join('&');

/** What is signed after the origin, without the nonce. */
function signedText(request: WebhookRequest): string {
  const { target } = request;
  const text = queryOf(target);
  const path = text === '' && !target.includes('?') ? target : target.slice(0, target.indexOf('?'));
  const query = parseForm(text);
  const form = formParams(request);
  if (!isPost(request)) return query.size === 0 ? path : `${path}?${asQuery(query)}`;
  if (query.size === 0 && form.size === 0) return path;
  const body = sorted(form).map(([name, value]) => name + value).join('');
  return `${path}?${asQuery(query)}${query.size > 0 && form.size > 0 ? '.' : ''}${body}`;
}

export function verifySignature(request: WebhookRequest, _params: Params, { origins, secrets }: SigningKeys): Verdict {
  const sent = signaturesOf(request);
  if (sent.length === 0) return 'unsigned';
  const signatures = sent.map((text) => Buffer.from(text, 'utf8')).filter(({ length }) => length === SIGNATURE_LENGTH);
  const nonce = header(request, NONCE);
  // A body that is no form is covered by nothing; and anybody can sign with an empty secret.
  const covered = !isPost(request) || hasForm(request) || request.body.length === 0;
  if (nonce === '' || !covered || signatures.length === 0) return 'forged';
  const text = `${signedText(request)}.${nonce}`;
  for (const secret of secrets.filter((one) => one !== '')) {
    for (const origin of origins) {
      const expected = Buffer.from(createHmac('sha256', secret).update(origin + text, 'utf8').digest('base64'), 'latin1');
      if (signatures.some((signature) => timingSafeEqual(signature, expected))) return 'genuine';
    }
  }
  return 'forged';
}

/**
 * Proves that a webhook in forms is the carrier's, for Twilio and who follows it: HMAC-SHA1 under a secret of the account over the
 * public URL and the form's parameters (https://www.twilio.com/docs/usage/webhooks/webhooks-security). The scheme joins
 * names and values without separators and has no time in it: that a request is new is for others to see to.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { parse as parseLegacy, stringify as stringifyLegacy } from 'node:querystring';
import type { Params, SigningKeys, Verdict, WebhookRequest } from './dialect.ts';
import { parseForm } from './form.ts';
import { createHmacSha1 } from './hmac-sha1.ts';
import { formParams, hasForm, isPost, queryOf } from './webhook-form.ts';

/** Base64 of the 20 bytes of SHA-1. */
const SIGNATURE_LENGTH = 28;

export interface FormSigning {
  /** Of the signature, in lower case. */
  header: string;
  /** The values of a repeated name as they are signed. */
  repeated(values: readonly string[]): readonly string[];
}

export interface FormSignature {
  /** The signature as sent. */
  of(request: WebhookRequest): string;
  /** `params` is what parseWebhook made of this very request. */
  verify(request: WebhookRequest, params: Params, keys: SigningKeys): Verdict;
}

interface Prepared {
  /** The origins as they are set, each tried before any variant. */
  given: readonly string[];
  /** The same with the port left out, and with the scheme's own port: carriers are not consistent in what they sign. */
  variants: readonly string[];
  /** The signature of a text, under each secret in force. */
  signers: readonly ((text: string) => string)[];
}

const preparedFor = new WeakMap<SigningKeys, Prepared>();

function portVariants(origin: string): string[] {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?)(\[[^\]/?#]*\]|[^:/?#]*)(?::[0-9]*)?(.*)$/is.exec(origin);
  if (parts === null) return [];
  const [, scheme = '', host = '', rest = ''] = parts;
  return [scheme + host + rest, `${scheme}${host}:${scheme.toLowerCase().startsWith('https:') ? 443 : 80}${rest}`];
}

function prepare(keys: SigningKeys): Prepared {
  const known = preparedFor.get(keys);
  if (known !== undefined) return known;
  const prepared: Prepared = {
    given: keys.origins,
    variants: [...new Set(keys.origins.flatMap(portVariants))].filter((origin) => !keys.origins.includes(origin)),
    // Anybody can sign with an empty secret.
    signers: keys.secrets.filter((secret) => secret !== '').map(createHmacSha1),
  };
  preparedFor.set(keys, prepared);
  return prepared;
}

/** By code unit, as the carriers' libraries sort them. They send them in this order nearly always, which is cheaper to see than to make. */
function sortedNames(params: Params): Iterable<string> {
  let before = '';
  for (const name of params.keys()) {
    if (name < before) return [...params.keys()].sort();
    before = name;
  }
  return params.keys();
}

/** All parameters as they are signed. */
function joined(params: Params, repeated: FormSigning['repeated']): string {
  let text = '';
  for (const name of sortedNames(params)) {
    const values = params.get(name) ?? [];
    if (values.length === 1) text += name + values[0];
    else for (const value of repeated(values)) text += name + value;
  }
  return text;
}

/** The target as `new URL` writes it, undefined when it is no URL at all. */
function normalised(origin: string, target: string): string | undefined {
  if (!URL.canParse(origin + target)) return undefined;
  const href = new URL(origin + target).href;
  return href.slice(href.indexOf('/', href.indexOf('//') + 2));
}

/** The query as node's old `querystring` writes it: some of Twilio's back ends sign `%27` where they send `'`. */
function legacy(target: string): string {
  const query = queryOf(target);
  return query === '' ? target : `${target.slice(0, target.length - query.length)}${stringifyLegacy(parseLegacy(query))}`;
}

/** Every URL that may have been signed, the likeliest first; none twice, so that a forgery costs no more than it must. */
function* signedUrls(prepared: Prepared, target: string): Generator<string> {
  for (const origin of prepared.given) yield origin + target;
  for (const origin of prepared.variants) yield origin + target;
  const [first] = prepared.given;
  const normal = first === undefined ? undefined : normalised(first, target);
  if (normal === undefined) return;
  for (const path of new Set([normal, legacy(normal)])) {
    if (path === target) continue;
    for (const origin of prepared.given) yield origin + path;
    for (const origin of prepared.variants) yield origin + path;
  }
}

/** A body that is not a form is covered only through its hash in the signed URL. */
function bodyIsCovered(request: WebhookRequest): boolean {
  if (!isPost(request) || hasForm(request)) return true;
  const hash = parseForm(queryOf(request.target)).get('bodySHA256')?.[0];
  if (hash === undefined) return request.body.length === 0;
  return hash === createHash('sha256').update(request.body).digest('hex');
}

export function createFormSignature({ header, repeated }: FormSigning): FormSignature {
  function of(request: WebhookRequest): string {
    const sent = request.headers[header];
    return (Array.isArray(sent) ? sent[0] : sent) ?? '';
  }

  return {
    of,
    verify(request, params, keys) {
      const sent = of(request);
      if (sent === '') return 'unsigned';
      const signature = Buffer.from(sent, 'utf8');
      if (signature.length !== SIGNATURE_LENGTH || !bodyIsCovered(request)) return 'forged';
      const prepared = prepare(keys);
      // Without a query, what was parsed is the form; with one, the form is read once more rather than kept twice.
      const tail = hasForm(request) ? joined(queryOf(request.target) === '' ? params : formParams(request), repeated) : '';
      for (const url of signedUrls(prepared, request.target)) {
        for (const sign of prepared.signers) if (timingSafeEqual(signature, Buffer.from(sign(url + tail), 'latin1'))) return 'genuine';
      }
      return 'forged';
    },
  };
}

/**
 * X-Twilio-Signature, written from Twilio's description (https://www.twilio.com/docs/usage/webhooks/webhooks-security):
 * base64(HMAC-SHA1(auth token, URL + every form parameter as key and value, sorted by key)). Of a repeated key the
 * values are taken once each, sorted.
 */
import { createHmac } from 'node:crypto';

export type FormParams = Readonly<Record<string, string | readonly string[]>>;

export function sign(authToken: string, url: string, params: FormParams = {}): string {
  const hmac = createHmac('sha1', authToken).update(url, 'utf8');
  for (const key of Object.keys(params).sort()) {
    const value = params[key] ?? '';
    const values = typeof value === 'string' ? [value] : [...new Set(value)].sort();
    for (const one of values) hmac.update(key + one, 'utf8');
  }
  return hmac.digest('base64');
}

/** Which port the signed URL names: Twilio's practice varies, so a receiver must take all three. */
export type SignedPort = 'as-given' | 'always' | 'never';

export function urlToSign(url: string, port: SignedPort): string {
  if (port === 'as-given') return url;
  const match = /^(https?):\/\/([^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d+)?(.*)$/i.exec(url);
  if (!match) return url;
  const [, scheme = '', user = '', host = '', given, rest = ''] = match;
  const standard = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  return `${scheme}://${user}${host}${port === 'always' ? given ?? standard : ''}${rest}`;
}

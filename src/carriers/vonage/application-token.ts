/** The token by which an application of Vonage's proves itself: a JWT (RFC 7519) signed with RS256 under its private key (https://developer.vonage.com/en/getting-started/concepts/authentication). */
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { refused, type CarrierRequest } from '../http.ts';
import { CARRIER } from './requests.ts';

/** How long a token is good for, seconds: that of one request. */
const LASTS_SECONDS = 60;

function keyOf(privateKey: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(privateKey);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token for each request, none twice. `now`: milliseconds since 1970. Throws `carrier_refused` when the key is none. */
export function createTokens(applicationId: string, privateKey: string, now: () => number): (request: CarrierRequest) => string {
  let key: KeyObject | undefined;
  let count = 0;
  return ({ method, path, body = '' }) => {
    key ??= keyOf(privateKey);
    if (key === undefined) throw refused(CARRIER, 'the private key is no RSA key in PEM form');
    const at = now();
    const iat = Math.floor(at / 1000);
    const jti = createHash('sha256').update(`${at} ${(count += 1)} ${method} ${path} ${body}`).digest('hex').slice(0, 32);
    const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded({ application_id: applicationId, iat, exp: iat + LASTS_SECONDS, jti })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
}

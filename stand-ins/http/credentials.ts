/** The ways in which APIs want credentials: each is checked to the letter. */
import { createHash, createHmac } from 'node:crypto';
import type { Asked } from '../rest-server.ts';

export type AuthWay = 'basic' | 'bearer' | 'header' | 'hmac';

export interface Account {
  user: string;
  secret: string;
}

/** Signatures older or newer than this are refused, seconds. */
const TOLERANCE_SECONDS = 300;

/** `ACME user:base64(HMAC-SHA256(secret, timestamp LF method LF path and query LF hexadecimal SHA-256 of the body))`. */
function isSigned({ user, secret }: Account, { method, path, query, headers, body }: Asked, now: number): boolean {
  const timestamp = String(headers['x-timestamp']);
  if (!/^[0-9]{10}$/.test(timestamp) || Math.abs(Number(timestamp) - now / 1000) > TOLERANCE_SECONDS) return false;
  const search = query.toString();
  const text = [timestamp, method, path + (search === '' ? '' : `?${search}`), createHash('sha256').update(body).digest('hex')].join('\n');
  return headers['x-signature'] === `ACME ${user}:${createHmac('sha256', secret).update(text).digest('base64')}`;
}

export function isAuthorized(way: AuthWay, account: Account, asked: Asked, now: number): boolean {
  const { user, secret } = account;
  const { headers } = asked;
  switch (way) {
    case 'basic':
      return headers['authorization'] === `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    case 'bearer':
      return headers['authorization'] === `Bearer ${secret}`;
    case 'header':
      return headers['x-api-key'] === secret && headers['authorization'] === undefined;
    case 'hmac':
      return isSigned(account, asked, now);
  }
}

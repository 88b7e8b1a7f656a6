/** What the comparisons post: an event like ours, signed. */
import { createHmac } from 'node:crypto';

const KEY_AT = 'whsec_'.length;

export interface Post {
  headers: Record<string, string>;
  body: string;
}

export function eventText(id: string, n: number, bytes: number): string {
  const data = JSON.stringify({ desk: `line-${n % 1000}`, number: n, pad: 'x'.repeat(Math.max(0, bytes - 40)) });
  return `{"specversion":"1.0","id":"${id}","source":"https://calls.example.net","type":"test.happened","subject":"line-${n % 1000}","time":"2026-11-22T00:00:00.000Z","datacontenttype":"application/json","data":${data}}`;
}

export function signedPost(id: string, body: string, secret: string): Post {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', Buffer.from(secret.slice(KEY_AT), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { headers: { 'content-type': 'application/cloudevents+json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }, body };
}

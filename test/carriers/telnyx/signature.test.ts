/** Telnyx' signatures: vectors, the time, and the one spelling of a signature. */
import { sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SigningKeys, WebhookRequest } from '../../../src/carriers/dialect.ts';
import { telnyxDialect } from '../../../src/carriers/telnyx/dialect.ts';
import { privateKeyOf } from '../../../stand-ins/telnyx/telnyx.ts';
import { NOW } from '../contract.ts';
import { signedWebhook, telnyxFixture } from './fixture.ts';
import fixture from './signature-vectors.json' with { type: 'json' };

const { publicKey, privateSeed, vectors } = fixture;
const keys: SigningKeys = { origins: [], secrets: [publicKey] };
const verdict = (request: WebhookRequest, now: number, by: SigningKeys = keys) => telnyxDialect.verify(request, telnyxDialect.parse(request), by, now);

function vectorRequest({ timestamp, body, signature, content_type: type }: (typeof vectors)[number]): WebhookRequest {
  return { method: 'POST', target: '/webhooks/main/voice', body: Buffer.from(body), headers: { 'content-type': type, 'telnyx-timestamp': timestamp, 'telnyx-signature-ed25519': signature } };
}

describe('vectors', () => {
  it('are all here', () => {
    expect(vectors.map(({ valid }) => valid)).toEqual([true, true, true, false, false]);
  });

  it.each(vectors)('$name', (vector) => {
    expect(verdict(vectorRequest(vector), Number(vector.timestamp) * 1000)).toBe(vector.valid ? 'genuine' : 'forged');
    if (vector.valid) expect(sign(null, Buffer.from(`${vector.timestamp}|${vector.body}`), privateKeyOf(privateSeed)).toString('base64')).toBe(vector.signature);
  });
});

const [current = ''] = telnyxFixture.keys.secrets;

it.each([[-301, 'forged'], [-300, 'genuine'], [0, 'genuine'], [300, 'genuine'], [301, 'forged']] as const)('signed %d s from now is %s', (away, expected) => {
  expect(verdict(signedWebhook('/webhooks/main/voice', 'To=%2B442079460123', current, NOW / 1000 + away), NOW, telnyxFixture.keys)).toBe(expected);
});

describe('refuses', () => {
  const request = signedWebhook('/webhooks/main/voice', 'To=%2B442079460123', current);
  const { 'telnyx-signature-ed25519': signature = '' } = request.headers as Record<string, string>;
  const withHeaders = (headers: object): WebhookRequest => ({ ...request, headers: { ...request.headers, ...headers } });

  it.each([
    ['another spelling of the same signature', withHeaders({ 'telnyx-signature-ed25519': signature.replace(/==$/, '') })],
    ['the same with a blank in it', withHeaders({ 'telnyx-signature-ed25519': `${signature.slice(0, 10)} ${signature.slice(10)}` })],
    ['a time that is no number', withHeaders({ 'telnyx-timestamp': '1.8e9' })],
    ['a GET, of which nothing is signed', { ...signedWebhook('/webhooks/main/voice?To=%2B442079460123', '', current), method: 'GET' }],
  ])('%s', (_, changed) => {
    expect(verdict(request, NOW, telnyxFixture.keys)).toBe('genuine');
    expect(verdict(changed, NOW, telnyxFixture.keys)).toBe('forged');
  });

  it('one without its time', () => {
    expect(verdict(withHeaders({ 'telnyx-timestamp': undefined }), NOW, telnyxFixture.keys)).toBe('unsigned');
  });

  it('everything when the key is none, and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(verdict(request, NOW, { origins: [], secrets: [text] })).toBe('forged');
    }));
  });

  it('any change of a byte', () => {
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const body = Buffer.from(request.body);
      body[at % body.length] = (body[at % body.length] ?? 0) ^ by;
      expect(verdict({ ...request, body }, NOW, telnyxFixture.keys)).toBe('forged');
    }));
  });
});

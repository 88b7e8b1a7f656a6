/** Signatures: the public test vector of Standard Webhooks, and Node's own HMAC for everything else. */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSigner, signedHeaders, webhookKey } from '../../src/posting/standard-webhooks.ts';

test('the signature is that of the public test vector of Standard Webhooks', () => {
  const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const signed = createSigner([key!])('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}');
  expect(signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', signed)).toEqual({ 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' });
  expect(signed.body.toString()).toBe('{"test": 2432232314}');
  for (const none of ['', 'whsec_', 'whsec_c2hvcnQ=', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) expect(webhookKey(none)).toBeUndefined();
});

test('each key signs what is posted, byte by byte, one text after another', () => {
  const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  fc.assert(fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(fc.uuid(), text), { minLength: 1, maxLength: 5 }), (keys, texts) => {
    const sign = createSigner(keys);
    for (const [id, body] of texts) {
      const signed = sign(id, 1_700_000_000_999, body);
      expect(signed.signature).toBe(keys.map((each) => `v1,${createHmac('sha256', each).update(`${id}.1700000000.${body}`).digest('base64')}`).join(' '));
      expect(signed.body.equals(Buffer.from(body))).toBe(true);
    }
  }), { numRuns: 50 });
});

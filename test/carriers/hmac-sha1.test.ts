/** HMAC-SHA1: the vectors of RFC 2202, and Node's own for everything else. */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHmacSha1 } from '../../src/carriers/hmac-sha1.ts';

const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

describe('the vectors of RFC 2202 whose keys are texts', () => {
  it.each([
    ['case 1', '\u000b'.repeat(20), 'Hi There', 'b617318655057264e28bc0b6fb378c8ef146be00'],
    ['case 2', 'Jefe', 'what do ya want for nothing?', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    ['case 5', '\u000c'.repeat(20), 'Test With Truncation', '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  ])('%s', (_name, secret, text, expected) => {
    expect(hexOf(createHmacSha1(secret)(text))).toBe(expected);
  });
});

it('gives what Node gives, for keys and texts of any length, one after another', () => {
  const long = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 6000 })).map(([text, times]) => text.repeat(times));
  const texts = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), long), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), texts, (secret, all) => {
      const ours = createHmacSha1(secret);
      for (const text of all) expect(ours(text)).toBe(createHmac('sha1', secret).update(text, 'utf8').digest('base64'));
    }),
  );
});

it.each([2730, 2731, 8191, 8192, 8193])('gives what Node gives for a text of %i characters, of one byte and of three', (length) => {
  const ours = createHmacSha1('key');
  for (const text of ['x'.repeat(length), '€'.repeat(length)]) expect(ours(text)).toBe(createHmac('sha1', 'key').update(text, 'utf8').digest('base64'));
});

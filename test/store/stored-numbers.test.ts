/** Numbers read from bytes: as they are read from texts. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isE164 } from '../../src/domain/phone-number.ts';
import { openEnvelope, ruleOf } from '../../src/store/codec.ts';
import { createTexts, e164Digits, ruleStart } from '../../src/store/stored-numbers.ts';

const BEFORE = 'x:1:\t+';
/** The bytes of a text with others around it, and where it begins and ends. */
function within(text: string): [bytes: Uint8Array, from: number, end: number] {
  const bytes = Buffer.from(`${BEFORE}${text}\t1:+9`);
  return [bytes, BEFORE.length, BEFORE.length + Buffer.byteLength(text)];
}

test('digits are those of an E.164 number, and nothing else has any', () => {
  const text = fc.oneof(fc.stringMatching(/^\+[1-9]\d{5,15}$/), fc.stringMatching(/^[+0-9 a]{0,17}$/), fc.string({ unit: 'binary', maxLength: 16 }), fc.constantFrom('+1234567', '+123456', '+123456789012345', '+1234567890123456', '+0123456789', '', '+'));
  fc.assert(fc.property(text, (number) => {
    expect(e164Digits(...within(number))).toBe(isE164(number) ? Number(number.slice(1)) : 0);
  }), { numRuns: 500 });
});

test('the rule is what the envelope and its payload give', () => {
  const stored = fc.oneof(
    fc.tuple(fc.nat(), fc.string({ unit: fc.constantFrom('\t', 'a', ':', '\u00e9'), maxLength: 12 })).map(([revision, payload]) => `1:${revision}:${payload}`),
    fc.string({ unit: fc.constantFrom('1', ':', '\t', 'a', '-'), maxLength: 10 }),
  );
  const textOf = createTexts();
  fc.assert(fc.property(stored, (text) => {
    const envelope = openEnvelope(text);
    const [bytes, from, end] = within(text);
    const rule = ruleStart(bytes, from, end);
    expect(rule < 0 ? undefined : textOf(bytes, rule, end)).toBe(envelope && ruleOf(envelope.payload));
  }), { numRuns: 500 });
});

test('texts are those of their bytes, however many there are', () => {
  const textOf = createTexts();
  const texts = Array.from({ length: 40_000 }, (_, at) => `customer-${at}\tpbx-\u00e9${at % 7}\t`);
  const wrong = [...texts, ...texts.toReversed()].filter((text) => textOf(...within(text)) !== text);
  expect(wrong).toEqual([]);
});

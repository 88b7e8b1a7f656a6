/** What is written can be read, as it was; what cannot be read is told as that, whatever it is. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, decodePayload, decodeRule, encodeNumber, encodePayload, openEnvelope, ruleOf, type Records } from '../../src/store/codec.ts';
import { COLLECTIONS, type Collection } from '../../src/store/keys.ts';
import { anyRecord } from './records.ts';

const stored = <C extends Collection>(collection: C, record: Records[C], revision = 7): string => `1:${revision}:${encodePayload(collection, record)}`;

describe.each(COLLECTIONS)('%s', (collection) => {
  test('every valid record comes back as it was', () => {
    fc.assert(
      fc.property(anyRecord[collection] as fc.Arbitrary<Records[typeof collection]>, fc.nat(), (record, revision) => {
        expect(decode(collection, stored(collection, record, revision))).toEqual({ revision, record });
      }),
    );
  });

  test('rubbish is unreadable, and never an exception', () => {
    const rubbish = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((text) => `1:3:${text}`),
      fc.string({ unit: fc.constantFrom('\t', 'a', '1', ':', '-', '{', '}', '"'), maxLength: 40 }).map((text) => `1:3:${text}`),
    );
    fc.assert(
      fc.property(rubbish, (text) => {
        const found = decode(collection, text);
        if (found) expect(decode(collection, stored(collection, found.record, found.revision))).toEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  test('a record that is cut off anywhere, or has one character changed, is another valid one or unreadable', () => {
    const damaged = fc.tuple(anyRecord[collection] as fc.Arbitrary<Records[typeof collection]>, fc.nat(), fc.string({ minLength: 0, maxLength: 1 }), fc.boolean()).map(([record, at, character, cut]) => {
      const text = stored(collection, record);
      const place = at % text.length;
      return cut ? text.slice(0, place) : text.slice(0, place) + character + text.slice(place + 1);
    });
    fc.assert(fc.property(damaged, (text) => void decode(collection, text)), { numRuns: 300 });
  });
});

test.each(['', '1:', '1:x:', '1:-3:{}', '2:3:{}', ':3:{}', '1:3', ' 1:3:{}', '01:3:{}'])('%j has no envelope', (text) => {
  expect(openEnvelope(text)).toBeUndefined();
});

test("an envelope gives its revision although its payload cannot be read: it can be replaced on that condition", () => {
  expect(openEnvelope('1:41:rubbish')).toEqual({ revision: 41, payload: 'rubbish' });
  expect(decode('plans', '1:41:rubbish')).toBeUndefined();
});

test('a record with a field that nobody knows is unreadable, not read in part', () => {
  expect(decodePayload('customers', '{"name":"x","colour":"red"}')).toBeUndefined();
  expect(decodePayload('customers', '{"name":"x"}')).toEqual({ name: 'x' });
});

test('a number is its own reference and the rule that many share', () => {
  fc.assert(
    fc.property(anyRecord.numbers, (record) => {
      const { carrierRef: _ref, ...shared } = record;
      expect(decodeRule(ruleOf(encodeNumber(record)) ?? '')).toEqual(shared);
    }),
  );
  expect(ruleOf('without a tab')).toBeUndefined();
});

test('numbers of one rule have one text of it, whatever their references', () => {
  fc.assert(
    fc.property(anyRecord.numbers, fc.constantFrom('PN1', 'PN2', undefined), (record, carrierRef) => {
      const { carrierRef: _ref, ...shared } = record;
      expect(ruleOf(encodeNumber({ ...shared, ...(carrierRef === undefined ? {} : { carrierRef }) }))).toBe(ruleOf(encodeNumber(record)));
    }),
  );
});

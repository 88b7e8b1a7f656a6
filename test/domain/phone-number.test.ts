/** Telephone numbers: one spelling each, and the masked one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalNumber, countryOf, isE164, maskNumber, maskNumbersIn } from '../../src/domain/phone-number.ts';

describe('canonicalNumber', () => {
  test.each([
    ['+442079460123', '+442079460123'],
    [' +44 20 7946 0123 ', '+442079460123'],
    ['+44 (0)20 7946-0123', '+442079460123'],
    ['+44.20.7946.0123', '+442079460123'],
    ['+４４ ２０ ７９４６ ０１２３', '+442079460123'],
    ['+1 415 555 0100', '+14155550100'],
    ['+80012345678', '+80012345678'],
  ])('%s is %s', (text, number) => {
    expect(canonicalNumber(text)).toBe(number);
  });

  test.each(['', '+', '442079460123', '020 7946 0123', '00442079460123', '++442079460123', '+44207946', '+4420794601234567', '+999123456789', '+442079460123x5', '+442079460123;ext=5', '+442079460123 hello', '+442079460123x', 'tel:+442079460123', '+44 CALL ME', '+0442079460123', 'anonymous', '+112', '+44999'])('%j is none', (text) => {
    expect(canonicalNumber(text)).toBeUndefined();
  });

  test('what it gives it gives again, and any text is answered', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'+0123456789 ()-.x#,;'.split('')) }).map((rest) => `+${rest}`));
    fc.assert(
      fc.property(text, (given) => {
        const number = canonicalNumber(given);
        if (number === undefined) return;
        expect(isE164(number)).toBe(true);
        expect(canonicalNumber(number)).toBe(number);
      }),
      { numRuns: 2000 },
    );
  });
});

test('the country of a number, where it has one', () => {
  expect([countryOf('+442079460123'), countryOf('+14155550100'), countryOf('+80012345678'), countryOf('rubbish')]).toEqual(['GB', 'US', undefined, undefined]);
});

const DIGITS = '0123456789'.split('');

describe('masking', () => {
  test.each([['+447400123456', '+447******456'], ['447400123456', '+447******456'], ['+1234567', '+123*567'], ['+123456', '***'], ['', '***'], ['anonymous', '***']])('%s is logged as %s', (text, masked) => {
    expect(maskNumber(text)).toBe(masked);
  });

  test('keeps at most six digits of any number, and the same ones for every spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 7, maxLength: 20 }), (digits) => {
        expect(maskNumber(`+${digits}`).replace(/[^0-9]/g, '')).toHaveLength(6);
        expect(maskNumber(digits)).toBe(maskNumber(`+${digits.split('').join(' ')}`));
      }),
    );
  });

  test('of a text every run of seven digits or more is masked', () => {
    expect(maskNumbersIn('from +447400123456 to 442079460123, code 20003, at 12:30')).toBe('from +447******456 to +442******123, code 20003, at 12:30');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...DIGITS, '+', ' ', 'a') }), (text) => {
        expect(maskNumbersIn(text)).not.toMatch(/\d{7}/);
      }),
    );
  });
});

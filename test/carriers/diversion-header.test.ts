/** Who forwarded a call, from Diversion (examples after RFC 5806, 7) and History-Info (after RFC 7044, 5.5). */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diversionNumbers, historyNumbers } from '../../src/carriers/diversion-header.ts';
import { isE164 } from '../../src/domain/phone-number.ts';

describe('diversionNumbers', () => {
  it('reads one entry with parameters', () => {
    expect(diversionNumbers(['<sip:+442079460123@pbx.example.net>;reason=unconditional;counter=1;privacy=off'])).toEqual(['+442079460123']);
  });

  it('keeps the order of several: the first is the newest', () => {
    expect(diversionNumbers(['<tel:+442079460123>;reason=no-answer, <sip:442079460124@host>;reason=user-busy'])).toEqual(['+442079460123', '+442079460124']);
  });

  it('takes several headers as one list', () => {
    expect(diversionNumbers(['<tel:+442079460123>', '<tel:+442079460124>'])).toEqual(['+442079460123', '+442079460124']);
  });

  it('is not misled by commas, brackets and escaped quotes in names and addresses', () => {
    expect(diversionNumbers(['"Desk, \\"front <sip:+442079460199@x>" <sip:+442079460123@host;a=b,c>;reason="a,b", <tel:+442079460124>'])).toEqual(['+442079460123', '+442079460124']);
  });

  it('reads a bare address', () => {
    expect(diversionNumbers(['sip:+442079460123@host;reason=unconditional'])).toEqual(['+442079460123']);
  });

  it('leaves out what is no number', () => {
    expect(diversionNumbers(['<sip:alice@host>, , <>, <sip:+442079460123@host'])).toEqual(['+442079460123']);
  });
});

it('historyNumbers gives the forwarders newest first and leaves the present target out', () => {
  const header = '<sip:+442079460123@host?Reason=SIP%3Bcause%3D302>;index=1, <sip:+442079460124@host>;index=1.1, <sip:+442079460125@host>;index=1.1.1';
  expect(historyNumbers([header])).toEqual(['+442079460124', '+442079460123']);
});

it('both give a short list of E.164 numbers, whatever comes', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(fc.constantFrom('<', '>', '"', '\\', ',', ';', 'sip:', '+442079460123', '@h', ' '), { maxLength: 300 }).map((parts) => parts.join('')));
  fc.assert(fc.property(fc.array(text, { maxLength: 4 }), (headers) => {
    for (const numbers of [diversionNumbers(headers), historyNumbers(headers)]) {
      expect(numbers.length).toBeLessThanOrEqual(20);
      expect(numbers.every(isE164)).toBe(true);
    }
  }));
});

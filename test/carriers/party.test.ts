/** Parties in all the spellings that were seen. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerOf, isSipUri, numberOf } from '../../src/carriers/party.ts';
import { isE164 } from '../../src/domain/phone-number.ts';

describe('numberOf', () => {
  it.each([
    ['+442079460123', '+442079460123'],
    [' 442079460123', '+442079460123'],
    ['sip:+442079460123@example.sip.twilio.com', '+442079460123'],
    ['sip:442079460123@example.sip.twilio.com:5060;transport=tls', '+442079460123'],
    ['SIPS:%2B442079460123@example.net', '+442079460123'],
    ['sip:+442079460123;npdi@example.net;user=phone', '+442079460123'],
    ['sip:+442079460123:secret@example.net', '+442079460123'],
    ['sip:00442079460123@example.net', '+442079460123'],
    ['tel:+44-20-7946-0123', '+442079460123'],
    ['+44 (20) 7946.0123', '+442079460123'],
  ])('%s is %s', (party, number) => {
    expect(numberOf(party)).toBe(number);
  });

  it.each(['', '+', 'anonymous', 'sip:alice@example.net', 'client:alice', 'sip:1001@example.net', '02079460123', '+0123456789', '+1234567890123456', 'sip:@', '%'])('%s names none', (party) => {
    expect(numberOf(party)).toBeUndefined();
  });
});

describe('callerOf', () => {
  it.each([
    ['+14155550100', '+14155550100'],
    [' 14155550100', '+14155550100'],
    ['sip:+14155550100@example.net', '+14155550100'],
    ['sip:1001@pbx.example.net', '1001'],
    ['sip:alice@pbx.example.net;transport=tls', 'alice'],
    ['sip:464@pbx.example.net', '464'],
    ['sip:anonymous@anonymous.invalid', 'anonymous'],
    ['Restricted', 'Restricted'],
    ['client:alice', 'client:alice'],
    ['', ''],
    ['a\u0000b\u0007', 'ab'],
  ])('%s is %s', (party, caller) => {
    expect(callerOf(party)).toBe(caller);
  });

  it.each(['+266696687', '+7378742833', '+7378742883', '+86282452253', '+2562533', '+8656696', '+464', '266696687', 'sip:+266696687@example.net'])('%s stands for a withheld number', (party) => {
    expect(callerOf(party)).toBe('anonymous');
  });

  it('is short and printable, whatever comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.constantFrom('', 'sip:', 'tel:', '+'), (text, scheme) => {
      const caller = callerOf(scheme + text);
      expect(caller.length).toBeLessThanOrEqual(128);
      // oxlint-disable-next-line no-control-regex -- that there are none is the point
      expect(caller).not.toMatch(/[\u0000-\u001f]/);
    }));
  });
});

it('numberOf gives E.164 or nothing, whatever comes', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^(sip:)?\+?[0-9 ;@:%]{0,20}$/)), (text) => {
    const number = numberOf(text);
    expect(number === undefined || isE164(number)).toBe(true);
  }), { numRuns: 2000 });
});

it('tells SIP addresses from others', () => {
  expect([isSipUri('sip:a@b'), isSipUri('SIPS:a@b'), isSipUri('+442079460123'), isSipUri('tel:+44')]).toEqual([true, true, false, false]);
});

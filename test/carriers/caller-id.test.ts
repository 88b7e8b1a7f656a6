/** The caller ID of the next leg. */
import { describe, expect, it } from 'vitest';
import { callerIdFor } from '../../src/carriers/caller-id.ts';
import type { DialStep } from '../../src/domain/step.ts';

const number = '+442079460123';
const phone: DialStep = { kind: 'phone', key: 'p', to: '+447400123456', ringSeconds: 20, screen: 'no' };
const pbx: DialStep = { kind: 'primary', key: 'primary', to: 'sip:+442079460123@pbx.example.net', ringSeconds: 60, screen: 'no' };

describe('callerIdFor', () => {
  it.each([phone, pbx])('leaves a caller from the telephone network to the carrier', (to) => {
    expect(callerIdFor({ from: '+14155550100', number, overSip: false, to })).toBeUndefined();
  });

  it.each(['anonymous', '', '1001', '+12', '+11234567890', '+14150550100', '+1415555010', 'client:alice'])('puts our own number for %s towards a telephone', (from) => {
    expect(callerIdFor({ from, number, overSip: false, to: phone })).toBe(number);
  });

  it('puts our own number for a caller over SIP towards a telephone', () => {
    expect(callerIdFor({ from: '+14155550100', number, overSip: true, to: phone })).toBe(number);
  });

  it.each(['anonymous', '1001', '+14155550100', 'alice.smith'])('shows a PBX who calls: %s', (from) => {
    expect(callerIdFor({ from, number, overSip: true, to: pbx })).toBe(from);
  });

  it.each(['', 'client:alice', 'a b', '<x>', 'x'.repeat(65)])('puts our own number for %s, which no SIP caller ID can carry', (from) => {
    expect(callerIdFor({ from, number, overSip: false, to: pbx })).toBe(number);
  });
});

/** In which ways numbers can be diverted at a carrier; asked only when that is a change. */
import { expect, it } from 'vitest';
import type { Carrier } from '../../src/domain/carrier.ts';
import type { NumberRecord } from '../../src/domain/number.ts';
import { whyNotDivertedBy } from '../../src/policy/divert-by.ts';

const LONDON = '+442079460123';
const carrier = (kind: Carrier['kind']): Carrier => ({ kind, credentials: {} });
const why = (kind: Carrier['kind'], divertBy: NumberRecord['divertBy'], number = LONDON) => whyNotDivertedBy(number, { carrier: 'main', ...(divertBy ? { divertBy } : {}) }, undefined, carrier(kind));

it('trunks are refused where a carrier has none, and single numbers where it cannot set them, and what it can is said', () => {
  expect(why('twilio', 'trunk')).toBeUndefined();
  expect(why('voipms', 'trunk')).toBe('carrier main has no trunks or applications that can be moved; it can lead a number to a telephone number or a SIP address (`number`)');
  expect(why('voipms', 'number')).toBeUndefined();
  const unable: Carrier = { ...carrier('http'), api: { number: { at: '/n' }, divert: {}, write: [] } as unknown as NonNullable<Carrier['api']> };
  expect(whyNotDivertedBy(LONDON, { carrier: 'main', divertBy: 'number' }, undefined, unable)).toBe('carrier main cannot set single numbers; it can do nothing of all that');
  expect(why('voipms', 'call')).toBeUndefined();
});

it('an address of ours is a way where the carrier asks us for each call', () => {
  for (const kind of ['twilio', 'signalwire', 'plivo'] as const) expect(why(kind, 'number')).toBeUndefined();
});

it('numbers are refused that the carrier has no way to write, unless it asks us for their calls', () => {
  for (const kind of ['bandwidth', 'flowroute'] as const) {
    expect(why(kind, 'number')).toBe(`carrier main (${kind}) has no way to write this number`);
    expect(why(kind, 'number', '+12065550100')).toBeUndefined();
    expect(why(kind, undefined)).toBeUndefined();
  }
});

it('what a record says already is left alone, but not at another carrier', () => {
  const current = { carrier: 'main', divertBy: 'trunk' } as const;
  expect(whyNotDivertedBy(LONDON, current, current, carrier('voipms'))).toBeUndefined();
  expect(whyNotDivertedBy(LONDON, { ...current, carrier: 'other' }, current, carrier('voipms'))).toContain('carrier other');
});

/** In which ways numbers can be diverted at a carrier; asked only when that is a change. */
import { expect, it } from 'vitest';
import type { Carrier } from '../../src/domain/carrier.ts';
import { whyNotDivertedBy } from '../../src/policy/divert-by.ts';

const carrier = (kind: Carrier['kind']): Carrier => ({ kind, credentials: {} });

it('trunks are refused where a carrier has none, and single numbers where it cannot set them', () => {
  expect(whyNotDivertedBy({ carrier: 'main', divertBy: 'trunk' }, undefined, carrier('twilio'))).toBeUndefined();
  expect(whyNotDivertedBy({ carrier: 'main', divertBy: 'trunk' }, undefined, carrier('voipms'))).toContain('carrier main has no trunks');
  expect(whyNotDivertedBy({ carrier: 'main', divertBy: 'number' }, undefined, carrier('voipms'))).toBeUndefined();
  const unable: Carrier = { ...carrier('http'), api: { divert: {}, write: [] } as unknown as NonNullable<Carrier['api']> };
  expect(whyNotDivertedBy({ carrier: 'main', divertBy: 'number' }, undefined, unable)).toContain('cannot set single numbers');
  expect(whyNotDivertedBy({ carrier: 'main', divertBy: 'call' }, undefined, carrier('voipms'))).toBeUndefined();
});

it('what a record says already is left alone, but not at another carrier', () => {
  const current = { carrier: 'main', divertBy: 'trunk' } as const;
  expect(whyNotDivertedBy(current, current, carrier('voipms'))).toBeUndefined();
  expect(whyNotDivertedBy({ ...current, carrier: 'other' }, current, carrier('voipms'))).toContain('carrier other');
});

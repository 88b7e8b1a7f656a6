/** What later steps of a call must know travels in the address that the carrier asks next, and comes back as it went. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeQuery, readFailedAddress, readPlace, webhookAddress, WEBHOOK_VERBS, type CallPlace } from '../../src/calls/webhook-address.ts';
import { LEG_ENDS } from '../../src/domain/leg.ts';

const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);
const place: fc.Arbitrary<CallPlace> = fc.record({
  tried: fc.uniqueArray(fc.record({ step: key, end: fc.constantFrom(...LEG_ENDS) }), { maxLength: 20, selector: ({ step }) => step }),
  step: fc.option(key, { nil: undefined }),
  passage: fc.constantFrom('fresh', 'passed', 'returned', undefined),
});
const carrier = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const verb = fc.constantFrom(...WEBHOOK_VERBS);

function read(address: string): (name: string) => string | undefined {
  const { searchParams } = new URL(address, 'https://calls.example.net');
  return (name) => searchParams.get(name) ?? undefined;
}

describe('a webhook address', () => {
  it('gives back the place that was put into it', () => {
    fc.assert(fc.property(carrier, verb, place, (id, one, given) => {
      const address = webhookAddress(id, one, placeQuery(given));
      expect(readPlace(read(address))).toEqual(given);
      expect(readFailedAddress(`https://calls.example.net${address}`)).toEqual({ verb: one, place: given });
    }));
  });

  it('is the same after a URL parser has had it: nothing about its escaping can differ between who signs and who checks', () => {
    fc.assert(fc.property(carrier, verb, place, (id, one, given) => {
      const address = `https://calls.example.net${webhookAddress(id, one, placeQuery(given))}`;
      expect(new URL(address).href).toBe(address);
    }));
  });

  it('any value of ours comes back', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), (value) => {
      expect(read(webhookAddress('main', 'screen', { customer: value, open: '' }))('customer')).toBe(value);
    }));
  });

  it('says nothing of what it does not know, and throws at nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: 'binary' }), (step, tried, via) => {
      const values: Record<string, string> = { step, tried, via };
      const found = readPlace((name) => values[name]);
      if (found.step !== undefined) expect(found.step).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
    }));
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true })), (address) => {
      expect(readFailedAddress(address)?.verb).toSatisfy((found) => found === undefined || WEBHOOK_VERBS.includes(found as never));
    }));
    expect(readFailedAddress(undefined)).toBeUndefined();
  });
});

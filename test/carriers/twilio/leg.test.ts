/** What became of a leg, from what `<Dial action>` says. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twilioDialect } from '../../../src/carriers/twilio/dialect.ts';
import { CAUSE_CLASSES, LEG_ENDS } from '../../../src/domain/leg.ts';

const leg = (params: Record<string, string>) => twilioDialect.leg(new Map(Object.entries(params).map(([name, value]) => [name, [value]])));
const dial = (status: string, sip?: number, more: Record<string, string> = {}) => leg({ DialCallStatus: status, ...(sip === undefined ? {} : { DialSipResponseCode: String(sip) }), ...more });

describe('answered', () => {
  it.each(['completed', 'answered', 'failed', 'no-answer', ''])('%s with DialBridged=true', (status) => {
    expect(dial(status, undefined, { DialBridged: 'true' }).end).toBe('answered');
  });

  it.each(['completed', 'answered'])('%s without DialBridged', (status) => {
    expect(dial(status, 200)).toEqual({ end: 'answered', cause: 'user' });
  });

  it.each(['completed', 'answered'])('%s with DialBridged=false was not taken', (status) => {
    expect(dial(status, 200, { DialBridged: 'false' })).toEqual({ end: 'no-answer', cause: 'user' });
  });
});

describe('not answered', () => {
  it.each([
    ['busy', 486, { end: 'busy', cause: 'user', sip: 486 }],
    ['busy', undefined, { end: 'busy', cause: 'user' }],
    ['no-answer', undefined, { end: 'no-answer', cause: 'user' }],
    ['no-answer', 487, { end: 'no-answer', cause: 'user', sip: 487 }],
    ['no-answer', 480, { end: 'no-answer', cause: 'user', sip: 480 }],
    ['no-answer', 408, { end: 'failed', cause: 'down', sip: 408 }],
    ['no-answer', 503, { end: 'failed', cause: 'down', sip: 503 }],
    ['no-answer', 500, { end: 'failed', cause: 'overloaded', sip: 500 }],
    ['canceled', 487, { end: 'cancelled', cause: 'user', sip: 487 }],
    ['failed', undefined, { end: 'failed', cause: 'ambiguous' }],
    ['failed', 503, { end: 'failed', cause: 'down', sip: 503 }],
    ['failed', 500, { end: 'failed', cause: 'overloaded', sip: 500 }],
    ['failed', 404, { end: 'failed', cause: 'ambiguous', sip: 404 }],
    ['failed', 486, { end: 'busy', cause: 'user', sip: 486 }],
    ['failed', 603, { end: 'declined', cause: 'user', sip: 603 }],
    ['failed', 487, { end: 'no-answer', cause: 'user', sip: 487 }],
    ['failed', 488, { end: 'failed', cause: 'user', sip: 488 }],
    ['novel', undefined, { end: 'failed', cause: 'ambiguous' }],
    ['novel', 503, { end: 'failed', cause: 'ambiguous', sip: 503 }],
  ] as const)('%s with SIP %s', (status, sip, result) => {
    expect(dial(status, sip)).toEqual(result);
  });

  it('487 after the caller has gone is the caller who hung up', () => {
    expect(dial('failed', 487, { CallStatus: 'completed' }).end).toBe('cancelled');
    expect(dial('failed', 487, { CallStatus: 'in-progress' }).end).toBe('no-answer');
  });

  it("Twilio's own word that an address does not answer counts", () => {
    expect(dial('failed', undefined, { ErrorCode: '32011' }).cause).toBe('down');
    expect(dial('failed', undefined, { ErrorCode: '13227' }).cause).toBe('ambiguous');
  });

  it('nothing at all is a failure that says nothing of the place', () => {
    expect(leg({})).toEqual({ end: 'failed', cause: 'ambiguous' });
  });
});

describe('laws', () => {
  const status = fc.oneof(fc.constantFrom('completed', 'answered', 'busy', 'no-answer', 'canceled', 'failed', ''), fc.string());
  const anyLeg = fc.record({ DialCallStatus: status, DialBridged: fc.oneof(fc.constantFrom('true', 'false', ''), fc.string()), DialSipResponseCode: fc.oneof(fc.integer({ min: -1, max: 1000 }).map(String), fc.string()), ErrorCode: fc.string(), CallStatus: status }, { requiredKeys: [] });

  it('a result is in the catalogue, and only a failure counts against the place', () => {
    fc.assert(fc.property(anyLeg, (params) => {
      const { end, cause, sip } = leg(params);
      expect(LEG_ENDS).toContain(end);
      expect(CAUSE_CLASSES).toContain(cause);
      if (end !== 'failed') expect(cause).toBe('user');
      if (sip !== undefined) expect(sip >= 300 && sip <= 699).toBe(true);
    }), { numRuns: 1000 });
  });

  it('a leg that was not bridged is never taken for an answered one', () => {
    fc.assert(fc.property(anyLeg, (params) => {
      expect(leg({ ...(params as Record<string, string>), DialBridged: 'false' }).end).not.toBe('answered');
    }));
  });
});

/** What a final SIP status says of the place it came from. */
import { describe, expect, it } from 'vitest';
import { sipCause, sipFailure } from '../../src/carriers/sip-cause.ts';

describe('sipCause', () => {
  it.each([
    ['down', [408, 502, 503, 504]],
    ['overloaded', [500]],
    ['user', [410, 484, 486, 487, 488, 600, 603, 606, 607, 608]],
    ['ambiguous', [302, 400, 401, 403, 404, 480, 482, 483, 501, 513, 604, 699]],
  ] as const)('%s', (cause, statuses) => {
    expect(statuses.map(sipCause)).toEqual(statuses.map(() => cause));
  });
});

describe('sipFailure', () => {
  it.each([
    [486, 'busy'], [600, 'busy'],
    [603, 'declined'], [607, 'declined'], [608, 'declined'],
    [503, 'failed'], [404, 'failed'], [410, 'failed'], [488, 'failed'],
  ] as const)('%i ends the leg as %s', (status, end) => {
    expect(sipFailure(status, false)).toEqual({ end, cause: sipCause(status) });
  });

  it('487 is the caller who hung up, or else ringing that nobody took', () => {
    expect(sipFailure(487, true).end).toBe('cancelled');
    expect(sipFailure(487, false).end).toBe('no-answer');
  });

  it('what people do never counts against the place', () => {
    for (let status = 300; status < 700; status++) {
      const { end, cause } = sipFailure(status, false);
      if (end !== 'failed') expect(cause).toBe('user');
    }
  });
});

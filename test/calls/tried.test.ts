/** The steps a call has been through, to and from the URL that carries them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callSteps } from '../../rules/call-steps.ts';
import { decodeTried, encodeTried } from '../../src/calls/tried.ts';
import { LEG_ENDS } from '../../src/domain/leg.ts';
import { callFacts } from '../rules/facts.ts';

describe('the steps tried', () => {
  it('are short and need no escaping', () => {
    const text = encodeTried([{ step: 'primary', end: 'failed' }, { step: 'd1x2y3z-2', end: 'no-answer' }]);
    expect(text).toBe('primary-f_d1x2y3z-2-n');
    expect(encodeURIComponent(text)).toBe(text);
  });

  it('come back as they went, for the keys of any call', () => {
    fc.assert(fc.property(callFacts, fc.infiniteStream(fc.constantFrom(...LEG_ENDS)), (given, ends) => {
      const legs = callSteps(given).steps.map(({ key }) => ({ step: key, end: ends.next().value ?? ('failed' as const) }));
      const text = encodeTried(legs);
      expect(decodeTried(text)).toEqual(legs);
      expect(encodeURIComponent(text)).toBe(text);
    }));
  });

  it('keep the first end of a step that is named twice', () => {
    expect(decodeTried(encodeTried([{ step: 'd1', end: 'busy' }, { step: 'd1', end: 'failed' }]))).toEqual([{ step: 'd1', end: 'busy' }]);
    expect(decodeTried('d1-b_d1-f')).toEqual([{ step: 'd1', end: 'busy' }]);
  });

  it.each([undefined, '', 'x', 'primary', 'primary-z', 'primary-f_', '_primary-f', 'primary-f__d1-n', '../../etc', 'PRIMARY-f', 'primary-f d1-n', '-f'])('are none in %s', (text) => {
    expect(decodeTried(text)).toEqual([]);
  });

  it('are 20 at most, whatever comes', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ step: `d${index}`, end: 'failed' as const }));
    expect(decodeTried(encodeTried(many))).toHaveLength(20);
    expect(decodeTried(many.map(({ step }) => `${step}-f`).join('_'))).toHaveLength(20);
    fc.assert(fc.property(fc.string({ maxLength: 3000 }), (text) => {
      expect(decodeTried(text).length).toBeLessThanOrEqual(20);
    }));
  });
});

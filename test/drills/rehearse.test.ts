import { describe, expect, it } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { rehearse } from '../../src/drills/rehearse.ts';

const { health } = shippedPolicy();
const breathe = () => Promise.resolve();
const probes = [{ kind: 'sip-options' as const, target: 'sip:pbx.example.net', everySeconds: 2 }];

describe('a failure of a primary that is only played', () => {
  it('is seen within seconds by a probe, and acted upon after the minute that one group of evidence takes', async () => {
    const { detect = Number.NaN, decide = Number.NaN, why } = await rehearse('pbx', { probes }, health, breathe);
    expect(why).toBeUndefined();
    expect(detect).toBeGreaterThan(0);
    expect(detect).toBeLessThan(10_000);
    expect(decide).toBeGreaterThanOrEqual(60_000);
    expect(decide).toBeLessThan(75_000);
    expect(await rehearse('pbx', { probes }, health, breathe)).toEqual({ primary: 'pbx', detect, decide });
  });

  it('waits for people where they decide, and for calls where nothing probes', async () => {
    const manual = await rehearse('pbx', { probes, mode: 'manual' }, health, breathe);
    expect(manual).toMatchObject({ detect: expect.any(Number), why: expect.stringMatching(/./) });
    expect(manual).not.toHaveProperty('decide');
    expect(await rehearse('pbx', {}, health, breathe)).toEqual({ primary: 'pbx', why: expect.stringContaining('no probes') });
  });
});

import { describe, expect, it } from 'vitest';
import { proofOf, type Tried } from '../../rules/proof.ts';

const NOW = 1_700_000_000_000;
const days = (count: number): number => NOW - count * 86_400_000;

describe('what is known of a destination', () => {
  it.each<[string, Tried | undefined, string]>([
    ['it was never tried', undefined, 'unproven'],
    ['proven yesterday', { triedAt: days(1), is: 'proven', provenAt: days(1) }, 'proven'],
    ['proven 89 days ago', { triedAt: days(89), is: 'proven', provenAt: days(89) }, 'proven'],
    ['... 90 days ago', { triedAt: days(90), is: 'proven', provenAt: days(90) }, 'unproven'],
    ['proven, and busy since', { triedAt: days(1), is: 'busy', provenAt: days(20) }, 'proven'],
    ['proven, and not reached since', { triedAt: days(1), is: 'failed', provenAt: days(20) }, 'dead'],
    ['never proven, and not reached', { triedAt: days(1), is: 'failed' }, 'dead'],
    ['picked up, and nobody pressed 1', { triedAt: days(1), is: 'unconfirmed' }, 'unproven'],
  ])('%s', (_name, tried, proof) => {
    expect(proofOf(tried, NOW, 90)).toBe(proof);
  });
});

/** The sentence of a primary: what is so, since when, and who said it. */
import { describe, expect, it } from 'vitest';
import { whyPrimary } from '../../rules/why.ts';
import type { Diversion } from '../../src/domain/diversion.ts';
import type { PrimaryState } from '../../src/domain/primary.ts';

const AT = Date.parse('2026-11-21T03:02:11.250Z');
const ops = { key: 'ops', role: 'operator' };
const diversion: Diversion = { primary: 'pbx', started: { at: AT, by: ops, reason: 'PBX is dark' } };
const ended: Diversion = { ...diversion, ended: { at: AT, by: { key: 'system', role: 'system' }, reason: 'all numbers are back' } };
const by = (says: 'divert' | 'restore', reason: string): Pick<PrimaryState, 'override'> => ({ override: { says, by: ops, reason, at: AT } });

describe('why', () => {
  it.each<[PrimaryState, Diversion | undefined, string]>([
    [{ is: 'up', since: 0 }, undefined, 'Takes its calls: nobody has said otherwise.'],
    [{ is: 'up', since: AT }, undefined, 'Takes its calls since 2026-11-21T03:02:11Z.'],
    [{ is: 'down', since: AT, ...by('divert', 'PBX is dark') }, diversion, 'Calls go to the backup plans since 2026-11-21T03:02:11Z because operator key `ops` said so: "PBX is dark".'],
    [{ is: 'down', since: AT, diversion: 'd1' }, diversion, 'Calls go to the backup plans since 2026-11-21T03:02:11Z because operator key `ops` said so: "PBX is dark".'],
    [{ is: 'down', since: AT }, ended, 'Calls go to the backup plans since 2026-11-21T03:02:11Z.'],
    [{ is: 'up', since: AT, ...by('restore', 'power is back') }, ended, 'Takes its calls again since 2026-11-21T03:02:11Z because operator key `ops` said so: "power is back".'],
    [{ is: 'up', since: AT }, ended, 'Takes its calls again since 2026-11-21T03:02:11Z because Ringthrough itself said so: "all numbers are back".'],
    [{ is: 'recovering', since: AT }, undefined, 'Takes its calls again, on probation, since 2026-11-21T03:02:11Z.'],
    [{ is: 'degraded', since: AT }, undefined, 'Takes its calls, but not well, since 2026-11-21T03:02:11Z.'],
  ])('%j', (state, record, sentence) => {
    expect(whyPrimary('pbx', state, record)).toBe(sentence);
  });

  it('counts the numbers that would find no plan', () => {
    expect(whyPrimary('pbx', { is: 'up', since: 0 }, undefined, { numbers: 200, unprotected: 3 })).toBe('Takes its calls: nobody has said otherwise; 3 of the 200 numbers of `pbx` have no plan.');
    expect(whyPrimary('pbx', { is: 'up', since: 0 }, undefined, { numbers: 200, unprotected: 0 })).toContain('every number of `pbx` has a plan (200)');
    expect(whyPrimary('pbx', { is: 'up', since: 0 }, undefined, { numbers: 0, unprotected: 0 })).toContain('no number belongs to `pbx`');
  });
});

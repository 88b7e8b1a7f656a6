/** What an operator's word makes of a state, also of one that automation has turned. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAfter, type Order } from '../../src/diversion/order.ts';
import { UNJUDGED, type HealthRecord } from '../../src/domain/health-record.ts';
import { PRIMARY_STATES } from '../../src/domain/primary-states.ts';
import type { PrimaryState } from '../../src/domain/primary.ts';

const NOW = 1_700_000_000_000;
const by = { key: 'anna', role: 'operator' } as const;
const order = (says: 'divert' | 'restore', more: Partial<Order> = {}): Order => ({ id: 'o1', primary: 'pbx', says, at: NOW, by, reason: 'because', diversion: 'new', ...more });
const judged = (more: Partial<HealthRecord>): HealthRecord => ({ ...UNJUDGED, version: 3, ...more });
const diverted: PrimaryState = { is: 'down', since: 1, diversion: 'open', health: judged({ state: 'down', since: 1, condition: 'failing' }) };
const onProbation: PrimaryState = { is: 'recovering', since: 1, diversion: 'open', share: 0.25, health: judged({ state: 'recovering', since: 1, step: 1, stepSince: 2 }) };

describe('divert', () => {
  it('of what automation has diverted keeps the diversion, makes it the operator\'s, and reaches the carriers', () => {
    expect(stateAfter(diverted, order('divert'))).toMatchObject({ is: 'down', since: 1, diversion: 'open', override: { says: 'divert', at: NOW }, health: { atCarriers: true, word: { says: 'divert', settled: false } } });
  });

  it('of what is on probation takes its calls away again, in the same diversion', () => {
    const after = stateAfter(onProbation, order('divert'));
    expect(after).toMatchObject({ is: 'down', since: NOW, diversion: 'open', health: { state: 'down' } });
    expect(after.share).toBeUndefined();
  });
});

describe('restore', () => {
  it('now ends a probation, and the diversion with it', () => {
    const after = stateAfter(onProbation, order('restore'));
    expect(after).toMatchObject({ is: 'up', since: NOW, override: { says: 'restore' }, health: { state: 'up' } });
    expect([after.diversion, after.share]).toEqual([undefined, undefined]);
  });

  it('in steps begins a probation, and leaves one that has begun where it is', () => {
    expect(stateAfter(diverted, order('restore', { firstShare: 0.05 }))).toMatchObject({ is: 'recovering', share: 0.05, diversion: 'open', override: { how: 'steps' }, health: { state: 'recovering', step: 0 } });
    expect(stateAfter(onProbation, order('restore', { firstShare: 0.05 }))).toMatchObject({ is: 'recovering', since: 1, share: 0.25, health: { step: 1 } });
  });
});

describe('any word, of any state', () => {
  const state: fc.Arbitrary<PrimaryState> = fc.record({ is: fc.constantFrom(...PRIMARY_STATES), since: fc.nat({ max: 9 }), health: fc.boolean(), says: fc.constantFrom('divert' as const, 'restore' as const, undefined), held: fc.boolean() }).map(({ is, since, health, says, held }) => ({
    is, since,
    ...(is === 'down' || is === 'recovering' ? { diversion: 'open' } : {}),
    ...(is === 'recovering' ? { share: 0.25 } : {}),
    ...(health ? { health: judged({ state: is, since }) } : {}),
    ...(says ? { override: { says, by, reason: 'x', at: 5 } } : {}),
    ...(held ? { hold: { by, reason: 'held', at: 1 } } : {}),
  }));
  const word = fc.constantFrom(order('divert'), order('restore'), order('restore', { firstShare: 0.05 }));

  it('holds afterwards, changes nothing when said again, keeps holds, and what is kept of its health agrees', () => {
    fc.assert(fc.property(state, word, (before, said) => {
      const after = stateAfter(before, said);
      expect(after.is === 'down').toBe(said.says === 'divert');
      expect(after.diversion !== undefined).toBe(after.is === 'down' || after.is === 'recovering');
      expect(after.hold).toEqual(before.hold);
      if (after.health) expect(after.health.state).toBe(after.is);
      expect(after.share !== undefined).toBe(after.is === 'recovering');
      expect(stateAfter(after, { ...said, at: NOW + 1 })).toBe(after);
    }));
  });
});

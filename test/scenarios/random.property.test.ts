/** Random outages, seen by processes that are cut off and sleep, with alerts that are true and false: what must hold in all of them. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Scenario, WorldChange } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';

const policy = shippedPolicy().health;
const DURATION = 1200;

const at = fc.integer({ min: 0, max: DURATION });
const bad: fc.Arbitrary<WorldChange> = fc.record({ at, primary: fc.constant('pbx'), is: fc.constantFrom('down', 'slow', 'flaky', 'busy'), only: fc.option(fc.constantFrom('calls' as const, 'probes' as const), { nil: undefined }) }).map(({ only, ...change }) => ({ ...change, ...(only ? { only } : {}) }));
const good: fc.Arbitrary<WorldChange> = fc.record({ at, primary: fc.constant('pbx'), is: fc.constant('up' as const) });
/** The first observer always answers calls: somebody does. */
const ours: fc.Arbitrary<WorldChange> = fc.record({ at, observer: fc.constantFrom(1, 2), is: fc.constantFrom('cut-off', 'paused', 'up') });
const signal = fc.record({ at, source: fc.constantFrom('kuma', 'page'), primary: fc.constant('pbx'), says: fc.constantFrom('down' as const, 'degraded' as const, 'unknown' as const, 'resolved' as const) });

const scenario = (world: fc.Arbitrary<WorldChange>): fc.Arbitrary<Scenario> => fc.record({
  name: fc.constant('random'),
  seed: fc.nat(1000),
  durationSeconds: fc.constant(DURATION),
  observers: fc.constant(3),
  primaries: fc.constant([{ id: 'pbx', probes: [{ kind: 'sip-options', everySeconds: 2 }] }]),
  numbers: fc.constant([{ count: 100, primary: 'pbx', divertBy: 'call' as const, safetyNet: false }, { count: 50, primary: 'pbx', divertBy: 'number' as const, safetyNet: true }]),
  calls: fc.constant({ perSecond: 1 }),
  world: fc.array(world, { maxLength: 8 }).map((changes) => changes.toSorted((one, other) => one.at - other.at)),
  signals: fc.array(signal, { maxLength: 3 }),
});

it('no call is lost that has a plan; each is counted once; diversions begin and end in turn; and no number is written more than there and back', () => {
  fc.assert(fc.property(scenario(fc.oneof(bad, good, ours)), (given) => {
    const { calls, diversions, transitions, carrierWrites } = simulate(given, policy);
    expect(calls.lost).toBe(0);
    expect(calls.byPrimary + calls.byBackup).toBe(calls.total);
    const turns = transitions.map(({ action }) => action).filter((action) => action === 'divert' || action === 'restore');
    expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'divert' : 'restore')));
    expect(carrierWrites).toBeLessThanOrEqual(2 * diversions.reduce((sum, { numbersMoved }) => sum + numbersMoved, 0));
  }), { numRuns: 8 });
});

it('while nothing is wrong with it, nothing is diverted, whoever of us is cut off or asleep, and whatever one system says', () => {
  // Without calls: those that get through would speak against it by themselves.
  const oneSays = scenario(ours).map((given) => ({ ...given, calls: { perSecond: 0 }, signals: (given.signals ?? []).map((one) => ({ ...one, source: 'kuma' })) }));
  fc.assert(fc.property(oneSays, (given) => {
    expect(simulate(given, policy).diversions).toEqual([]);
  }), { numRuns: 25 });
});

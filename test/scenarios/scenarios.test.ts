/** Five real outages, played through the rules: what must come of each. The scenarios are the files beside this one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { SimulationResult } from '../../src/simulate/outcome.ts';
import { groupsOf, readScenario, type Scenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';

const policy = shippedPolicy().health;

function scenario(name: string): Scenario {
  const read = readScenario(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8'));
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.scenario;
}

const FILES = ['a-three-jams', 'b-restarts', 'c-flapping-link', 'd-hung-failover', 'e-power-failure'] as const;
const results = new Map<string, SimulationResult>();
function played(name: (typeof FILES)[number]): SimulationResult {
  const known = results.get(name) ?? simulate(scenario(name), policy);
  results.set(name, known);
  return known;
}

const steps = ({ transitions }: SimulationResult, primary: string): string[] => transitions.filter((one) => one.primary === primary).map(({ action }) => action);

it('every file is one of them', () => {
  expect(readdirSync(import.meta.dirname).filter((file) => file.endsWith('.yaml')).map((file) => file.replace('.yaml', ''))).toEqual(FILES);
});

describe.each(FILES)('%s', (name) => {
  it('no primary is diverted that nothing was wrong with, and each diversion ends without a hand', () => {
    const { falseDiversions, diversions } = played(name);
    expect(falseDiversions).toBe(0);
    expect(diversions).not.toEqual([]);
    expect(diversions.filter(({ restoredAt }) => restoredAt === null)).toEqual([]);
  });

  it('no call is lost of a number that asks us for each call and has a plan', () => {
    const given = scenario(name);
    const perCall = groupsOf(given).map((group) => ({ ...group, divertBy: 'call' as const, safetyNet: false, withPlan: 1 }));
    expect(simulate({ ...given, durationSeconds: Math.min(given.durationSeconds, 3600), numbers: perCall }, policy).calls.lost).toBe(0);
  });

  it('gives calls back step by step', () => {
    for (const { primary } of played(name).diversions) {
      const shares = played(name).transitions.filter((one) => one.primary === primary).slice(-4).map(({ share }) => share);
      expect(shares).toEqual([0.05, 0.25, 1, 1]);
    }
  });
});

describe('what each asks of us', () => {
  it('A: one diversion and not three, though the PBX answers its probes all the time', () => {
    const { diversions, transitions } = played('a-three-jams');
    expect(diversions).toHaveLength(1);
    expect(diversions[0]?.startedAt).toBeLessThan(690);
    expect(diversions[0]?.restoredAt).toBeGreaterThan(3480);
    expect(transitions[0]).toMatchObject({ at: diversions[0]?.startedAt, action: 'divert', diagnosis: 'calls-failing' });
  });

  it('A: "monitoring" on the status page is no recovery', () => {
    const between = played('a-three-jams').transitions.filter(({ at }) => at > 1380 && at < 1680);
    expect(between).toEqual([]);
  });

  it('B: one diversion, no number moved at a carrier, and the period is noticed', () => {
    const { diversions, carrierWrites, brakes } = played('b-restarts');
    expect(diversions).toHaveLength(1);
    expect([diversions[0]?.numbersMoved, carrierWrites]).toEqual([0, 0]);
    expect(brakes.map(({ because }) => because)).toContainEqual(expect.stringMatching(/third failure, 10 min apart: held until 2 more would have come/));
  });

  it('C: one cause for both primaries, and the one elsewhere stays where it is', () => {
    const result = played('c-flapping-link');
    expect(result.diversions.map(({ primary, cause }) => [primary, cause])).toEqual([['voice-1', 'dc-link'], ['voice-2', 'dc-link']]);
    expect(steps(result, 'elsewhere')).toEqual(['mark-degraded', 'mark-up']);
    expect(result.diversions.map(({ numbersMoved }) => numbersMoved)).toEqual([0, 200]);
  });

  it('C: nothing is given back while the reconnecting servers refuse calls', () => {
    expect(played('c-flapping-link').transitions.filter(({ at, to }) => at > 1200 && at < 3600 && to === 'recovering')).toEqual([]);
  });

  it('D: decided within seconds, with one observer that hangs and one that was cut off before', () => {
    const { diversions, carrierWrites } = played('d-hung-failover');
    expect(diversions).toHaveLength(1);
    expect(diversions[0]?.startedAt).toBeGreaterThan(600);
    expect(diversions[0]?.startedAt).toBeLessThan(615);
    expect(carrierWrites).toBe(2 * 500);
  });

  it('E: power is back is not service is back', () => {
    const { diversions, transitions } = played('e-power-failure');
    expect(transitions.filter(({ at, to }) => at < 34_380 && to === 'recovering')).toEqual([]);
    expect(diversions[0]?.restoredAt).toBeGreaterThan(34_380 + 300);
  });
});

describe('detection', () => {
  const base: Scenario = { name: 'x', durationSeconds: 900, seed: 9, observers: 2, primaries: [{ id: 'pbx', probes: [{ kind: 'sip-options', everySeconds: 2 }] }], numbers: { count: 500, primary: 'pbx' } };
  const startedAt = (more: Partial<Scenario>) => simulate({ ...base, ...more }, policy).diversions.map((one) => one.startedAt);

  it.each([1, 2, 3, 4, 5])('a hard failure by two groups is decided within ten seconds, seed %i', (seed) => {
    const [at] = startedAt({ seed, calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'down' }], signals: [{ at: 302, source: 'alertmanager', primary: 'pbx', says: 'down' }] });
    expect(at).toBeGreaterThan(305);
    expect(at).toBeLessThanOrEqual(310);
  });

  it.each<[string, Partial<Scenario>]>([
    ['probes alone', { world: [{ at: 300, primary: 'pbx', is: 'down' }] }],
    ['calls alone', { calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'down', only: 'calls' }] }],
  ])('one group takes a minute at least: %s', (_name, more) => {
    const [at] = startedAt(more);
    expect(at).toBeGreaterThanOrEqual(360);
    expect(at).toBeLessThan(370);
  });

  it.each<[string, Partial<Scenario>]>([
    ['an alert alone, while probes are answered', { signals: [{ at: 300, source: 'kuma', primary: 'pbx', says: 'down' }] }],
    ['one of two observers is cut off', { calls: { perSecond: 4 }, world: [{ at: 300, observer: 1, is: 'cut-off' }] }],
    ['all observers are cut off', { calls: { perSecond: 4 }, world: [{ at: 300, observer: 0, is: 'cut-off' }, { at: 300, observer: 1, is: 'cut-off' }] }],
    ['both at once', { world: [{ at: 300, observer: 0, is: 'cut-off' }, { at: 300, observer: 1, is: 'cut-off' }], signals: [{ at: 310, source: 'kuma', primary: 'pbx', says: 'down' }] }],
    ['the only observer is cut off for a while', { observers: 1, world: [{ at: 300, observer: 0, is: 'cut-off' }, { at: 420, observer: 0, is: 'up' }] }],
    ['the only observer sleeps', { observers: 1, world: [{ at: 300, observer: 0, is: 'paused' }, { at: 420, observer: 0, is: 'up' }] }],
    ['probes are lost on the way, and calls get through', { calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'down', only: 'probes' }] }],
    ['slow', { calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'slow', delayMs: 700 }] }],
    ['a blip of four seconds', { calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'down' }, { at: 304, primary: 'pbx', is: 'up' }] }],
  ])('no diversion: %s', (_name, more) => {
    expect(startedAt(more)).toEqual([]);
  });

  it('the same seed gives the same, another one other calls', () => {
    const play = (seed: number) => simulate({ ...base, seed, calls: { perSecond: 4 }, world: [{ at: 300, primary: 'pbx', is: 'flaky' }] }, policy);
    expect(play(1)).toEqual(play(1));
    expect(play(1).calls).not.toEqual(play(2).calls);
  });
});

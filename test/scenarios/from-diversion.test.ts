/** A diversion that was, as a scenario: what was seen becomes the truth, and the rules come to the same again; with others, to something else. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { writeYaml } from '../../src/config/write-yaml.ts';
import type { Recorded } from '../../src/domain/diversion-report.ts';
import { CLAIMS } from '../../src/domain/evidence.ts';
import { scenarioFrom } from '../../src/simulate/from-recorded.ts';
import { readScenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';

const FROM = Date.UTC(2026, 10, 22, 14);
const at = (seconds: number): string => new Date(FROM + seconds * 1000).toISOString();
const { health } = shippedPolicy();

type Said = Recorded['said'][number];
const said = (seconds: number, source: string, claim: Said['claim'], more: Partial<Said> = {}): Said => ({ at: at(seconds), until: at(seconds + 600), source, group: 'probes', claim, because: '', ...more });
const offered = (from: number, to: number, share: number, overloaded = 0): Recorded['offered'] =>
  Array.from({ length: Math.max(0, (to - from) / 10) }, (_, index) => ({ at: at(from + 10 * index), calls: 40, failed: Math.round(40 * share), overloaded: Math.round(40 * share * overloaded) }));

/** A PBX that was dark from 900 to 1500, seen by two processes; diverted at 908, given calls back from 1650 on. */
function dark(more: Partial<Recorded> = {}): Recorded {
  const renewed = (claim: Said['claim'], source: string, from: number, to: number): Said[] => Array.from({ length: Math.ceil((to - from) / 300) }, (_, index) => said(from + 300 * index, source, claim));
  const seen = ['a', 'b'].flatMap((process, index) => [...renewed('up', `probe/${process}/sip`, 0, 902 + index), ...renewed('down', `probe/${process}/sip`, 902 + index, 1501), ...renewed('up', `probe/${process}/sip`, 1501 + index, 3000)]);
  return {
    from: at(0), to: at(3000), processes: ['a', 'b'], dependsOn: ['dc1'], probes: [{ kind: 'sip-options', everySeconds: 2 }], carriers: [{ id: 'main', writesPerSecond: 5 }], callsPerSecond: 1, orders: [],
    numbers: [{ count: 500, divertBy: 'call', withPlan: 1, carrier: 'main', class: 'standard' }, { count: 100, divertBy: 'number', withPlan: 0.9, carrier: 'gone', class: 'critical' }],
    said: seen.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)), offered: [...offered(0, 900, 0), ...offered(900, 910, 1), ...offered(1650, 3000, 0)],
    ...more,
  };
}

const by = { key: 'system', role: 'system' };
const from = (recorded: Recorded) => scenarioFrom({ diversion: 'd-1', primary: 'pbx', started: { at: at(908), by, reason: '' }, ended: { at: at(1800), by, reason: '' }, recorded });
const worldOf = (recorded: Recorded): string[] => (from(recorded).scenario.world ?? []).map((one) => [one.at, one.observer === undefined ? '' : `observer ${one.observer}`, one.is, one.only, one.failure].filter((word) => word !== undefined && word !== '').join(' '));

test('what was seen becomes the truth, and the rules do again what they did', () => {
  const { scenario, was } = from(dark());
  expect(was).toEqual({ startedAt: 908, restoredAt: 1800 });
  expect(worldOf(dark())).toEqual(['900 down calls', '902 down probes', '1501 up']);
  expect(scenario).toMatchObject({ startsAt: at(0), durationSeconds: 4500, observers: 2, primaries: [{ id: 'pbx', dependsOn: ['dc1'] }], calls: { perSecond: 1 }, numbers: [{ count: 500, carrier: 'main' }, { count: 100, divertBy: 'number' }] });
  const { diversions, calls, transitions } = simulate({ ...scenario, durationSeconds: 2000 }, health);
  expect(diversions).toHaveLength(1);
  expect(diversions[0]!.startedAt).toBeGreaterThan(900);
  expect(diversions[0]!.startedAt).toBeLessThan(920);
  expect(transitions.map(({ action }) => action)).toEqual(expect.arrayContaining(['widen', 'begin-probation']));
  expect(calls.savedInCall).toBeGreaterThan(0);
  const manual = simulate({ ...scenario, durationSeconds: 1000 }, { ...health, approval: { ...health.approval, mode: 'manual' } });
  expect(manual).toMatchObject({ diversions: [], brakes: [{ brake: 'approval', action: 'divert' }] });
});

test('as it is written to a file it is the same scenario, and can be played', () => {
  const { scenario, assumed } = from(dark());
  expect(readScenario(writeYaml(scenario, assumed))).toEqual({ scenario });
});

test.each<[string, Partial<Recorded>, string[]]>([
  ['a PBX that answers probes and refuses calls', { said: [said(0, 'probe/a/sip', 'up')], offered: [...offered(0, 900, 0), ...offered(900, 960, 0.9, 1), ...offered(1650, 1700, 0)] }, ['900 busy calls 0.9', '1650 up calls']],
  ['some calls fail', { said: [], offered: [...offered(0, 100, 0), ...offered(100, 200, 0.4), ...offered(200, 300, 0)] }, ['100 flaky calls 0.4', '200 up calls']],
  ['a single call that failed is nothing', { said: [], offered: [...offered(0, 50, 0), { at: at(50), calls: 40, failed: 1, overloaded: 0 }, ...offered(60, 90, 0)] }, []],
  ['a process that was cut off', { said: [said(0, 'probe/a/sip', 'up'), said(0, 'probe/b/sip', 'up'), said(100, 'probe/b/sip', 'unknown'), said(200, 'probe/b/sip', 'up')], offered: [] }, ['100 observer 1 cut-off', '200 observer 1 up']],
  ['one of two probes fails', { said: [said(0, 'probe/a/sip', 'up'), said(0, 'probe/a/http', 'up'), said(100, 'probe/a/http', 'down'), said(590, 'probe/a/sip', 'up', { until: at(3000) })], offered: [] }, ['100 flaky 0.5', '700 up']],
  ['slow, then overloaded', { said: [said(0, 'probe/a/sip', 'degraded'), said(50, 'probe/a/sip', 'overloaded')], offered: [] }, ['0 slow', '50 busy']],
  ['a source that falls silent says nothing more', { said: [said(0, 'probe/a/sip', 'down', { until: at(20) })], offered: [] }, ['0 down']],
])('%s', (_name, more, world) => {
  expect(worldOf(dark(more))).toEqual(world);
});

test('alerts and words of operators come as they came', () => {
  const alert = (seconds: number, claim: Said['claim']): Said => said(seconds, 'source/am/1', claim, { group: 'alerts', until: at(seconds + 1000) });
  const { scenario } = from(dark({ said: [alert(30, 'down'), alert(90, 'withdrawn')], orders: [{ at: at(40), says: 'divert' }, { at: at(600), says: 'restore', how: 'steps' }] }));
  expect(scenario.signals).toEqual([{ at: 30, source: 'am/1', primary: 'pbx', says: 'down', forSeconds: 1000 }, { at: 90, source: 'am/1', primary: 'pbx', says: 'resolved' }]);
  expect(scenario.orders).toEqual([{ at: 40, primary: 'pbx', says: 'divert' }, { at: 600, primary: 'pbx', says: 'restore', how: 'steps' }]);
  const { transitions, diversions } = simulate({ ...scenario, durationSeconds: 700 }, health);
  expect(transitions.slice(0, 2)).toMatchObject([{ at: 40, from: 'up', to: 'down', action: 'divert', share: 0, because: 'An operator says so.' }, { at: 600, to: 'recovering', action: 'begin-probation' }]);
  expect(diversions).toMatchObject([{ primary: 'pbx', startedAt: 40, restoredAt: null }]);
});

test('where nothing was kept that is said, and it can be played all the same', () => {
  const { scenario, assumed } = from(dark({ said: [], offered: [], probes: [], numbers: [], processes: [], carriers: [], callsPerSecond: 0, to: at(300) }));
  expect(assumed).toEqual(expect.arrayContaining([expect.stringContaining('Nothing is known of when it failed'), expect.stringContaining('one stands for them')]));
  expect(simulate({ ...scenario, durationSeconds: 1000 }, health).diversions).toEqual([]);
});

test('whatever was recorded, it is a scenario that can be played', () => {
  const moment = fc.integer({ min: -50, max: 4000 });
  const claims = fc.array(fc.record({ seconds: moment, source: fc.constantFrom('probe/a/x', 'probe/b/x', 'source/am/1', 'calls/a'), claim: fc.constantFrom<Said['claim']>(...CLAIMS, 'withdrawn'), lasts: fc.integer({ min: 0, max: 900 }) }), { maxLength: 40 });
  const slots = fc.array(fc.record({ slot: fc.integer({ min: 0, max: 300 }), calls: fc.integer({ min: 1, max: 9 }), failed: fc.integer({ min: 0, max: 9 }) }), { maxLength: 40 });
  fc.assert(fc.property(claims, slots, (all, some) => {
    const group = (source: string): Said['group'] => (source.startsWith('probe') ? 'probes' : source.startsWith('calls') ? 'calls' : 'alerts');
    const heard = all.toSorted((one, other) => one.seconds - other.seconds).map(({ seconds, source, claim, lasts }) => said(seconds, source, claim, { group: group(source), until: at(seconds + lasts) }));
    const met = some.toSorted((one, other) => one.slot - other.slot).map(({ slot, calls, failed }) => ({ at: at(10 * slot), calls, failed: Math.min(calls, failed), overloaded: 0 }));
    const { scenario } = from(dark({ said: heard, offered: met, callsPerSecond: 0 }));
    expect(readScenario(writeYaml(scenario, []))).toEqual({ scenario });
  }), { numRuns: 50 });
});

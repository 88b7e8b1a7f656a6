/** What a simulated outage is made of: its agenda, its dice, and the writes of its carriers. */
import { describe, expect, it } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { UNJUDGED, type HealthRecord } from '../../src/domain/health-record.ts';
import { createAgenda } from '../../src/simulate/agenda.ts';
import { createDice } from '../../src/simulate/dice.ts';
import { createFleet } from '../../src/simulate/fleet.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';

const policy = shippedPolicy().health;

describe('the agenda', () => {
  it('does the earliest first, and of one moment what was put down first', () => {
    const agenda = createAgenda(0);
    const done: string[] = [];
    const note = (at: number, name: string): void => agenda.at(at, () => void done.push(`${agenda.now} ${name}`));
    for (const [at, name] of [[5, 'e'], [1, 'a'], [3, 'c'], [3, 'd'], [2, 'b'], [10, 'late']] as const) note(at, name);
    agenda.at(4, () => note(1, 'overdue'));
    agenda.run(10);
    expect(done).toEqual(['1 a', '2 b', '3 c', '3 d', '4 overdue', '5 e']);
  });

  it('repeats at even distances', () => {
    const agenda = createAgenda(0);
    const at: number[] = [];
    agenda.every(7, 3, () => void at.push(agenda.now));
    agenda.run(30);
    expect(at).toEqual([3, 10, 17, 24]);
  });
});

it('dice fall evenly, the same way for the same seed, and apart for each purpose', () => {
  const rolls = (seed: number, purpose: string) => {
    const dice = createDice(seed, purpose);
    return Array.from({ length: 5000 }, () => dice.roll());
  };
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(rolls(1, 'calls')).toEqual(rolls(1, 'calls'));
  expect(rolls(1, 'calls')).not.toEqual(rolls(2, 'calls'));
  expect(rolls(1, 'calls')).not.toEqual(rolls(1, 'numbers'));
  expect(mean(rolls(1, 'calls'))).toBeCloseTo(0.5, 1);
  const dice = createDice(3, 'gaps');
  expect(mean(Array.from({ length: 5000 }, () => dice.gap(4)))).toBeCloseTo(0.25, 1);
});

describe('the writes of carriers', () => {
  const DOWN: HealthRecord = { ...UNJUDGED, state: 'down', atCarriers: true };
  const scenario: Scenario = {
    name: 'x', durationSeconds: 60, primaries: [{ id: 'pbx' }],
    numbers: [{ count: 30, primary: 'pbx', divertBy: 'number', class: 'low' }, { count: 10, primary: 'pbx', divertBy: 'number', class: 'critical' }, { count: 500, primary: 'pbx', divertBy: 'trunk', carrier: 'second' }, { count: 9, primary: 'pbx' }],
    carriers: [{ id: 'main', writesPerSecond: 10 }, { id: 'second', writesPerSecond: 1 }],
  };

  function begin() {
    const agenda = createAgenda(0);
    const told: number[] = [];
    const fleet = createFleet({ scenario, policy, agenda, seed: 1, moved: (_primary, numbers) => void told.push(numbers) });
    const moved = (from: number, to: number): number => fleet.numbers.slice(from, to).filter(({ unit }) => unit?.moved === true).length;
    return { agenda, fleet, moved, told };
  }

  it('go at their pace, critical numbers first, and a trunk by one', () => {
    const { agenda, fleet, moved, told } = begin();
    fleet.follow('pbx', DOWN);
    agenda.run(999);
    expect([moved(30, 40), moved(0, 30), moved(40, 540), fleet.writes]).toEqual([10, 0, 500, 11]);
    agenda.run(5000);
    expect([moved(0, 30), fleet.writes]).toEqual([30, 41]);
    expect(told.reduce((sum, numbers) => sum + numbers, 0)).toBe(540);
  });

  it('put back step by step, and nothing is written for what was taken back meanwhile', () => {
    const { agenda, fleet, moved } = begin();
    fleet.follow('pbx', DOWN);
    agenda.run(1000);
    fleet.follow('pbx', { ...DOWN, state: 'up', atCarriers: false });
    agenda.run(10_000);
    expect([moved(0, 549), fleet.writes]).toEqual([0, 2 * 11]);
    fleet.follow('pbx', DOWN);
    agenda.run(20_000);
    fleet.follow('pbx', { ...DOWN, state: 'recovering', step: 1 });
    agenda.run(30_000);
    expect(moved(0, 40)).toBeGreaterThan(20);
    expect(moved(0, 40)).toBeLessThan(40);
  });

  it('not before the failure lasts', () => {
    const { agenda, fleet } = begin();
    fleet.follow('pbx', { ...DOWN, atCarriers: false });
    agenda.run(10_000);
    expect(fleet.writes).toBe(0);
  });
});

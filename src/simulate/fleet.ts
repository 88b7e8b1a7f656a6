/** The numbers of a scenario and where their carriers send their calls; the carriers' own writes, at each one's pace, critical numbers first. */
import { isOffered, shareOf } from '../../rules/probation.ts';
import { thresholdsOf, type HealthPolicy } from '../domain/health-policy.ts';
import type { HealthRecord } from '../domain/health-record.ts';
import type { Agenda } from './agenda.ts';
import { createDice } from './dice.ts';
import { groupsOf, type NumbersGroup, type Scenario } from './scenario.ts';

export interface SimulatedNumber {
  number: string;
  primary: string;
  by: 'call' | 'number';
  /** Numbers of a trunk move together: one write. */
  unit: Unit | undefined;
  hasPlan: boolean;
  safetyNet: boolean;
}

interface Unit {
  id: string;
  primary: string;
  carrier: string;
  rank: number;
  numbers: number;
  moved: boolean;
  waits: boolean;
}

export interface Fleet {
  numbers: readonly SimulatedNumber[];
  countOf(primary: string): { own: number; answered: number };
  /** The primary's record is another: what is to be told its carriers is put down. */
  follow(primary: string, record: HealthRecord): void;
  readonly writes: number;
}

interface Options {
  scenario: Scenario;
  policy: HealthPolicy;
  agenda: Agenda;
  seed: number;
  /** So many numbers were moved away at a carrier. */
  moved(primary: string, numbers: number): void;
}

const DEFAULT_WRITES_PER_SECOND = 10;
const RANKS = ['critical', 'standard', 'low'] as const;
/** Belongs to nobody (ITU-T E.164, 3 digits of country code that are not assigned). */
const FIRST_NUMBER = 999_000_000_000;

export function createFleet({ scenario, policy, agenda, seed, moved }: Options): Fleet {
  const dice = createDice(seed, 'numbers');
  const numbers: SimulatedNumber[] = [];
  const units: Unit[] = [];
  const counts = new Map<string, { own: number; answered: number }>();
  const records = new Map<string, HealthRecord>();
  const queues = new Map<string, Unit[]>();
  let writes = 0;

  const paces = new Map((scenario.carriers ?? []).map(({ id, writesPerSecond }) => [id, writesPerSecond ?? DEFAULT_WRITES_PER_SECOND]));
  const firstCarrier = scenario.carriers?.[0]?.id ?? 'main';

  function unitFor(group: NumbersGroup, id: string): Unit {
    const unit = { id, primary: group.primary, carrier: group.carrier ?? firstCarrier, rank: RANKS.indexOf(group.class ?? 'standard'), numbers: 0, moved: false, waits: false };
    units.push(unit);
    return unit;
  }

  function addGroup(group: NumbersGroup, at: number): void {
    const { divertBy = 'call', withPlan = 1, safetyNet = false, primary } = group;
    const count = counts.get(primary) ?? { own: 0, answered: 0 };
    counts.set(primary, count);
    const trunk = divertBy === 'trunk' ? unitFor(group, `trunk ${at}`) : undefined;
    // A SIP call asks us too, and gets its answer as a call does.
    const by = divertBy === 'number' || divertBy === 'trunk' ? 'number' : 'call';
    for (let index = 0; index < group.count; index += 1) {
      const number = `+${FIRST_NUMBER + numbers.length}`;
      const hasPlan = dice.roll() < withPlan;
      const unit = trunk ?? (by === 'number' && hasPlan ? unitFor(group, number) : undefined);
      if (unit) unit.numbers += 1;
      count.own += 1;
      if (hasPlan) count.answered += 1;
      numbers.push({ number, primary, by, unit, hasPlan, safetyNet });
    }
  }

  for (const [at, group] of groupsOf(scenario).entries()) addGroup(group, at);
  const unitsOf = new Map<string, Unit[]>();
  for (const unit of units) unitsOf.set(unit.primary, [...(unitsOf.get(unit.primary) ?? []), unit]);

  function wanted({ primary, id }: Unit): boolean {
    const record = records.get(primary);
    return record !== undefined && record.atCarriers && !isOffered(shareOf(record, thresholdsOf(policy, primary)), id);
  }

  /** What is wanted is looked at when its turn comes: what was put down meanwhile and taken back is not written at all. */
  function write(carrier: string): void {
    const queue = queues.get(carrier) ?? [];
    let unit = queue.shift();
    while (unit && wanted(unit) === unit.moved) {
      unit.waits = false;
      unit = queue.shift();
    }
    if (!unit) {
      queues.delete(carrier);
      return;
    }
    unit.waits = false;
    unit.moved = !unit.moved;
    writes += 1;
    if (unit.moved) moved(unit.primary, unit.numbers);
    agenda.at(agenda.now + 1000 / (paces.get(carrier) ?? DEFAULT_WRITES_PER_SECOND), () => write(carrier));
  }

  return {
    numbers,
    countOf: (primary) => counts.get(primary) ?? { own: 0, answered: 0 },
    follow(primary, record) {
      records.set(primary, record);
      const found = (unitsOf.get(primary) ?? []).filter((unit) => !unit.waits && wanted(unit) !== unit.moved);
      for (const unit of found) {
        unit.waits = true;
        const queue = queues.get(unit.carrier);
        if (queue) queue.push(unit);
        else {
          queues.set(unit.carrier, [unit]);
          agenda.at(agenda.now, () => write(unit.carrier));
        }
      }
      for (const carrier of new Set(found.map((unit) => unit.carrier))) queues.get(carrier)?.sort((one, other) => one.rank - other.rank);
    },
    get writes() {
      return writes;
    },
  };
}

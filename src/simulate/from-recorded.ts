/**
 * A scenario from a diversion as it was recorded: what probes and calls met, as far as anybody saw it, becomes the truth of the scenario; alerts and
 * operators' words come as they came. Pure. What nobody saw is assumed, and said.
 */
import type { DiversionReport, Recorded } from '../domain/diversion-report.ts';
import { callTruths } from './from-offered.ts';
import { cutOffs, probeTruths, sameTruth, secondsSince, type TruthAt } from './from-said.ts';
import type { Scenario, WorldChange } from './scenario.ts';

export interface FromRecorded {
  scenario: Scenario;
  /** What had to be assumed, in sentences. */
  assumed: string[];
  /** How it really was, in seconds since the beginning; `restoredAt` null: it went on. */
  was: { startedAt: number; restoredAt: number | null };
}

/** As the form of a scenario has it. */
const LONGEST_SECONDS = 604_800;
/** Played on after the end, as though all stayed as it was last: other rules may give calls back later. Seconds. */
const AFTERWARDS = 2700;
const OBSERVERS = 64;
const CHANGES = 10_000;
const SOURCE_LENGTH = 100;
/** No call was offered within so long after, seconds: then calls are as probes say. */
const UNSEEN = 30;

/** Where nobody offered a call, calls fare as probes do. */
function callsFilled(calls: readonly TruthAt[], probes: readonly TruthAt[], { from, offered }: Recorded): TruthAt[] {
  const seen = offered.map(({ at }) => secondsSince(from, at));
  const filled = probes.filter(({ at }) => !seen.some((one) => one > at - 10 && one <= at + UNSEEN));
  const all: TruthAt[] = [];
  for (const one of [...calls, ...filled].toSorted((left, right) => left.at - right.at)) {
    if (!sameTruth(one.truth, all.at(-1)?.truth ?? { is: 'up' })) all.push(one);
  }
  return all;
}

function worldOf(recorded: Recorded, primary: string): WorldChange[] {
  const probes = probeTruths(recorded);
  const calls = callsFilled(callTruths(recorded), probes, recorded);
  const both = (one: TruthAt): boolean => calls.some(({ at, truth }) => at === one.at && sameTruth(truth, one.truth));
  const processes = recorded.processes.slice(0, OBSERVERS);
  const changes: WorldChange[] = [
    ...probes.map(({ at, truth }) => ({ at, primary, ...truth, ...(both({ at, truth }) ? {} : { only: 'probes' as const }) })),
    ...calls.filter((one) => !probes.some(({ at, truth }) => at === one.at && sameTruth(truth, one.truth))).map(({ at, truth }) => ({ at, primary, ...truth, only: 'calls' as const })),
    ...cutOffs(recorded, processes),
  ];
  return changes.toSorted((one, other) => one.at - other.at);
}

function signalsOf({ from, said }: Recorded, primary: string): NonNullable<Scenario['signals']> {
  return said.flatMap(({ at, until, source, group, claim }): NonNullable<Scenario['signals']> => {
    if (group !== 'alerts' && group !== 'heartbeat') return [];
    const name = source.replace(/^source\//, '').slice(0, SOURCE_LENGTH);
    const begin = secondsSince(from, at);
    if (claim === 'withdrawn') return [{ at: begin, source: name, primary, says: 'resolved' }];
    return [{ at: begin, source: name, primary, says: claim, forSeconds: Math.min(LONGEST_SECONDS, Math.max(1, secondsSince(from, until) - begin)) }];
  });
}

function assumedOf({ probes, offered, said, numbers }: Recorded, world: readonly WorldChange[]): string[] {
  return [
    'Numbers, plans, probes and carriers are as they are set up now; every plan answers, and no carrier has a safety net.',
    'Of all primaries this one alone; calls come evenly, as many in all as there were.',
    ...(said.some(({ group }) => group === 'probes') ? ['What probes said is taken for what was so, from when they said it: they see it some seconds late.'] : ['No probe is known to have seen anything.']),
    ...(offered.length === 0 ? ['No call is known to have been offered to it: calls fare as probes do.'] : ['While calls went elsewhere, those to the primary fare as probes do, or as they did last.']),
    ...(probes.length === 0 && said.every(({ group }) => group !== 'probes') && world.length === 0 ? ['Nothing is known of when it failed: nothing happens in it but alerts and words of operators.'] : []),
    ...(numbers.length === 0 ? ['It has no numbers now: one stands for them.'] : []),
  ];
}

export function scenarioFrom({ diversion, primary, started, ended, recorded }: Pick<DiversionReport, 'diversion' | 'primary' | 'started' | 'ended' | 'recorded'>): FromRecorded {
  const { from, to, mode, dependsOn, probes, numbers, carriers, callsPerSecond, orders, processes } = recorded;
  const recordedSeconds = secondsSince(from, to);
  const durationSeconds = Math.min(LONGEST_SECONDS, Math.max(recordedSeconds, (ended ? secondsSince(from, ended.at) : recordedSeconds) + AFTERWARDS));
  const isWithin = ({ at }: { at: number }): boolean => at <= durationSeconds;
  const world = worldOf(recorded, primary).filter(isWithin).slice(0, CHANGES);
  const known = new Set(carriers.map(({ id }) => id));
  const groups = numbers.map(({ carrier, ...group }) => ({ ...group, primary, ...(known.has(carrier) ? { carrier } : {}) }));
  const scenario: Scenario = {
    name: `diversion ${diversion} of ${primary}`,
    startsAt: from,
    durationSeconds,
    observers: Math.min(OBSERVERS, Math.max(1, processes.length)),
    primaries: [{ id: primary, probes: probes.slice(0, 20), ...(mode === undefined ? {} : { mode }), ...(dependsOn.length === 0 ? {} : { dependsOn }) }],
    numbers: groups.length === 0 ? { count: 1, primary } : groups,
    carriers,
    calls: { perSecond: Math.min(1000, callsPerSecond) },
    world,
    signals: signalsOf(recorded, primary).filter(isWithin).slice(0, CHANGES),
    orders: orders.map(({ at, says, how }) => ({ at: secondsSince(from, at), primary, says, ...(how === undefined ? {} : { how }) })).filter(isWithin).slice(0, 1000),
  };
  return { scenario, assumed: assumedOf(recorded, world), was: { startedAt: secondsSince(from, started.at), restoredAt: ended ? secondsSince(from, ended.at) : null } };
}

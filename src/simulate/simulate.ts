/** Plays a scenario in virtual time, through the very rules that production goes by: diagnoses, brakes, responses, the steps of each call. */
import { causesOf } from '../../rules/causes.ts';
import { judge, type HealthFacts, type Judgement } from '../../rules/judge.ts';
import { NOT_LOOKED } from '../../rules/diagnose/watch.ts';
import { shareOf } from '../../rules/probation.ts';
import { heed, type OperatorsOrder } from '../../rules/heed-word.ts';
import { createTrial, type Trial } from '../../rules/trial.ts';
import { thresholdsOf, type HealthPolicy } from '../domain/health-policy.ts';
import { UNJUDGED, type HealthRecord } from '../domain/health-record.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import { createAgenda } from './agenda.ts';
import { createSimulatedBoard } from './board.ts';
import { placeCall } from './calls.ts';
import { createDice } from './dice.ts';
import { createFleet } from './fleet.ts';
import { createObserver } from './observer.ts';
import { createOutcome, type SimulationResult } from './outcome.ts';
import type { Scenario } from './scenario.ts';
import { createWorld } from './world.ts';

const LOOK_EVERY_MS = 500;
const SIGNAL_COUNTS_MS = 900_000;
const SIGNAL_WEIGHT = 0.8;
/** A Monday, where the scenario says nothing else. */
const USUAL_START = Date.UTC(2026, 0, 5);

interface Kept {
  record: HealthRecord;
  trial: Trial;
  word: OperatorsOrder | undefined;
  is: Diagnosis;
}

/** A scenario that is played as far as it is asked for. */
export interface Play {
  /** Seconds since the beginning; never back. */
  runTo(seconds: number): void;
  result(): SimulationResult;
}

/** @param found is told what each look makes of a primary, seconds since the beginning */
export function createPlay(scenario: Scenario, policy: HealthPolicy, found: (at: number, primary: string, diagnosis: Diagnosis) => void = () => undefined): Play {
  const seed = scenario.seed ?? 1;
  const start = scenario.startsAt === undefined ? USUAL_START : Date.parse(scenario.startsAt);
  const agenda = createAgenda(start);
  const world = createWorld();
  const board = createSimulatedBoard();
  const outcome = createOutcome(start);
  const fleet = createFleet({ scenario, policy, agenda, seed, moved: outcome.moved });
  const observers = Array.from({ length: scenario.observers ?? 1 }, (_, index) => createObserver({ scenario, index, world, board, agenda, policy, seed }));
  const kept = new Map<string, Kept>(scenario.primaries.map(({ id }) => [id, { record: UNJUDGED, trial: createTrial(0), word: undefined, is: 'nothing-known' }]));
  const dice = createDice(seed, 'calls');

  const keptOf = (primary: string): Kept => kept.get(primary) as Kept;
  const sharesOf = (primary: string): number => shareOf(keptOf(primary).record, thresholdsOf(policy, primary));

  const modes = new Map(scenario.primaries.map(({ id, mode }) => [id, mode]));

  function movedBeside(primary: string): number {
    return [...kept].filter(([id, { record }]) => id !== primary && record.state === 'down' && record.word?.says !== 'divert').reduce((sum, [id]) => sum + fleet.countOf(id).own, 0);
  }

  function factsOf(primary: string, self: string, sight: HealthFacts['sight']): HealthFacts {
    const { trial, word } = keptOf(primary);
    return {
      primary,
      self,
      sight,
      mode: modes.get(primary),
      numbers: { all: fleet.numbers.length, moved: movedBeside(primary), ...fleet.countOf(primary) },
      tried: trial.tried,
      word,
    };
  }

  function note(primary: string, { record, transition, blocked, finding }: Judgement): void {
    const one = keptOf(primary);
    one.is = finding.is;
    found((agenda.now - start) / 1000, primary, finding.is);
    if (blocked?.isNew) outcome.blocked(agenda.now, primary, blocked);
    if (record === one.record) return;
    if (record.stepSince !== one.trial.tried.since) one.trial = createTrial(record.stepSince);
    one.record = record;
    fleet.follow(primary, record);
    if (!transition) return;
    const causes = causesOf(scenario.primaries.map(({ id, dependsOn = [] }) => ({ primary: id, dependsOn, is: keptOf(id).is })));
    outcome.transition(transition, { causes, isFalse: transition.action === 'divert' && !world.failedLately(primary, agenda.now, 60_000) });
  }

  /** The next look heeds it. What it turns is told as from now on. */
  function order(primary: string, word: OperatorsOrder): void {
    const one = keptOf(primary);
    one.word = word;
    const [{ state: from }, heeded] = [one.record, heed(one.record, word)];
    if (heeded.state === from) return;
    const action = word.says === 'divert' ? 'divert' : heeded.state === 'recovering' ? 'begin-probation' : 'restore';
    outcome.transition({ at: agenda.now, primary, from, to: heeded.state, action, diagnosis: one.is, share: shareOf(heeded, thresholdsOf(policy, primary)), because: 'An operator says so.' }, { causes: [], isFalse: false });
  }

  function look(observer: (typeof observers)[number]): void {
    if (observer.isPaused()) return;
    observer.tellOfCalls();
    const sight = Object.fromEntries(observers.map((one) => [one.name, one.sight()]));
    for (const { id } of scenario.primaries) {
      const judgement = judge({ known: keptOf(id).record, watch: observer.watches.get(id) ?? NOT_LOOKED, evidence: board.about(id, agenda.now), facts: factsOf(id, observer.name, sight), policy, now: agenda.now });
      observer.watches.set(id, judgement.watch);
      note(id, judgement);
    }
  }

  function call(order: number): void {
    const to = fleet.numbers[dice.pick(fleet.numbers.length)];
    const at = agenda.now;
    if (!to) return;
    const able = observers.filter((one) => one.answersCalls());
    const observer = able[dice.pick(Math.max(1, able.length))];
    const kept = keptOf(to.primary);
    const offer = () => {
      const result = world.call(to.primary, dice);
      if (to.by === 'call') observer?.called(to.primary, to.number, result);
      kept.trial.ended(result.end === 'failed');
      return result;
    };
    outcome.call(placeCall({ id: `call-${seed}-${order}`, at, to, share: sharesOf(to.primary), answered: observer !== undefined, offer }));
  }

  function ring(order: number): void {
    const perSecond = scenario.calls?.perSecond ?? 0;
    if (perSecond === 0) return;
    agenda.at(agenda.now + dice.gap(perSecond) * 1000, () => {
      call(order);
      ring(order + 1);
    });
  }

  for (const change of scenario.world ?? []) agenda.at(start + change.at * 1000, () => world.change(change, agenda.now));
  for (const { at, source: name, primary, says, forSeconds } of scenario.signals ?? []) {
    const source = `source/${name}/${primary}`;
    agenda.at(start + at * 1000, () => {
      // What is said to be over only takes back what was said.
      if (says === 'resolved' || says === 'up') return board.withdraw(primary, source);
      board.tell({ primary, source, group: 'alerts', claim: says, weight: SIGNAL_WEIGHT, at: agenda.now, expiresAt: agenda.now + (forSeconds === undefined ? SIGNAL_COUNTS_MS : forSeconds * 1000), because: `${name} says ${says}` });
    });
  }
  for (const { at, primary, says, how } of scenario.orders ?? []) agenda.at(start + at * 1000, () => order(primary, { says, how, at: agenda.now }));
  for (const [index, observer] of observers.entries()) {
    observer.start();
    agenda.every(LOOK_EVERY_MS, start + Math.round((LOOK_EVERY_MS * (index + 1)) / (observers.length + 1)), () => look(observer));
  }
  ring(0);
  return {
    runTo: (seconds) => agenda.run(start + seconds * 1000),
    result: () => outcome.result(scenario.name, fleet.writes),
  };
}

export function simulate(scenario: Scenario, policy: HealthPolicy): SimulationResult {
  const play = createPlay(scenario, policy);
  play.runTo(scenario.durationSeconds);
  return play.result();
}

/** What happens after each leg, as a decision table and as walks through whole calls. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeAtEnd, type EndedLeg } from '../../rules/call-outcome.ts';
import type { CallFacts } from '../../rules/call-facts.ts';
import { callSteps } from '../../rules/call-steps.ts';
import { nextStep, type NextMove } from '../../rules/next-step.ts';
import { isDial } from '../../src/domain/step.ts';
import type { LegEnd } from '../../src/domain/leg.ts';
import { callFacts, DESK, down, facts, legEnd, MOBILE, PBX, planOf, result, SECOND } from './facts.ts';

function short(move: NextMove): string {
  if (move.do === 'hang-up') return 'hang up';
  const { step } = move;
  if (step.kind === 'announcement') return `says ${step.because}`;
  return isDial(step) && step.kind !== 'primary' ? step.to : step.kind;
}

describe('after the primary', () => {
  it.each<[LegEnd, ('busy' | 'no-answer')[], string]>([
    ['failed', [], MOBILE],
    ['answered', [], 'hang up'],
    ['cancelled', [], 'hang up'],
    ['busy', [], 'says busy'],
    ['declined', [], 'says busy'],
    ['no-answer', [], 'says no-answer'],
    ['busy', ['busy'], MOBILE],
    ['declined', ['busy'], MOBILE],
    ['no-answer', ['busy'], 'says no-answer'],
    ['no-answer', ['no-answer'], MOBILE],
    ['busy', ['no-answer'], 'says busy'],
    ['answered', ['busy', 'no-answer'], 'hang up'],
  ])('%s, following on after %j: %s', (end, followOn, expected) => {
    const decision = callSteps(facts({ plan: planOf([{ to: MOBILE }], { followOn }) }));
    expect(short(nextStep(decision, [], { step: 'primary', result: result(end) }))).toBe(expected);
  });
});

describe('after a backup', () => {
  const decision = callSteps(facts({ primary: { id: 'pbx', settings: PBX, state: down } }));
  const [mobile, desk, voicemail] = decision.steps.map(({ key }) => key) as [string, string, string];

  it.each<[LegEnd, string]>([['failed', DESK], ['busy', DESK], ['declined', DESK], ['no-answer', DESK], ['answered', 'hang up'], ['cancelled', 'hang up']])('%s: %s', (end, expected) => {
    expect(short(nextStep(decision, [], { step: mobile, result: result(end) }))).toBe(expected);
  });

  it('goes to the voicemail when the last phone failed', () => {
    expect(short(nextStep(decision, [mobile], { step: desk, result: result('failed') }))).toBe('voicemail');
  });

  it('says so when the voicemail took nothing, and then hangs up', () => {
    expect(short(nextStep(decision, [mobile, desk, voicemail]))).toBe('says nothing-left');
    expect(short(nextStep(decision, [mobile, desk, voicemail, 'nothing-left']))).toBe('hang up');
  });

  it('begins with the first step', () => {
    expect(short(nextStep(decision, []))).toBe(MOBILE);
  });
});

describe('when things change in the middle of a call', () => {
  const failed = { step: 'primary', result: result('failed') };

  it('goes on down the plan when the primary was diverted meanwhile', () => {
    const decision = callSteps(facts({ primary: { id: 'pbx', settings: PBX, state: down } }));
    expect(short(nextStep(decision, [], failed))).toBe(MOBILE);
    expect(short(nextStep(decision, [], { step: 'primary', result: result('no-answer') }))).toBe(MOBILE);
  });

  it('keeps the order when the destination that was tried is no longer in the plan', () => {
    const before = callSteps(facts());
    const after = callSteps(facts({ plan: planOf([{ to: SECOND }, { to: DESK }, { to: 'voicemail' }]) }));
    const mobile = before.steps[1]?.key ?? '';
    expect(short(nextStep(after, ['primary'], { step: mobile, result: result('busy') }))).toBe(SECOND);
  });

  it('dials nobody after the voicemail, although a destination was added meanwhile', () => {
    const after = callSteps(facts({ plan: planOf([{ to: SECOND }, { to: 'voicemail' }]) }));
    expect(short(nextStep(after, ['primary'], { step: 'voicemail', result: result('failed') }))).toBe('says nothing-left');
  });

  it('ends even if the plan is replaced after every leg', () => {
    const tried: string[] = [];
    for (let edit = 0; edit < 100; edit += 1) {
      const decision = callSteps(facts({ plan: planOf([{ to: `sip:${edit}@backup.example.net` }]) }));
      const move = nextStep(decision, tried);
      if (move.do === 'hang-up') break;
      tried.push(move.step.key);
    }
    expect(tried.length).toBeLessThanOrEqual(21);
    expect(tried.at(-1)).toBe('nothing-left');
  });
});

describe('for every call', () => {
  it('a walk ends, within one move more than there are steps, never trying a step twice', () => {
    fc.assert(fc.property(callFacts, fc.infiniteStream(legEnd), (given, ends) => {
      const decision = callSteps(given);
      const tried: string[] = [];
      let move = nextStep(decision, []);
      while (move.do === 'step') {
        expect(tried).not.toContain(move.step.key);
        tried.push(move.step.key);
        expect(tried.length).toBeLessThanOrEqual(decision.steps.length + 1);
        const end: LegEnd = ends.next().value ?? 'failed';
        move = nextStep(decision, tried, { step: move.step.key, result: result(end) });
        if (end === 'answered' || end === 'cancelled') expect(move.do).toBe('hang-up');
      }
      expect(tried.length).toBeGreaterThan(0);
    }), { numRuns: 2000 });
  });

  it('a walk ends although plan, primary and hours change under it', () => {
    fc.assert(fc.property(fc.infiniteStream(callFacts), fc.infiniteStream(legEnd), (changing, ends) => {
      const decide = (): ReturnType<typeof callSteps> => callSteps(changing.next().value as CallFacts);
      const tried: string[] = [];
      let move = nextStep(decide(), []);
      while (move.do === 'step') {
        expect(tried).not.toContain(move.step.key);
        tried.push(move.step.key);
        expect(tried.length).toBeLessThanOrEqual(22);
        move = nextStep(decide(), tried, { step: move.step.key, result: result(ends.next().value ?? 'failed') });
      }
    }), { numRuns: 500 });
  });

  it('whoever was connected is never dialled on', () => {
    fc.assert(fc.property(callFacts, fc.array(fc.constantFrom('primary', 'd1', 'voicemail')), fc.constantFrom('primary', 'd1', 'voicemail'), (given, tried, step) => {
      expect(nextStep(callSteps(given), tried, { step, result: result('answered') }).do).toBe('hang-up');
    }));
  });
});

describe('what the call came to, at the last announcement', () => {
  it.each<[LegEnd[], 'missed' | 'lost']>([
    [[], 'lost'],
    [['failed'], 'lost'],
    [['failed', 'failed'], 'lost'],
    [['busy'], 'missed'],
    [['failed', 'no-answer', 'failed'], 'missed'],
    [['declined'], 'missed'],
  ])('%j: %s', (ends, expected) => {
    const legs: EndedLeg[] = ends.map((end, index) => ({ step: `d${index}`, end }));
    expect(outcomeAtEnd(legs).is).toBe(expected);
  });

  it('is worth more where nobody could be reached, so that late claims settle on one', () => {
    expect(outcomeAtEnd([]).rank).toBeGreaterThan(outcomeAtEnd([{ step: 'd1', end: 'busy' }]).rank);
  });
});

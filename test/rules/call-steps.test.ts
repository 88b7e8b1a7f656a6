/** The judgement for one call, as a table that a telecom person can read, and the laws that hold for every call. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallFacts } from '../../rules/call-facts.ts';
import { callSteps } from '../../rules/call-steps.ts';
import { isDiverted, primaryTarget } from '../../src/domain/primary.ts';
import { isDial, type Step } from '../../src/domain/step.ts';
import { callFacts, DESK, down, facts, MOBILE, NUMBER, PBX, planOf, SECOND, up } from './facts.ts';

/** A step in a word or two: where to, how long, `*` press 1, `(*)` asked but connected anyway. */
function short(step: Step): string {
  if (step.kind === 'announcement') return `says ${step.because}`;
  if (step.kind === 'voicemail') return 'voicemail';
  const who = step.kind === 'primary' ? 'primary' : step.to;
  return `${who} ${step.ringSeconds}s${{ no: '', closed: '*', open: '(*)' }[step.screen]}`;
}

const line = (given: CallFacts): string => callSteps(given).steps.map(short).join(' > ');
const missing = { primary: undefined };
const dark = { primary: { id: 'pbx', settings: PBX, state: down } };

describe('what is tried, in order', () => {
  it.each<[string, CallFacts, string]>([
    ['all is well: the primary, the plan behind it', facts(), `primary 60s > ${MOBILE} 20s > ${DESK} 20s > voicemail`],
    ['the primary is diverted: straight to the plan', facts(dark), `${MOBILE} 20s > ${DESK} 20s > voicemail`],
    ['the primary has no record: straight to the plan', facts(missing), `${MOBILE} 20s > ${DESK} 20s > voicemail`],
    ['degraded takes its calls still', facts({ primary: { id: 'pbx', settings: PBX, state: { is: 'degraded', since: 0 } } }), `primary 60s > ${MOBILE} 20s > ${DESK} 20s > voicemail`],
    ['ring times of their own', facts({ primary: { id: 'pbx', settings: { ...PBX, ringSeconds: 25 }, state: up }, plan: planOf([{ to: MOBILE, ringSeconds: 15 }, { to: 'voicemail' }]) }), `primary 25s > ${MOBILE} 15s > voicemail`],
    ['the plan has no last word: one is added', facts({ plan: planOf([{ to: MOBILE }]) }), `primary 60s > ${MOBILE} 20s > says nothing-left`],
    ['no plan: the primary alone', facts({ plan: undefined }), 'primary 60s > says no-plan'],
    ['no plan and a dark primary', facts({ ...dark, plan: undefined }), 'says no-plan'],
    ['a number that is not ours', facts({}, { route: undefined }), 'says number-unknown'],
    ['an announcement in the plan ends it', facts({ plan: planOf([{ to: 'announcement' }, { to: MOBILE }]) }), 'primary 60s > says in-plan'],
    ['closed: left out', facts({ plan: planOf([{ to: MOBILE, hours: 'Sa-Su 10:00-14:00' }, { to: DESK, hours: 'Mo-Fr 09:00-17:30' }]) }), `primary 60s > ${DESK} 20s > says nothing-left`],
    ['hours are local: 10:00 in London is 05:00 in New York', facts({ plan: planOf([{ to: DESK, hours: 'Mo-Fr 09:00-17:30' }]), timeZone: 'America/New_York' }), 'primary 60s > says nothing-left'],
    ['a voicemail out of its hours does not end the list', facts({ plan: planOf([{ to: 'voicemail', hours: '22:00-06:00' }, { to: MOBILE }, { to: 'voicemail' }]) }), `primary 60s > ${MOBILE} 20s > voicemail`],
    ['hours that cannot be read: left out', facts({ plan: planOf([{ to: MOBILE, hours: 'always' }, { to: 'voicemail' }]) }), 'primary 60s > voicemail'],
    ['full: left out', facts({ plan: planOf([{ to: MOBILE, maxCalls: 1 }, { to: SECOND, maxCalls: 2 }, { to: 'voicemail' }]) }, { activeCalls: () => 1 }), `primary 60s > ${SECOND} 20s > voicemail`],
    ['the called number itself: left out', facts({ plan: planOf([{ to: NUMBER }, { to: 'voicemail' }]) }), 'primary 60s > voicemail'],
    ["the diverted primary's own address: left out", facts({ ...dark, plan: planOf([{ to: `sip:${NUMBER}@pbx.example.net` }, { to: 'voicemail' }]) }), 'voicemail'],
    ['nothing is usable', facts({ ...dark, plan: planOf([{ to: NUMBER }]) }), 'says nothing-left'],
    ['press 1, voicemail behind: strict for all', facts({ ...dark, plan: planOf([{ to: MOBILE, screen: true }, { to: DESK, screen: true }, { to: 'voicemail' }]) }), `${MOBILE} 20s* > ${DESK} 20s* > voicemail`],
    ['press 1, no voicemail: the last person is connected anyway', facts({ ...dark, plan: planOf([{ to: MOBILE, screen: true }, { to: DESK, screen: true }]) }), `${MOBILE} 20s* > ${DESK} 20s(*) > says nothing-left`],
    ['press 1, an announcement behind: the same', facts({ ...dark, plan: planOf([{ to: DESK, screen: true }, { to: 'announcement' }]) }), `${DESK} 20s(*) > says in-plan`],
    ['press 1, the last asks for none: the others stay strict', facts({ ...dark, plan: planOf([{ to: MOBILE, screen: true }, { to: DESK }]) }), `${MOBILE} 20s* > ${DESK} 20s > says nothing-left`],
    ['press 1, the last is closed: the one before is the last person', facts({ ...dark, plan: planOf([{ to: MOBILE, screen: true }, { to: DESK, screen: true, hours: 'off' }]) }), `${MOBILE} 20s(*) > says nothing-left`],
    ['press 1, failOpen false: strict to the end', facts({ ...dark, plan: planOf([{ to: DESK, screen: true }], { failOpen: false }) }), `${DESK} 20s* > says nothing-left`],
    ['came through us before: the primary once more, no phones', facts({}, { passage: 'passed' }), 'primary 60s > voicemail'],
    ['came through us before, primary dark', facts(dark, { passage: 'passed' }), 'voicemail'],
    ['came through us before, no voicemail', facts({ plan: planOf([{ to: MOBILE }]) }, { passage: 'passed' }), 'primary 60s > says nothing-left'],
    ['came back to where it started: refused, voicemail or not', facts({}, { passage: 'returned' }), 'says looped'],
    ['came back, no voicemail', facts({ plan: planOf([{ to: MOBILE }, { to: 'announcement' }]) }, { passage: 'returned' }), 'says looped'],
    ['came back, no plan', facts({ plan: undefined }, { passage: 'returned' }), 'says looped'],
  ])('%s', (_name, given, expected) => {
    expect(line(given)).toBe(expected);
  });
});

describe('what is said about it', () => {
  it('names the plan, whose it is, what was left out and why, and no telephone number', () => {
    const decision = callSteps(facts({ ...dark, plan: { ...planOf([{ to: MOBILE, hours: 'off' }, { to: SECOND, maxCalls: 1 }, { to: NUMBER }, { to: 'voicemail' }]), from: 'customer' } }, { activeCalls: () => 1 }));
    expect(decision).toMatchObject({ route: 'plan', protectedBy: 'customer', planId: 'night' });
    expect(decision.skipped).toEqual([{ to: 'primary', why: 'primary-down' }, { to: MOBILE, why: 'closed' }, { to: SECOND, why: 'full' }, { to: NUMBER, why: 'itself' }]);
    expect(decision.because).toBe("Primary `pbx` is diverted, then 1 of 4 destinations of plan `night` (the customer's default); skipped: closed, full, itself.");
  });

  it.each<[string, CallFacts, string]>([
    ['primary first', facts(), 'primary-first'],
    ['the plan', facts(dark), 'plan'],
    ['nothing, with a plan of which nothing can be used', facts({ ...dark, plan: planOf([{ to: NUMBER }]) }), 'nothing'],
    ['nothing, for an unknown number', facts({}, { route: undefined }), 'nothing'],
  ])('the route: %s', (_name, given, route) => {
    expect(callSteps(given).route).toBe(route);
  });

  it('counts a number without a plan as unprotected', () => {
    expect(callSteps(facts({ plan: undefined }))).not.toHaveProperty('protectedBy');
  });

  it("speaks the plan's language where the plan gives the words, and English where they are ours", () => {
    const german = callSteps(facts({ plan: planOf([{ to: 'voicemail', say: 'Guten Tag' }], { language: 'de-DE' }) }));
    expect(german.language).toBe('de-DE');
    expect(german.steps.at(-1)).toMatchObject({ say: 'Guten Tag', language: 'de-DE' });
    expect(callSteps(facts({ plan: planOf([{ to: 'voicemail' }], { language: 'de-DE' }) })).steps.at(-1)).toMatchObject({ language: 'en-GB' });
  });

  it('keeps the keys of steps when the plan is edited around them', () => {
    const keyOf = (given: CallFacts, to: string) => callSteps(given).steps.find((step) => isDial(step) && step.to === to)?.key;
    const before = keyOf(facts(), DESK);
    expect(before).toMatch(/^d[0-9a-z]+$/);
    expect(keyOf(facts({ plan: planOf([{ to: SECOND }, { to: DESK }]) }), DESK)).toBe(before);
    const repeated = callSteps(facts({ ...dark, plan: planOf([{ to: MOBILE }, { to: DESK }, { to: MOBILE }]) })).steps.map(({ key }) => key);
    const firstClosed = callSteps(facts({ ...dark, plan: planOf([{ to: MOBILE, hours: 'off' }, { to: DESK }, { to: MOBILE }]) })).steps.map(({ key }) => key);
    expect(firstClosed).toEqual(repeated.slice(1));
  });
});

describe('for every call', () => {
  const holds = (law: (given: CallFacts) => void) => fc.assert(fc.property(callFacts, (given) => {
    law(given);
  }), { numRuns: 2000 });
  const dialled = (given: CallFacts) => callSteps(given).steps.filter(isDial);

  it('there is a step, and exactly one, the last, ends the call', () => {
    holds((given) => {
      const ends = callSteps(given).steps.map((step) => !isDial(step));
      expect(ends.at(-1)).toBe(true);
      expect(ends.filter(Boolean)).toHaveLength(1);
    });
  });

  it('no two steps share a key', () => {
    holds((given) => {
      const keys = callSteps(given).steps.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  it('no step dials the called number', () => {
    holds((given) => expect(dialled(given).map(({ to }) => to)).not.toContain(NUMBER));
  });

  it('a diverted primary is never dialled, not even as a destination of the plan', () => {
    holds((given) => {
      const primary = given.route?.primary;
      if (primary === undefined || !isDiverted(primary.state)) return;
      const there = primaryTarget(primary.settings, NUMBER).toLowerCase();
      expect(dialled(given).filter(({ kind, to }) => kind === 'primary' || to.toLowerCase() === there)).toEqual([]);
    });
  });

  it('a call that came back dials nobody; one that passed through us dials the primary at most', () => {
    holds((given) => {
      expect(dialled({ ...given, passage: 'returned' })).toEqual([]);
      expect(dialled({ ...given, passage: 'passed' }).filter(({ kind }) => kind !== 'primary')).toEqual([]);
    });
  });

  it('a full destination is not dialled', () => {
    holds((given) => expect(dialled(given).filter(({ to, maxCalls }) => maxCalls !== undefined && given.activeCalls(to) >= maxCalls)).toEqual([]));
  });

  it('at most one step is connected without the key that was asked for, the last person, and only where no voicemail follows', () => {
    holds((given) => {
      const { steps } = callSteps(given);
      const open = steps.filter((step) => isDial(step) && step.screen === 'open');
      if (open.length === 0) return;
      expect(open).toEqual([steps.filter(isDial).at(-1)]);
      expect(steps.at(-1)?.kind).toBe('announcement');
    });
  });

  it('the sentence holds no telephone number', () => {
    holds((given) => expect(callSteps(given).because).not.toMatch(/\d{7}/));
  });
});

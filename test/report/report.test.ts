/** The report of a diversion from what was gathered: its measures, its timeline, what callers met, and what may be sent on. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { iso } from '../../src/domain/instant.ts';
import { makeReport, MOMENTS } from '../../src/report/report.ts';
import { at, call, diverted, DIVERTED, facts, ID, said, saved, taken } from './facts.ts';

const whole = { numbers: 'whole' } as const;

test('measures it from the first sign, by what probes said before the divert without a break', () => {
  const { measured, isOpen } = makeReport(facts(), whole);
  expect(isOpen).toBe(false);
  expect(measured).toEqual({
    firstSignAt: iso(at(-10)), firstSign: 'probes: no answer to 2 OPTIONS in 2 s', toDivertSeconds: 10,
    firstDivertedCallAt: iso(at(4)), firstAnsweredElsewhereAt: iso(at(4)), probationAt: iso(at(500)), lastedSeconds: 600, restoringSeconds: 100, backSeconds: 6,
  });
});

test.each([
  ['what had passed by then is no sign', { said: [said(-100, 'down'), said(-90, 'up'), said(-5, 'down')] }, -9],
  ['a source that fell silent long before is none', { said: [said(-700, 'down'), said(-5, 'down', { source: 'probe/b/sip' })] }, -9],
  ['calls that fail one after the other are one, and one that gets through ends it', { said: [], calls: { total: 4, calls: [saved(-300), taken(-200), saved(-20), saved(-15)] } }, -20],
  ['where nothing else is kept, what was noted with the decision', { said: [], calls: { total: 0, calls: [] } }, -9],
])('%s', (_name, more, seconds) => {
  expect(makeReport(facts(more), whole).measured.firstSignAt).toBe(iso(at(seconds)));
});

test('of a divert by hand that nothing spoke for, there is no first sign', () => {
  const by = { key: 'anna', role: 'operator' };
  const { measured, calls } = makeReport(facts({ said: [], calls: { total: 1, calls: [diverted(5)] }, trail: { entries: [], complete: true }, diversion: { primary: 'pbx', started: { at: DIVERTED, by, reason: 'r' } } }), whole);
  expect(measured).toEqual({ firstDivertedCallAt: iso(at(5)), firstAnsweredElsewhereAt: iso(at(5)), lastedSeconds: 900 });
  expect(calls).toMatchObject({ calls: 1, backup: 1, diverted: 1 });
});

test('counts what callers met from the first sign to the end, of its own primary, by five minutes', () => {
  const { calls, lostCallers } = makeReport(facts(), whole);
  const { slots, everyMinutes, ...all } = calls;
  expect(all).toEqual({ calls: 7, primary: 1, backup: 3, voicemail: 1, missed: 1, lost: 1, underWay: 0, diverted: 4, savedInCall: 2 });
  expect(everyMinutes).toBe(5);
  expect(slots.map((slot) => [slot.at, slot.calls, slot.lost])).toEqual([[iso(at(-10)), 5, 1], [iso(at(290)), 2, 0]]);
  expect(lostCallers).toEqual([{ from: '+447700900999', calls: 1, lastAt: iso(at(60)), numbers: ['+442079460123'], customer: 'acme' }]);
});

test('one timeline of what was seen, decided, held back, said, met, set and told', () => {
  const { timeline, leftOut, brakes } = makeReport(facts(), whole);
  expect(leftOut).toBe(0);
  expect(timeline.map(({ at: moment, is, text }) => `${(Date.parse(moment) - DIVERTED) / 1000} ${is}: ${text}`)).toEqual([
    '-10 evidence: probes: down (no answer to 2 OPTIONS in 2 s), 2 sources',
    '-8 calls: the first call failed at the primary',
    '-8 calls: the first call was answered by a backup',
    '-4 held-back: divert was held back by hold: Held.',
    '-2 word: anna released it: “call me at +447700900555”',
    '0 decision: divert (calls go to the plans, from the next call on): primaries.divert for a reason',
    '2 told: told: started — ops',
    '3 told: told: started, which did not arrive — boss',
    '4 calls: the first call was sent to the plan at once',
    '60 calls: the first call was lost',
    '121 carrier: main: the first number read back as diverted',
    '125 carrier: main: the last of 2 numbers read back as diverted',
    '300 evidence: probes: up (answered), 2 sources',
    '500 decision: begin-probation (a small share of calls is offered to it first again): primaries.begin-probation for a reason',
    '550 calls: the first call was taken by the primary again',
    '600 decision: restore (all its calls are its own again, and the diversion ends): primaries.restore for a reason',
    '606 carrier: main: 1 number read back as before the diversion',
  ]);
  expect(timeline[3]).toMatchObject({ brake: 'hold', diagnosis: 'primary-unreachable' });
  expect(brakes).toEqual([{ at: iso(at(-4)), action: 'divert', brake: 'hold', means: 'this primary is held as it is', because: 'Held.' }]);
});

test('what was moved at carriers, when, and what must be looked at', () => {
  expect(makeReport(facts(), whole).carriers).toEqual({
    numbers: 2, states: { 'in step': 1, conflict: 1 },
    items: [{ carrier: 'main', moved: 2, firstMovedAt: iso(at(121)), lastMovedAt: iso(at(125)), back: 1, firstBackAt: iso(at(606)), lastBackAt: iso(at(606)) }],
    left: [{ number: '+442079460202', carrier: 'main', is: 'conflict', why: 'Somebody else has changed what we set' }],
  });
});

test('what waits for subscribers of the primary, and for nobody else', () => {
  expect(makeReport(facts(), whole).backlogs).toEqual([{ subscriber: 'acme-crm', customer: 'acme', waiting: 12, dead: 1, oldestAt: iso(at(5)) }]);
  expect(makeReport(facts(), { ...whole, customer: 'globex' }).backlogs).toEqual([]);
});

test('for one customer: its calls, callers and numbers alone, and not who of us was told', () => {
  const report = makeReport(facts({ lost: [...facts().lost, { from: '+447700900888', calls: 1, lastAt: at(60), numbers: ['+442079460202'], customer: 'globex' }] }), { numbers: 'whole', customer: 'globex' });
  expect(report).toMatchObject({ customer: 'globex', calls: { calls: 0, slots: [] }, lostCallers: [{ from: '+447700900888' }], told: [], carriers: { numbers: 1, states: { conflict: 1 } } });
  expect(report.timeline.filter(({ is }) => is === 'told')).toEqual([]);
  expect(JSON.stringify({ ...report, recorded: undefined })).not.toMatch(/acme|0900999|0460201/);
});

test('masked, no whole number is left anywhere, also not in what people and alerts said', () => {
  const text = JSON.stringify(makeReport(facts({ said: [said(-10, 'down', { because: 'agent +442079460777 is out' })] }), { numbers: 'masked' }));
  expect(text).not.toMatch(/\+\d{7,}/);
  expect(text).toContain('+447******555');
});

test('what it cannot know is said', () => {
  expect(makeReport(facts(), whole).gaps).toEqual(['While a number is diverted at its carrier its calls go elsewhere without us: they are not among the calls.']);
  const { gaps, carriers, calls } = makeReport(facts({ said: [], trail: { entries: [], complete: true }, calls: { total: 50_000, calls: [call(5)] }, movedInAll: 9 }), whole);
  expect(gaps).toHaveLength(5);
  expect([carriers.sampled, calls.sampled]).toEqual([{ lookedAt: 2, of: 9 }, { lookedAt: 1, of: 50_000 }]);
});

test('a primary that flaps without end fills no report: what was seen is left out, decisions stay', () => {
  const many = Array.from({ length: 4 * MOMENTS }, (_, index) => said(20 * index, index % 2 === 0 ? 'down' : 'up'));
  const { ended: _, ...open } = facts().diversion;
  const { timeline, leftOut } = makeReport(facts({ said: many, diversion: open, now: at(90_000), to: at(90_000) }), whole);
  expect(timeline).toHaveLength(MOMENTS);
  expect(leftOut).toBeGreaterThan(MOMENTS);
  expect(timeline.filter(({ is }) => is === 'decision')).toHaveLength(3);
});

test('whatever calls there were, each is counted as one thing, in one stretch of time', () => {
  const outcome = fc.constantFrom('in-progress', 'missed', 'lost', 'returned', 'voicemail', 'answered');
  const calls = fc.array(fc.record({ seconds: fc.integer({ min: -900, max: 900 }), outcome, by: fc.constantFrom('primary', 'd1', 'voicemail'), isPlan: fc.boolean() }), { maxLength: 60 });
  fc.assert(fc.property(calls, (given) => {
    const all = given.map(({ seconds, outcome: is, by, isPlan }) => call(seconds, { outcome: is, by, ...(isPlan ? { route: 'plan', diversion: ID } : {}) })).toSorted((one, other) => one.startedAt - other.startedAt);
    const { calls: tally } = makeReport(facts({ calls: { total: all.length, calls: all } }), whole);
    const parts = (one: typeof tally.slots[number] | typeof tally): number => one.primary + one.backup + one.voicemail + one.missed + one.lost + one.underWay;
    expect(parts(tally)).toBe(tally.calls);
    expect(tally.slots.reduce((sum, slot) => sum + slot.calls, 0)).toBe(tally.calls);
    for (const slot of tally.slots) expect(parts(slot)).toBe(slot.calls);
  }), { numRuns: 50 });
});

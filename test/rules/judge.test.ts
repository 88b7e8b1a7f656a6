/** The judgement over time, as an operator would tell it: what is done when, what is held back and by which brake. */
import { describe, expect, it } from 'vitest';
import { RESPONSES } from '../../rules/respond.ts';
import { isOffered, shareOf } from '../../rules/probation.ts';
import { createTrial } from '../../rules/trial.ts';
import type { HealthPolicy } from '../../src/domain/health-policy.ts';
import { UNJUDGED } from '../../src/domain/health-record.ts';
import { acts, DOWN, held, play, POLICY, RECOVERING, START, type Seen } from './health-facts.ts';

const at = (second: number): number => START + second * 1000;
const through = (since: number) => ({ since, through: 9, last: 9, failed: 0 });
const withPolicy = (section: Partial<HealthPolicy>): HealthPolicy => ({ ...POLICY, ...section });
/** Well since a moment so long ago that no hold-down is left. */
const RESTED = { ...DOWN, condition: 'well' as const, conditionSince: at(-3600), failures: [{ from: at(-4000), to: at(-3600) }] };

describe('an outage from its beginning to its end', () => {
  const down = { probes: 'down', alerts: 'down' } as const;

  it('is diverted once, kept away until it is rested, and given back in steps', () => {
    const seen = play([{ at: 0, probes: 'up' }, { at: 10, ...down }, { at: 60, probes: 'up' }], 4000);
    expect(acts(seen)).toEqual(['15 divert', '370 begin-probation', '610 advance', '970 advance', '3370 restore']);
    expect(held(seen)).toEqual(['70 begin-probation: quiet-period']);
  });

  it('goes faster where calls prove it', () => {
    const begun = play([{ at: 1, probes: 'up', facts: { tried: through(START) } }], 120, { record: RECOVERING });
    expect(acts(begun)).toEqual(['120 advance']);
  });

  it('what the carriers must be told is told when it lasts', () => {
    expect(acts(play([{ at: 0, ...down }], 400))).toEqual(['5 divert', '125 widen']);
    expect(acts(play([{ at: 0, ...down }, { at: 100, probes: 'up' }, { at: 200, ...down }], 320))).toEqual(['5 divert']);
  });

  it.each<[string, Parameters<typeof play>[0][number]]>([
    ['a probe that fails', { at: 1, probes: 'down' }],
    ['two calls that fail', { at: 1, probes: 'up', facts: { tried: { since: START, through: 0, last: 2, failed: 2 } } }],
    ['calls that fail, whatever probes say', { at: 1, probes: 'up', calls: 'down' }],
  ])('on probation it goes back at once: %s', (_name, stretch) => {
    const [seen] = play([stretch], 1, { record: RECOVERING });
    expect(seen?.transition).toMatchObject({ action: 'fall-back', from: 'recovering', to: 'down', share: 0 });
    expect(seen?.record.failures).toEqual([{ from: at(-3600), to: at(-600) }, { from: at(1) }]);
  });

  it('what nobody can see moves nothing, in either direction', () => {
    for (const record of [UNJUDGED, DOWN, RECOVERING]) expect(acts(play([{ at: 1, probes: 'unknown', alerts: 'unknown' }], 7200, { record }))).toEqual([]);
  });

  it('while it is diverted further failures are counted by one group alone, for the hold-down only', () => {
    const seen = play([{ at: 0, probes: 'up' }, { at: 30, probes: 'down' }, { at: 40, probes: 'up' }], 60, { record: RESTED, policy: withPolicy({ holdDown: { ...POLICY.holdDown, seconds: 7200, longestMinutes: 1000 } }) });
    expect(seen.at(-1)?.record.failures).toEqual([{ from: at(-4000), to: at(-3600) }, { from: at(35), to: at(50) }]);
    expect(acts(seen)).toEqual([]);
  });

  it('is shown as degraded, and no call goes elsewhere for that', () => {
    expect(acts(play([{ at: 0, probes: 'up' }, { at: 5, probes: 'degraded' }, { at: 60, probes: 'up' }], 100))).toEqual(['15 mark-degraded', '70 mark-up']);
    expect(acts(play([{ at: 0, probes: 'up' }, { at: 5, probes: 'degraded' }, { at: 60, probes: 'up' }, { at: 65, probes: 'degraded' }, { at: 66, probes: 'up' }], 75))).toEqual(['15 mark-degraded']);
  });

  it('ends each look in one sentence', () => {
    const seen = play([{ at: 0, ...down }, { at: 20, probes: 'up' }], 40);
    expect(seen[5]?.why).toBe('Down by probes for 5 s (probes said down); alerts for 5 s (alerts said down). Its calls go to the plans.');
    expect(seen[40]?.why).toBe('It answers: probes for 20 s (probes said up). It is well again, and kept diverted until 2026-01-05T00:05:30Z: it is the first failure.');
  });
});

describe('brakes', () => {
  const down = { at: 0, probes: 'down', alerts: 'down' } as const;
  const only = (facts: Parameters<typeof play>[0][number]['facts']): Seen[] => play([{ ...down, facts: facts ?? {} }], 300);

  it.each<[string, Parameters<typeof only>[0], string]>([
    ['global-stop', { stopped: { reason: 'maintenance' } }, 'Automation is stopped everywhere: "maintenance".'],
    ['hold', { hold: { reason: 'we work on it' } }, 'It is held as it is: "we work on it".'],
    ['unfit-destination', { numbers: { all: 100, own: 100, answered: 9, moved: 0 } }, 'Of its 100 numbers the plans would answer 9.'],
    ['blast-radius', { numbers: { all: 100, own: 30, answered: 30, moved: 21 } }, 'With its 30 numbers automation would have moved 51 of 100, and may move 50 %.'],
    ['approval', { mode: 'manual' }, 'It is diverted and restored by hand only.'],
    ['approval', { mode: 'confirm' }, 'Somebody must agree first.'],
  ])('%s keeps a diversion back, and says why, once', (brake, facts, because) => {
    const seen = only(facts);
    expect(acts(seen)).toEqual([]);
    expect(held(seen)).toEqual([`5 divert: ${brake}`]);
    expect(seen[5]?.blocked?.because).toBe(because);
  });

  it('the first primary may always be moved, and a hold ends', () => {
    expect(acts(only({ numbers: { all: 100, own: 100, answered: 100, moved: 0 } }))[0]).toBe('5 divert');
    expect(acts(only({ hold: { reason: 'tests', until: at(60) } }))[0]).toBe('60 divert');
  });

  it('a stop keeps also from going back, and from going on', () => {
    expect(held(play([{ at: 1, probes: 'down', facts: { stopped: { reason: 'x' } } }], 2, { record: RECOVERING }))).toEqual(['1 fall-back: global-stop']);
    expect(held(play([{ at: 1, probes: 'up', facts: { stopped: { reason: 'x' }, tried: through(START) } }], 200, { record: RECOVERING }))).toEqual(['120 advance: global-stop']);
  });

  it('hours in which nothing is given back: what was begun stays at its step', () => {
    const policy = withPolicy({ blackout: { hours: '00:00-00:10', timeZone: 'UTC' } });
    expect(held(play([{ at: 0, probes: 'up' }], 60, { record: RESTED, policy }))).toEqual(['0 begin-probation: blackout-hours']);
    expect(acts(play([{ at: 1, probes: 'up', facts: { tried: through(START) } }], 700, { record: RECOVERING, policy }))).toEqual(['600 advance']);
    expect(acts(play([{ at: 1, probes: 'down' }], 1, { record: RECOVERING, policy }))).toEqual(['1 fall-back']);
  });

  it('confirm: by whoever answers, or by itself after a time where that is set', () => {
    const approve = { action: 'divert', says: 'approve', at: at(30) } as const;
    const waits = { ...down, facts: { mode: 'confirm' } } as const;
    expect(acts(play([waits, { ...down, at: 31, facts: { mode: 'confirm', approval: approve } }], 60))).toEqual(['31 divert']);
    expect(acts(play([waits, { ...down, at: 31, facts: { mode: 'confirm', approval: { ...approve, says: 'refuse' } } }], 60))).toEqual([]);
    expect(acts(play([{ ...down, facts: { mode: 'confirm', approval: { ...approve, at: at(-1) } } }], 60))).toEqual([]);
    const policy = withPolicy({ approval: { mode: 'confirm', actsAfterMinutes: 2 } });
    // By then the failure has lasted, too.
    expect(acts(play([down], 130, { policy }))).toEqual(['125 divert', '126 widen']);
  });

  it('an answer is for the failure that it was asked for', () => {
    const confirm = { mode: 'confirm', approval: { action: 'divert', says: 'refuse', at: at(8) } } as const;
    const seen = play([{ ...down, facts: confirm }, { at: 20, probes: 'up', facts: confirm }, { ...down, at: 60, facts: confirm }], 70);
    expect(held(seen)).toEqual(['5 divert: approval', '65 divert: approval']);
    expect(seen.at(-1)?.blocked?.because).toMatch(/^Somebody must agree first, asked at/);
  });
});

describe("an operator's word", () => {
  const divert = { says: 'divert', at: at(3) } as const;
  const restore = { says: 'restore', at: at(3) } as const;

  it('diverted by hand: restored by hand', () => {
    const seen = play([{ at: 3, probes: 'up', facts: { word: divert } }], 7200);
    expect(seen[0]?.record).toMatchObject({ state: 'down', since: at(3), atCarriers: true });
    expect(acts(seen)).toEqual([]);
    expect(held(seen)).toEqual(['3 begin-probation: operators-word']);
  });

  it('restored by hand though evidence says down: not diverted again before it was seen well', () => {
    const bad = { probes: 'down', alerts: 'down', facts: { word: restore } } as const;
    const seen = play([{ at: 3, ...bad }], 3600, { record: DOWN });
    expect([acts(seen), held(seen)]).toEqual([[], ['8 divert: operators-word']]);
    const later = play([{ at: 3, ...bad }, { at: 100, probes: 'up', facts: { word: restore } }, { ...bad, at: 200 }], 300, { record: DOWN });
    expect(acts(later)).toEqual(['205 divert']);
  });

  it('restored by hand in steps: a probation, which goes back by itself', () => {
    const word = { ...restore, how: 'steps' } as const;
    const seen = play([{ at: 3, probes: 'up', facts: { word } }, { at: 50, probes: 'down', facts: { word } }], 50, { record: DOWN });
    expect(seen[0]?.record).toMatchObject({ state: 'recovering', step: 0, stepSince: at(3) });
    expect(acts(seen)).toEqual(['50 fall-back']);
  });
});

describe('the share of calls', () => {
  const share = (record: Parameters<typeof shareOf>[0]) => shareOf(record, POLICY);

  it('none, one in twenty, one in four, all', () => {
    expect([share(DOWN), share(RECOVERING), share({ ...RECOVERING, step: 1 }), share({ ...RECOVERING, step: 2 }), share(UNJUDGED)]).toEqual([0, 0.05, 0.25, 1, 1]);
  });

  it('is taken evenly, always for the same calls, and a larger share has all of a smaller', () => {
    const calls = Array.from({ length: 20_000 }, (_, index) => `main:CA${index.toString(16).padStart(32, '0')}`);
    const [few, many] = [0.05, 0.25].map((size) => calls.filter((call) => isOffered(size, call)));
    expect(few?.length).toBeGreaterThan(900);
    expect(few?.length).toBeLessThan(1100);
    expect(many?.length).toBeGreaterThan(4800);
    expect(many?.length).toBeLessThan(5200);
    expect(few?.filter((call) => !many?.includes(call))).toEqual([]);
    expect([isOffered(0, 'x'), isOffered(1, 'x')]).toEqual([false, true]);
  });

  it('how they fare: those of the step, and of the last fifty by themselves', () => {
    const trial = createTrial(7);
    for (let call = 0; call < 60; call += 1) trial.ended(call < 5);
    expect(trial.tried).toEqual({ since: 7, through: 55, last: 50, failed: 0 });
  });
});

it('only a failing primary is ever diverted, and only a well one given back', () => {
  const leading = (action: string) => Object.entries(RESPONSES).filter(([, row]) => Object.values(row).includes(action as never)).map(([diagnosis]) => diagnosis);
  expect(leading('divert')).toEqual(['primary-unreachable', 'calls-failing']);
  expect(leading('begin-probation')).toEqual(['healthy', 'flapping']);
  expect(leading('advance')).toEqual(['healthy']);
});

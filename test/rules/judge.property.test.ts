/**
 * The laws of the judgement, over random evidence that is lost, doubled, late and contradictory, two processes whose clocks are put and which
 * sleep, people who give orders and take them back, and records that somebody else has written meanwhile.
 */
import * as fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { holdDown } from '../../rules/hold-down.ts';
import { judge, type Case, type HealthFacts, type Judgement } from '../../rules/judge.ts';
import { NOT_LOOKED, type Watch } from '../../rules/diagnose/watch.ts';
import { CLAIMS, EVIDENCE_GROUPS, type Claim, type Evidence, type EvidenceGroup } from '../../src/domain/evidence.ts';
import type { HealthPolicy } from '../../src/domain/health-policy.ts';
import { HealthRecordSchema, UNJUDGED, type HealthRecord } from '../../src/domain/health-record.ts';
import { facts, POLICY, says, START } from './health-facts.ts';

const validator = Compile(HealthRecordSchema);
/** So that all comes to pass within minutes. */
const QUICK: HealthPolicy = {
  ...POLICY,
  atCarriers: { afterSeconds: 20 },
  holdDown: { seconds: 15, growth: 2, halfLifeMinutes: 2, longestMinutes: 5 },
  probation: { ...POLICY.probation, calls: 0, steps: [{ share: 0.05, seconds: 5 }, { share: 1, seconds: 10 }] },
};
const PROCESSES = ['p0', 'p1'] as const;

type Change = Partial<Pick<HealthFacts, 'mode' | 'stopped' | 'hold' | 'sight'>> & { word?: 'divert' | 'restore' | 'in steps'; answered?: number; approve?: 'approve' | 'refuse' };

interface Step {
  /** Milliseconds since the step before; mostly a second. */
  after: number;
  /** Claims that arrive; of each process, whether it hears of them. */
  claims: { evidence: Omit<Evidence, 'at' | 'expiresAt'>; late: number; lasts: number; heardBy: readonly boolean[] }[];
  change?: Change | undefined;
  /** Which process looks, and how far its clock is off; `stale`: it judges by what was written before the last change. */
  looks: 0 | 1;
  clock: number;
  stale: boolean;
}

const claim = fc.record({
  evidence: fc.tuple(fc.constantFrom(...EVIDENCE_GROUPS), fc.constantFrom(...CLAIMS, 'down' as const, 'down' as const), fc.constantFrom('probe/p0/a', 'probe/p1/a', 'source/x/1', 'source/y/1', 'calls/p0'), fc.constantFrom(1, 1, 0.6, 0.2)).map(([group, said, source, weight]) => {
    const { at: _, expiresAt: __, ...evidence } = says(group, said, 0, { source, weight });
    return evidence;
  }),
  late: fc.constantFrom(0, 0, 0, 3000, 20_000),
  lasts: fc.constantFrom(3000, 10_000, 90_000, 900_000),
  heardBy: fc.tuple(fc.boolean(), fc.boolean()).map(([one, other]) => [one || !other, other]),
});

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ mode: fc.constantFrom('auto' as const, 'confirm' as const, 'manual' as const) }),
  fc.record({ stopped: fc.option(fc.constant({ reason: 'stop' }), { nil: undefined }) }),
  fc.record({ hold: fc.option(fc.constant({ reason: 'hold' }), { nil: undefined }) }),
  fc.record({ sight: fc.record({ p0: fc.constantFrom('reached' as const, 'lost' as const, 'unknown' as const), p1: fc.constantFrom('reached' as const, 'lost' as const) }) }),
  fc.record({ word: fc.constantFrom('divert' as const, 'restore' as const, 'in steps' as const) }),
  fc.record({ answered: fc.constantFrom(0, 5, 100) }),
  fc.record({ approve: fc.constantFrom('approve' as const, 'refuse' as const) }),
);

/** What may befall a look: mostly nothing. */
const step: fc.Arbitrary<Omit<Step, 'claims' | 'change'>> = fc.record({
  after: fc.oneof({ weight: 40, arbitrary: fc.constant(1000) }, { weight: 2, arbitrary: fc.constantFrom(0, 4000, 7000, 65_000) }),
  looks: fc.constantFrom(0 as const, 0 as const, 1 as const),
  clock: fc.oneof({ weight: 60, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-60_000, 60_000, 3_600_000) }),
  stale: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** Weather that lasts: the same claims again and again, some of them lost, with a change of people's minds at its beginning and strays in between. */
const SPELLS: readonly (readonly (readonly [EvidenceGroup, Claim, string])[])[] = [
  [['probes', 'up', 'probe/p0/a']],
  [['probes', 'up', 'probe/p0/a'], ['calls', 'up', 'calls/p0']],
  [['probes', 'down', 'probe/p0/a'], ['alerts', 'down', 'source/x/1']],
  [['probes', 'down', 'probe/p0/a'], ['calls', 'down', 'calls/p0'], ['alerts', 'down', 'source/y/1']],
  [['probes', 'down', 'probe/p0/a']],
  [['calls', 'down', 'calls/p0'], ['probes', 'up', 'probe/p0/a']],
  [['alerts', 'down', 'source/x/1']],
  [['probes', 'degraded', 'probe/p0/a']],
  [],
];

type Look = readonly [Omit<Step, 'claims' | 'change'>, Step['claims'][number] | undefined, number];
const anything: fc.Arbitrary<Look[]> = fc.array(fc.tuple(step, fc.option(claim, { nil: undefined, freq: 25 }), fc.nat(9)), { minLength: 1, maxLength: 60, size: 'max' });
/** Now and then nothing else befalls for longer than a minute. */
const undisturbed: Look[] = Array.from({ length: 80 }, () => [{ after: 1000, looks: 0, clock: 0, stale: false }, undefined, 1]);

const spell = fc.record({
  said: fc.constantFrom(...SPELLS),
  looks: fc.oneof({ weight: 1, arbitrary: fc.constant(undisturbed) }, { weight: 2, arbitrary: anything }),
  change: fc.option(change, { nil: undefined, freq: 2 }),
}).map(({ said, looks, change: changed }) => looks.map(([one, stray, luck], index): Step => {
  const lasting = luck === 0 ? [] : said.map(([group, word, source]) => {
    const { at: _, expiresAt: __, ...evidence } = says(group, word, 0, { source });
    return { evidence, late: 0, lasts: 5000, heardBy: [true, true] };
  });
  return { ...one, claims: [...lasting, ...(stray ? [stray] : [])], change: index === 0 ? changed : undefined };
}));
const steps = fc.array(spell, { minLength: 2, maxLength: 8 }).map((spells) => spells.flat());

interface Looked {
  given: Case;
  judged: Judgement;
  /** Where one group alone says down: since when, without a break, by the looks of this process. */
  alone: number | undefined;
  /** When this process last began to look after a pause, or after its clock was put. */
  woke: number;
}

/** Plays the steps; tells each look. */
function run(all: readonly Step[], each: (looked: Looked) => void): void {
  let now = START;
  let record: HealthRecord = UNJUDGED;
  let before = record;
  let otherwise: Partial<HealthFacts> = {};
  const watches: Watch[] = [NOT_LOOKED, NOT_LOOKED];
  const heard: Map<string, Evidence>[] = [new Map(), new Map()];
  const woke = [0, 0];
  /** Of each process: since when each group has said down without a break. */
  const downSince: Map<string, number>[] = [new Map(), new Map()];
  for (const { after, claims, change: changed, looks, clock, stale } of all) {
    now += after;
    for (const { evidence, late, lasts, heardBy } of claims) {
      const full = { ...evidence, at: now - late, expiresAt: now - late + lasts };
      for (const process of [0, 1] as const) if (heardBy[process]) heard[process]?.set(full.source, full);
    }
    if (changed) otherwise = withChange(otherwise, changed, now);
    const time = now + clock;
    const known = stale ? before : record;
    const evidence = [...(heard[looks]?.values() ?? [])];
    const given: Case = { known, watch: watches[looks] ?? NOT_LOOKED, evidence, facts: facts({ ...otherwise, self: PROCESSES[looks] }), policy: QUICK, now: time };
    const judged = judge(given);
    const down = judged.groups.filter(({ claim: said }) => said === 'down').map(({ group }) => group);
    const lookBefore = Number.isFinite(given.watch.lookedAt) ? Math.min(given.watch.lookedAt, time) : time;
    downSince[looks] = new Map(down.map((group) => [group, downSince[looks]?.get(group) ?? lookBefore]));
    const [sole, ...others] = downSince[looks]?.values() ?? [];
    if (time < given.watch.lookedAt || time - given.watch.lookedAt > 5000) woke[looks] = time;
    each({ given, judged, alone: others.length === 0 ? sole : undefined, woke: woke[looks] ?? time });
    watches[looks] = judged.watch;
    // Compare and set: who judged by an old version writes nothing.
    if (judged.record !== known && known.version === record.version) {
      before = record;
      record = judged.record;
    }
  }
}

function withChange(known: Partial<HealthFacts>, { word, answered, approve, ...rest }: Change, now: number): Partial<HealthFacts> {
  return {
    ...known,
    ...rest,
    ...(word === undefined ? {} : { word: { says: word === 'divert' ? 'divert' : 'restore', how: word === 'in steps' ? 'steps' : 'now', at: now } }),
    ...(answered === undefined ? {} : { numbers: { all: 100, own: 100, answered, moved: 0 } }),
    ...(approve === undefined ? {} : { approval: { action: 'divert', says: approve, at: now } }),
  };
}

const check = (each: (looked: Looked) => void, more: fc.Parameters<[Step[]]> = {}): void => fc.assert(fc.property(steps, (all) => run(all, each)), { numRuns: 50, ...more });
const actOf = ({ judged: { transition } }: Looked): string | undefined => (transition && !transition.action.startsWith('mark-') ? transition.action : undefined);
const MOVES = ['divert', 'widen'];
const GIVES = ['begin-probation', 'advance', 'restore'];

it('no act past a brake', () => {
  check((looked) => {
    const act = actOf(looked);
    const { given: { facts: around, now }, judged: { record } } = looked;
    if (act === undefined) return;
    expect(around.stopped).toBeUndefined();
    expect(around.hold).toBeUndefined();
    if (MOVES.includes(act)) expect(around.numbers.answered).toBeGreaterThanOrEqual(10);
    if (act === 'divert' || act === 'begin-probation') expect(around.mode).not.toBe('manual');
    if (act === 'divert' && around.mode === 'confirm') expect(around.approval).toMatchObject({ action: 'divert', says: 'approve' });
    if (act === 'begin-probation') expect(holdDown(record, QUICK).until).toBeLessThanOrEqual(now);
  });
});

it("an operator's word stands", () => {
  check((looked) => {
    const act = actOf(looked) ?? 'none';
    const { word } = looked.judged.record;
    if (word?.says === 'divert') expect(GIVES).not.toContain(act);
    if (word?.says === 'restore' && !word.settled) expect(MOVES).not.toContain(act);
  });
});

it('nothing by whom the references do not answer, and nothing by one source within a minute', () => {
  check((looked) => {
    const { given: { facts: around, now }, alone } = looked;
    const act = actOf(looked);
    if (act !== undefined) expect(around.sight[around.self]).not.toBe('lost');
    if (act === 'divert' && alone !== undefined) expect(now - alone).toBeGreaterThanOrEqual(60_000);
  });
});

it('nobody diverts who has not watched for five seconds since he woke, or his clock was put', () => {
  check((looked) => {
    if (actOf(looked) === 'divert') expect(looked.given.now - looked.woke).toBeGreaterThanOrEqual(5000);
  });
});

it('what is diverted is not diverted again, and is given back step by step', () => {
  const from: Readonly<Record<string, readonly string[]>> = { divert: ['up', 'degraded'], widen: ['down'], 'begin-probation': ['down'], advance: ['recovering'], restore: ['recovering'], 'fall-back': ['recovering'] };
  check((looked) => {
    const { transition, record } = looked.judged;
    if (!transition || actOf(looked) === undefined) return;
    expect(from[transition.action]).toContain(transition.from);
    if (transition.action === 'restore') expect(record.step).toBe(QUICK.probation.steps.length - 1);
  });
});

it('the same look again does nothing more, and says the same', () => {
  check(({ given, judged }) => {
    expect(judge(given)).toEqual(judged);
    const again = judge({ ...given, known: judged.record, watch: judged.watch });
    expect(again.transition).toBeUndefined();
    expect(again.blocked?.isNew ?? false).toBe(false);
  });
});

it('the record is one that can be stored, its version goes up with every change, and what is unchanged is the same', () => {
  check(({ given: { known }, judged: { record, transition, blocked } }) => {
    expect(validator.Errors(record)).toEqual([]);
    expect(record.version).toBe(record === known ? known.version : known.version + 1);
    if (transition || blocked?.isNew) expect(record).not.toBe(known);
  });
});

it('all of it comes to pass in these runs', () => {
  const seen = new Set<string>();
  check((looked) => {
    seen.add(actOf(looked) ?? 'none');
    if (looked.judged.blocked) seen.add(looked.judged.blocked.brake);
    // By dice that always fall the same: this is about the runs and not about the judgement.
  }, { seed: 4, numRuns: 150 });
  expect([...seen]).toEqual(expect.arrayContaining([...MOVES, ...GIVES, 'fall-back', 'operators-word', 'global-stop', 'hold', 'quiet-period', 'approval']));
});

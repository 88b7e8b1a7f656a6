/** The turns of probes in virtual time: spread evenly, twice before anybody is told, faster while in doubt, in step with the records, and nothing believed across a pause. */
import { EventEmitter } from 'node:events';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Probe, ProbeOutcome } from '../../../src/domain/probe.ts';
import { createPauseWatch } from '../../../src/health/pause-watch.ts';
import { createProber } from '../../../src/health/probes/prober.ts';
import { createReferences } from '../../../src/health/references.ts';
import { shippedPolicy } from '../../../src/config/policy-file.ts';
import { realSystem } from '../../../src/system/system.ts';
import { createKeptLog } from '../../support/kept-log.ts';
import { virtualTime, WALL } from '../virtual-time.ts';

const UP: ProbeOutcome = { is: 'answered', status: 200, ms: 5 };
const SLOW: ProbeOutcome = { is: 'answered', status: 200, ms: 900 };
const SILENT: ProbeOutcome = { is: 'silent' };
const TIMEOUT_MS = 1000;

const { probes: SHIPPED } = shippedPolicy().health;

/** What each target answers is set by name; what is asked of it is kept with its moment. */
function rig(options: { references?: string[]; outcomes?: Record<string, ProbeOutcome[]> } = {}) {
  const time = virtualTime();
  const asked: { target: string; at: number }[] = [];
  const said = new Map<string, ProbeOutcome[]>(Object.entries(options.outcomes ?? {}));
  const told: Evidence[] = [];
  const withdrawn: string[] = [];
  const open = new Set<string>();
  const counted: string[] = [];
  let policy = SHIPPED;
  let references = options.references ?? [];
  const createAsker = ({ target }: Probe) => {
    open.add(target);
    return {
      ask: () =>
        new Promise<ProbeOutcome>((resolve) => {
          asked.push({ target, at: time.steady() });
          const left = said.get(target) ?? [UP];
          const outcome = left.length > 1 ? (left.shift() ?? UP) : (left[0] ?? UP);
          const took = outcome.is === 'silent' ? TIMEOUT_MS : outcome.is === 'answered' ? outcome.ms : 1;
          time.timers.after(took, () => resolve(outcome));
        }),
      close: () => void open.delete(target),
    };
  };
  const watch = createPauseWatch(time);
  watch.start();
  const proof = createReferences({ policy: () => ({ targets: references, everySeconds: 10 }), createAsker, system: time });
  proof.start();
  const { log, lines } = createKeptLog();
  const prober = createProber({
    process: 'here', policy: () => policy, references: proof, watch, log, system: { ...time, random: realSystem.random }, createAsker,
    board: { tell: (evidence) => told.push(evidence), withdraw: (primary, source) => withdrawn.push(`${primary} ${source}`) },
    count: (_kind, claim) => counted.push(claim),
  });
  return {
    ...time, prober, watch, asked, told, withdrawn, open, counted, lines, proof,
    says: (target: string, ...outcomes: ProbeOutcome[]) => said.set(target, outcomes),
    claims: (primary = 'pbx') => told.filter((one) => one.primary === primary).map(({ claim }) => claim),
    times: (target: string) => asked.filter((one) => one.target === target).map(({ at }) => at),
    policy: (more: Partial<typeof SHIPPED>) => void (policy = { ...policy, ...more }),
    references: (targets: string[]) => void (references = targets),
  };
}

const tcp = (target: string, more: { everySeconds?: number; timeoutMs?: number } = {}): Probe => ({ kind: 'tcp', target, ...more });

test('a primary is asked at once, then regularly; what is seen is told with its time and end', async () => {
  const { prober, pass, told, times } = rig();
  prober.take('pbx', { probes: [{ kind: 'sip-options', target: 'sip:a.test' }] });
  await pass(2000);
  expect(told[0]).toMatchObject({ primary: 'pbx', source: 'probe/here/sip-options sip:a.test', group: 'probes', claim: 'up', because: 'answered 200 to OPTIONS' });
  const [first] = told;
  expect((first?.expiresAt ?? 0) - (first?.at ?? 0)).toBe(9000);
  expect(first?.at).toBeGreaterThanOrEqual(WALL);
  await pass(60_000);
  const gaps = times('sip:a.test').map((at, index, all) => at - (all[index - 1] ?? at)).slice(4);
  expect(gaps.length).toBeGreaterThan(25);
  for (const gap of gaps) expect(Math.abs(gap - 2000)).toBeLessThan(220);
});

test('one miss is tried again and told to nobody; two are told, with what was seen', async () => {
  const { prober, pass, says, claims, told, lines } = rig({ outcomes: { 'a:1': [UP] } });
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(10_000);
  says('a:1', SILENT, UP);
  await pass(10_000);
  expect(new Set(claims())).toEqual(new Set(['up']));
  says('a:1', { is: 'refused' });
  // 2 s to the turn at most, the second try after 0.1 s.
  await pass(2300);
  expect(told.at(-1)).toMatchObject({ claim: 'down', because: 'its port is closed (2 connections)' });
  expect(lines.filter((line) => line.includes('otherwise than before'))).toHaveLength(1);
});

test('a silent server is told as down within the interval and two time-outs; while in doubt it is asked more often, and then as before', async () => {
  const { prober, pass, says, told, times, claims } = rig();
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(20_000);
  says('a:1', SILENT);
  const before = told.length;
  await pass(2000 + 2 * TIMEOUT_MS + 300);
  expect(told.slice(before).at(-1)).toMatchObject({ claim: 'down', because: 'no answer to 2 connections in 1 s each' });
  await pass(30_000);
  says('a:1', UP);
  await pass(2300);
  expect(claims().at(-1)).toBe('up');
  const back = told.findLastIndex(({ claim }) => claim === 'down');
  expect((told[back + 2]?.at ?? 0) - (told[back + 1]?.at ?? 0)).toBeLessThanOrEqual(510);
  await pass(20_000);
  const last = times('a:1').slice(-5);
  expect((last.at(-1) ?? 0) - (last[0] ?? 0)).toBeGreaterThan(7000);
});

test('who says that it is overloaded is asked no more often for that', async () => {
  const { prober, pass, says, times, claims } = rig();
  prober.take('pbx', { probes: [{ kind: 'sip-options', target: 'sip:a.test' }] });
  await pass(20_000);
  says('sip:a.test', { is: 'answered', status: 503, ms: 5, retryAfterSeconds: 60 });
  const before = times('sip:a.test').length;
  await pass(10_000);
  expect(claims().at(-1)).toBe('overloaded');
  expect(times('sip:a.test').length - before).toBeLessThanOrEqual(6);
});

test('slow twice is degraded, slow once is not, slow and then gone is degraded', async () => {
  const { prober, pass, says, claims } = rig({ outcomes: { 'a:1': [SLOW, UP] } });
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(3000);
  expect(new Set(claims())).toEqual(new Set(['up']));
  says('a:1', SLOW);
  await pass(5000);
  expect(claims().at(-1)).toBe('degraded');
  says('a:1', UP);
  await pass(10_000);
  const before = claims().length;
  says('a:1', ...Array.from({ length: 6 }, () => [SLOW, SILENT]).flat());
  await pass(10_000);
  expect(new Set(claims().slice(before + 1))).toEqual(new Set(['degraded']));
});

test('five hundred are asked evenly: no tenth of a second has twice its share', async () => {
  const { prober, pass, asked } = rig();
  for (let at = 0; at < 500; at += 1) prober.take(`p${at}`, { probes: [tcp(`host-${at}:1`, { everySeconds: 5 })] });
  await pass(15_000);
  const from = asked.length;
  await pass(5000);
  const perTenth = new Map<number, number>();
  for (const { at } of asked.slice(from)) perTenth.set(Math.floor(at / 100), (perTenth.get(Math.floor(at / 100)) ?? 0) + 1);
  const counts = [...perTenth.values()];
  expect(counts.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(450);
  expect(counts).toHaveLength(50);
  expect(Math.max(...counts)).toBeLessThan(20);
});

test('the same question for several primaries is asked once and told of each', async () => {
  const { prober, pass, prober: { take }, claims, times, open, withdrawn } = rig();
  for (const primary of ['a', 'b']) take(primary, { probes: [tcp('sbc:1')] });
  await pass(4000);
  expect(prober.size).toBe(1);
  expect(claims('a')).toEqual(claims('b'));
  expect(times('sbc:1').length).toBe(claims('a').length);
  take('a', undefined);
  expect(withdrawn).toEqual(['a probe/here/tcp sbc:1']);
  expect([prober.size, open.has('sbc:1')]).toEqual([1, true]);
  take('b', { probes: [] });
  expect([prober.size, open.size]).toEqual([0, 0]);
});

test('an edit takes effect at once: new ones are asked, old ones withdrawn, the same with another time-out asked anew', async () => {
  const { prober, pass, withdrawn, open, claims, policy, asked } = rig();
  prober.take('pbx', { probes: [tcp('a:1'), tcp('b:1')] });
  await pass(3000);
  prober.take('pbx', { probes: [tcp('b:1', { timeoutMs: 500 }), tcp('c:1')] });
  expect(withdrawn).toEqual(['pbx probe/here/tcp a:1']);
  expect([...open].toSorted()).toEqual(['c:1']);
  const from = asked.length;
  await pass(2000);
  expect(new Set(asked.slice(from).map(({ target }) => target))).toEqual(new Set(['b:1', 'c:1']));
  policy({ timeoutMs: 2000 });
  prober.renew();
  expect(prober.size).toBe(2);
  prober.stop();
  const told = claims().length;
  await pass(10_000);
  expect([claims().length, open.size]).toEqual([told, 0]);
});

test('when the reference targets are silent too, nobody is called down; when half of them answer, they prove us', async () => {
  const one = rig({ references: ['ref-1:1', 'ref-2:1'] });
  const { prober, pass, says, told, claims } = one;
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(10_000);
  for (const target of ['a:1', 'ref-1:1', 'ref-2:1']) says(target, SILENT);
  const from = told.length;
  await pass(30_000);
  expect(new Set(claims().slice(from))).toEqual(new Set(['unknown']));
  expect(told.at(-1)?.because).toBe('no answer to 2 connections in 1 s each, but the reference targets do not answer either: it may be us who are cut off');
  expect(one.proof.silent).toBe(2);
  says('ref-2:1', UP);
  await pass(6000);
  expect(told.at(-1)).toMatchObject({ claim: 'down', weight: 0.9 });
  // What the server itself answers needs no proof.
  for (const target of ['ref-1:1', 'ref-2:1']) says(target, SILENT);
  prober.take('sip', { probes: [{ kind: 'sip-options', target: 'sip:b.test' }] });
  says('sip:b.test', { is: 'answered', status: 503, ms: 5 });
  await pass(6000);
  expect(claims('sip').at(-1)).toBe('down');
});

test('an answer of a reference from before the miss proves nothing, and without references a miss weighs less', async () => {
  const { prober, pass, says, claims, times } = rig({ references: ['ref:1'] });
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(10_500);
  expect(times('ref:1').length).toBe(1);
  for (const target of ['a:1', 'ref:1']) says(target, SILENT);
  await pass(6000);
  expect(claims()).not.toContain('down');
  const alone = rig({ outcomes: { 'a:1': [SILENT] } });
  alone.prober.take('pbx', { probes: [tcp('a:1')] });
  await alone.pass(6000);
  expect(alone.told.at(-1)).toMatchObject({ claim: 'down', weight: 0.5 });
});

test('a process that stood still believes nothing that it saw before or across it, and asks again in its own time', async () => {
  const { prober, pass, standStill, says, claims, told, counted, asked } = rig();
  for (let at = 0; at < 50; at += 1) prober.take(`p${at}`, { probes: [tcp(`h${at}:1`)] });
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(20_000);
  // Its question was sent, and its time runs out while nobody looks.
  says('a:1', SILENT);
  while (!asked.slice(-1).some(({ target }) => target === 'a:1')) await pass(10);
  const before = told.length;
  const from = asked.length;
  await standStill(30_000);
  expect(new Set(told.slice(before).map(({ claim }) => claim))).toEqual(new Set(['unknown']));
  expect(told.at(-1)?.because).toBe('this process stood still for 30 s');
  says('a:1', UP);
  await pass(50);
  expect(asked.length - from).toBeLessThan(20);
  await pass(2500);
  expect(claims()).not.toContain('down');
  expect(claims().at(-1)).toBe('up');
  expect(counted).toContain('discarded');
});

test('a clock that is set, or a machine that slept, is a pause too; a short one costs only what was under way', async () => {
  const { prober, pass, standStill, turnClock, claims, told } = rig();
  prober.take('pbx', { probes: [tcp('a:1')] });
  await pass(5000);
  turnClock(3_600_000);
  await pass(200);
  expect(claims().at(-1)).toBe('unknown');
  await pass(3000);
  expect(claims().at(-1)).toBe('up');
  const before = told.length;
  await standStill(600);
  expect(told).toHaveLength(before);
});

test('whatever it meets, it never calls down who answers one of two, and never more of them at once than there are', async () => {
  const outcome = fc.constantFrom<ProbeOutcome>(UP, SLOW, SILENT, { is: 'refused' }, { is: 'closed' }, { is: 'name-unknown', code: 'ENOTFOUND' }, { is: 'not-asked', code: 'EMFILE' });
  const step = fc.oneof(fc.record({ pass: fc.integer({ min: 1, max: 5000 }) }), fc.record({ still: fc.integer({ min: 500, max: 20_000 }) }), fc.record({ says: fc.array(outcome, { minLength: 1, maxLength: 3 }) }), fc.record({ edit: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.array(outcome, { minLength: 1, maxLength: 4 }), async (steps, first) => {
      const one = rig({ outcomes: { 'a:1': first } });
      let last: ProbeOutcome[] = [];
      one.prober.take('pbx', { probes: [tcp('a:1')] });
      for (const each of steps) {
        if ('pass' in each) await one.pass(each.pass);
        else if ('still' in each) await one.standStill(each.still);
        else if ('edit' in each) one.prober.take('pbx', { probes: each.edit ? [tcp('a:1')] : [] });
        else one.says('a:1', ...(last = each.says));
      }
      expect(last).toBeDefined();
      one.says('a:1', UP);
      one.prober.take('pbx', { probes: [tcp('a:1')] });
      await one.pass(8000);
      expect([one.claims().at(-1), one.prober.size, one.open.size]).toEqual(['up', 1, 1]);
      one.prober.stop();
      for (const { at, expiresAt } of one.told) expect(expiresAt).toBeGreaterThan(at);
    }),
    { numRuns: 40 },
  );
});

test('the watch tells nothing before it is started or after it is stopped', async () => {
  const time = virtualTime();
  const watch = createPauseWatch(time);
  const events: number[] = [];
  watch.events.on('paused', (ms) => events.push(ms));
  await time.standStill(60_000);
  watch.start();
  expect(watch.generation).toBe(0);
  await time.standStill(5000);
  expect([watch.generation, events]).toEqual([1, [5000]]);
  watch.stop();
  await time.standStill(60_000);
  expect([watch.generation, events.length]).toEqual([1, 1]);
  expect(watch.events).toBeInstanceOf(EventEmitter);
});

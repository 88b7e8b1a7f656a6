/** What is due at one carrier is worked off within what it takes, whatever single numbers or the carrier itself do. */
import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/carriers/api.ts';
import { createHealthStore } from '../../src/diversion/carrier-health.ts';
import { createDrain } from '../../src/diversion/drain.ts';
import type { Reconciled } from '../../src/diversion/reconcile.ts';
import { Failure, type ErrorCode } from '../../src/domain/errors.ts';
import { createDueRoutes, type Rank } from '../../src/store/due-routes.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();

/** Time goes fifty times as fast. */
const FASTER = 50;
const system: System = {
  ...realSystem,
  clock: { now: () => 1_800_000_000_000 + realSystem.steady() * FASTER },
  steady: () => realSystem.steady() * FASTER,
  timers: { ...realSystem.timers, after: (ms, task) => realSystem.timers.after(ms / FASTER, task) },
};

const SETTLED: Reconciled = { is: 'settled', state: 'diverted', writes: 1 };
const hindered = (code: ErrorCode, attempts = 1, forGood = false): Reconciled => ({ is: 'hindered', failure: new Failure(code), forGood, attempts, writes: 0 });

function open(answer: (unit: string, attempt: number, send: Send) => Reconciled | Promise<Reconciled>) {
  const { redis, log } = here.world;
  const due = createDueRoutes(redis);
  const attempts = new Map<string, number>();
  const asked: string[] = [];
  const askedAt: number[] = [];
  /** Of these nothing is to be kept. */
  const unkept = new Set<string>();
  let inHand = 0;
  let most = 0;
  const drain = createDrain('main', {
    due,
    health: createHealthStore(redis),
    limits: () => ({ writesPerSecond: 100, atOnce: 3 }),
    async reconcile(unit, turn, send) {
      inHand += 1;
      most = Math.max(most, inHand);
      const given = await turn().finally(() => { inHand -= 1; });
      given.unused();
      if (!(await given.gate())) return { is: 'overtaken', writes: 0 };
      asked.push(unit);
      askedAt.push(system.clock.now());
      attempts.set(unit, (attempts.get(unit) ?? 0) + 1);
      return answer(unit, attempts.get(unit) ?? 0, send);
    },
    rankOf: (unit) => (unkept.has(unit) ? undefined : unit === 'poison' ? 'critical' : 'standard'),
    sweepMs: () => 3_600_000,
    load: { level: 0 },
    log,
    system,
  });
  const left = async () => (await due.next('main', system.clock.now(), 100)).map(({ unit }) => unit);
  return {
    asked,
    askedAt,
    unkept,
    left,
    get most() {
      return most;
    },
    ask: (units: readonly string[], rank: Rank = 'standard') => due.ask('main', units.map((unit) => ({ unit, rank })), Math.floor(system.clock.now())),
    /** As the worker does: a drain that has ended is begun anew. */
    async until(done: () => boolean): Promise<void> {
      await expect.poll(async () => {
        await drain.run(done);
        return done();
      }, { interval: 1, timeout: 20_000 }).toBe(true);
    },
  };
}

const units = (count: number): string[] => Array.from({ length: count }, (_, at) => `u${at}`);

describe('a drain', () => {
  it('works off all, as many in hand as there may be requests under way and what a fifth of a second takes, and then ends', async () => {
    const run = open(() => SETTLED);
    await run.ask(units(40));
    await run.until(() => run.asked.length === 40);
    expect(run.most).toBe(3 + 20);
    expect(await run.left()).toEqual([]);
  });

  it('what is to be kept no more since its look began is looked at once more, and then never again', async () => {
    const run = open((unit) => {
      run.unkept.add(unit);
      return SETTLED;
    });
    await run.ask(['u1']);
    await run.until(() => run.asked.length === 2);
    await expect.poll(() => createDueRoutes(here.world.redis).known('main', ['u1'])).toEqual([]);
    expect(run.asked).toEqual(['u1', 'u1']);
  });

  it('one number at which the carrier always fails keeps none of the others from it, not even where it goes before them', async () => {
    const run = open((unit, attempt) => (unit === 'poison' ? hindered('carrier_outcome_unknown', attempt) : SETTLED));
    await run.ask(['poison'], 'critical');
    await run.until(() => run.asked.length >= 7);
    await run.ask(units(20));
    await run.until(() => new Set(run.asked).size === 21);
    expect(run.asked.filter((unit) => unit !== 'poison')).toHaveLength(20);
  });

  it('a carrier that is down is asked once in a while, and all goes on when it is back', async () => {
    let down = true;
    const run = open((_unit, attempt) => (down ? hindered('carrier_unavailable', attempt) : SETTLED));
    await run.ask(units(30));
    const from = system.clock.now();
    await run.until(() => system.clock.now() - from > 60_000);
    // Some at first, then one at a time, with pauses that double.
    expect(run.asked.length).toBeLessThan(20);
    down = false;
    const before = run.asked.length;
    await run.until(() => new Set(run.asked.slice(before)).size === 30);
  });

  it('while the carrier asks for a pause nothing is sent, whatever was in hand and whatever is answered meanwhile', async () => {
    const run = open((unit, attempt) => (unit === 'u5' && attempt === 1 ? { is: 'hindered', failure: new Failure('carrier_throttled', undefined, { retryAfterSeconds: 10 }), forGood: false, attempts: 1, writes: 0 } : SETTLED));
    await run.ask(units(20));
    await run.until(() => new Set(run.asked).size === 20 && run.asked.length === 21);
    const throttledAt = run.askedAt[run.asked.indexOf('u5')] ?? 0;
    // What was under way by then was asked for within a moment.
    expect(run.askedAt.filter((at) => at > throttledAt + 5000 && at < throttledAt + 10_000)).toEqual([]);
    expect(Math.max(...run.askedAt)).toBeGreaterThanOrEqual(throttledAt + 10_000);
  });

  it('what is only read keeps the pace, and a pause that it is asked for holds for all', async () => {
    const read: number[] = [];
    let throttled = false;
    const run = open(async (unit, _attempt, send) => {
      const ask = () => send(async () => read.push(system.clock.now()));
      if (unit !== 'list') return SETTLED;
      for (let page = 0; page < 50; page += 1) await ask();
      const refused = send(() => {
        throttled = true;
        return Promise.reject(new Failure('carrier_throttled', undefined, { retryAfterSeconds: 10 }));
      });
      return refused.catch(() => SETTLED);
    });
    await run.ask(['list']);
    // A drain told to end after the last page would not send what is refused.
    await run.until(() => throttled);
    const [first = 0, last = 0] = [read[0], read[49]];
    // A quarter of a second's worth may come at once.
    expect(last - first).toBeGreaterThan(200);
    await run.ask(units(5));
    await run.until(() => new Set(run.asked).size === 6);
    expect(Math.max(...run.askedAt)).toBeGreaterThanOrEqual(last + 10_000);
  });

  it('a number that the carrier refuses, or that throws, is put off, and the others are done', async () => {
    const run = open((unit, attempt) => {
      if (unit === 'u1') throw new Error('nobody foresaw this');
      return unit === 'u0' ? hindered('carrier_refused', attempt, true) : SETTLED;
    });
    await run.ask(units(10));
    await run.until(() => run.asked.length === 10);
    expect(await run.left()).toEqual([]);
    expect(here.world.lines.some((line) => line.includes('a routing could not be looked at'))).toBe(true);
  });
});

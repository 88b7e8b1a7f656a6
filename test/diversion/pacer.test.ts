/** Turns at an even pace, on a clock that the test moves; and how long a carrier that fails is left alone. */
import { setImmediate as settled } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, afterSuccess, BREAK_AFTER, WELL, type Health } from '../../src/diversion/carrier-health.ts';
import { createPacer } from '../../src/diversion/pacer.ts';
import { Failure } from '../../src/domain/errors.ts';

/** Timers come `late` milliseconds late. */
function createTime(late = 0) {
  let now = 0;
  let waiting: { at: number; task: () => void }[] = [];
  return {
    steady: () => now,
    timers: {
      after(ms: number, task: () => void) {
        const one = { at: now + ms + late, task };
        waiting.push(one);
        return () => void (waiting = waiting.filter((other) => other !== one));
      },
      every: () => () => undefined,
    },
    async until(end: number): Promise<void> {
      for (;;) {
        // All that follows from the last one, however many steps it takes.
        await settled();
        const first = waiting.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
        if (!first) break;
        waiting = waiting.filter((other) => other !== first);
        now = Math.max(now, first.at);
        first.task();
      }
      now = Math.max(now, end);
    },
  };
}

describe('a pacer', () => {
  it.each([0, 3, 60])('gives all the turns of a second and not one more, with timers that are %i ms late', async (late) => {
    const time = createTime(late);
    const pacer = createPacer(() => 50, time);
    const given: number[] = [];
    for (let count = 0; count < 500; count += 1) void pacer.turn().then(() => given.push(time.steady()));
    await time.until(4000);
    for (let from = 0; from < 3000; from += 100) {
      const inSecond = given.filter((at) => at >= from && at < from + 1000).length;
      expect(inSecond).toBeGreaterThanOrEqual(late < 10 ? 49 : 45);
      expect(inSecond).toBeLessThanOrEqual(51);
    }
  });

  it('gives the turn of who did not use it to the next, and none to who was dismissed', async () => {
    const time = createTime();
    const pacer = createPacer(() => 10, time);
    const given: number[] = [];
    const ask = () => pacer.turn().then((turn) => {
      given.push(time.steady());
      return turn;
    });
    await time.until(10_000);
    const first = await ask();
    const others = [ask(), ask()];
    first?.unused();
    first?.unused();
    await time.until(10_101);
    expect(given).toEqual([10_000, 10_000]);
    await time.until(10_102);
    expect(given).toHaveLength(3);
    await Promise.all(others);
    const left = pacer.turn();
    pacer.dismiss();
    expect(await left).toBeUndefined();
    const next = pacer.turn();
    await time.until(11_000);
    expect(await next).toBeDefined();
  });

  it('makes up for what nobody asked for in the last quarter of a second, and for no more', async () => {
    const time = createTime();
    const pacer = createPacer(() => 100, time);
    let given = 0;
    const ask = (count: number) => { for (let at = 0; at < count; at += 1) void pacer.turn().then(() => (given += 1)); };
    ask(50);
    await time.until(5);
    // Before it began nothing was lost.
    expect(given).toBe(1);
    await time.until(10_000);
    expect(given).toBe(50);
    ask(50);
    await time.until(10_001);
    expect(given).toBe(75);
    await time.until(10_200);
    expect(given).toBe(95);
  });

  const late = { max: 400 };
  it('lets no second of the carrier have more requests than it takes, however long each takes from its turn and on its way, and loses little by that', () => fc.assert(fc.asyncProperty(fc.constantFrom(1, 2.5, 10, 50), fc.array(fc.record({ work: fc.nat(300), there: fc.nat(late), back: fc.nat(late) }), { minLength: 60, maxLength: 120 }), async (perSecond, requests) => {
    const time = createTime();
    const pacer = createPacer(() => perSecond, time);
    const rest = (ms: number) => new Promise<void>((resolve) => void time.timers.after(ms, resolve));
    const arrived: number[] = [];
    async function send(work: number, there: number, back: number): Promise<void> {
      const turn = await pacer.turn();
      await rest(work);
      const answered = await turn?.gate();
      await rest(10 + there);
      arrived.push(time.steady());
      await rest(10 + back);
      answered?.();
    }
    // Most are as quick as can be.
    const odd = (at: number): boolean => at % 15 === 7;
    for (const [at, { work, there, back }] of requests.entries()) void send(work, odd(at) ? there : 0, odd(at) ? back : 0);
    await time.until(250_000);
    expect(arrived).toHaveLength(requests.length);
    const [most, span] = [Math.max(1, Math.floor(perSecond)), Math.max(1, Math.floor(perSecond)) * 1000 / perSecond];
    for (const [from, at] of arrived.entries()) if (arrived[from + most] !== undefined) expect((arrived[from + most] ?? 0) - at).toBeGreaterThanOrEqual(span);
    const held = requests.reduce((sum, { there, back }, at) => sum + (odd(at) ? there + back : 0), 0) / most;
    expect(arrived.at(-1)).toBeLessThanOrEqual((requests.length / most) * (span + 15) + held + 2 * late.max);
  }), { numRuns: 30 }));

  it('takes it for the carrier\'s own way where many answers take longer than the quickest', async () => {
    const time = createTime();
    const pacer = createPacer(() => 20, time);
    const rest = (ms: number) => new Promise<void>((resolve) => void time.timers.after(ms, resolve));
    let [sent, at] = [0, 0];
    const send = async (): Promise<void> => {
      const answered = await (await pacer.turn())?.gate();
      sent += 1;
      at = time.steady();
      await rest(sent % 2 === 0 ? 20 : 500);
      answered?.();
    };
    for (let count = 0; count < 400; count += 1) void send();
    await time.until(60_000);
    // It is counted when it comes, and answered when it is done.
    expect(sent).toBe(400);
    expect(at).toBeLessThan(400 / 20 * 1065);
  });
});

describe('a carrier that fails', () => {
  const fail = (code: 'carrier_unavailable' | 'carrier_throttled', retryAfterSeconds?: number) => new Failure(code, undefined, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  /** Each is of a request that was sent when the pause was over. */
  const after = (times: number): Health => Array.from({ length: times }).reduce<Health>((health) => afterFailure(health, fail('carrier_unavailable'), Math.max(1000, health.pausedUntil), 1), WELL);

  it('is asked on for some failures in a row, then left alone for longer and longer', () => {
    expect(after(BREAK_AFTER - 1)).toMatchObject({ failures: BREAK_AFTER - 1, pausedUntil: 1000 });
    expect(after(BREAK_AFTER).pausedUntil).toBe(2000);
    expect(after(BREAK_AFTER + 3).pausedUntil).toBe(2000 + 2000 + 4000 + 8000);
    expect(after(BREAK_AFTER + 30).pausedUntil - after(BREAK_AFTER + 29).pausedUntil).toBe(60_000);
  });

  it('answers of requests that were under way when the pause began neither end it nor count again; only a longer wait does', () => {
    const paused = afterFailure(WELL, fail('carrier_throttled', 7), 1000, 0);
    expect(afterFailure(paused, fail('carrier_unavailable'), 1500, 1)).toEqual(paused);
    expect(afterFailure(paused, fail('carrier_throttled', 3), 1500, 1)).toEqual(paused);
    expect(afterFailure(paused, fail('carrier_throttled', 9), 1500, 1)).toEqual({ ...paused, pausedUntil: 10_500 });
    expect(afterSuccess(paused, 1500)).toBe(paused);
    expect(afterSuccess(paused, 8000)).toEqual(WELL);
  });

  it('is left alone for as long as it asks, and by our own guess when it names no time', () => {
    expect(afterFailure(WELL, fail('carrier_throttled', 7), 1000, 0)).toMatchObject({ pausedUntil: 8000 });
    expect(afterFailure(WELL, fail('carrier_throttled'), 1000, 0)).toMatchObject({ pausedUntil: 1050 });
    expect(afterFailure(WELL, fail('carrier_throttled'), 1000, 1)).toMatchObject({ pausedUntil: 1100 });
  });
});

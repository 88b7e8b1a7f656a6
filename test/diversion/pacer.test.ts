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
      expect(inSecond).toBeGreaterThanOrEqual(late < 10 ? 48 : 45);
      expect(inSecond).toBeLessThanOrEqual(51);
    }
  });

  it('gives no more after a lull, and the turn of who did not use it to the next', async () => {
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
    await time.until(10_100);
    expect(given).toEqual([10_000, 10_000]);
    await time.until(10_103);
    expect(given).toEqual([10_000, 10_000, 10_103]);
    await Promise.all(others);
    const left = pacer.turn();
    pacer.dismiss();
    expect(await left).toBeUndefined();
    const next = pacer.turn();
    await time.until(11_000);
    expect(await next).toBeDefined();
  });

  it('lets no second have more requests than it may, however long each takes from its turn, and loses little by that', () => fc.assert(fc.asyncProperty(fc.constantFrom(1, 2.5, 10, 50), fc.array(fc.nat(300), { minLength: 60, maxLength: 120 }), async (perSecond, takes) => {
    const time = createTime();
    const pacer = createPacer(() => perSecond, time);
    const sent: number[] = [];
    for (const ms of takes) {
      void pacer.turn().then((turn) => new Promise<void>((resolve) => void time.timers.after(ms, resolve)).then(() => turn?.gate()).then(() => sent.push(time.steady())));
    }
    await time.until(150_000);
    expect(sent).toHaveLength(takes.length);
    const [most, span] = [Math.max(1, Math.floor(perSecond)), Math.max(1, Math.floor(perSecond)) * 1000 / perSecond];
    for (const [from, at] of sent.entries()) if (sent[from + most] !== undefined) expect((sent[from + most] ?? 0) - at).toBeGreaterThanOrEqual(span + 20);
    expect(sent.at(-1)).toBeLessThanOrEqual((takes.length / most) * (span + 30) + 400);
  }), { numRuns: 30 }));
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

/** Turns at an even pace, on a clock that the test moves; and how long a carrier that fails is left alone. */
import { describe, expect, it } from 'vitest';
import { afterFailure, BREAK_AFTER, WELL, type Health } from '../../src/diversion/carrier-health.ts';
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
        await Promise.resolve();
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
  it.each([0, 3])('gives all the turns of a second and not one more, with timers that are %i ms late', async (late) => {
    const time = createTime(late);
    const pacer = createPacer(() => 50, time);
    const given: number[] = [];
    for (let count = 0; count < 500; count += 1) void pacer.turn().then(() => given.push(time.steady()));
    await time.until(4000);
    for (let from = 0; from < 3000; from += 100) {
      const inSecond = given.filter((at) => at >= from && at < from + 1000).length;
      expect(inSecond).toBeGreaterThanOrEqual(48);
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
    await time.until(10_050);
    expect(given).toEqual([10_000, 10_000]);
    await time.until(10_100);
    expect(given).toEqual([10_000, 10_000, 10_100]);
    await Promise.all(others);
    const left = pacer.turn();
    pacer.close();
    expect(await left).toBeUndefined();
    expect(await pacer.turn()).toBeUndefined();
  });
});

describe('a carrier that fails', () => {
  const fail = (code: 'carrier_unavailable' | 'carrier_throttled', retryAfterSeconds?: number) => new Failure(code, undefined, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  const after = (times: number, before: Health = WELL): Health => Array.from({ length: times }).reduce<Health>((health) => afterFailure(health, fail('carrier_unavailable'), 1000, 1), before);

  it('is asked on for some failures in a row, then left alone for longer and longer', () => {
    expect(after(BREAK_AFTER - 1)).toMatchObject({ failures: BREAK_AFTER - 1, pausedUntil: 1000 });
    expect(after(BREAK_AFTER).pausedUntil).toBe(2000);
    expect(after(BREAK_AFTER + 3).pausedUntil).toBe(9000);
    expect(after(BREAK_AFTER + 30).pausedUntil).toBe(61_000);
  });

  it('is left alone for as long as it asks, and by our own guess when it names no time', () => {
    expect(afterFailure(WELL, fail('carrier_throttled', 7), 1000, 0)).toMatchObject({ pausedUntil: 8000 });
    expect(afterFailure(WELL, fail('carrier_throttled'), 1000, 0)).toMatchObject({ pausedUntil: 1500 });
    expect(afterFailure(WELL, fail('carrier_throttled'), 1000, 1)).toMatchObject({ pausedUntil: 2000 });
  });
});

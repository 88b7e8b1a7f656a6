/** Retries are answered, replays are refused. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReplayGuard } from '../../src/calls/replay-guard.ts';

const WINDOW = 60_000;

describe('the replay guard', () => {
  it('refuses exactly what was first seen longer ago than the window', () => {
    const webhook = fc.record({ signature: fc.constantFrom('a', 'b', 'c', 'd'), later: fc.nat({ max: 50_000 }) });
    fc.assert(fc.property(fc.array(webhook, { maxLength: 60 }), (webhooks) => {
      const guard = createReplayGuard(WINDOW);
      const first = new Map<string, number>();
      let now = 1_700_000_000_000;
      for (const { signature, later } of webhooks) {
        now += later;
        const seen = first.get(signature) ?? now;
        first.set(signature, seen);
        expect(guard.isReplay(signature, now)).toBe(now - seen > WINDOW);
      }
    }));
  });

  it('a retry does not make it new again', () => {
    const guard = createReplayGuard(WINDOW);
    for (let at = 0; at <= WINDOW; at += 10_000) expect(guard.isReplay('a', at)).toBe(false);
    expect(guard.isReplay('a', WINDOW + 1)).toBe(true);
  });

  it('remembers at least 50,000, and goes on beyond any number', () => {
    const guard = createReplayGuard(WINDOW);
    guard.isReplay('first', 0);
    for (let other = 0; other < 49_998; other += 1) guard.isReplay(`other ${other}`, 1);
    expect(guard.isReplay('first', WINDOW + 1)).toBe(true);
    const more = Array.from({ length: 200_000 }, (_, other) => `more ${other}`);
    expect(more.filter((signature) => guard.isReplay(signature, WINDOW + 2))).toEqual([]);
    expect(guard.isReplay('more 199999', 3 * WINDOW)).toBe(true);
    expect(guard.isReplay('first', 3 * WINDOW)).toBe(false);
  });
});

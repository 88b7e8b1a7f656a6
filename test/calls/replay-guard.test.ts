/** Retries are answered, replays are refused. */
import { createHash } from 'node:crypto';
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

  it('remembers at least 250,000, and goes on beyond any number', () => {
    const guard = createReplayGuard(WINDOW);
    guard.isReplay('first', 0);
    for (let other = 0; other < 249_998; other += 1) guard.isReplay(`other ${other}`, 1);
    expect(guard.isReplay('first', WINDOW + 1)).toBe(true);
    const more = Array.from({ length: 750_000 }, (_, other) => `more ${other}`);
    expect(more.filter((signature) => guard.isReplay(signature, WINDOW + 2))).toEqual([]);
    expect(guard.isReplay('more 749999', 3 * WINDOW)).toBe(true);
    expect(guard.isReplay('first', 3 * WINDOW)).toBe(false);
    expect(guard.size).toBeLessThanOrEqual(500_000);
  });

  it('learns what others saw, tells each of its own once, and takes none for another', () => {
    const [one, other] = [createReplayGuard(WINDOW), createReplayGuard(WINDOW)];
    const signatures = Array.from({ length: 5000 }, (_, at) => createHash('sha1').update(String(at)).digest('base64'));
    for (const signature of signatures) one.isReplay(signature, 1000);
    const told = one.news();
    expect(told).toMatchObject({ at: 1000 });
    expect(new Set(told?.marks).size).toBe(5000);
    expect(one.news()).toBeUndefined();
    other.learn(told ?? { marks: [], at: 0 });
    expect(other.news()).toBeUndefined();
    expect(signatures.filter((signature) => !other.isReplay(signature, 1001 + WINDOW))).toEqual([]);
  });
});

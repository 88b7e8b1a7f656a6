/** How loaded a process is: a queue that stands counts, one long step does not, and what is let in again is let in by steps. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLoad, SHEDDING, thresholds } from '../../src/system/load.ts';

const ADMIN_MS = 100;

function rig() {
  let now = 5000;
  let look: () => void = () => undefined;
  let stopped = 0;
  const changes: string[] = [];
  const timers = {
    every: (_ms: number, task: () => void) => {
      look = task;
      return () => {
        stopped += 1;
      };
    },
  };
  const load = createLoad({ steady: () => now, timers, adminMs: ADMIN_MS, changed: (shedding) => changes.push(shedding) });
  load.start();
  return {
    load,
    changes,
    get stopped() {
      return stopped;
    },
    /** So many looks, each so late. */
    late(ms: number, looks = 1): void {
      for (let at = 0; at < looks; at += 1) {
        now += 20 + ms;
        look();
      }
    },
  };
}

describe('the level', () => {
  test('rises with a lateness that lasts, to what it reaches', () => {
    const { load, late, changes } = rig();
    late(0, 100);
    expect([load.shedding, load.lagMs]).toEqual(['nothing', 0]);
    late(50, 10);
    expect(load.shedding).toBe('background');
    late(120, 10);
    expect(load.shedding).toBe('admin');
    late(450, 4);
    expect([load.shedding, load.level, load.lagMs]).toEqual(['webhooks', 3, 450]);
    expect(changes).toEqual(['background', 'admin', 'webhooks']);
  });

  test('does not rise for one long step, however long, nor for many with a quiet look between them', () => {
    const { load, late } = rig();
    late(60_000);
    late(0);
    for (let at = 0; at < 100; at += 1) {
      late(500);
      late(0);
    }
    expect(load.shedding).toBe('nothing');
  });

  test('falls by one step at a time, each after a second below half of what it took', () => {
    const { load, late, changes } = rig();
    late(500, 4);
    expect(load.shedding).toBe('webhooks');
    // Not below half.
    late(100, 100);
    expect(load.shedding).toBe('webhooks');
    late(0, 49);
    expect(load.shedding).toBe('webhooks');
    late(0, 1);
    expect(load.shedding).toBe('admin');
    late(0, 50);
    expect(load.shedding).toBe('background');
    late(0, 50);
    expect(load.shedding).toBe('nothing');
    expect(changes).toEqual(['webhooks', 'admin', 'background', 'nothing']);
  });

  test('stays while the load comes back as soon as something is let in', () => {
    const { load, late } = rig();
    late(120, 10);
    for (let at = 0; at < 20; at += 1) {
      late(0, 40);
      late(60, 3);
    }
    expect(load.shedding).toBe('admin');
  });

  test('falls in spite of a hiccup now and then', () => {
    const { load, late } = rig();
    late(120, 10);
    for (let at = 0; at < 10; at += 1) {
      late(0, 40);
      late(60);
    }
    expect(load.shedding).toBe('nothing');
  });

  test('is always one that the last lateness or an earlier one asked for, and no timer is left behind', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ ms: fc.integer({ min: 0, max: 2000 }), looks: fc.integer({ min: 1, max: 60 }) }), { maxLength: 40 }), (stretches) => {
        const { load, late, changes, ...rest } = rig();
        let most = 0;
        for (const { ms, looks } of stretches) {
          late(ms, looks);
          most = Math.max(most, ms);
          const from = thresholds(ADMIN_MS)[load.level] ?? 0;
          expect(most).toBeGreaterThanOrEqual(from);
        }
        // Quiet in the end, whatever was before.
        late(0, 200);
        expect(load.shedding).toBe('nothing');
        // Down one at a time.
        changes.forEach((shedding, at) => {
          const [before, after] = [changes[at - 1] ?? 'nothing', shedding].map((one) => SHEDDING.indexOf(one as (typeof SHEDDING)[number]));
          expect((after ?? 0) > (before ?? 0) || (before ?? 0) - (after ?? 0) === 1).toBe(true);
        });
        load.close();
        load.close();
        expect(rest).toBeDefined();
      }),
    );
  });

  test('is watched by one timer, which ends', () => {
    const one = rig();
    one.load.start();
    one.load.close();
    one.load.close();
    expect(one.stopped).toBe(1);
  });
});

/**
 * Over random interleavings of divert, restore, edits of the plan, edits behind our back, crashes after every step, workers that
 * sleep and wake, throttling, answers that never come and writes that come late: after things settle the routing is the wanted
 * one, or a conflict is reported; what was there before us is never lost, and nothing is left diverted.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resolution } from '../../src/diversion/next-write.ts';
import { eachWorld } from '../support/each-world.ts';
import { FAULTS, PEACE } from './model-carrier.ts';
import { createRun, OURS, type Op } from './one-number.ts';

const here = eachWorld();

const faults = fc.array(fc.constantFrom(...FAULTS), { maxLength: 6 });
const calm: fc.Arbitrary<Op>[] = [
  fc.constant({ do: 'divert' } as const),
  fc.constant({ do: 'restore' } as const),
  fc.record({ do: fc.constant('plan' as const), targets: fc.subarray(OURS.slice(0, 3), { maxLength: 2 }) }),
  fc.record({ do: fc.constant('net' as const), to: fc.option(fc.constantFrom(...OURS), { nil: undefined }) }),
  fc.record({ do: fc.constant('work' as const), faults, dieAfter: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }) }),
  fc.record({ do: fc.constant('sleep' as const), at: fc.integer({ min: 2, max: 28 }), faults }),
  fc.constant({ do: 'wake' } as const),
  fc.constant({ do: 'tick' } as const),
];
const foreign: fc.Arbitrary<Op>[] = [
  fc.record({ do: fc.constant('edit' as const), field: fc.constantFrom('forward' as const, 'second' as const, 'backup' as const, 'trunk' as const), value: fc.constantFrom('X1', 'X2') }),
  fc.record({ do: fc.constant('resolve' as const), how: fc.constantFrom<Resolution>('keep', 'ours', 'original') }),
];

const RUNS = 150;

describe.each([['at once', false], ['by order', true]])('a carrier that carries out %s', (_how, orders) => {
  it('that nobody else changes has what is wanted, and never a conflict', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(...calm), { maxLength: 30 }), fc.boolean(), async (ops, late) => {
      const run = createRun(here.world.redis, orders);
      for (const op of ops) await run.act(op);
      await run.settle(false);
      // Workers that wake, and writes that arrive, when all is settled long since: now, or after it was put back.
      if (!late) await run.settle();
      expect((await run.held())?.is).not.toBe('conflict');
      if (run.down) {
        // The net of peace stays as it was when the diversion began.
        const { backup: _backup, ...now } = run.carrier.now;
        const { backup: _other, ...wanted } = run.wantedNow(PEACE);
        expect(now).toEqual(wanted);
      } else expect(run.carrier.now).toEqual(run.wantedNow(PEACE));
      await run.act({ do: 'restore' });
      await run.act({ do: 'net', to: undefined });
      await run.settle(false);
      await run.settle();
      expect(run.carrier.now).toEqual(PEACE);
    }), { numRuns: RUNS });
  });

  it('changed behind our back while diverted: is not written over, told, and ends as the operator says', async () => {
    const edit = fc.record({ field: fc.constantFrom('forward', 'second', 'backup'), value: fc.constantFrom('X1', 'X2') });
    const how = fc.constantFrom<Resolution>('keep', 'ours', 'original');
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(...calm), { maxLength: 12 }), edit, how, fc.boolean(), async (ops, { field, value }, way, restoreFirst) => {
      const run = createRun(here.world.redis, orders);
      for (const op of ops) await run.act(op);
      await run.act({ do: 'divert' });
      await run.act({ do: 'plan', targets: [OURS[0] ?? ''] });
      await run.settle();
      const original = (await run.held())?.divert?.original;
      const ours = run.carrier.now;
      expect(run.carrier.edit({ [field]: value })).toBe(true);
      const there = run.carrier.now;
      if (restoreFirst) await run.act({ do: 'restore' });
      await run.settle();
      expect(run.carrier.now).toEqual(there);
      expect(await run.held()).toMatchObject({ is: 'conflict', conflict: { ours, there, original } });
      expect(await run.resolve(way)).toBe(true);
      await run.settle();
      if (!restoreFirst) expect(run.carrier.now).toEqual(way === 'keep' ? there : way === 'ours' ? ours : original);
      await run.act({ do: 'restore' });
      await run.act({ do: 'net', to: undefined });
      await run.settle();
      // A net that was armed before has a conflict of its own.
      if (await run.resolve('original')) await run.settle();
      expect(run.carrier.now).toEqual(way === 'keep' ? { ...there, backup: run.carrier.now['backup'] } : PEACE);
    }), { numRuns: RUNS / 2 });
  });

  it('changed behind our back at any moment: once conflicts are ended by putting back, nothing of ours is left', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(...calm, ...foreign, fc.constant({ do: 'settle' } as const)), { maxLength: 30 }), async (ops) => {
      const run = createRun(here.world.redis, orders);
      for (const op of ops) await run.act(op);
      await run.act({ do: 'restore' });
      await run.act({ do: 'net', to: undefined });
      for (let count = 0; count < 4; count += 1) {
        await run.settle();
        if (!(await run.resolve('original'))) break;
      }
      expect(await run.held()).toMatchObject({ is: expect.stringMatching(/^(in step|no plan)$/) as unknown });
      const kept = ops.some((op) => op.do === 'resolve' && op.how === 'keep');
      if (!kept) for (const value of Object.values(run.carrier.now)) expect(OURS).not.toContain(value);
    }), { numRuns: RUNS });
  });
});

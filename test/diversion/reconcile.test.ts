/** One routing brought to what is wanted: what stands in the way, what comes late, and what is told of it. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { PEACE } from './model-carrier.ts';
import { createRun } from './one-number.ts';

const here = eachWorld();
const FORWARDED = { ...PEACE, mode: 'forward', forward: '+441', trunk: '' };

async function diverted() {
  const run = createRun(here.world.redis);
  await run.act({ do: 'divert' });
  await run.settle();
  expect(run.carrier.now).toEqual(FORWARDED);
  return run;
}

describe('a routing at a carrier', () => {
  it('is diverted and put back field by field, with what was there written down before', async () => {
    const run = await diverted();
    expect(run.carrier.written).toEqual([{ trunk: '' }, { forward: '+441' }, { mode: 'forward' }]);
    expect(await run.held()).toMatchObject({ is: 'diverted', diversion: 'd1', divert: { original: PEACE, confirmed: true } });
    await run.act({ do: 'restore' });
    await run.settle();
    expect(run.carrier.written.slice(3)).toEqual([{ mode: 'pbx' }, { forward: '' }, { trunk: 'T1' }]);
    expect(run.carrier.now).toEqual(PEACE);
    expect(await run.held()).toMatchObject({ is: 'in step', attempts: 0 });
  });

  it('has the time when it was read back as diverted, once, and when it was as before again; of the last diversion alone', async () => {
    const run = await diverted();
    const first = (await run.held())?.moved;
    expect(first).toEqual({ diversion: 'd1', at: expect.any(Number) });
    await run.act({ do: 'plan', targets: ['+442'] });
    await run.settle();
    expect((await run.held())?.moved).toEqual(first);
    await run.act({ do: 'restore' });
    await run.settle();
    const { back = 0 } = (await run.held())?.moved ?? {};
    expect((await run.held())?.moved).toEqual({ ...first, back });
    expect(back).toBeGreaterThanOrEqual(first?.at ?? Number.POSITIVE_INFINITY);
    await run.act({ do: 'divert' });
    await run.settle();
    expect((await run.held())?.moved).toEqual({ diversion: 'd2', at: expect.any(Number) });
  });

  it('keeps what was there before the first of two diversions that follow each other', async () => {
    const run = await diverted();
    await run.act({ do: 'restore' });
    await run.act({ do: 'work', faults: ['ok', 'ok'], dieAfter: 6 });
    await run.act({ do: 'divert' });
    await run.act({ do: 'plan', targets: ['+442', '+443'] });
    await run.settle();
    expect(await run.held()).toMatchObject({ is: 'diverted', diversion: 'd2', divert: { original: PEACE } });
    expect(run.carrier.now).toEqual({ ...FORWARDED, forward: '+442', second: '+443' });
  });

  it('is left to whoever was faster, by a worker that slept after it had written down what it would do', async () => {
    // Its sixth step outside itself writes down what its seventh does at the carrier.
    for (const at of [11, 12, 13, 14]) {
      const run = createRun(here.world.redis);
      await run.act({ do: 'divert' });
      await run.act({ do: 'sleep', at, faults: [] });
      await run.act({ do: 'restore' });
      await run.settle(false);
      const before = run.carrier.written.length;
      await run.act({ do: 'wake' });
      // Of a request that was already on its way nobody can be sure; then it looks again, and puts it back itself.
      expect(run.carrier.written.slice(before)).toEqual(at === 14 ? [{ trunk: '' }, { trunk: 'T1' }] : []);
      await run.settle();
      expect(run.carrier.now).toEqual(PEACE);
    }
  });

  it('that a late write has forwarded again is put back', async () => {
    const run = await diverted();
    await run.act({ do: 'plan', targets: ['+442'] });
    await run.act({ do: 'work', faults: ['ok', 'late'], dieAfter: undefined });
    await run.act({ do: 'restore' });
    await run.settle(false);
    expect(run.carrier.now).toEqual(PEACE);
    run.carrier.tick();
    expect(run.carrier.now).toEqual({ ...PEACE, forward: '+442' });
    await run.settle();
    expect(run.carrier.now).toEqual(PEACE);
    // What others set in peace is theirs.
    expect(run.carrier.edit({ forward: '+449' })).toBe(true);
    await run.settle();
    expect(run.carrier.now).toEqual({ ...PEACE, forward: '+449' });
    expect((await run.held())?.is).toBe('in step');
  });

  it('without anywhere to go is left as it was, and put back when its plan is taken away', async () => {
    const run = createRun(here.world.redis);
    await run.act({ do: 'plan', targets: [] });
    await run.act({ do: 'divert' });
    await run.settle();
    expect(run.carrier.written).toEqual([]);
    expect(await run.held()).toMatchObject({ is: 'no plan' });
    await run.act({ do: 'plan', targets: ['+441'] });
    await run.settle();
    expect(run.carrier.now).toEqual(FORWARDED);
    await run.act({ do: 'plan', targets: [] });
    await run.settle();
    expect(run.carrier.now).toEqual(PEACE);
    expect(await run.held()).toMatchObject({ is: 'no plan' });
  });

  it('has its safety net kept in step with the plan, and not touched while it is diverted', async () => {
    const run = createRun(here.world.redis);
    run.carrier.edit({ backup: '+44555' });
    for (const to of ['+441', '+442']) {
      await run.act({ do: 'net', to });
      await run.settle();
      expect(run.carrier.now).toEqual({ ...PEACE, backup: to });
    }
    await run.act({ do: 'divert' });
    await run.act({ do: 'net', to: '+443' });
    await run.settle();
    expect(run.carrier.now).toEqual({ ...FORWARDED, backup: '+442' });
    await run.act({ do: 'restore' });
    await run.settle();
    expect(run.carrier.now).toEqual({ ...PEACE, backup: '+443' });
    await run.act({ do: 'net', to: undefined });
    await run.settle();
    expect(run.carrier.now).toEqual({ ...PEACE, backup: '+44555' });
  });

  it.each(['throttled', 'unavailable', 'lost', 'done-unknown'] as const)('says what stood in the way (%s), and is tried again', async (fault) => {
    const run = createRun(here.world.redis);
    await run.act({ do: 'divert' });
    run.carrier.faults(['ok', 'ok', fault]);
    const after = await run.work();
    expect(after).toMatchObject({ is: 'hindered', forGood: false, attempts: 2 });
    expect(await run.held()).toMatchObject({ is: 'pending', diversion: 'd1', why: { code: after?.is === 'hindered' ? after.failure.code : '' }, divert: { original: PEACE } });
    await run.settle();
    expect(run.carrier.now).toEqual(FORWARDED);
    expect(await run.held()).not.toHaveProperty('why');
  });

  it('that the carrier refuses has failed, and says why', async () => {
    const run = createRun(here.world.redis);
    await run.act({ do: 'divert' });
    await run.act({ do: 'plan', targets: ['', '+442'] });
    expect(await run.work()).toMatchObject({ is: 'hindered', forGood: true });
    expect(await run.held()).toMatchObject({ is: 'failed', why: { code: 'carrier_refused', detail: 'a second number without a first' }, divert: { original: PEACE } });
    await run.act({ do: 'plan', targets: ['+441'] });
    await run.settle();
    expect(await run.held()).toMatchObject({ is: 'diverted' });
  });

  it('whose record cannot be read is left alone', async () => {
    const run = await diverted();
    await here.world.redis.hset(keys.routeHome(run.unit.unit), `main/${run.unit.unit}`, '1:7:{}');
    await run.act({ do: 'restore' });
    expect(await run.work()).toMatchObject({ is: 'hindered', failure: { code: 'record_unreadable' } });
    expect(run.carrier.now).toEqual(FORWARDED);
  });
});

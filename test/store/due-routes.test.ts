/** What is due at a carrier: the important first, then who has waited longest; and nothing that is asked for is lost. */
import { describe, expect, it } from 'vitest';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const NOW = 1_800_000_000_000;
const due = () => createDueRoutes(here.world.redis);
const next = async (now = NOW, limit = 10) => (await due().next('main', now, limit)).map(({ unit }) => unit);

describe('what is due', () => {
  it('comes by rank, then by how long it has waited', async () => {
    await due().ask('main', [{ unit: 'b', rank: 'standard' }], NOW - 10);
    await due().ask('main', [{ unit: 'a', rank: 'standard' }, { unit: 'd', rank: 'sweep' }, { unit: 'c', rank: 'low' }], NOW - 5);
    await due().ask('main', [{ unit: 'e', rank: 'critical' }], NOW);
    expect(await next()).toEqual(['e', 'b', 'a', 'c', 'd']);
    expect(await next(NOW, 2)).toEqual(['e', 'b']);
    expect(await next(NOW - 6)).toEqual(['b']);
    expect(await due().next('other', NOW, 10)).toEqual([]);
  });

  it('is gone for a while, or for good, once it is settled', async () => {
    await due().ask('main', [{ unit: 'a', rank: 'low' }, { unit: 'b', rank: 'low' }], NOW);
    const [a, b] = await due().next('main', NOW, 2);
    if (!a || !b) throw new Error('nothing is due');
    await due().settle('main', a, { rank: 'sweep', at: NOW + 1000 });
    await due().settle('main', b, undefined);
    expect(await next()).toEqual([]);
    expect(await next(NOW + 1000)).toEqual(['a']);
    expect(await due().known('main', ['a', 'b'])).toEqual(['a']);
  });

  it('that is asked for while it is in hand stays due, and in its place', async () => {
    await due().ask('main', [{ unit: 'a', rank: 'low' }], NOW);
    await due().ask('main', [{ unit: 'b', rank: 'low' }], NOW + 1);
    const [a] = await due().next('main', NOW + 1, 1);
    if (!a) throw new Error('nothing is due');
    for (let count = 0; count < 3; count += 1) await due().ask('main', [{ unit: 'a', rank: 'low' }], NOW + 50);
    await due().settle('main', a, undefined);
    expect(await next(NOW + 50)).toEqual(['a', 'b']);
  });

  it('that waits for later is moved up, with its new rank', async () => {
    await due().ask('main', [{ unit: 'a', rank: 'low' }, { unit: 'b', rank: 'standard' }], NOW);
    const [, a] = await due().next('main', NOW, 2);
    if (!a) throw new Error('nothing is due');
    await due().settle('main', a, { rank: 'sweep', at: NOW + 3_600_000 });
    expect(await next()).toEqual(['b']);
    await due().ask('main', [{ unit: 'a', rank: 'critical' }], NOW + 5);
    expect(await next(NOW + 5)).toEqual(['a', 'b']);
  });
});

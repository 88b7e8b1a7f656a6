/** How many requests to a carrier are under way at the same time. */
import { setImmediate as settled } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { createAtOnce } from '../../src/diversion/at-once.ts';

it('no more requests are under way than the carrier takes, of all that share it, also after one has failed', async () => {
  let most = 2;
  const open: { number: string; end(fails: boolean): void }[] = [];
  const api = { findNumber: (number: string) => new Promise<undefined>((resolve, reject) => open.push({ number, end: (fails) => (fails ? reject(new Error('gone')) : resolve(undefined)) })) } as unknown as CarrierApi;
  const atOnce = createAtOnce(() => most);
  const [one, other] = [atOnce(api), atOnce(api)];
  const said = ['1', '2', '3', '4', '5'].map((number, at) => (at % 2 === 0 ? one : other).findNumber(number).catch(() => 'failed'));
  const underWay = async () => {
    await settled();
    return open.map(({ number }) => number);
  };
  expect(await underWay()).toEqual(['1', '2']);
  open[0]?.end(true);
  expect([await underWay(), await said[0]]).toEqual([['1', '2', '3'], 'failed']);
  most = 3;
  open[1]?.end(false);
  expect(await underWay()).toEqual(['1', '2', '3', '4', '5']);
  for (const { end } of open) end(false);
  await Promise.all(said);
});

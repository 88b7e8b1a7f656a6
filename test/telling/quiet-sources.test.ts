/** A source that has gone quiet is told once, however many processes see it, and so is that it posts again. */
import { expect, it } from 'vitest';
import { createTellingStore } from '../../src/store/telling-store.ts';
import { createQuietSources } from '../../src/telling/quiet-sources.ts';
import { isStillSo } from '../../src/telling/still-so.ts';
import { eachWorld } from '../support/each-world.ts';
import { AT } from './samples.ts';

const here = eachWorld();
const source = { kind: 'heartbeat', secret: 'env:BEAT', map: [{ match: {}, primary: 'pbx' }], expectEverySeconds: 60 } as const;

it('is told once by all that see it, and told again when it is over', async () => {
  const telling = createTellingStore(here.world.redis);
  const processes = [1, 2, 3].map(() => createQuietSources({ telling, clock: { now: () => AT }, log: here.world.log }));
  const told = async () => (await telling.announcementsAfter('0-0')).map(({ announcement }) => `${announcement?.kind} ${announcement?.subject} ${announcement?.primaries.join()}`);
  const see = (quietSince: number | undefined): void => {
    for (let turn = 0; turn < 3; turn += 1) for (const one of processes) one.saw('beat', { ...source, map: [...source.map] }, quietSince);
  };
  const isOpen = async () => isStillSo('sources/beat', { state: () => ({ is: 'up' }), source: () => source }, await telling.origins());
  see(undefined);
  see(AT - 100_000);
  await expect.poll(told).toEqual(['source-quiet sources/beat pbx']);
  expect(await isOpen()).toBe(true);
  see(undefined);
  await expect.poll(told).toEqual(['source-quiet sources/beat pbx', 'source-back sources/beat pbx']);
  expect(await isOpen()).toBe(false);
});

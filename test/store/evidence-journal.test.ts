/** What was said of primaries is kept: each change once, now and then that it still holds, through a Redis that goes and comes back, and within bounds. */
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { createEvidenceJournal, readEvidenceJournal, RENEW_MS } from '../../src/store/evidence-journal.ts';
import { createFastConnection } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const NOW = 1_700_000_000_000;

const say = (claim: Evidence['claim'], seconds: number, more: Partial<Evidence> = {}): Evidence => ({ primary: 'pbx', source: 'probe/a/1', group: 'probes', claim, weight: 1, at: NOW + seconds * 1000, expiresAt: NOW + seconds * 1000 + 6000, because: `seen at ${seconds}`, ...more });
const open = (redis = here.world.redis) => createEvidenceJournal({ redis, system: { clock: { now: () => NOW }, timers: { every: () => () => undefined, after: () => () => undefined } }, log: here.world.log });
const kept = async (primary = 'pbx') => (await readEvidenceJournal(here.world.redis, primary)).map(({ source, claim, at }) => `${source} ${claim} ${(at - NOW) / 1000}`);

test('each change of a claim is kept, the same claim once, and again after a while', async () => {
  const journal = open();
  for (const seconds of [0, 2, 4]) journal.said(say('up', seconds));
  journal.said(say('down', 6));
  journal.said(say('down', 8, { source: 'probe/b/1' }));
  journal.said(say('down', 8));
  journal.said(say('down', 6 + RENEW_MS / 1000));
  journal.said(say('down', 9, { primary: 'other' }));
  await journal.stop();
  expect(await kept()).toEqual(['probe/a/1 up 0', 'probe/a/1 down 6', 'probe/b/1 down 8', 'probe/a/1 down 306']);
  expect(await kept('other')).toEqual(['probe/a/1 down 9']);
  expect(await here.world.redis.ttl(keys.evidenceJournal('pbx'))).toBeGreaterThan(30 * 86_400);
});

test('what is taken back is kept, once, and not of a source that has said nothing', async () => {
  const journal = open();
  journal.withdrawn('pbx', 'source/am/1', NOW);
  journal.said(say('down', 1, { source: 'source/am/1', group: 'alerts' }));
  journal.withdrawn('pbx', 'source/am/1', NOW + 5000);
  journal.withdrawn('pbx', 'source/am/1', NOW + 6000);
  journal.said(say('down', 7, { source: 'source/am/1', group: 'alerts' }));
  await journal.stop();
  expect(await kept()).toEqual(['source/am/1 down 1', 'source/am/1 withdrawn 5', 'source/am/1 down 7']);
});

test('what Redis does not take waits, and what cannot be read hides no other', async () => {
  const redis = createFastConnection({ url: here.server.url, onError: () => undefined });
  redis.disconnect();
  const journal = open(redis);
  journal.said(say('down', 1));
  await journal.stop();
  expect(await kept()).toEqual([]);
  await redis.connect();
  await journal.stop();
  redis.disconnect();
  await here.world.redis.xadd(keys.evidenceJournal('pbx'), '*', 'said', '{"claim":"sideways"}');
  expect(await kept()).toEqual(['probe/a/1 down 1']);
});

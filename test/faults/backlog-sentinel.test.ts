/** What waits is drained while Redis fails over to a replica: what was accepted must end, once, in order. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSentinelGroup, type SentinelGroup } from '../support/redis-sentinel.ts';
import { openBacklogSite, type BacklogSite } from './backlog-site.ts';

let group: SentinelGroup;
let site: BacklogSite;
beforeEach(async () => {
  group = await startSentinelGroup();
  site = await openBacklogSite(group.url, 1);
});
afterEach(async () => {
  await site.close();
  await group.stop();
});

test('the primary behind Sentinel is killed while what waits is drained: what was delivered and not noted comes again, and nothing is lost', async () => {
  const told = await site.tell('api', { afterMs: 40 }, { maxInFlight: 10 });
  await site.pile(told, 2000, 200);
  await site.work();
  await site.piles.release([told.id]);
  const before = await group.primaryPort();
  await expect.poll(told.taken, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(300);
  await group.nodes[0]?.kill();
  await expect.poll(() => group.primaryPort(), { timeout: 30_000 }).not.toBe(before);
  // Not all of it: what follows is drained from another server.
  expect(told.taken()).toBeLessThan(2050);
  await site.expectAll([told]);
}, 120_000);

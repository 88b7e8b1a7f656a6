/** What is told of backlogs at a scrape. */
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { watchBacklogs } from '../../src/operations/backlog-metrics.ts';

const counts = { accepted: 10, waiting: 4, delivered: 3, coalesced: 1, expired: 1, dropped: 0, dead: 1 };

it('all that is counted, what does not add up, and what the workers here do; without Redis nothing that it knows', async () => {
  const registry = new Registry();
  let isAway = false;
  let asked = 0;
  const posts = { well: 7, throttled: 2, failed: 1 };
  const primaries = new Map([['pbx', { limit: 40, inFlight: 12, waiting: 3 }]]);
  const totals = async () => {
    asked += 1;
    if (isAway) throw new Error('away');
    return { counts, bytes: 4800, unaccounted: 0 };
  };
  watchBacklogs(registry, { totals, replay: { drains: 2, budgets: { posts, primaries } } });
  const told = async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/^ringthrough_/, ''));
  expect(await told()).toEqual([
    ...Object.entries(counts).map(([counted, many]) => `notifications{counted="${counted}"} ${many}`),
    'notifications_unaccounted 0',
    'backlog_bytes 4800',
    'replay_drains 2',
    ...Object.entries(posts).map(([result, many]) => `posts_total{result="${result}"} ${many}`),
    'budget_limit{primary="pbx"} 40',
    'budget_in_flight{primary="pbx"} 12',
    'budget_waiting{primary="pbx"} 3',
  ]);
  expect(asked).toBe(1);
  isAway = true;
  posts.well = 8;
  primaries.delete('pbx');
  expect(await told()).toEqual(['replay_drains 2', 'posts_total{result="well"} 8', 'posts_total{result="throttled"} 2', 'posts_total{result="failed"} 1']);
});

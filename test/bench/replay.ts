/**
 * How fast is what waits for one receiver replayed, against a bare undici pool that posts the same to the same receiver in the same run, and against a BullMQ job for
 * each notification? With a receiver that answers at once and one that takes 10 ms. Workers, receiver and comparisons are processes of their own, with the same options of Node; rates are by the receiver's clock.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSubscriber, type SubscriberProcess } from '../support/subscriber-process.ts';
import { openBacklogSite } from './backlog-site.ts';
import { nodeOptionsOf } from './fleet.ts';
import { interleaved, markdown, median, whole } from './statistics.ts';

const COUNT = Number(process.env['BENCH_REPLAY'] ?? 160_000);
const ROUNDS = 3;
const BYTES = 1024;
const IN_FLIGHT = 50;
const LINES = 1000;
/** When what is replayed happened. What has just happened is looked for beside what waits, and is another matter. */
const OUTAGE_MS = 3_600_000;
const RECENT_MS = 60_000;
/** How much the receiver looks into while speed is measured: the machine is shared with it. */
const CHECK_ONE_IN = 100;
/** A short run is in good part the beginning: of the limit, and of the programs, whose code gets faster as it runs. */
const ANSWERS = [{ afterMs: 0, goal: 0.75, count: COUNT }, { afterMs: 0, goal: 0.75, count: Math.ceil(COUNT / 4) }, { afterMs: 10, goal: 0.95, count: Math.ceil(COUNT / 2) }] as const;

const program = (name: string): string => join(import.meta.dirname, `${name}.js`);

/** A second, by the receiver's clock, from the first to the last of `count`. */
async function rateOf(receiver: SubscriberProcess, count: number): Promise<number> {
  const { perTenth, firstAt, lastAt } = await receiver.report();
  const taken = perTenth.reduce((sum, one) => sum + one, 0);
  if (taken !== count) throw new Error(`${taken} of ${count} were taken`);
  return ((taken - 1) * 1000) / (lastAt - firstAt);
}

export async function replay(): Promise<string> {
  const rows: string[][] = [];
  let round = 0;
  for (const { afterMs, goal, count } of ANSWERS) {
    const receiver = await startSubscriber({ afterMs, checkOneIn: CHECK_ONE_IN });
    const site = await openBacklogSite();
    const { fleet, backlog } = site;
    let from = 0;
    try {
      fleet.startWorkers();
      const sizes = [count, BYTES, IN_FLIGHT].map(String);
      const results = await interleaved(ROUNDS, {
        async bare() {
          await receiver.lap();
          await promisify(execFile)(process.execPath, [...nodeOptionsOf('workers/main.js'), program('replay-bare'), receiver.url, receiver.secret, `bare-${round++}`, ...sizes]);
          return rateOf(receiver, count);
        },
        async ours() {
          const subscribers = [`crm-${from}`];
          await site.subscribe(subscribers, receiver.url, { maxInFlight: IN_FLIGHT });
          await site.hold(subscribers);
          await site.pile({ count, class: 'history', subscribers, lines: LINES, from, bytes: BYTES, over: { from: Date.now() - OUTAGE_MS, to: Date.now() - RECENT_MS } });
          from += count;
          await receiver.lap();
          await site.release(subscribers);
          await site.drained();
          return rateOf(receiver, count);
        },
        async jobs() {
          await receiver.lap();
          const child = spawn(process.execPath, [...nodeOptionsOf('workers/main.js'), program('replay-jobs'), fleet.redisPath, receiver.url, receiver.secret, `jobs-${round++}`, ...sizes], { stdio: ['pipe', 'pipe', 'inherit'] });
          const ended = once(child, 'exit');
          await once(child.stdout, 'data');
          child.stdin.end();
          const [code] = (await ended) as [number | null];
          if (code !== 0) throw new Error(`the jobs ended with code ${code}`);
          return rateOf(receiver, count);
        },
      });
      console.error(JSON.stringify({ afterMs, count, results }));
      const { counts } = await backlog.totals();
      if (counts.delivered !== from) throw new Error(`not all was delivered: ${JSON.stringify(counts)}`);
      const { forged, unsigned, malformed, early } = await receiver.report();
      if (forged + unsigned + malformed + early.length > 0) throw new Error('the receiver was sent what it could not take');
      const of = (name: string): number => median(results[name] ?? []);
      rows.push([afterMs === 0 ? 'answers at once' : `takes ${afterMs} ms`, whole(count), whole(of('bare')), whole(of('ours')), (of('ours') / of('bare')).toFixed(2), goal.toFixed(2), whole(of('jobs')), (of('ours') / of('jobs')).toFixed(1)]);
    } finally {
      await receiver.close();
      await site.close();
    }
  }
  return `### Replay to one receiver, notifications of 1 KB, ${IN_FLIGHT} in flight\n\n${markdown([['receiver', 'wait', 'bare pool, a second', 'replay, a second', 'of bare', 'goal', 'a job each, a second', 'replay against a job each (goal 2.5)'], ...rows])}\n`;
}

/**
 * A thousand subscribers are parts of one primary that comes back, and all together it can take so much: how near to that is the backlog drained, does what happens
 * meanwhile arrive as fast as ever, and is it asked for more than it can? Then the same, and midway it can take half.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SubscriberReport } from '../../stand-ins/subscriber/subscriber.ts';
import { startSubscriber } from '../support/subscriber-process.ts';
import { waitFor } from './fleet.ts';
import { order } from './orders.ts';
import { arrivalOf } from '../support/piles.ts';
import { openBacklogSite, type BacklogSite } from './backlog-site.ts';
import { markdown, ms, whole } from './statistics.ts';

const SUBSCRIBERS = Number(process.env['BENCH_SUBSCRIBERS'] ?? 1000);
/** So many that the first second, in which the limit is found, is not what the 99th percentile is about. */
const EACH = Number(process.env['BENCH_EACH'] ?? 100);
/** A thousand a second. */
const CAPACITY = { workers: 50, serviceMs: 50, queue: 50 };
const HALF = { ...CAPACITY, workers: CAPACITY.workers / 2 };
const LIVE_A_SECOND = 20;
const IDLE_SECONDS = 15;
const BYTES = 1024;
const LOOK_MS = 100;

const knee = ({ workers, serviceMs }: typeof CAPACITY): number => (workers * 1000) / serviceMs;
const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

/** What happens while the primary works: so many a second, for ever another subscriber. */
function liveTraffic(site: BacklogSite, subscribers: readonly string[], from: number) {
  let n = from;
  let over = false;
  const ended = (async () => {
    const began = performance.now();
    for (let sent = 0; !over; sent += 1) {
      await pause(Math.max(0, began + (sent * 1000) / LIVE_A_SECOND - performance.now()));
      await site.backlog.accept([arrivalOf({ class: 'history', subscribers, lines: 1000, bytes: BYTES, live: true }, n++, Date.now())], Date.now(), 0);
    }
  })();
  return {
    /** Returns the number of the next. */
    async stop(): Promise<number> {
      over = true;
      await ended;
      return n;
    },
  };
}

/** A second, when it has found how much may be in flight, and until the last are left. */
function steady(perTenth: readonly number[]): number {
  const middle = perTenth.slice(50, -10);
  return (sum(middle) * 10) / middle.length;
}

interface Phase {
  name: string;
  report: SubscriberReport;
  capacity: typeof CAPACITY;
}

async function recover(halved: boolean): Promise<{ idle: SubscriberReport; phases: Phase[] }> {
  const receiver = await startSubscriber({ capacity: CAPACITY });
  const site = await openBacklogSite();
  const subscribers = Array.from({ length: SUBSCRIBERS }, (_, at) => `desk-${at}`);
  try {
    await site.subscribe(subscribers, receiver.url, { primary: 'pbx' });
    const { port } = await site.fleet.start();
    site.fleet.startWorkers();
    const live = liveTraffic(site, subscribers, SUBSCRIBERS * EACH);
    await waitFor(async () => ((await receiver.taken()) > LIVE_A_SECOND * 5 ? true : undefined), LOOK_MS);
    await receiver.lap();
    await pause(IDLE_SECONDS * 1000);
    const idle = await receiver.report();
    const next = await live.stop();
    await site.drained();

    await order(port, 'divert');
    // Nothing more arrives: the workers know.
    const before = await receiver.taken();
    await pause(1000);
    await site.pile({ count: SUBSCRIBERS * EACH, class: 'history', subscribers, lines: 4, bytes: BYTES });
    await pause(11_000);
    if ((await receiver.taken()) !== before) throw new Error('what is held was sent while the primary was down');
    const again = liveTraffic(site, subscribers, next);
    await receiver.lap();
    await order(port, 'restore');
    const phases: Phase[] = [];
    if (halved) {
      await waitFor(async () => ((await receiver.taken()) - before > (SUBSCRIBERS * EACH) / 2 ? true : undefined), LOOK_MS);
      phases.push({ name: 'all of it, until half is drained', report: await receiver.report(), capacity: CAPACITY });
      await receiver.behave({ capacity: HALF });
      await receiver.lap();
    }
    await waitFor(async () => ((await receiver.taken()) - before >= SUBSCRIBERS * EACH && (await receiver.missing(SUBSCRIBERS * EACH)).length === 0 ? true : undefined), LOOK_MS);
    phases.push({ name: halved ? 'half of it, then' : 'all of it', report: await receiver.report(), capacity: halved ? HALF : CAPACITY });
    await again.stop();
    const counts = await site.drained();
    console.error(JSON.stringify({ halved, counts, idle, phases }));
    const { taken, early, doubled } = await receiver.report();
    if (taken !== counts.delivered || early.length + doubled.length > 0) throw new Error('not all came as it was to');
    return { idle, phases };
  } finally {
    await receiver.close();
    await site.close();
  }
}

export async function recovery(): Promise<string> {
  const rows: string[][] = [];
  for (const halved of [false, true]) {
    const { idle, phases } = await recover(halved);
    rows.push(['nothing waits', '', '', '', '', '', ms(idle.live.p50), ms(idle.live.p99), '1.00', ms(idle.answers.p99)]);
    for (const { name, capacity, report: { perTenth, firstAt, lastAt, longestAboveMs, refused, live, answers } } of phases) {
      const rate = (sum(perTenth) * 1000) / (lastAt - firstAt);
      rows.push([name, whole(knee(capacity)), (rate / knee(capacity)).toFixed(2), (steady(perTenth) / knee(capacity)).toFixed(2), whole(refused), (longestAboveMs / 1000).toFixed(2), ms(live.p50), ms(live.p99), (live.p99 / idle.live.p99).toFixed(2), ms(answers.p99)]);
    }
  }
  return `### ${whole(SUBSCRIBERS)} subscribers of one primary that comes back, ${whole(SUBSCRIBERS * EACH)} wait (goals: 0.90 of the knee, live p99 1.20 of idle, not above it for more than a second)\n\n${markdown([['the receiver can take', 'knee, a second', 'drained, of the knee', 'after the first five seconds', 'refused', 'longest above, s', 'live p50 ms', 'live p99 ms', 'of idle', 'answers p99 ms'], ...rows])}\n`;
}

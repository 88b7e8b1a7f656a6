/** Outage E: for five hours, in virtual time, half a million pile up, most of them states; then the primary is back, and can take so much. */
import { setTimeout as pause } from 'node:timers/promises';
import { pileUpFiveHours } from '../support/five-hours.ts';
import { wrongs } from '../support/nothing-lost.ts';
import { startSubscriber } from '../support/subscriber-process.ts';
import { openBacklogSite } from './backlog-site.ts';
import { order } from './orders.ts';
import { markdown, ms, whole } from './statistics.ts';

const COUNT = Number(process.env['BENCH_FIVE_HOURS'] ?? 500_000);
const CAPACITY = { workers: 50, serviceMs: 50, queue: 50 };
const SUBSCRIBERS = Array.from({ length: 50 }, (_, at) => `customer-${at}`);
const DESKS = 40;

export async function fiveHours(): Promise<string> {
  const receiver = await startSubscriber({ capacity: CAPACITY });
  const site = await openBacklogSite();
  try {
    await site.subscribe(SUBSCRIBERS, receiver.url, { primary: 'pbx' });
    const { port } = await site.fleet.start();
    site.fleet.startWorkers();
    await order(port, 'divert');
    await pause(2000);
    const piles = await pileUpFiveHours(site, { count: COUNT, subscribers: SUBSCRIBERS, desks: DESKS });
    const { counts: piled } = await site.backlog.totals();
    await receiver.lap();
    const began = Date.now();
    await order(port, 'restore');
    const counts = await site.drained();
    const report = await receiver.report();
    const { taken, firstAt, lastAt, answers, refused, longestAboveMs } = report;
    const found = await wrongs({ receiver, counts, piles });
    const least = (counts.delivered * CAPACITY.serviceMs) / CAPACITY.workers / 1000;
    const seconds = (lastAt - began) / 1000;
    console.error(JSON.stringify({ piled, counts, report, found, seconds }));
    if (found.length > 0) throw new Error(found.join('; '));
    const rate = (taken * CAPACITY.serviceMs) / CAPACITY.workers / (lastAt - firstAt);
    const row = [whole(counts.accepted), whole(piled.coalesced), whole(counts.expired), whole(counts.delivered), least.toFixed(1), seconds.toFixed(1), rate.toFixed(2), ms(answers.p50), ms(answers.p99), whole(refused), (longestAboveMs / 1000).toFixed(2)];
    return `### Outage E: ${whole(COUNT)} notifications of five hours, then all is delivered to what can take ${(CAPACITY.workers * 1000) / CAPACITY.serviceMs} a second, ${CAPACITY.serviceMs} ms each\n\n${markdown([['accepted', 'replaced by newer ones while they waited', 'expired', 'delivered', 'seconds that the capacity needs', 'seconds from the order to the last', 'of the knee', 'answers p50 ms', 'p99 ms', 'refused', 'longest above, s'], row])}\n`;
  } finally {
    await receiver.close();
    await site.close();
  }
}

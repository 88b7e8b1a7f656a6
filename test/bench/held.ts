/**
 * What a million notifications cost that wait: bytes each, how fast they are put down, memory of Redis, of a service and of the workers; and how fast they go
 * when they may. Of history each is kept; of states those of keys of their own, and such as are replaced again and again.
 */
import type { NotificationClass } from '../../src/domain/notification.ts';
import { startSubscriber } from '../support/subscriber-process.ts';
import { arrivalOf } from '../support/piles.ts';
import { openBacklogSite, rss } from './backlog-site.ts';
import { openConnection, requestText } from './connection.ts';
import { ADMIN_KEY } from './fleet.ts';
import { markdown, whole } from './statistics.ts';

const COUNT = Number(process.env['BENCH_HELD'] ?? 1_000_000);
const SUBSCRIBERS = 100;
const BYTES = 1024;
const OVER_API = Math.ceil(COUNT / 20);
const CONNECTIONS = 32;

interface Run {
  name: string;
  class: NotificationClass;
  /** Of each subscriber. */
  lines: number;
}

const RUNS: readonly Run[] = [
  { name: 'history, 100 keys each subscriber', class: 'history', lines: 100 },
  { name: 'states, a key each', class: 'state', lines: Math.ceil(COUNT / SUBSCRIBERS) },
  { name: 'states, 100 keys each subscriber', class: 'state', lines: 100 },
];

async function hold({ name, class: is, lines }: Run): Promise<string[]> {
  const receiver = await startSubscriber();
  const site = await openBacklogSite();
  const { fleet } = site;
  const subscribers = Array.from({ length: SUBSCRIBERS }, (_, at) => `crm-${at}`);
  try {
    await site.subscribe(subscribers, receiver.url);
    const router = await fleet.start();
    const workers = fleet.startWorkers();
    await site.hold(subscribers);
    const ours = (): string => `${whole(rss(router.child.pid))} / ${whole(rss(workers.pid))}`;
    const memory = [ours()];
    const before = await site.redisBytes();
    const rate = await site.pile({ count: COUNT, class: is, subscribers, lines, bytes: BYTES });
    const { counts } = await site.backlog.totals();
    const held = await site.redisBytes();
    memory.push(ours());
    await receiver.lap();
    await site.release(subscribers);
    const ends = await site.drained();
    memory.push(ours());
    const { taken, again, firstAt, lastAt, early, forged, malformed } = await receiver.report();
    const drained = (taken * 1000) / (lastAt - firstAt);
    const after = await site.redisBytes();
    console.error(JSON.stringify({ name, rate, before, held, after, counts, ends, memory, taken, again, drained }));
    if (taken !== ends.delivered || ends.delivered + ends.coalesced !== COUNT || early.length + forged + malformed > 0) throw new Error('not all came as it was to');
    if (is === 'history' && (await receiver.missing(COUNT)).length > 0) throw new Error('something is missing');
    return [name, whole(rate), whole(counts.waiting), whole((held - before) / counts.waiting), whole((held - before) / 1e6), whole((after - before) / 1e6), memory.join(', '), whole(drained)];
  } finally {
    await receiver.close();
    await site.close();
  }
}

/** One a request, each durable when it is answered. */
async function overApi(): Promise<number> {
  const site = await openBacklogSite();
  try {
    await site.subscribe(['crm'], 'http://127.0.0.1:9');
    await site.hold(['crm']);
    const { port } = await site.fleet.start();
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    let n = 0;
    const began = performance.now();
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      const connection = await openConnection(port);
      while (n < OVER_API) {
        const { subscriber, notification: { kind, key, class: is, data } } = arrivalOf({ class: 'history', subscribers: ['crm'], lines: 100, bytes: BYTES }, n++, Date.now());
        const { status, body } = await connection.ask(requestText('POST', '/v1/notifications', headers, `{"subscriber":"${subscriber}","kind":"${kind}","key":"${key}","class":"${is}","data":${data}}`));
        if (status !== 202) throw new Error(`answered ${status}: ${body}`);
      }
      connection.close();
    }));
    const rate = (OVER_API * 1000) / (performance.now() - began);
    const { counts } = await site.backlog.totals();
    if (counts.waiting !== OVER_API) throw new Error(`${counts.waiting} of ${OVER_API} wait`);
    return rate;
  } finally {
    await site.close();
  }
}

export async function held(): Promise<string> {
  const rows: string[][] = [];
  for (const run of RUNS) rows.push(await hold(run));
  return `### ${whole(COUNT)} notifications of 1 KB for ${SUBSCRIBERS} subscribers are held, then drained\n\n${markdown([['what', 'put down a second', 'waiting then', 'bytes each in Redis', 'Redis more by MB', 'after the drain MB', 'MB of the service / the workers: before, held, drained', 'drained a second'], ...rows])}\n\nHanded in over the API, one a request over ${CONNECTIONS} connections: ${whole(await overApi())} a second.\n`;
}

/** A service whose Redis a test takes away, under a stream of calls: every one must be answered, and all that was acknowledged be there afterwards, once. */
import { setTimeout as pace } from 'node:timers/promises';
import { expect } from 'vitest';
import { ADMIN_KEY, launchService, must, newDataDir, putSampleOver, PUBLIC_BASE_URL, startServiceProcess, type Answer, type ServiceProcess } from '../support/service-process.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';

export const NUMBER = '+442079460123';
const SECRET_KEY = '5e'.repeat(32);
/** What a busy machine makes a service refuse is not what is looked at in tests of Redis. */
export const NEVER_SHED = { OVERLOAD_LAG_MS: '10000' };
/** How long anybody waits for an answer before it counts as none, milliseconds: far above what any answer may take. */
const PATIENCE_MS = 15_000;
/** From the end of a call to the next in its line, milliseconds: what a test waits for needs the machine too. */
const PACE_MS = 5;

export interface Site {
  redis: TestRedis;
  proxy: TcpProxy;
  dataDir: string;
  service: ServiceProcess;
  /** The same process again, on the same folder; resolves when it listens. */
  start(environment?: Record<string, string>): Promise<ServiceProcess>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const redis = await startTestRedis();
  const proxy = await createTcpProxy(redis.url);
  const dataDir = await newDataDir();
  const start = (more: Record<string, string> = {}): Promise<ServiceProcess> => startServiceProcess(dataDir, { REDIS_URL: proxy.url, SECRET_KEY, SNAPSHOT_SECONDS: '1', ...NEVER_SHED, ...more });
  const service = await start();
  await putSampleOver(service, NUMBER);
  return {
    redis,
    proxy,
    dataDir,
    service,
    start,
    async close() {
      proxy.set('cut');
      await proxy.close();
      await redis.stop();
    },
  };
}

export const health = async (service: ServiceProcess) => (await service.request('GET', '/readyz')).body as { status: string; spooled: number; ageSeconds: number; detail: string };

export async function settled(service: ServiceProcess): Promise<void> {
  await expect.poll(() => health(service), { timeout: 30_000 }).toMatchObject({ status: 'ok', spooled: 0 });
}

let count = 0;

export interface Calls {
  readonly answered: number;
  /** So many calls more, two at a time, whose end nobody tells: reports wait for a disk. Milliseconds that each answer took. */
  ring(calls: number): Promise<number[]>;
  /** Where the last call went. */
  readonly last: 'primary' | 'plan';
  /** Waits for so many more answers. */
  more(answers: number): Promise<void>;
  stop(): Promise<void>;
  /** Every call whose end was acknowledged is recorded with its end, and every other that was answered is recorded; each once. */
  assertRecorded(service: ServiceProcess): Promise<void>;
}

/** Calls one after the other, in two lines; each comes in, must be told where it goes, and its end is reported, which must be acknowledged. */
export function callsComeIn(service: ServiceProcess): Calls {
  const ids: string[] = [];
  const rung: string[] = [];
  let stopped = false;
  let answered = 0;
  let last: 'primary' | 'plan' = 'primary';

  async function send(verb: 'voice' | 'status', params: Record<string, string>): Promise<string> {
    const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, `/webhooks/main/${verb}`, params);
    const response = await fetch(service.url + path, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await response.text();
    expect({ verb, status: response.status, text: response.status < 300 ? '' : text }).toEqual({ verb, status: verb === 'voice' ? 200 : 204, text: '' });
    return text;
  }

  /** A call that must be told where it goes. */
  async function comesIn(): Promise<{ sid: string; from: string; ms: number }> {
    count += 1;
    const sid = callSid(5_000_000 + count);
    // Another caller each time: the same one twice would look like a call that came back.
    const from = `+447${String(400_000_000 + count)}`;
    const before = performance.now();
    const answer = await send('voice', callParams(sid, NUMBER, { From: from, Caller: from }));
    const ms = performance.now() - before;
    expect(answer).toMatch(/<Response><Dial/);
    last = answer.includes('sip:') ? 'primary' : 'plan';
    return { sid, from, ms };
  }

  async function line(): Promise<void> {
    while (!stopped) {
      const { sid, from } = await comesIn();
      await send('status', callParams(sid, NUMBER, { From: from, Caller: from, CallStatus: 'completed', CallDuration: '7' }));
      ids.push(`main:${sid}`);
      answered += 1;
      await pace(PACE_MS);
    }
  }
  const lines = Promise.all([line(), line()]);
  // Whoever waits for it hears of it.
  lines.catch(() => undefined);

  return {
    get answered() {
      return answered;
    },
    get last() {
      return last;
    },
    async ring(calls) {
      const times: number[] = [];
      let left = calls;
      const caller = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const { sid, ms } = await comesIn();
          times.push(ms);
          rung.push(`main:${sid}`);
        }
      };
      await Promise.all([caller(), caller()]);
      return times;
    },
    async more(answers) {
      const from = answered;
      await Promise.race([lines, expect.poll(() => answered, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(from + answers)]);
    },
    async stop() {
      stopped = true;
      await lines;
    },
    async assertRecorded(at) {
      const found = new Map<string, number>();
      const ended = new Set<string>();
      for (let cursor = ''; ; ) {
        const page = (await must(at.request('GET', `/v1/calls?limit=1000${cursor}`))) as unknown as { items: { id: string; endedAt?: string }[]; next?: string };
        for (const { id, endedAt } of page.items) {
          found.set(id, (found.get(id) ?? 0) + 1);
          if (endedAt !== undefined) ended.add(id);
        }
        if (page.next === undefined) break;
        cursor = `&cursor=${page.next}`;
      }
      expect([...ids, ...rung].filter((id) => found.get(id) !== 1)).toEqual([]);
      expect(ids.filter((id) => !ended.has(id))).toEqual([]);
    },
  };
}

const percentile = (times: readonly number[], share: number): number => times.toSorted((one, other) => one - other)[Math.floor((times.length - 1) * share)] ?? 0;

const FEWEST_PAIRS = 3;
const MOST_PAIRS = 25;

/**
 * The p99 of answers during a fault is within so many times that of before. Windows of both take turns, so that whatever the machine does besides
 * falls on both alike, and the median of the pairs counts. While that is above, more pairs are taken: on a busy machine three may not
 * be enough to tell, and where answers wait for what is gone, none are.
 */
export async function expectP99Within(times: number, windows: { before(): Promise<number[]>; during(): Promise<number[]> }): Promise<void> {
  const ratios: number[] = [];
  do {
    const before = percentile(await windows.before(), 0.99);
    ratios.push(percentile(await windows.during(), 0.99) / before);
  } while (ratios.length < FEWEST_PAIRS || (percentile(ratios, 0.5) >= times && ratios.length < MOST_PAIRS));
  expect({ median: percentile(ratios, 0.5), ratios: ratios.map((ratio) => ratio.toFixed(2)) }).toMatchObject({ median: expect.toSatisfy((ratio: number) => ratio < times, `below ${times}`) as number });
}

export async function give(service: ServiceProcess, says: 'divert' | 'restore', reason: string): Promise<Answer> {
  return service.request('POST', `/v1/primaries/pbx/${says}`, { reason });
}

/** Reasons of all orders in the trail, with how each came there. */
export async function orders(service: ServiceProcess): Promise<string[]> {
  const { items } = (await must(service.request('GET', '/v1/audit?limit=1000'))) as unknown as { items: { action: string; reason?: string }[] };
  return items.filter(({ action }) => /^primaries\.(divert|restore)$/.test(action)).map(({ reason }) => reason ?? '').toReversed();
}

export { ADMIN_KEY, launchService };

/** Each way in which Redis can be gone, done for real, under a stream of calls. docs/when-redis-is-gone.md names the same cases. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { newDataDir, putSampleOver, redisPid, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { callsComeIn, type Calls, expectP99Within, give, health, NUMBER, openSite, orders, settled, type Site } from './gone.ts';

let sites: Site[] = [];
afterEach(async () => {
  for (const site of sites) await site.close();
  sites = [];
});

async function open(): Promise<Site> {
  const site = await openSite();
  sites.push(site);
  return site;
}

async function redisDoes(site: Site, ...command: [string, ...string[]]): Promise<void> {
  const client = new Redis(site.redis.url);
  await client.call(...command);
  client.disconnect();
}

/** Answers of which a p99 is taken. */
const WINDOW = 300;

interface Fault {
  name: string;
  begin(site: Site): unknown;
  end(site: Site): unknown;
  /** What becomes of a write meanwhile. */
  writes: 'refused' | 'done';
  /** What the process says of itself. */
  says: string;
}

const FAULTS: Fault[] = [
  { name: 'killed', begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.restart(), writes: 'refused', says: 'memory-only' },
  { name: 'hanging', begin: ({ redis }) => redis.kill('SIGSTOP'), end: ({ redis }) => redis.kill('SIGCONT'), writes: 'refused', says: 'memory-only' },
  { name: 'cut off', begin: ({ proxy }) => proxy.set('cut'), end: ({ proxy }) => proxy.set('open'), writes: 'refused', says: 'memory-only' },
  { name: 'stalled', begin: ({ proxy }) => proxy.set('stalled'), end: ({ proxy }) => proxy.set('open'), writes: 'refused', says: 'memory-only' },
  { name: 'half-open', begin: ({ proxy }) => proxy.set('half-open'), end: ({ proxy }) => proxy.set('open'), writes: 'refused', says: 'memory-only' },
  { name: 'full', begin: (site) => redisDoes(site, 'CONFIG', 'SET', 'maxmemory', '1'), end: (site) => redisDoes(site, 'CONFIG', 'SET', 'maxmemory', '0'), writes: 'refused', says: 'ok' },
  { name: 'read-only', begin: (site) => redisDoes(site, 'REPLICAOF', '127.0.0.1', '1'), end: (site) => redisDoes(site, 'REPLICAOF', 'NO', 'ONE'), writes: 'refused', says: 'ok' },
  { name: 'slow', begin: ({ proxy }) => proxy.slow(150), end: ({ proxy }) => proxy.slow(0), writes: 'done', says: 'ok' },
];

async function write(service: ServiceProcess, fault: Fault): Promise<void> {
  const { status, body, headers } = await service.request('PUT', '/v1/customers/late', { name: fault.name });
  if (fault.writes === 'done') expect([200, 201]).toContain(status);
  else expect({ status, code: (body as { code: string }).code, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, code: 'store_unavailable', retryAfter: '2' });
}

/** Where calls go after an order: from the next on when it waits in this process. Of one that a slow Redis has, the process hears from there, for which its answer waits only so long. */
async function expectNext(calls: Calls, where: 'plan' | 'primary', { writes }: Pick<Fault, 'writes'>): Promise<void> {
  await calls.more(3);
  if (writes === 'done') await expect.poll(() => calls.last).toBe(where);
  else expect(calls.last).toBe(where);
}

describe('Redis goes', () => {
  test.each(FAULTS)('$name: calls are answered, orders hold, and nothing acknowledged is lost', async (fault) => {
    const site = await open();
    const { service } = site;
    const calls = callsComeIn(service);
    await calls.ring(WINDOW);
    await expectP99Within(3, {
      async before() {
        await settled(service);
        return calls.ring(WINDOW);
      },
      async during() {
        await fault.begin(site);
        const times = await calls.ring(WINDOW);
        await fault.end(site);
        return times;
      },
    });

    await fault.begin(site);
    const [order] = await Promise.all([give(service, 'divert', `${fault.name}: fire`), write(service, fault), calls.ring(WINDOW), calls.more(50)]);
    expect(order.status).toBe(fault.writes === 'done' ? 200 : 202);
    await expectNext(calls, 'plan', fault);
    await expect.poll(async () => (await health(service)).status, { timeout: 20_000 }).toBe(fault.says);
    expect((await health(service)).spooled).toBeGreaterThan(0);
    expect((await give(service, 'restore', `${fault.name}: out`)).status).toBe(fault.writes === 'done' ? 200 : 202);
    await expectNext(calls, 'primary', fault);
    await give(service, 'divert', `${fault.name}: again`);

    await fault.end(site);
    await calls.more(50);
    await calls.stop();
    await settled(service);
    await calls.assertRecorded(service);
    expect(await orders(service)).toEqual([`${fault.name}: fire`, `${fault.name}: out`, `${fault.name}: again`]);
    expect((await service.request('GET', '/v1/primaries/pbx')).body).toMatchObject({ status: { state: 'down', override: { reason: `${fault.name}: again` } } });
    expect((await service.request('PUT', '/v1/customers/late', { name: 'At last' })).status).toBeLessThan(300);
  }, 120_000);

  test('killed, and then the service: the next one ships what it left', async () => {
    const site = await open();
    const calls = callsComeIn(site.service);
    await calls.more(20);
    await site.redis.kill();
    await calls.more(100);
    await give(site.service, 'divert', 'fire');
    await calls.stop();
    await site.service.end('SIGKILL');
    await site.redis.restart();
    const next = await site.start();
    await settled(next);
    await calls.assertRecorded(next);
    expect(await orders(next)).toEqual(['fire']);
    expect((await next.request('GET', '/v1/primaries/pbx')).body).toMatchObject({ status: { state: 'down' } });
  }, 60_000);
});

async function snapshotWritten(site: Site): Promise<void> {
  await expect.poll(() => existsSync(join(site.dataDir, 'snapshot', 'in-step.json')) && readFileSync(join(site.dataDir, 'snapshot', 'table'), 'utf8').includes(NUMBER.slice(1)), { timeout: 20_000 }).toBe(true);
}

describe('a start while Redis is gone', () => {
  test('with a snapshot: calls are answered and keys known from it, and Redis takes over when it comes', async () => {
    const site = await open();
    await snapshotWritten(site);
    await site.service.end('SIGKILL');
    await site.redis.kill();
    const service = await site.start();
    expect(await health(service)).toMatchObject({ status: 'snapshot', detail: expect.stringMatching(/snapshot on disk, as of [\d.]+ s ago/) as string });
    expect((await service.request('GET', '/healthz')).status).toBe(200);
    expect(service.log.map(({ msg }) => msg)).toContain('Redis does not answer; calls are answered from the snapshot on disk');
    const calls = callsComeIn(service);
    await calls.more(50);
    expect(calls.last).toBe('primary');
    expect((await service.request('PUT', '/v1/customers/late', { name: 'Late' })).status).toBe(503);
    expect((await service.request('GET', '/v1/customers', undefined, { authorization: 'Bearer nobody' })).status).toBe(401);
    expect((await give(service, 'divert', 'fire')).status).toBe(202);
    await expectNext(calls, 'plan', { writes: 'refused' });

    await site.redis.restart();
    await calls.more(100);
    await calls.stop();
    await settled(service);
    await calls.assertRecorded(service);
    expect(await orders(service)).toEqual(['fire']);
    expect((await service.request('PUT', '/v1/customers/late', { name: 'At last' })).status).toBe(201);
  }, 90_000);

  test('with a snapshot and an order that waits: the order holds', async () => {
    const site = await open();
    await snapshotWritten(site);
    await site.redis.kill();
    await expect.poll(async () => (await health(site.service)).status, { timeout: 20_000 }).toBe('memory-only');
    await give(site.service, 'divert', 'fire');
    await site.service.end('SIGKILL');
    const service = await site.start();
    const calls = callsComeIn(service);
    await calls.more(5);
    expect(calls.last).toBe('plan');
    await calls.stop();
    await site.redis.restart();
    await settled(service);
    await calls.assertRecorded(service);
    expect(await orders(service)).toEqual(['fire']);
  }, 60_000);

  test.each([
    ['with neither Redis nor snapshot', (_file: string) => undefined, 'there is no snapshot'],
    ['with a damaged snapshot', (file: string) => writeFileSync(file, `${readFileSync(file, 'utf8')}x`), 'the snapshot on disk is refused'],
  ])('%s: it listens, sends carriers to their fallback, and answers when Redis comes', async (name, damage, said) => {
    const site = await open();
    if (name.includes('damaged')) await snapshotWritten(site);
    await site.service.end('SIGKILL');
    await site.redis.kill();
    const file = join(site.dataDir, 'snapshot', 'table');
    const service = await (async () => {
      if (!name.includes('neither')) {
        damage(file);
        return site.start();
      }
      return site.start({ DATA_DIR: await newDataDir() });
    })();
    expect((await service.request('GET', '/readyz'))).toMatchObject({ status: 503, body: { status: 'loading' } });
    expect((await service.request('GET', '/healthz')).status).toBe(200);
    expect(service.log.some(({ msg }) => String(msg).includes(said))).toBe(true);
    const webhook = await service.post(signedWebhook('https://calls.example.net', '/webhooks/main/voice', callParams(callSid(1), NUMBER)));
    expect([webhook.status, webhook.headers.get('retry-after')]).toEqual([503, '2']);
    // Whose key it is cannot be known yet: that is no refusal.
    expect((await service.request('GET', '/v1/customers')).status).toBe(503);
    await site.redis.restart();
    await settled(service);
    const calls = callsComeIn(service);
    await calls.more(5);
    await calls.stop();
    await settled(service);
    await calls.assertRecorded(service);
  }, 60_000);

  test('of an installation that has no key yet: the first is made when Redis comes', async () => {
    const site = await open();
    await site.service.end('SIGTERM');
    await redisDoes(site, 'FLUSHALL');
    await site.redis.kill();
    const service = await startServiceProcess(await newDataDir(), { REDIS_URL: site.proxy.url, RINGTHROUGH_ADMIN_KEY: undefined });
    expect(service.plain).toBe('');
    await site.redis.restart();
    await expect.poll(() => /^ {4}(rt_\S+)$/m.exec(service.plain)?.[1], { timeout: 20_000 }).toBeDefined();
    const key = /^ {4}(rt_\S+)$/m.exec(service.plain)?.[1] ?? '';
    await expect.poll(async () => (await service.request('GET', '/v1/keys', undefined, { authorization: `Bearer ${key}` })).status, { timeout: 20_000 }).toBe(200);
  }, 60_000);

  test('with an own redis-server that does not start: calls are answered from the snapshot, and it is tried again', async () => {
    const dataDir = await newDataDir();
    const first = await startServiceProcess(dataDir);
    await putSampleOver(first, NUMBER);
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const service = await startServiceProcess(dataDir, { REDIS_SERVER_BIN: join(dataDir, 'redis-server') });
    const calls = callsComeIn(service);
    await calls.more(20);
    expect(await health(service)).toMatchObject({ status: 'snapshot' });
    writeFileSync(join(dataDir, 'redis-server'), `#!/bin/sh\nexec ${process.env['REDIS_SERVER_BIN'] ?? 'redis-server'} "$@"\n`, { mode: 0o755 });
    await settled(service);
    await calls.stop();
    await calls.assertRecorded(service);
    expect(redisPid(dataDir)).toBeGreaterThan(0);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 60_000);
});

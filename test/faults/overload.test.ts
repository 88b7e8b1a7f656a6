/** Floods of every kind against a real service, with calls beside them: each call is answered, memory stays, and afterwards all is as before. */
import { afterEach, describe, expect, test } from 'vitest';
import { newDataDir, putSampleOver, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { beyondCapacity, FLOODS, type Flood } from './floods.ts';
import { callsComeIn, give, NUMBER } from './gone.ts';

const MOST_CONNECTIONS = 3000;
const PER_ADDRESS = 400;
/** Of what the service has when it is warm. Under any load the heap goes up and down between collections by some 120 MB; a flood that were held would be gigabytes. */
const MOST_GROWTH = 4;

let flood: Flood | undefined;
afterEach(async () => {
  await flood?.stop();
  flood = undefined;
});

async function start(environment: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = await startServiceProcess(await newDataDir(), { SLOW_CLIENT_SECONDS: '2', MAX_CONNECTIONS: String(MOST_CONNECTIONS), MAX_CONNECTIONS_PER_ADDRESS: String(PER_ADDRESS), AUTHENTICATION_BURST: '1000000', ...environment });
  await putSampleOver(service, NUMBER);
  return service;
}

type Metric = (name: string, label?: string) => number;

async function metrics(service: ServiceProcess): Promise<Metric> {
  const lines = String((await service.request('GET', '/metrics')).body).split('\n');
  return (name, label = '') => lines.filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(label)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const health = async (service: ServiceProcess) => (await service.request('GET', '/readyz')).body as { status: string; shedding: string };

async function quiet(service: ServiceProcess): Promise<void> {
  await expect.poll(() => health(service), { timeout: 60_000 }).toMatchObject({ status: 'ok', shedding: 'nothing', spooled: 0 });
  await expect.poll(async () => (await metrics(service))('ringthrough_connections'), { timeout: 60_000 }).toBeLessThan(50);
}

describe('a flood of', () => {
  test.each(Object.entries(FLOODS))('%s', async (_of, { begin, cutOff }) => {
    const service = await start();
    const calls = callsComeIn(service);
    await calls.ring(300);
    const warm = await metrics(service);
    let most = 0;
    let connections = 0;
    const look = async (): Promise<void> => {
      const now = await metrics(service);
      most = Math.max(most, now('process_resident_memory_bytes'));
      connections = Math.max(connections, now('ringthrough_connections'));
    };
    const beginning = begin(service);
    await calls.more(20);
    await look();
    flood = await beginning;
    await look();
    // An operator gets through in the middle of it, and calls go on.
    expect((await give(service, 'divert', 'in the flood')).status).toBe(200);
    await calls.more(10);
    await look();
    expect((await give(service, 'restore', 'in the flood')).status).toBe(200);
    const { clients } = flood;
    if (cutOff) await expect.poll(async () => (await look(), clients.filter(({ isOver }) => !isOver).length), { timeout: 60_000 }).toBe(0);
    await calls.more(10);
    await look();
    await flood.stop();
    await calls.more(50);
    await calls.stop();
    await quiet(service);
    await calls.assertRecorded(service);
    // 64 more for this machine itself.
    expect(connections).toBeLessThanOrEqual(MOST_CONNECTIONS + 64);
    expect(most / warm('process_resident_memory_bytes')).toBeLessThan(MOST_GROWTH);
    expect((await metrics(service))('ringthrough_overload_shed_total', 'class="webhooks"')).toBe(0);
    expect(service.log.filter(({ level }) => level === 'fatal')).toEqual([]);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 180_000);
});

test('past capacity the API is refused, operators and calls are served, and when it is over all is served again', async () => {
  // Later than a busy machine makes it by itself, and no later than the flood does.
  const service = await start({ OVERLOAD_LAG_MS: '60' });
  const served = async () => (await service.request('GET', '/v1/numbers')).status;
  await expect.poll(served, { timeout: 60_000 }).toBe(200);
  const calls = callsComeIn(service);
  await calls.ring(100);
  flood = await beyondCapacity(service);
  await expect.poll(async () => (await service.request('GET', '/v1/numbers')).body, { timeout: 60_000 }).toMatchObject({ code: 'overloaded', status: 503 });
  expect((await service.request('GET', '/v1/exports/numbers')).body).toMatchObject({ code: 'overloaded' });
  expect((await give(service, 'divert', 'past capacity')).status).toBe(200);
  await expect.poll(() => calls.last, { timeout: 60_000 }).toBe('plan');
  expect((await give(service, 'restore', 'past capacity')).status).toBe(200);
  await calls.more(10);
  const now = await metrics(service);
  expect(now('ringthrough_overload_shed_total', 'class="admin",why="load"')).toBeGreaterThan(0);
  expect(now('ringthrough_overload_shed_total', 'class="webhooks"')).toBe(0);
  await flood.stop();
  await calls.stop();
  await expect.poll(served, { timeout: 60_000 }).toBe(200);
  await expect.poll(() => health(service), { timeout: 60_000 }).toMatchObject({ status: 'ok', spooled: 0 });
  await calls.assertRecorded(service);
}, 180_000);

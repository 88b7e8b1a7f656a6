/** A service probes its primaries: shown by all processes, in step with edits, and shut down without anything left open. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startService, type RunningService } from '../support/service.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { answering, silent, streamPeer, udpPeer } from './peers.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

let services: RunningService[];
beforeEach(async () => {
  await redis.flush();
  services = [await startService({ redis })];
});
afterEach(() => Promise.all(services.map((service) => service.close())));

interface Shown {
  source: string;
  group: string;
  claim: string;
  because: string;
  at: string;
  expiresAt: string;
}

async function evidence(service = services[0], id = 'pbx'): Promise<Shown[]> {
  const { status } = (await service?.ask<{ status: { evidence: Shown[] } }>('GET', `/v1/primaries/${id}`)) ?? {};
  return status?.evidence ?? [];
}
const claims = async (service = services[0]): Promise<string[]> => (await evidence(service)).map(({ claim, because }) => `${claim}: ${because}`).toSorted();

const put = (probes: unknown[] | undefined, id = 'pbx') => services[0]?.request('PUT', `/v1/primaries/${id}`, { kind: 'pbx', target: 'sip:{number}@127.0.0.1', ...(probes ? { probes } : {}) });
const quick = { everySeconds: 1, timeoutMs: 500 };

describe('a service with a primary that has probes', () => {
  test('shows what each process sees; an edit takes effect in all of them', async () => {
    const other = await startService({ redis });
    services.push(other);
    const peer = await udpPeer(answering(200));
    const target = `sip:127.0.0.1:${peer.port}`;
    expect((await put([{ kind: 'sip-options', target, ...quick }]))?.status).toBe(201);
    for (const service of services) await expect.poll(() => claims(service), { timeout: 30_000 }).toEqual(['up: answered 200 to OPTIONS', 'up: answered 200 to OPTIONS']);
    const [one, two] = await evidence();
    expect(one?.source).not.toBe(two?.source);
    expect([one?.group, one?.source.endsWith(`/sip-options ${target}`)]).toEqual(['probes', true]);
    expect(Date.parse(one?.expiresAt ?? '') - Date.parse(one?.at ?? '')).toBe(5000);

    peer.does(silent);
    await expect.poll(() => claims(other), { timeout: 30_000 }).toEqual(['down: no answer to 2 OPTIONS in 0.5 s each', 'down: no answer to 2 OPTIONS in 0.5 s each']);
    peer.does(answering(503, [['Retry-After', '30']]));
    await expect.poll(() => claims(other), { timeout: 30_000 }).toEqual(Array.from({ length: 2 }, () => 'overloaded: answered 503 to OPTIONS, to be asked again after 30 s'));

    const stream = await streamPeer(silent);
    await put([{ kind: 'tcp', target: `127.0.0.1:${stream.port}`, ...quick }]);
    for (const service of services) await expect.poll(() => claims(service), { timeout: 30_000 }).toEqual(['up: takes connections', 'up: takes connections']);
    expect(await services[0]?.request<string>('GET', '/metrics').then(({ body }) => body)).toMatch(/ringthrough_probes_total\{kind="tcp",claim="up"\} [1-9][\s\S]*ringthrough_probes 1\n/);
    await put(undefined);
    for (const service of services) await expect.poll(() => claims(service), { timeout: 30_000 }).toEqual([]);
    const asked = peer.requests.length;
    await services[0]?.request('DELETE', '/v1/primaries/pbx');
    expect(peer.requests.length).toBe(asked);
  });

  test('refuses what is no probe, and says what is wrong', async () => {
    const refused = async (probe: unknown) => {
      const answer = await put([probe]);
      return [answer?.status, answer?.body['code'], (answer?.body['issues'] as { at: string }[] | undefined)?.map(({ at }) => at)];
    };
    expect(await refused({ kind: 'sip-options', target: 'sip:desk@pbx.example.net' })).toEqual([400, 'request_invalid', ['/probes/0/target']]);
    expect(await refused({ kind: 'ping', target: 'pbx.example.net' })).toEqual([400, 'request_invalid', ['/probes/0/kind']]);
    expect(await refused({ kind: 'tcp', target: 'pbx.example.net:1', timeoutMs: 100 })).toEqual([400, 'request_invalid', ['/probes/0/timeoutMs']]);
    expect(await refused({ kind: 'http', target: 'http://169.254.169.254/' })).toEqual([422, 'probe_invalid', ['/probes/0/target']]);
    expect((await put([{ kind: 'http', target: 'https://pbx.example.net/health', expectStatus: [200, 204], expectBody: 'ok', certificate: 'ignore', ...quick }]))?.status).toBe(201);
  });

  test('goes on without Redis, and with it again', async () => {
    const peer = await udpPeer(answering(200));
    await put([{ kind: 'sip-options', target: `sip:127.0.0.1:${peer.port}`, ...quick }]);
    await expect.poll(() => claims(), { timeout: 30_000 }).toHaveLength(1);
    await redis.kill();
    const asked = peer.requests.length;
    await expect.poll(() => peer.requests.length, { timeout: 30_000 }).toBeGreaterThan(asked + 2);
    await redis.restart();
    await expect.poll(() => claims().catch(() => []), { timeout: 20_000 }).toEqual(['up: answered 200 to OPTIONS']);
  });
});

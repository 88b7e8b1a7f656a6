/** Redis behind Sentinel, and its primary goes under load. docs/when-redis-is-gone.md names the same cases. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSentinelGroup, type SentinelGroup } from '../support/redis-sentinel.ts';
import type { RedisNode } from '../support/redis-node.ts';
import { must, putSampleOver } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { health, NUMBER, settled } from './gone.ts';
import { expectAgreement, PATIENCE, startProcess, survives } from './take-over.ts';

let group: SentinelGroup;
beforeEach(async () => {
  group = await startSentinelGroup();
});
afterEach(() => group.stop());

const primary = (): RedisNode => group.nodes[0] as RedisNode;
const replicas = (): readonly RedisNode[] => group.nodes.slice(1);
const takenOver = () => expect.poll(() => group.primaryPort(), PATIENCE).not.toBe(primary().port);

/** Sentinel promotes a replica while the primary still takes writes, which are lost then: so it must take none. */
async function handOver(): Promise<void> {
  await primary().call('CLIENT', 'PAUSE', 30_000, 'WRITE');
  await group.sentinels[0]?.call('SENTINEL', 'FAILOVER', 'ringthrough');
}

describe('the primary behind Sentinel', () => {
  test.each([
    ['is killed', () => primary().kill(), () => primary().restart()],
    ['hangs', () => primary().kill('SIGSTOP'), () => primary().kill('SIGCONT')],
    ['hands over', handOver, () => primary().call('CLIENT', 'UNPAUSE')],
  ])('%s: another takes over, and nothing acknowledged is lost', async (_name, begin, end) => {
    await survives(group.url, {
      begin: async () => {
        await begin();
        await takenOver();
      },
      end: async () => {
        await end();
        await expect.poll(() => primary().info('role').catch(() => undefined), PATIENCE).toBe('slave');
      },
    });
  }, 90_000);

  test('has writes that no replica has: none is acknowledged, and they are forgotten everywhere', async () => {
    const processes = [await startProcess(group.url), await startProcess(group.url)];
    const [{ service: one }, { service: two }] = processes as [(typeof processes)[0], (typeof processes)[0]];
    await putSampleOver(one, NUMBER);
    for (const replica of replicas()) await replica.kill();

    const write = () => one.request('PUT', '/v1/customers/lonely', { name: 'Lonely' });
    // Made, but not acknowledged; and told once more that it is so, it is not acknowledged either.
    expect(await write()).toMatchObject({ status: 503, body: { code: 'store_unavailable', detail: expect.stringContaining('too few replicas') as string } });
    expect((await one.request('GET', '/v1/customers/lonely')).status).toBe(200);
    expect(await write()).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    expect((await one.request('POST', '/v1/primaries/pbx/divert', { reason: 'fire' })).status).toBe(202);
    const report = signedWebhook('https://calls.example.net', '/webhooks/main/status', callParams(callSid(1), NUMBER, { CallStatus: 'completed', CallDuration: '7' }));
    expect((await one.post(report)).status).toBe(204);
    expect((await health(one)).spooled).toBe(2);
    await expect.poll(async () => (await two.request('GET', '/v1/primaries/pbx')).body).toMatchObject({ status: { state: 'down' } });

    await primary().kill();
    for (const replica of replicas()) await replica.restart();
    await takenOver();
    for (const { service } of processes) await settled(service);
    expect((await two.request('GET', '/v1/customers/lonely')).status).toBe(404);
    expect((await two.request('GET', '/v1/primaries/pbx')).body).toMatchObject({ status: { state: 'down', override: { reason: 'fire' } } });
    expect((await two.request('GET', `/v1/calls/main:${callSid(1)}`)).status).toBe(200);
    await must(write());
    await expectAgreement(processes, group.url);
  }, 90_000);
});

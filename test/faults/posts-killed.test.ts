/** kill -9 of a service while notifications are handed in and Redis hangs: what was answered 202 is there afterwards, each once, under the same id. */
import { expect, test } from 'vitest';
import { must, newDataDir, redisPid, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const WORKERS = { WORKERS: 'off' };

test('what was answered 202, from Redis or from the local disk, outlives the process', async () => {
  const dataDir = await newDataDir();
  const post = ({ request }: ServiceProcess, at: number, data: unknown = at) => request('POST', '/v1/notifications', { subscriber: 'crm', kind: 'order.changed', key: `order/${at % 5}`, class: 'history', data }, { 'idempotency-key': `k${at}` });
  const first = await startServiceProcess(dataDir, WORKERS);
  await must(first.request('PUT', '/v1/subscribers/crm', { url: 'https://crm.example.net/events', secret: `whsec_${'a'.repeat(32)}` }));
  const ids: unknown[] = [];
  const pid = redisPid(dataDir);
  for (let at = 0; at < 20; at += 1) {
    if (at === 10) process.kill(pid, 'SIGSTOP');
    ids.push((await must(post(first, at)))['id']);
  }
  // One more is on its way, nobody knows how far.
  post(first, 20).catch(() => undefined);
  await first.end('SIGKILL');
  process.kill(pid, 'SIGCONT');

  const second = await startServiceProcess(dataDir, WORKERS);
  const accepted = async () => ((await must(second.request('GET', '/v1/subscribers/crm/backlog')))['counts'] as { accepted: number }).accepted;
  await expect.poll(accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(20);
  for (const [at, id] of ids.entries()) expect((await must(post(second, at)))['id']).toBe(id);
  await must(post(second, 20));
  expect(await accepted()).toBe(21);
  expect((await post(second, 3, 'other')).body).toMatchObject({ code: 'idempotency_key_reused' });
  expect((await post(second, 13, 'other')).body).toMatchObject({ code: 'idempotency_key_reused' });
});

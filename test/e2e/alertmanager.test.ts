/** A real Alertmanager (Debian's package `prometheus-alertmanager`) posts to a real service: an alert that fires, what comes again after a 503, and its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRIMARY } from '../http/api.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';

const SECRET = 'secret-of-a-real-alertmanager';
const WAIT = { timeout: 20_000, interval: 50 };

let redis: TestRedis;
let service: RunningService;
let alertmanager: ChildProcess;
let address = '';

/** As docs/sources.md has it, only faster. */
const configuration = (url: string, secretFile: string): string => `
route: {receiver: ringthrough, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 5m}
receivers:
  - name: ringthrough
    webhook_configs:
      - url: ${url}
        send_resolved: true
        http_config: {authorization: {type: Bearer, credentials_file: ${secretFile}}}
`;

/** It takes a free port and says which. */
async function startAlertmanager(url: string): Promise<void> {
  const [file, secretFile] = [join(redis.dir, 'alertmanager.yml'), join(redis.dir, 'secret')];
  await Promise.all([writeFile(file, configuration(url, secretFile)), writeFile(secretFile, SECRET)]);
  alertmanager = spawn('prometheus-alertmanager', [`--config.file=${file}`, `--storage.path=${join(redis.dir, 'alertmanager')}`, '--web.listen-address=127.0.0.1:0', '--cluster.listen-address='], { stdio: ['ignore', 'ignore', 'pipe'] });
  // Its absence must not look like a time-out.
  await once(alertmanager, 'spawn');
  if (!alertmanager.stderr) throw new Error('it has no output');
  for await (const line of createInterface(alertmanager.stderr)) {
    address = /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? address;
    if (address !== '') break;
  }
  alertmanager.stderr.resume();
}

beforeAll(async () => {
  redis = await startTestRedis();
  service = await startService({ redis, settings: { WORKERS: 'off' } });
  await service.ask('PUT', '/v1/primaries/pbx', PRIMARY);
  await service.ask('PUT', '/v1/sources/prom', { kind: 'alertmanager', secret: SECRET, map: [{ match: { alertname: 'PbxDown', site: 'dc*' }, primary: 'pbx' }] });
  await startAlertmanager(`${service.url}/intake/prom`);
});
afterAll(async () => {
  alertmanager.kill('SIGKILL');
  await service.close();
  await redis.stop();
});

async function alert(more: Record<string, string> = {}): Promise<void> {
  const body = JSON.stringify([{ labels: { alertname: 'PbxDown', site: 'dc1', severity: 'critical' }, annotations: { summary: 'The PBX does not answer' }, ...more }]);
  const answer = await fetch(`http://${address}/api/v2/alerts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(200);
}

const claims = async (): Promise<unknown[]> => (await service.ask<{ status: { evidence: unknown[] } }>('GET', '/v1/primaries/pbx')).status.evidence;

test('a firing alert that met a 503 comes again and is evidence; its end takes it back', async () => {
  const startsAt = new Date().toISOString();
  await redis.kill();
  const before = service.lines.length;
  await alert({ startsAt });
  await expect.poll(() => service.lines.slice(before).some((line) => line.includes('"status":503') && line.includes('/intake/:id')), WAIT).toBe(true);
  await redis.restart();
  const posts = async (): Promise<number> => (await service.request<{ status?: { counts: { posts: number } } }>('GET', '/v1/sources/prom')).body.status?.counts.posts ?? 0;
  await expect.poll(posts, WAIT).toBeGreaterThan(0);
  expect(await claims()).toEqual([expect.objectContaining({ source: expect.stringMatching(/^source\/prom\/[0-9a-f]{16}$/), group: 'alerts', claim: 'down', because: 'prom says: PbxDown' })]);
  await alert({ startsAt, endsAt: new Date().toISOString() });
  await expect.poll(claims, WAIT).toEqual([]);
  const { status } = await service.ask<{ status: { counts: Record<string, number>; openCount: number } }>('GET', '/v1/sources/prom');
  expect(status).toMatchObject({ counts: { unmatched: 0, missing: 0, refused: 0, outdated: 0 }, openCount: 0 });
});

/** Redis over TLS: with the authority that was named all works; with another one nothing is said to it, the password least of all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { freePorts } from '../support/redis-node.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { launchService, newDataDir, PUBLIC_BASE_URL, putSampleOver, startServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';

const DAY = 86_400_000;
const PASSWORD = 'password-of-redis-over-tls';
const folder = mkdtempSync(join(tmpdir(), 'rt-redis-tls-'));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const { cert, key } = makeCertificate(Date.now() - DAY, Date.now() + DAY);
const [certFile, keyFile] = [file('cert.pem', cert), file('key.pem', key)];

let redis: TestRedis;
let port: number;
beforeAll(async () => {
  [port = 0] = await freePorts(1);
  redis = await startTestRedis(['--tls-port', String(port), '--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no', '--requirepass', PASSWORD]);
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const settings = (authority: string) => ({ REDIS_URL: `rediss://:${PASSWORD}@localhost:${port}`, NODE_EXTRA_CA_CERTS: authority, SECRET_KEY: '5e'.repeat(32) });

test('a service whose authority it is works as with any Redis', async () => {
  const service = await startServiceProcess(await newDataDir(), settings(certFile));
  await putSampleOver(service);
  expect((await service.post(signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/voice', callParams(callSid(1), '+442079460123')))).status).toBe(200);
  await expect.poll(async () => (await service.request('GET', '/v1/calls')).body, { timeout: 20_000 }).toMatchObject({ items: [{ ref: callSid(1) }] });
  // Without TLS nobody is answered there.
  const plain = connect(port, '127.0.0.1');
  let said = '';
  plain.on('error', () => undefined).on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
  });
  plain.write('PING\r\n');
  await new Promise((resolve) => plain.once('close', resolve));
  expect(said).not.toContain('PONG');
  expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('a certificate of somebody else is not believed', async () => {
  const other = file('other.pem', makeCertificate(Date.now() - DAY, Date.now() + DAY).cert);
  const service = launchService(await newDataDir(), { ...settings(other), LOG_LEVEL: 'debug' });
  await expect.poll(() => service.log.some((line) => /self-signed|unable to verify|UNABLE_TO|DEPTH_ZERO/i.test(JSON.stringify(line))), { timeout: 20_000 }).toBe(true);
  await service.answering();
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
  await service.end('SIGTERM');
});

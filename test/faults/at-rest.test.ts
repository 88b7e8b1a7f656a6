/** What a service leaves on its disk: for its own user alone, and without a secret in clear. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADMIN_KEY, must, newDataDir, putSampleOver, redisPid, startServiceProcess } from '../support/service-process.ts';

const TOKEN = 'a-token-that-no-disk-may-hold';
const KEY_FILE = 'secret.key';

function everyPath(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) => join(entry.parentPath, entry.name));
}

const open = (path: string): string => `${path} ${(statSync(path).mode & 0o777).toString(8)}`;
const openToOthers = (folder: string): string[] => [folder, ...everyPath(folder)].filter((path) => (statSync(path).mode & 0o077) !== 0).map(open);

/** As it is, and as it may be written down. */
const spellings = (secret: string): Buffer[] => [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)].map((text) => Buffer.from(text));

test('all of DATA_DIR is private, and holds neither keys nor tokens in clear, also what waits for Redis', async () => {
  const dataDir = join(await newDataDir(), 'made', 'by', 'the-service');
  const service = await startServiceProcess(dataDir, { SNAPSHOT_SECONDS: '1' });
  await putSampleOver(service);
  await must(service.request('PUT', '/v1/carriers/literal', { kind: 'twilio', credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: TOKEN } }));
  const { key } = (await must(service.request('PUT', '/v1/keys/viewer', { role: 'viewer' }))) as { key: string };
  await expect.poll(() => everyPath(dataDir).some((path) => path.endsWith(join('snapshot', 'in-step.json')))).toBe(true);
  expect(openToOthers(dataDir)).toEqual([]);
  // An order and the record of a call wait on disk.
  process.kill(redisPid(dataDir), 'SIGSTOP');
  await expect.poll(async () => (await service.request('POST', '/v1/primaries/pbx/divert', { reason: 'the PBX is down' })).status).toBeLessThan(300);
  expect(openToOthers(dataDir)).toEqual([]);
  process.kill(redisPid(dataDir), 'SIGCONT');
  await service.end('SIGTERM');

  const files = everyPath(dataDir).filter((path) => statSync(path).isFile());
  const named = (name: string): string => files.find((path) => path.endsWith(name)) ?? '';
  expect(openToOthers(dataDir)).toEqual([]);
  for (const path of files) {
    const content = readFileSync(path);
    const secretKey = path.endsWith(KEY_FILE) ? [] : [readFileSync(named(KEY_FILE), 'utf8')];
    for (const secret of [TOKEN, ADMIN_KEY, key, ...secretKey]) for (const spelling of spellings(secret)) expect(content.includes(spelling), `${path} holds a secret`).toBe(false);
  }
  // The token is there, encrypted; the keys are, as hashes.
  const kept = files.filter((path) => readFileSync(path).includes('enc:v1:'));
  expect(kept.some((path) => path.includes('snapshot'))).toBe(true);
  expect(kept.some((path) => path.includes('appendonlydir'))).toBe(true);
  expect(readFileSync(named(join('snapshot', 'table')), 'utf8')).toMatch(/[0-9a-f]{64}/);
});

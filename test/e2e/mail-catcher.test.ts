/** A real mail server (aiosmtpd, Debian's package `python3-aiosmtpd`) takes what is told by e-mail into a mailbox, as it would anybody's mail. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRIMARY } from '../http/api.ts';
import { freePorts } from '../support/redis-node.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';

let redis: TestRedis;
let service: RunningService;
let mailServer: ChildProcess;
let mailbox = '';
let port = 0;

/** It greets who connects. */
async function greets(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    const [greeting] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
    return String(greeting).startsWith('220');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

beforeAll(async () => {
  redis = await startTestRedis();
  mailbox = join(redis.dir, 'mailbox');
  [port = 0] = await freePorts(1);
  mailServer = spawn('aiosmtpd', ['-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', mailbox], { stdio: 'ignore' });
  // Its absence must not look like a time-out.
  await once(mailServer, 'spawn');
  service = await startService({ redis, settings: { SMTP_URL: `smtp://127.0.0.1:${port}`, SMTP_FROM: 'Ringthrough <ringthrough@example.net>' } });
});
afterAll(async () => {
  mailServer.kill('SIGKILL');
  await service.close();
  await redis.stop();
});

const mails = async (): Promise<string[]> => {
  const names = await readdir(join(mailbox, 'new')).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(mailbox, 'new', name), 'utf8')));
};

test('a diversion is in the mailbox, from whom and to whom it was to be', async () => {
  await expect.poll(greets).toBe(true);
  await service.ask('PUT', '/v1/primaries/pbx', PRIMARY);
  await service.ask('PUT', '/v1/receivers/desk', { kind: 'email', to: ['ops@example.net', 'boss@example.net'], groupWaitSeconds: 0 });
  await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'all lines dead' });
  await expect.poll(async () => (await mails()).length).toBe(1);
  const [mail = ''] = await mails();
  expect(mail).toMatch(/^X-MailFrom: ringthrough@example\.net$/m);
  expect(mail).toMatch(/^X-RcptTo: ops@example\.net, boss@example\.net$/m);
  expect(mail).toMatch(/^Subject: \[critical\] pbx: diverted by admin$/m);
  expect(mail).toMatch(/^Message-ID: <msg_[a-z]{26}@example\.net>$/m);
  expect(mail).toContain('all lines dead');
});

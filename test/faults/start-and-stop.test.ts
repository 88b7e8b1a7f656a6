/** The service as a process, started and stopped: what it says, what it leaves behind, and how it exits. */
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { makeCertificate } from '../support/certificate.ts';
import { launchService, must, newDataDir, putSampleOver, PUBLIC_BASE_URL, redisPid, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function socketOf(dataDir: string): string {
  return join(dataDir, 'redis', 'redis.sock');
}

/** Nothing of the service is left: no process, no socket, no lock. */
function expectNothingLeft(dataDir: string): void {
  expect(redisPid(dataDir)).toBe(0);
  expect(existsSync(socketOf(dataDir))).toBe(false);
  expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
}

/** A start that fails: one sentence on standard error, nothing left. */
async function expectRefusal(service: ServiceProcess, sentence: RegExp, code = 1): Promise<void> {
  expect(await service.ended).toEqual({ code, signal: null });
  expect(service.stderr.trim()).toMatch(sentence);
  expect(service.stderr.trim().split('\n')).toHaveLength(1);
  expect(service.stderr).not.toMatch(/^\s+at /m);
}

describe('a start that cannot succeed', () => {
  test('names every fault of the settings and exits with 78', async () => {
    const service = launchService(await newDataDir(), { PORT: 'eighty', LOG_LEVEL: 'loud', PUBLIC_BASE_URL: 'calls.example.net', SECRET_KEY: 'short' });
    expect(await service.ended).toEqual({ code: 78, signal: null });
    for (const name of ['PORT', 'LOG_LEVEL', 'PUBLIC_BASE_URL', 'SECRET_KEY']) expect(service.stderr).toContain(`  - ${name} must be `);
    expect(service.stderr.trim().split('\n')).toHaveLength(5);
    expect(service.stderr).not.toContain('short');
  });

  test('of the workers alone: the same, and without the Redis that they would work for', async () => {
    const bad = launchService(await newDataDir(), { REDIS_URL: 'nowhere', LOG_LEVEL: 'loud' }, 'workers/main.js');
    expect(await bad.ended).toEqual({ code: 78, signal: null });
    expect(bad.stderr.trim().split('\n').slice(1).map((line) => line.trim().split(' ')[1])).toEqual(['REDIS_URL', 'LOG_LEVEL']);
    await expectRefusal(launchService(await newDataDir(), {}, 'workers/main.js'), /^The workers need REDIS_URL: /, 78);
  });

  test('on a data folder that another service uses', async () => {
    const dataDir = await newDataDir();
    const first = await startServiceProcess(dataDir);
    await expectRefusal(launchService(dataDir), new RegExp(`^The data folder ${dataDir} is in use by another Ringthrough service \\(process ${first.pid}\\)\\. `));
    expect((await first.request('GET', '/healthz')).status).toBe(200);
    expect(redisPid(dataDir)).toBeGreaterThan(0);
  });

  test('on a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    closers.push(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const dataDir = await newDataDir();
    const service = launchService(dataDir, { PORT: String(port), RINGTHROUGH_ADMIN_KEY: undefined });
    await expectRefusal(service, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken by another program\\.`));
    expectNothingLeft(dataDir);
    // The first admin key was made, so it was shown: nobody could read it at the next start.
    const key = /^ {4}(rt_\S+)$/m.exec(service.plain)?.[1];
    const again = await startServiceProcess(dataDir, { RINGTHROUGH_ADMIN_KEY: undefined });
    expect(again.plain).toBe('');
    expect((await again.request('GET', '/v1/keys', undefined, { authorization: `Bearer ${key}` })).status).toBe(200);
  });

  test('at an address that is not this machine', async () => {
    const dataDir = await newDataDir();
    await expectRefusal(launchService(dataDir, { HOST: '192.0.2.1' }), /^The service cannot listen at HOST 192\.0\.2\.1, PORT 0 \(/);
    expectNothingLeft(dataDir);
  });

  test('without a redis-server', async () => {
    const dataDir = await newDataDir();
    await expectRefusal(launchService(dataDir, { REDIS_SERVER_BIN: '/nowhere/redis-server' }), /^redis-server ended at its start: it cannot be run .*install redis, or set REDIS_SERVER_BIN or REDIS_URL/);
    expectNothingLeft(dataDir);
  });

  test('on a data folder that cannot be one', async () => {
    const file = join(await newDataDir(), 'file');
    writeFileSync(file, '');
    await expectRefusal(launchService(join(file, 'data')), new RegExp(`^The data folder ${file}/data cannot be used \\(ENOTDIR.*Set DATA_DIR`));
  });

  test('with a TLS certificate that is no good; with a good one it says https', async () => {
    const dataDir = await newDataDir();
    const [certFile, keyFile] = [join(dataDir, 'cert.pem'), join(dataDir, 'key.pem')];
    const write = (until: number): void => {
      const { cert, key } = makeCertificate(Date.now() - 200_000, until);
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key);
    };
    const settings = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
    write(Date.now() - 100_000);
    await expectRefusal(launchService(dataDir, settings), /^The certificate in TLS_CERT_FILE \S+cert\.pem expired on \S+Z$/);
    expectNothingLeft(dataDir);
    write(Date.now() + 86_400_000);
    const service = await startServiceProcess(dataDir, settings);
    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  test('with a secret key that is damaged', async () => {
    const dataDir = await newDataDir();
    writeFileSync(join(dataDir, 'secret.key'), '');
    await expectRefusal(launchService(dataDir), /secret\.key does not hold 64 hexadecimal digits$/);
    expectNothingLeft(dataDir);
  });

  test('on data that redis-server cannot read', async () => {
    const dataDir = await newDataDir();
    mkdirSync(join(dataDir, 'redis', 'appendonlydir'), { recursive: true });
    for (const name of ['appendonlydir/appendonly.aof.manifest', 'appendonly.aof']) writeFileSync(join(dataDir, 'redis', name), 'nonsense\n');
    await expectRefusal(launchService(dataDir), /^redis-server ended at its start: code 1\. Its log /);
    expectNothingLeft(dataDir);
  });
});

describe('an order to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: it exits with 0 and leaves nothing', async (signal) => {
    const dataDir = await newDataDir();
    const service = await startServiceProcess(dataDir);
    expect(await service.end(signal)).toEqual({ code: 0, signal: null });
    expectNothingLeft(dataDir);
    expect(service.stderr).toBe('');
    expect(service.log.filter(({ level }) => level !== 'info')).toEqual([]);
    // What was used for the moment only is gone too.
    expect(readdirSync(dataDir).toSorted()).toEqual(['redis', 'secret.key', 'snapshot', 'spool']);
  });

  test('an order doubled within a second is one order', async () => {
    const dataDir = await newDataDir();
    const service = await startServiceProcess(dataDir);
    service.child.kill('SIGINT');
    service.child.kill('SIGTERM');
    expect(await service.end('SIGINT')).toEqual({ code: 0, signal: null });
    expectNothingLeft(dataDir);
    expect(service.log.filter(({ msg }) => String(msg).startsWith('stopping'))).toHaveLength(1);
  });

  test('at any moment of the start: it exits with 0 and leaves nothing', async () => {
    const dataDir = await newDataDir();
    // Each at a later line of the log than the one before.
    for (let lines = 1; ; lines += 1) {
      const service = launchService(dataDir);
      const seen = new Promise<void>((resolve) => {
        service.child.stdout?.on('data', () => {
          if (service.log.length >= lines) resolve();
        });
      });
      await Promise.race([seen, service.answering()]);
      const answered = service.log.some(({ msg }) => msg === 'answering calls');
      expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(service.stderr).toBe('');
      expectNothingLeft(dataDir);
      if (answered) break;
    }
  }, 180_000);

  test('what is in flight is finished first, and nothing new is taken', async () => {
    const dataDir = await newDataDir();
    const service = await startServiceProcess(dataDir);
    await putSampleOver(service);
    // An upload whose second half comes after the order.
    const { port } = new URL(service.url);
    const upload = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/imports', headers: { authorization: 'Bearer rt_admin-key-of-the-tests', 'content-type': 'text/csv' } });
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    upload.write('number,customer,primary,carrier,plan\n+442079460124,acme,pbx,main,desk\n');
    await expect.poll(async () => (await must(service.request('GET', '/v1/imports')))['items']).toHaveLength(1);
    const ended = service.end('SIGTERM');
    await expect.poll(() => service.log.some(({ msg }) => String(msg).startsWith('stopping'))).toBe(true);
    await expect.poll(() => service.request('GET', '/healthz').then(({ status }) => status, () => 'refused')).toBe('refused');
    upload.end('+442079460125,acme,pbx,main,desk\n');
    const [response] = await answered;
    expect(response.statusCode).toBe(202);
    response.resume();
    expect(await ended).toEqual({ code: 0, signal: null });
    expectNothingLeft(dataDir);
    // Taken is taken: the next one applies it.
    const next = await startServiceProcess(dataDir);
    await expect.poll(async () => (await next.request('GET', '/v1/numbers/+442079460125')).status, { timeout: 20_000 }).toBe(200);
  });

  test('told again after a while, it waits no longer, and no redis-server is left', async () => {
    const dataDir = await newDataDir();
    const service = await startServiceProcess(dataDir);
    const { port } = new URL(service.url);
    // A request that never ends.
    const upload = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/imports', headers: { authorization: 'Bearer rt_admin-key-of-the-tests', 'content-type': 'text/csv' } });
    upload.on('error', () => undefined);
    upload.write('number,customer,primary,carrier\n');
    await expect.poll(async () => (await must(service.request('GET', '/healthz')))['status']).toBe('ok');
    service.child.kill('SIGTERM');
    let at = 0;
    await expect.poll(() => {
      // Until it is another order: see SAME_ORDER_MS in src/server.ts.
      const now = Math.floor(performance.now() / 300);
      if (now !== at) service.child.kill('SIGTERM');
      at = now;
      return service.child.exitCode;
    }, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => redisPid(dataDir), { timeout: 10_000 }).toBe(0);
    expect(service.log.at(-1)?.['msg']).toBe('told again to stop: stopping without waiting');
    expect((await startServiceProcess(dataDir)).url).not.toBe('');
  });

  test('while Redis is away or hangs: it ends within SHUTDOWN_SECONDS all the same', async () => {
    const dataDir = await newDataDir();
    const service = await startServiceProcess(dataDir, { SHUTDOWN_SECONDS: '4' });
    process.kill(redisPid(dataDir), 'SIGSTOP');
    const { code } = await service.end('SIGTERM');
    expect(service.child.signalCode).toBeNull();
    expect([0, 1]).toContain(code);
    // The one that hangs is ended by the next service, which serves its data.
    const next = await startServiceProcess(dataDir);
    expect((await next.request('GET', '/v1/customers')).status).toBe(200);
    expect(await next.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expectNothingLeft(dataDir);
  }, 60_000);
});

describe('data that was damaged', () => {
  test('unreadable records are set aside; the service starts and all others work', async () => {
    const dataDir = await newDataDir();
    const before = await startServiceProcess(dataDir);
    await putSampleOver(before);
    const redis = new Redis(socketOf(dataDir));
    const number = '+442079460999';
    await redis.hset(keys.home('numbers', number), number, 'garbage');
    await redis.hset(keys.records('plans'), 'broken', '1:3:{"destinations":7}');
    await redis.hset(keys.records('customers'), 'future', '9:3:{"name":"Of a later version"}');
    await redis.hset(keys.records('keys'), 'odd', '1:4:{"role":"king"}');
    await redis.hset(keys.activeLegs, 'main:CA1', 'garbage');
    await redis.xadd(keys.legs, '*', 'p', 'somebody', 'c', 'main:CA2', 't', '{"garbage');
    redis.disconnect();
    expect((await before.end('SIGTERM')).code).toBe(0);

    const service = await startServiceProcess(dataDir);
    expect((await service.request('GET', '/readyz')).body).toMatchObject({ status: 'ok', setAside: 4 });
    expect(await must(service.request('GET', '/v1/numbers/+442079460123'))).toMatchObject({ customer: 'acme', plan: 'desk' });
    expect((await service.request('GET', '/v1/plans/broken')).body).toMatchObject({ code: 'record_unreadable' });
    const voice = signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/voice', callParams(callSid(1), '+442079460123'));
    expect((await service.post(voice)).body).toContain('sip:+442079460123@pbx.example.net');
    expect((await service.request('PUT', '/v1/plans/broken', { destinations: [{ to: 'voicemail' }] })).status).toBe(201);
    await expect.poll(async () => ((await service.request('GET', '/readyz')).body as { setAside: number }).setAside).toBe(3);
  });

  test('the append-only file cut off in its last entry', async () => {
    const dataDir = await newDataDir();
    const before = await startServiceProcess(dataDir);
    await putSampleOver(before);
    const killed = redisPid(dataDir);
    before.child.kill('SIGKILL');
    await before.ended;
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => redisPid(dataDir)).toBe(0);
    const folder = join(dataDir, 'redis', 'appendonlydir');
    const tail = existsSync(folder) ? join(folder, readdirSync(folder).find((name) => name.endsWith('.incr.aof')) ?? '') : join(dataDir, 'redis', 'appendonly.aof');
    appendFileSync(tail, '*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$10\r\nnever ack');
    const service = await startServiceProcess(dataDir);
    expect(await must(service.request('GET', '/v1/numbers/+442079460123'))).toMatchObject({ plan: 'desk' });
  });
});

/** Our own redis-server keeps what it acknowledged, comes back by itself, and is never run twice on the same data. Real processes throughout. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockDataDir } from '../../src/store/data-dir-lock.ts';
import { identifyProcess, stillRuns } from '../../src/store/process-identity.ts';
import { createRedisServer } from '../../src/store/redis-server.ts';
import type { RedisServer, RedisServerOptions } from '../../src/store/redis-server.ts';
import { realSystem } from '../../src/system/system.ts';
import { createKeptLog, type KeptLog } from '../support/kept-log.ts';

const OWNER = join(import.meta.dirname, '../../dist/test/support/redis-owner.js');

let root: string;
let kept: KeptLog;
let cleanUps: (() => unknown)[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rt-own-redis-'));
  kept = createKeptLog('info');
  cleanUps = [];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  await rm(root, { recursive: true, force: true });
});

function createServer(dataDir = root, more: Partial<RedisServerOptions> = {}): RedisServer {
  const lock = lockDataDir(dataDir);
  const { timers, random } = realSystem;
  const binary = process.env.REDIS_SERVER_BIN;
  const server = createRedisServer({ lock, log: kept.log, timers, random, ...(binary ? { binary } : {}), ...more });
  cleanUps.push(async () => {
    await server.stop();
    lock.release();
  });
  return server;
}

function connect(server: RedisServer): Redis {
  const client = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 10 });
  client.on('error', () => {});
  cleanUps.push(() => client.disconnect());
  return client;
}

function kill9(pid: number): void {
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, 'SIGKILL');
}

/** Waits until another process runs than the one that was killed. */
function another(server: RedisServer, killed: number): Promise<void> {
  return vi.waitFor(() => expect([0, killed]).not.toContain(server.pid), { timeout: 20_000, interval: 5 });
}

function setting(client: Redis, name: string): Promise<unknown> {
  return client.call('CONFIG', 'GET', name).then((reply) => (reply as string[])[1]);
}

/** A service of its own process that owns the redis-server of `root`. Prints its address and process id once it runs. */
async function startOwner(): Promise<{ owner: ChildProcess; url: string; pid: number }> {
  const owner = spawn(process.execPath, [OWNER, root], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => owner.kill('SIGKILL'));
  const ended = once(owner, 'exit').then(() => {
    throw new Error('The owner ended; it is started from dist/, so build first: npm run build');
  });
  const [line] = (await Promise.race([once(owner.stdout, 'data'), ended])) as [Buffer];
  const told = JSON.parse(line.toString()) as { url: string; pid: number };
  const left = identifyProcess(told.pid);
  cleanUps.push(() => left && stillRuns(left) && process.kill(left.pid, 'SIGKILL'));
  return { owner, ...told };
}

/** Its whole process group, as a terminal signals it: redis-server must not be in that group. */
async function killOwner(owner: ChildProcess): Promise<void> {
  const ended = once(owner, 'exit');
  process.kill(-(owner.pid ?? 0), 'SIGKILL');
  await ended;
}

test('it runs durable, private and on a unix socket', async () => {
  const server = createServer();
  await server.start();
  expect(server.url).toBe(join(root, 'redis', 'redis.sock'));
  expect(statSync(join(root, 'redis')).mode & 0o777).toBe(0o700);
  expect(statSync(join(root, 'redis', 'redis.conf')).mode & 0o777).toBe(0o600);
  const client = connect(server);
  const settings = ['appendonly', 'appendfsync', 'maxmemory-policy', 'save', 'aof-load-truncated', 'port'];
  expect(await Promise.all(settings.map((name) => setting(client, name)))).toEqual(['yes', 'always', 'noeviction', '', 'yes', '0']);
});

test('kill -9 of redis-server: it is back by itself on the same address with all that it acknowledged', async () => {
  const exits: string[] = [];
  const server = createServer(root, { onExit: (how) => exits.push(how) });
  await server.start();
  const client = connect(server);
  for (let round = 0; round < 5; round += 1) {
    const { pid } = server;
    await client.set(`round:${round}`, 'acknowledged');
    kill9(pid);
    await another(server, pid);
    expect(await client.dbsize()).toBe(round + 1);
  }
  expect(exits).toEqual(Array(5).fill(expect.stringContaining('SIGKILL')));
  const errors = kept.lines.map((line) => JSON.parse(line) as { level: string; afterMs: number }).filter(({ level }) => level === 'error');
  expect(errors.map(({ afterMs }) => afterMs)).toEqual([0, 50, 100, 200, 400]);
});

test('what a killed service left behind is taken over, data and process, and ended at stop', async () => {
  const { owner, url, pid } = await startOwner();
  await killOwner(owner);
  const server = createServer();
  await server.start();
  expect(server.pid).toBe(pid);
  expect(server.url).toBe(url);
  expect(await connect(server).get('left')).toBe('behind');
  await server.stop();
  expect(identifyProcess(pid)).toBeUndefined();
});

test('one that was taken over and then dies is started again too', async () => {
  const { owner, pid } = await startOwner();
  await killOwner(owner);
  const server = createServer();
  await server.start();
  kill9(pid);
  await another(server, pid);
  expect(await connect(server).get('left')).toBe('behind');
});

test.runIf(process.platform === 'linux')('one that was left behind and hangs is ended, and its data served by a new one', async () => {
  const { owner, pid } = await startOwner();
  await killOwner(owner);
  process.kill(pid, 'SIGSTOP');
  // The patience with a hung process is seconds; here they pass at once.
  const timers: RedisServerOptions['timers'] = { ...realSystem.timers, after: (ms, task) => realSystem.timers.after(ms >= 1000 ? 0 : ms, task) };
  const server = createServer(root, { timers });
  await server.start();
  expect(identifyProcess(pid)).toBeUndefined();
  expect(await connect(server).get('left')).toBe('behind');
}, 30_000);

test('a second service on the same data folder is refused, by name of the first', async () => {
  const { owner } = await startOwner();
  expect(() => lockDataDir(root)).toThrow(`in use by another Ringthrough service (process ${owner.pid})`);
  await killOwner(owner);
  await createServer().start();
  expect(() => lockDataDir(root)).toThrow(`(process ${process.pid})`);
});

test('an append-only file cut off in its last entry is loaded up to there', async () => {
  const first = createServer();
  await first.start();
  const client = connect(first);
  await client.set('whole', 'kept');
  await first.stop();
  await cleanUps.pop()?.();
  await cleanUps.pop()?.();
  const folder = join(root, 'redis', 'appendonlydir');
  const tail = existsSync(folder) ? join(folder, readdirSync(folder).find((name) => name.endsWith('.incr.aof')) ?? '') : join(root, 'redis', 'appendonly.aof');
  appendFileSync(tail, '*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$10\r\nnever ack');
  const second = createServer();
  await second.start();
  const reader = connect(second);
  expect(await reader.get('whole')).toBe('kept');
  expect(await reader.exists('half')).toBe(0);
});

test('a path too long for a socket: a loopback port with a password, the same after a crash of the service', async () => {
  const dataDir = join(root, 'long '.repeat(25), 'da"ta');
  mkdirSync(dataDir, { recursive: true });
  const server = createServer(dataDir);
  await server.start();
  const { port, password, protocol, hostname } = new URL(server.url);
  expect([protocol, hostname, password.length]).toEqual(['redis:', '127.0.0.1', 48]);
  const client = connect(server);
  await client.set('a', 'b');
  const { pid } = server;
  kill9(pid);
  await another(server, pid);
  expect(await client.get('a')).toBe('b');
  const stranger = new Redis(Number(port), '127.0.0.1', { retryStrategy: null });
  stranger.on('error', () => {});
  cleanUps.push(() => stranger.disconnect());
  await expect(stranger.get('a')).rejects.toThrow(/NOAUTH/);
  expect(kept.lines.join('')).not.toContain(password);
});

test('stop leaves no process and no socket, and may be called twice or before start', async () => {
  const server = createServer();
  await server.start();
  const { pid, url } = server;
  await Promise.all([server.stop(), server.stop()]);
  expect(identifyProcess(pid)).toBeUndefined();
  expect(existsSync(url)).toBe(false);
  expect(kept.lines.some((line) => line.includes('unexpectedly'))).toBe(false);
  const other = createServer(join(root, 'other'));
  await other.stop();
});

test('stop during the start ends what was started', async () => {
  const server = createServer();
  const start = server.start().catch(() => {});
  await server.stop();
  await start;
  expect(server.pid).toBe(0);
  expect(existsSync(join(root, 'redis', 'redis.sock'))).toBe(false);
});

test('a start that cannot succeed says why', async () => {
  const missing = createServer(join(root, 'a'), { binary: '/nowhere/redis-server' });
  await expect(missing.start()).rejects.toThrow(/cannot be run .*REDIS_SERVER_BIN or REDIS_URL/);
  const broken = createServer(join(root, 'b'));
  mkdirSync(join(root, 'b', 'redis', 'appendonlydir'), { recursive: true });
  writeFileSync(join(root, 'b', 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'nonsense\n');
  writeFileSync(join(root, 'b', 'redis', 'appendonly.aof'), 'nonsense\n');
  await expect(broken.start()).rejects.toThrow(/redis-server ended at its start: code 1\. Its log .*redis\.log ends with/);
});

/** A throw-away redis-server for one test file: a real process on a unix socket in its own folder, durable as in production. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeEach } from 'vitest';

export interface TestRedis {
  /** The path of the unix socket: `new Redis(url)` connects to it. */
  readonly url: string;
  readonly dir: string;
  /** Changes with every restart; 0 while none runs. */
  readonly pid: number;
  /** A signal that ends the process (the default is SIGKILL) is awaited until it has ended; SIGSTOP and SIGCONT are only sent. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts again on the same socket and data; one that still runs is killed first. */
  restart(): Promise<void>;
  flush(): Promise<void>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

export const NOT_ENDING: readonly string[] = ['SIGSTOP', 'SIGCONT'];

/** `extraArgs` are further redis-server options, e.g. `['--maxmemory', '20mb']`. */
export async function startTestRedis(extraArgs: readonly string[] = []): Promise<TestRedis> {
  // A socket's path holds 107 bytes at most on Linux, 103 on macOS.
  const dir = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'ringthrough-redis-'));
  const url = join(dir, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', url, '--unixsocketperm', '700', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'always',
    '--save', '', '--maxmemory-policy', 'noeviction', '--logfile', '', ...extraArgs];
  let child = await launch(args);

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (ended(child)) return;
    if (NOT_ENDING.includes(signal)) {
      child.kill(signal);
      return;
    }
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async function flush(): Promise<void> {
    const client = new Redis(url, { retryStrategy: null });
    try {
      await client.flushall();
    } finally {
      client.disconnect();
    }
  }

  return {
    url,
    dir,
    get pid() {
      return ended(child) ? 0 : (child.pid ?? 0);
    },
    kill,
    flush,
    async restart() {
      await kill();
      child = await launch(args);
    },
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Empties the server before each test of the file that calls this, whatever the one before left behind. */
export function flushBetweenTests(redis: () => TestRedis): void {
  beforeEach(() => redis().flush());
}

/** Resolves once the server says of itself that it is ready: by default that it takes commands, after its append-only file is loaded. */
export async function launch(args: readonly string[], ready = /ready to accept connections/i): Promise<ChildProcess> {
  const child = spawn(process.env.REDIS_SERVER_BIN ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // A test run that is cut short must not leave servers behind.
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === 'ready') return;
      output += chunk.toString();
      if (!ready.test(output)) return;
      output = 'ready';
      resolve();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`redis-server ended at its start (${signal ?? `code ${code}`}):\n${output}`)));
  });
  return child;
}

export function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** One run of our own redis-server: launched as a child, or adopted from a service that was killed and left it behind. */
import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { Timers } from '../system/system.ts';
import { identifyProcess, stillRuns } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { endpointOptions } from './redis-endpoint.ts';
import type { RedisEndpoint } from './redis-endpoint.ts';

export interface RedisProcess {
  readonly pid: number;
  /** Resolves with how it ended, never rejects. */
  readonly ended: Promise<string>;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

interface RedisFacts {
  pid: number;
  dir: string;
  version: string;
}

const MIN_VERSION: readonly [number, number] = [6, 2];
/** How often one that is not our child is looked at, milliseconds. */
const LOOK_MS = 100;
/** A redis-server that lets a command wait this long, milliseconds, counts as hung. */
const HUNG_MS = 2000;

export interface Launch {
  binary: string;
  configFile: string;
  dir: string;
  endpoint: RedisEndpoint;
}

/** `ready` resolves once its data are loaded and it takes commands, and rejects with the reason when it ends before. */
export function launchRedis({ binary, configFile, dir, endpoint }: Launch): { server: RedisProcess; ready: Promise<void> } {
  // A process group of its own: a Ctrl-C at the terminal is for the service, which ends redis-server last.
  const child = spawn(binary, [configFile], { cwd: dir, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it cannot be run (${error.message}); install redis, or set REDIS_SERVER_BIN or REDIS_URL`));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const server: RedisProcess = { pid: child.pid ?? 0, ended, signal: (name) => void child.kill(name) };
  return { server, ready: whenReady() };

  async function whenReady(): Promise<void> {
    const gaveUp = ended.then((how) => {
      throw new Error(`redis-server ended at its start: ${how}. ${complaint.trim() || lastWords(dir)}`.trim());
    });
    try {
      const { version } = await askForFacts(endpoint, { retryStrategy: () => 10 }, gaveUp);
      if (!isRecent(version)) throw new Error(`redis-server ${MIN_VERSION.join('.')} or newer is needed; ${binary} is ${version}`);
    } catch (error) {
      server.signal('SIGKILL');
      throw error;
    }
  }
}

/** The redis-server on our data that nobody owns, if there is one. One that is there but cannot be used is ended. */
export async function adoptRedis(dir: string, endpoint: RedisEndpoint | undefined, timers: Timers): Promise<RedisProcess | undefined> {
  const facts = endpoint && (await askForFacts(endpoint, { retryStrategy: null, commandTimeout: HUNG_MS, connectTimeout: HUNG_MS }).catch(() => undefined));
  if (facts?.dir === dir) {
    const identity = identifyProcess(facts.pid);
    if (identity) return watch(identity, timers);
  }
  if (facts && endpoint.kind === 'unix') throw new Error(`Another redis-server (process ${facts.pid}, data in ${facts.dir}) listens on ${endpoint.path}; end it first`);
  const stray = strayProcess(dir);
  if (stray) await end(watch(stray, timers), timers, HUNG_MS);
  return undefined;
}

/** Asks it to end, and makes it end when it has not after `patienceMs`: what it acknowledged is on disk. */
export async function end(server: RedisProcess, timers: Timers, patienceMs: number): Promise<void> {
  server.signal('SIGTERM');
  const cancel = timers.after(patienceMs, () => server.signal('SIGKILL'));
  await server.ended;
  cancel();
}

function watch(identity: ProcessIdentity, timers: Timers): RedisProcess {
  const ended = new Promise<string>((resolve) => {
    const cancel = timers.every(LOOK_MS, () => {
      if (stillRuns(identity)) return;
      cancel();
      resolve('unknown, for it was not started by this process');
    });
  });
  return {
    pid: identity.pid,
    ended,
    signal(name) {
      if (stillRuns(identity)) process.kill(identity.pid, name);
    },
  };
}

/** A redis-server that holds our data but does not answer: the one of our pid file, if that process works in our folder. */
function strayProcess(dir: string): ProcessIdentity | undefined {
  try {
    const pid = Number(readFileSync(join(dir, 'redis.pid'), 'utf8'));
    return readlinkSync(`/proc/${pid}/cwd`) === dir ? identifyProcess(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until the server has loaded its data, then asks who it is. Rejects when the connection ends for good, or as `gaveUp` does. */
async function askForFacts(endpoint: RedisEndpoint, options: RedisOptions, gaveUp?: Promise<never>): Promise<RedisFacts> {
  const client = new Redis({ ...endpointOptions(endpoint), maxRetriesPerRequest: null, maxLoadingRetryTime: 50, ...options, replyMapping: 'legacy' });
  let lastError = new Error('no connection');
  client.on('error', (error) => {
    lastError = error;
  });
  const lost = new Promise<never>((_, reject) => {
    client.once('end', () => reject(lastError));
  });
  try {
    return await Promise.race([factsOf(client), lost, ...(gaveUp ? [gaveUp] : [])]);
  } finally {
    client.disconnect();
  }
}

async function factsOf(client: Redis): Promise<RedisFacts> {
  await new Promise<void>((resolve) => {
    client.once('ready', resolve);
  });
  const info = await client.info('server');
  const [, dir = ''] = (await client.call('CONFIG', 'GET', 'dir')) as string[];
  return { dir, pid: Number(/^process_id:(\d+)/m.exec(info)?.[1]), version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown' };
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]);
}

/** The end of its own log, where it gives the reason. */
function lastWords(dir: string): string {
  const file = join(dir, 'redis.log');
  try {
    return `Its log ${file} ends with: ${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join(' | ')}`;
  } catch {
    return '';
  }
}

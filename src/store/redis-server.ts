/**
 * Starts and owns a redis-server whose data are under DATA_DIR/redis, for a service that was given no REDIS_URL. One that
 * dies is started again for as long as the service runs; one that a killed service left behind is taken over with its data.
 */
import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Random, Timers } from '../system/system.ts';
import type { DataDirLock } from './data-dir-lock.ts';
import { chooseEndpoint, endpointUrl, recordedEndpoint, redisConfig } from './redis-endpoint.ts';
import type { RedisEndpoint } from './redis-endpoint.ts';
import { adoptRedis, launchRedis } from './redis-process.ts';
import type { RedisProcess } from './redis-process.ts';
import { createRedisSupervisor } from './redis-supervisor.ts';

export interface RedisServerOptions {
  /** Proof that this process alone uses the data folder. */
  lock: DataDirLock;
  binary?: string;
  log: Logger;
  timers: Timers;
  random: Random;
  /** Told each time the server ended unexpectedly, also when at its start; it is being started again then. */
  onExit?: (how: string) => void;
}

export interface RedisServer {
  /** For ioredis: a socket's path, or a redis:// address with a password. Known once `start` has resolved, and the same from then on. */
  readonly url: string;
  /** 0 while none runs. */
  readonly pid: number;
  /** Resolves once it takes commands; rejects when the first start fails. */
  start(): Promise<void>;
  /** After a first start that failed: starts it again and again. False when it has no place to be. */
  keepTrying(): boolean;
  stop(): Promise<void>;
}

const LOG_MAX_BYTES = 10 * 1024 * 1024;

export function createRedisServer({ lock, binary = 'redis-server', log, timers, random, onExit }: RedisServerOptions): RedisServer {
  let dir = join(lock.dataDir, 'redis');
  let endpoint: RedisEndpoint | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  const supervisor = createRedisSupervisor({ launch, log, timers, onExit });

  async function start(): Promise<void> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    // As redis-server will name it.
    dir = realpathSync(dir);
    endpoint = recordedEndpoint(dir);
    const orphan = await adoptRedis(dir, endpoint, timers);
    if (orphan) {
      log.warn({ pid: orphan.pid }, 'took over the redis-server that an earlier service left behind');
      supervisor.takeOver(orphan);
      return;
    }
    endpoint = await chooseEndpoint(dir, random);
    await supervisor.start();
  }

  function launch(): { server: RedisProcess; ready: Promise<void> } {
    if (!endpoint) throw new Error('No place to listen was chosen yet');
    const configFile = join(dir, 'redis.conf');
    writeFileSync(configFile, redisConfig(dir, endpoint), { mode: 0o600 });
    keepLogSmall(join(dir, 'redis.log'));
    return launchRedis({ binary, configFile, dir, endpoint });
  }

  async function stop(): Promise<void> {
    await supervisor.stop();
    // A start that was under way finds its server ended; one that was about to launch does not.
    await started?.catch(() => {});
    await supervisor.stop();
    // One that had to be killed could not tidy up.
    if (endpoint?.kind === 'unix') rmSync(endpoint.path, { force: true });
    rmSync(join(dir, 'redis.pid'), { force: true });
  }

  return {
    get url() {
      if (!endpoint) throw new Error('The redis-server was not started yet');
      return endpointUrl(endpoint);
    },
    get pid() {
      return supervisor.pid;
    },
    start: () => (started ??= start()),
    keepTrying() {
      if (!endpoint) return false;
      supervisor.keepTrying();
      return true;
    },
    stop: () => (stopped ??= stop()),
  };
}

/** redis-server opens its log anew for each line, so that it can be moved away at any time. */
function keepLogSmall(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_MAX_BYTES) renameSync(file, `${file}.1`);
}

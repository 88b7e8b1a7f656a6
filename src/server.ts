/** Starts the service as a process: settings, data folder, Redis, the HTTP server; and stops it in good order. */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { createService, type Service } from './compose.ts';
import { publicBaseUrlOf } from './config/public-base-url.ts';
import { settingsOrExit } from './config/settings-or-exit.ts';
import { summarise, type Settings } from './config/settings.ts';
import { Failure } from './domain/errors.ts';
import { createLog, createLogOutput, type LogOutput } from './operations/log.ts';
import { lockDataDir, type DataDirLock } from './store/data-dir-lock.ts';
import { createRedisServer, type RedisServer } from './store/redis-server.ts';
import { realSystem } from './system/system.ts';

const ORDERS_TO_STOP = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** An order often arrives twice: a Ctrl-C from the terminal and from npm, a `timeout` at the whole process group. It is one order. */
const SAME_ORDER_MS = 1000;

/** What has been started so far, and is to be ended. */
interface Started {
  lock?: DataDirLock;
  redis?: RedisServer;
  service?: Service;
}

function versionOf(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // The other place: sources and build lie at different depths.
    }
  }
  return 'unknown';
}

/** The key goes to the terminal, once, and never to the log. Not by `process.stdout`: that one lets no writer wait for a slow reader any more, the log included. */
function showFirstKey(key: string): void {
  writeSync(1, `\n  Admin key (shown this once, keep it):\n\n    ${key}\n\n  export RINGTHROUGH_KEY=${key}\n\n`);
}

async function start(settings: Settings, log: Logger, started: Started): Promise<void> {
  started.lock = lockDataDir(settings.DATA_DIR);
  let redisUrl = settings.REDIS_URL;
  if (redisUrl === undefined) {
    const redis = createRedisServer({ lock: started.lock, binary: settings.REDIS_SERVER_BIN, log, timers: realSystem.timers, random: realSystem.random });
    // Noted before it runs: an order to stop may come meanwhile.
    started.redis = redis;
    try {
      await redis.start();
      log.info({ pid: redis.pid }, 'the own redis-server runs');
    } catch (error) {
      // With something to answer calls from, a start is worth more than the reason why Redis has none.
      if (!existsSync(join(settings.DATA_DIR, 'snapshot', 'table')) || !redis.keepTrying()) throw error;
      log.error({ err: error }, 'the own redis-server does not start; calls are answered from the snapshot on disk, and it is tried again');
    }
    redisUrl = redis.url;
  }
  const scheme = settings.TLS_CERT_FILE === undefined ? 'http' : 'https';
  const service = await createService({ settings, redisUrl, publicBaseUrl: publicBaseUrlOf(settings), version: versionOf(), log, system: realSystem });
  started.service = service;
  await service.start(showFirstKey);
  // The framework does not know what its server speaks.
  const address = (await service.app.listen({ host: settings.HOST, port: settings.PORT })).replace(/^http:/, `${scheme}:`);
  if (service.follower.status().is === 'loading') log.warn({ address }, 'listening, but answering no calls yet');
  else log.info({ address }, 'answering calls');
}

/** Ends all that was started; what fails to end keeps nothing else from being ended. */
async function end({ service, redis, lock }: Started, ms: number, log: Logger): Promise<void> {
  const steps: (() => unknown)[] = [() => service?.close(ms), () => redis?.stop(), () => lock?.release()];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      log.error({ err: error }, 'a part of the service could not be ended in good order');
    }
  }
}

/** In one sentence, why the service could not start; undefined when nobody foresaw it. */
function reasonOf(error: unknown, { HOST, PORT, DATA_DIR }: Settings): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${PORT} on ${HOST} is taken by another program. End that one, or set PORT to another.`;
  if (syscall === 'listen' || syscall === 'getaddrinfo') return `The service cannot listen at HOST ${HOST}, PORT ${PORT} (${error.message}).`;
  if (syscall !== undefined && code !== undefined) return `The data folder ${DATA_DIR} cannot be used (${error.message}). Set DATA_DIR to a folder that this user may write.`;
  return error.constructor === Error || error instanceof Failure ? error.message : undefined;
}

interface Ending {
  settings: Settings;
  log: Logger;
  output: LogOutput;
  started: Started;
}

/** Ends the process in good order when told to, or when an error leaves no other way. */
function endWhenTold({ settings, log, output, started }: Ending): { readonly told: boolean; fail(error: unknown): void } {
  let firstOrderAt: number | undefined;
  let failure: { error: unknown } | undefined;
  const ms = settings.SHUTDOWN_SECONDS * 1000;

  /** redis-server needs nobody to end it, and what it acknowledged is on disk. */
  function abandon(): void {
    const pid = started.redis?.pid ?? 0;
    if (pid > 0) process.kill(pid, 'SIGTERM');
    started.lock?.release();
  }

  const grace = closeWithGrace(
    {
      delay: ms,
      logger: false,
      skip: [...ORDERS_TO_STOP],
      onTimeout() {
        log.error('not everything was finished in the time given (SHUTDOWN_SECONDS): stopping without it');
        abandon();
      },
      onSecondError: (err) => log.fatal({ err }, 'another error while stopping'),
    },
    async ({ err }) => {
      if (err) log.fatal({ err }, 'an error that nobody expected ends the service');
      await end(started, ms / 2, log);
      if (!failure) log.info('stopped');
      await output.taken(realSystem.timers.after);
      // Makes the exit code 1.
      if (failure) throw failure.error;
    },
  );

  for (const signal of ORDERS_TO_STOP) {
    process.on(signal, () => {
      const now = realSystem.clock.now();
      if (firstOrderAt !== undefined && now - firstOrderAt <= SAME_ORDER_MS) return;
      if (firstOrderAt !== undefined) {
        log.error('told again to stop: stopping without waiting');
        abandon();
        process.exit(1);
      }
      firstOrderAt = now;
      log.info({ signal }, 'stopping: what is in flight is finished first');
      if (!failure) grace.close();
    });
  }

  return {
    get told() {
      return firstOrderAt !== undefined;
    },
    fail(error) {
      failure = { error };
      grace.close();
    },
  };
}

async function main(): Promise<void> {
  // Whatever is kept is nobody else's to read, the own redis-server's files included.
  process.umask(0o077);
  const settings = settingsOrExit();
  const output = createLogOutput();
  const log = createLog(settings.LOG_LEVEL, output);
  const started: Started = {};
  // Before anybody can see that it runs, and end it.
  const ending = endWhenTold({ settings, log, output, started });
  log.info({ version: versionOf(), node: process.version, settings: summarise(settings) }, 'starting');
  try {
    await start(settings, log, started);
  } catch (error) {
    // An order to stop takes away from under the start what it needs.
    if (ending.told) return;
    const reason = reasonOf(error, settings);
    log.fatal(reason === undefined ? { err: error } : { reason }, 'the service could not start');
    process.stderr.write(`${reason ?? `The service could not start: ${String(error)}`}\n`);
    ending.fail(error);
  }
}

await main();

/** Starts the service as a process: settings, data folder, Redis, the HTTP server; and stops it in good order. */
import { readFileSync } from 'node:fs';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { createService, type Service } from './compose.ts';
import { readSettings, SettingsFault, summarise, type Settings } from './config/settings.ts';
import { createLog } from './operations/log.ts';
import { lockDataDir, type DataDirLock } from './store/data-dir-lock.ts';
import { createRedisServer, type RedisServer } from './store/redis-server.ts';
import { realSystem } from './system/system.ts';

/** Under `npm start` a Ctrl-C arrives twice, from the terminal and from npm: one order, not two. */
const SAME_ORDER_MS = 1000;

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

/** Settings from the environment; ends the process with every fault named when they are not usable. */
function settingsOrExit(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

/** The key goes to the terminal, once, and never to the log. */
function showFirstKey(key: string): void {
  process.stdout.write(`\n  Admin key (shown this once, keep it):\n\n    ${key}\n\n  export RINGTHROUGH_KEY=${key}\n\n`);
}

async function openRedis(settings: Settings, lock: DataDirLock, log: Logger): Promise<{ url: string; server: RedisServer | undefined }> {
  if (settings.REDIS_URL !== undefined) return { url: settings.REDIS_URL, server: undefined };
  const server = createRedisServer({ lock, binary: settings.REDIS_SERVER_BIN, log, timers: realSystem.timers, random: realSystem.random });
  await server.start();
  log.info({ pid: server.pid }, 'the own redis-server runs');
  return { url: server.url, server };
}

function closeOnSignals(settings: Settings, log: Logger, close: () => Promise<void>): void {
  const grace = closeWithGrace({ delay: settings.SHUTDOWN_SECONDS * 1000, logger: false, skip: ['SIGINT'] }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'an error that nobody expected ends the service');
    else log.info({ signal: signal ?? 'SIGINT' }, 'stopping: what is in flight is finished first');
    await close();
    log.info('stopped');
  });
  let firstAt: number | undefined;
  process.on('SIGINT', () => {
    const now = realSystem.clock.now();
    if (firstAt === undefined) {
      firstAt = now;
      grace.close();
    } else if (now - firstAt > SAME_ORDER_MS) {
      log.error('told again to stop: stopping without waiting');
      process.exit(1);
    }
  });
}

async function main(): Promise<void> {
  const settings = settingsOrExit();
  const log = createLog(settings.LOG_LEVEL);
  log.info({ version: versionOf(), node: process.version, settings: summarise(settings) }, 'starting');
  const lock = lockDataDir(settings.DATA_DIR);
  let service: Service | undefined;
  let redis: RedisServer | undefined;

  closeOnSignals(settings, log, async () => {
    await service?.close((settings.SHUTDOWN_SECONDS * 1000) / 2);
    await redis?.stop();
    lock.release();
  });

  const { url, server } = await openRedis(settings, lock, log);
  redis = server;
  const publicBaseUrl = settings.PUBLIC_BASE_URL ?? `http://localhost:${settings.PORT}`;
  service = await createService({ settings, redisUrl: url, publicBaseUrl, version: versionOf(), log, system: realSystem });
  const firstKey = await service.start();
  const address = await service.app.listen({ host: settings.HOST, port: settings.PORT });
  log.info({ address }, 'answering calls');
  if (firstKey !== undefined) showFirstKey(firstKey);
}

await main();

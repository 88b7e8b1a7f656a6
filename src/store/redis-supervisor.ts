/** Keeps one redis-server running until told to stop: one that dies is started again, at once the first time, then after growing pauses. */
import type { Logger } from 'pino';
import type { Timers } from '../system/system.ts';
import { end } from './redis-process.ts';
import type { RedisProcess } from './redis-process.ts';

export interface RedisSupervisorOptions {
  launch: () => { server: RedisProcess; ready: Promise<void> };
  log: Logger;
  timers: Timers;
  /** Told each time the server ended unexpectedly, also when at its start; it is being started again then. */
  onExit?: ((how: string) => void) | undefined;
}

export interface RedisSupervisor {
  /** 0 while none runs. */
  readonly pid: number;
  /** Rejects when this first start fails; nothing is retried then. */
  start(): Promise<void>;
  /** After a first start that failed. */
  keepTrying(): void;
  /** Instead of `start`, for one that runs already. */
  takeOver(server: RedisProcess): void;
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** After running this long without a fault, the next one is met without a pause again. */
const STABLE_MS = 10_000;
const STOP_PATIENCE_MS = 10_000;

export function createRedisSupervisor({ launch, log, timers, onExit }: RedisSupervisorOptions): RedisSupervisor {
  let current: RedisProcess | undefined;
  let stopping = false;
  let failures = 0;
  let cancelTimer = () => {};

  async function start(): Promise<void> {
    if (stopping) return;
    const { server, ready } = launch();
    current = server;
    try {
      await ready;
    } catch (error) {
      await server.ended;
      current = undefined;
      throw error;
    }
    log.info({ pid: server.pid }, 'redis-server takes commands');
    takeOver(server);
  }

  function takeOver(server: RedisProcess): void {
    current = server;
    const cancelStable = timers.after(STABLE_MS, () => {
      failures = 0;
    });
    void watchEnd(server, cancelStable);
  }

  async function watchEnd(server: RedisProcess, cancelStable: () => void): Promise<void> {
    const how = await server.ended;
    cancelStable();
    current = undefined;
    startLater(how);
  }

  function startLater(how: string): void {
    if (stopping) return;
    const afterMs = failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    failures += 1;
    log.error({ how, afterMs }, 'redis-server ended unexpectedly; it is started again');
    cancelTimer = timers.after(afterMs, () => {
      start().catch((error: unknown) => startLater(error instanceof Error ? error.message : String(error)));
    });
    onExit?.(how);
  }

  return {
    get pid() {
      return current?.pid ?? 0;
    },
    start,
    keepTrying: () => startLater('it did not start'),
    takeOver,
    async stop() {
      stopping = true;
      cancelTimer();
      if (current) await end(current, timers, STOP_PATIENCE_MS);
    },
  };
}

/** A redis-server, durable as in production, and any number of service processes on it; all of it goes with `close`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import pino from 'pino';
import { createDraft } from '../../src/store/draft.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { lockDataDir } from '../../src/store/data-dir-lock.ts';
import { createRedisServer } from '../../src/store/redis-server.ts';
import type { NumberRecord } from '../../src/domain/number.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';
import { SECRET } from '../../stand-ins/subscriber/subscriber.ts';
import { ACCOUNT, put } from '../support/world.ts';
import { AUTH_TOKEN } from '../support/webhooks.ts';

export const ORIGIN = 'https://calls.example.net';
export const ADMIN_KEY = 'rt_admin-key-of-the-benchmark';
export const MOBILE = '+447400123456';

export interface Router {
  port: number;
  /** How long it took to load its routing table, as its log says, milliseconds. */
  loadedMs: number;
  child: ChildProcess;
  stop(): Promise<void>;
}

export interface Fleet {
  /** Goes with it. */
  dir: string;
  /** Path of the unix socket of its Redis. */
  redisPath: string;
  connection: Redis;
  store: Store;
  /** Starts one more service process on the same Redis. */
  start(): Promise<Router>;
  /** Starts a process that runs the background workers alone. */
  startWorkers(): ChildProcess;
  /** Adds numbers until there are `count`, all of one primary. */
  fill(count: number, rule?: (at: number) => NumberRecord): Promise<void>;
  /** Resolves once each of these holds all that was written. */
  inStep(routers: readonly Router[]): Promise<void>;
  close(): Promise<void>;
}

/** Number `at` of the benchmark, of which there are as many as asked for. */
export const numberAt = (at: number): string => `+44${2_079_000_000 + at}`;

export const CLASSES = ['critical', 'standard', 'low'] as const;

/** Of the customer of number `at`, where they are told apart: a tenth is critical, a third low. */
export const classAt = (at: number): (typeof CLASSES)[number] => (at % 10 === 0 ? 'critical' : at % 10 < 7 ? 'standard' : 'low');

const ROWS_A_COMMIT = 1000;
const DIST = join(import.meta.dirname, '../..');
const RULE: NumberRecord = { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' };
type Program = 'src/server.js' | 'workers/main.js';

/** Node's own options with which `npm start` and `npm run workers` run a program. */
export const nodeOptionsOf = (program: Program): string[] => new RegExp(`exec node (.*) dist/${program}`).exec(readFileSync('package.json', 'utf8'))?.[1]?.split(' ') ?? [];

/** Resolves with what is found; looks every `everyMs`. */
export async function waitFor<T>(read: () => T | undefined | Promise<T | undefined>, everyMs = 5): Promise<T> {
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    await pause(everyMs);
  }
}

export async function openFleet(): Promise<Fleet> {
  const root = mkdtempSync(join(tmpdir(), 'rt-bench-'));
  const lock = lockDataDir(root);
  const redis = createRedisServer({ lock, binary: process.env.REDIS_SERVER_BIN || 'redis-server', log: pino({ level: 'silent' }), timers: realSystem.timers, random: realSystem.random });
  await redis.start();
  const connection = createFastConnection({ url: redis.url, onError: () => undefined });
  await whenReady(connection);
  const store = createStore(connection, { auditKept: 1000 });
  await put(store, 'customers', 'acme', { name: 'Acme' });
  await put(store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN_OF_BENCHMARK' } });
  await put(store, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await put(store, 'plans', 'desk', { customer: 'acme', destinations: [{ to: MOBILE }, { to: 'voicemail' }] });
  const routers: Router[] = [];
  let filled = 0;
  let launched = 0;
  const children: ChildProcess[] = [];
  function launch(program: Program, name: string): ChildProcess {
    const out = openSync(`${name}.log`, 'w');
    const environment = { PATH: process.env.PATH, DATA_DIR: name, REDIS_URL: redis.url, HOST: '127.0.0.1', PORT: '0', PUBLIC_BASE_URL: ORIGIN, WORKERS: 'off', RINGTHROUGH_ADMIN_KEY: ADMIN_KEY, SECRET_KEY: '5e'.repeat(32), TOKEN_OF_BENCHMARK: AUTH_TOKEN, SECRET_OF_SUBSCRIBERS: SECRET, RECEIVERS_MAY_BE_PRIVATE: 'yes', REPLAY_WINDOW_SECONDS: '3600' };
    const child = spawn(process.execPath, [...nodeOptionsOf(program), join(DIST, program)], { env: environment, stdio: ['ignore', out, 'inherit'] });
    children.push(child);
    return child;
  }
  // A run that is cut short leaves none behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    if (redis.pid > 0) process.kill(redis.pid, 'SIGTERM');
  });

  return {
    dir: root,
    redisPath: redis.url.replace('unix://', ''),
    connection,
    store,
    async start() {
      launched += 1;
      const name = join(root, `router-${launched}`);
      const child = launch('src/server.js', name);
      const line = (said: string) => readFileSync(`${name}.log`, 'utf8').split('\n').find((one) => one.includes(said));
      const address = await waitFor(() => {
        if (child.exitCode !== null) throw new Error(`a service process ended with code ${child.exitCode}`);
        return line('"answering calls"');
      });
      const { ms = 0 } = JSON.parse(line('the routing table is complete') ?? '{}') as { ms?: number };
      const stop = async (): Promise<void> => {
        const ended = once(child, 'exit');
        if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      };
      const router = { port: Number(new URL((JSON.parse(address) as { address: string }).address).port), loadedMs: ms, child, stop };
      routers.push(router);
      return router;
    },
    startWorkers() {
      launched += 1;
      return launch('workers/main.js', join(root, `workers-${launched}`));
    },
    async fill(count, rule = () => RULE) {
      for (; filled < count; filled += ROWS_A_COMMIT) {
        const draft = createDraft();
        for (let at = filled; at < Math.min(count, filled + ROWS_A_COMMIT); at += 1) draft.put('numbers', numberAt(at), rule(at), undefined);
        await store.commit(draft);
      }
    },
    async inStep(asked) {
      const revision = Number(await connection.get('{ringthrough}:revision'));
      for (const { port } of asked) {
        await waitFor(async () => {
          const health = (await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()) as { revision: number };
          return health.revision >= revision ? true : undefined;
        });
      }
    },
    async close() {
      for (const { stop } of routers) await stop();
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      connection.disconnect();
      await redis.stop();
      lock.release();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

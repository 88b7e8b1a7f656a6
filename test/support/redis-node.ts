/** A redis-server or a Sentinel that others can reach over the loopback address, for groups of them: a real process with a configuration of its own, that it may rewrite. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ended, launch, NOT_ENDING } from './redis.ts';

export interface RedisNode {
  readonly port: number;
  /** Awaited until it has ended, but for SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts again with its data and configuration. */
  restart(): Promise<void>;
  /** Asks the server itself. Rejects when it does not answer within a second. */
  call(...command: [string, ...(string | number)[]]): Promise<unknown>;
  /** What INFO says under this name. */
  info(name: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export const REDIS_PASSWORD = 'secret of the data';
const HOST = '127.0.0.1';

/** All different, and free a moment ago: a server elsewhere could take one in between, and then the start of ours fails. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, HOST);
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export interface NodeOptions {
  port: number;
  /** Lines of its configuration besides the port. */
  lines: readonly string[];
  password?: string;
  sentinel?: boolean;
}

/** As production has it; lines of a data server. */
export const DURABLE_LINES = ['appendonly yes', 'appendfsync always', 'save ""', 'maxmemory-policy noeviction', `requirepass "${REDIS_PASSWORD}"`, `masterauth "${REDIS_PASSWORD}"`, 'repl-diskless-sync-delay 0', 'repl-ping-replica-period 1'];

export async function startNode({ port, lines, password = REDIS_PASSWORD, sentinel = false }: NodeOptions): Promise<RedisNode> {
  const dir = await mkdtemp(join(tmpdir(), 'ringthrough-node-'));
  const file = join(dir, 'redis.conf');
  await writeFile(file, [`port ${port}`, `bind ${HOST}`, `dir ${dir}`, ...lines, ''].join('\n'));
  const start = () => (sentinel ? launch([file, '--sentinel'], /\+monitor master/) : launch([file]));
  let child = await start();

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

  async function call(...[command, ...args]: [string, ...(string | number)[]]): Promise<unknown> {
    const client = new Redis({ host: HOST, port, password, retryStrategy: null, enableReadyCheck: false, commandTimeout: 1000 });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  return {
    port,
    kill,
    call,
    async info(name) {
      return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(String(await call('INFO')))?.[1];
    },
    async restart() {
      await kill();
      child = await start();
    },
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
